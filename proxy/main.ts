/**
 * proxy: the loader. `proxy [options] PROGRAM [ARGS...]`, the same as `hermit run`, and the interpreter that binfmt_misc calls.
 *
 * A static program without start-up work: what is not needed on the way to a booted guest is not done. It reads top-down as the
 * way of a program into a machine: options, file, isle.
 */

import { Sysinfo } from "../abi/linux-process.ts";
import { SYS_sysinfo } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { endProcess, endSetLastAct } from "../uhyve/channel-service.ts";
import { signalsSetUp, signalsTidyUp } from "../uhyve/signals.ts";
import type { ModuleSource } from "./boot-module.ts";
import { closedStdioFill } from "./closed-stdio.ts";
import { type Command, commandResolve } from "./command.ts";
import { complain } from "./complain.ts";
import { coreFileDrop, coreFileEnd, coreFileOpen } from "./core-file.ts";
import { findProgram } from "./find-program.ts";
import { qemuRun } from "./isle-qemu.ts";
import {
  STATUS_READY,
  uhyveBegin,
  uhyveComplain,
  uhyveCreate,
  uhyvePrepare,
  uhyveRun,
  wantsMoreMemoryThan,
} from "./isle-uhyve.ts";
import { complainMount, sayMounts } from "./mount-messages.ts";
import { MountError, type MountList, mountsAddOption, mountsAddProgram, mountsAddWorking } from "./mounts.ts";
import { hostMap } from "./needs/host-file.ts";
import { launchersShow } from "./needs/launchers.ts";
import { type Libraries, librariesFind, librariesFindFor, NeedError } from "./needs/libraries.ts";
import { complainNeed } from "./needs/messages.ts";
import { namedFoldersShow, ownFoldersShow } from "./needs/named-folders.ts";
import { libraryFoldersShow, runtimeFoldersShow, runtimeIsKnown } from "./needs/runtime-folders.ts";
import { showCommand } from "./needs/show-command.ts";
import { terminalShow } from "./needs/terminal.ts";
import { localeShow, localeShowPacked, timeZoneShow } from "./needs/time-and-locale.ts";
import { complainOption, showHelp } from "./option-messages.ts";
import { Action, Isle, OptionError, optionsParse, type RunOptions } from "./options.ts";
import { type Packed, PackedError, packedRead } from "./packed.ts";
import { type PathText, pathView } from "./path-text.ts";
import { kernelSay, planSay, planSayLibraries } from "./plan.ts";
import { probeHost } from "./probe.ts";
import type { Program } from "./program.ts";
import { runStatusBegin } from "./run-status.ts";
import { stringAt, stringsJoin } from "./strings.ts";
import { timeSummarySay, timeSummaryWant } from "./time-summary.ts";

const options: RunOptions = zeroed();
const program: Program = zeroed();
const source: ModuleSource = zeroed();
const packed: Packed = zeroed();
const mounts: MountList = zeroed();
const command: Command = zeroed();
const libraries: Libraries = zeroed();
const qemuPath: PathText = zeroed();

export function main(argc: i32, argv: Ptr<Ptr<u8>>): i32 {
  // SAFETY: pointers are words; the kernel puts the environment behind the arguments and their NULL.
  const vector = castPtr<u64>(argv);
  endProcess(run(u32(argc), vector, vector.add(u32(argc) + 1)));
}

function run(argc: u32, argv: Ptr<u64>, environment: Ptr<u64>): i32 {
  runStatusBegin();
  signalsSetUp();
  source.closedStdio = closedStdioFill();
  const error = optionsParse(options, argc, argv, environment);
  if (error !== OptionError.None) return complainOption(options, error);
  if (options.action === Action.Help) return showHelp();
  if (options.action === Action.Kernel) return kernelSay();
  if (options.action === Action.Probe) return probeHost(options, environment);
  if (options.isle === Isle.MultiKernel) {
    return complain(
      "isles beside Linux (a number as isle) are not available on this host yet; use uhyve or qemu",
      "",
      "",
    );
  }
  if (exceedsHost()) {
    return complain("", options.subject, " is more memory than this host has; use less (--memory or HERMIT_MEM)");
  }
  const resolved = commandResolve(command, program, argc - options.program, argv.add(options.program), environment);
  if (resolved !== 0) return resolved;
  const path = command.name;
  source.argc = command.argc;
  source.argv = command.argv;
  source.programBytes = program.bytes;
  source.bodyBytes = program.bytes;
  source.path = sliceOf(elements(program.path), u64(program.pathBytes));
  const packedError = packedRead(program.view, packed);
  if (packedError === PackedError.None) takePacked();
  else if (packedError !== PackedError.NotPacked) return complainPacked(packedError, path);
  source.environment = environment;
  if (options.action === Action.Run && triesUhyve()) uhyveBegin(options, program, source);
  const mounted = collectMounts(environment);
  if (mounted !== 0) return mounted;
  source.mounts = addressOf(mounts);
  if (options.action === Action.Plan) return planSay(source, mounts, libraries);
  if (options.action === Action.Needs) return planSayLibraries(libraries);
  source.isVerbose = options.isVerbose;
  source.isStrace = options.isStrace;
  source.isTimed = options.isTimed;
  if (options.isTimed) {
    timeSummaryWant();
  }
  endSetLastAct(beforeEnd);
  if (options.coreFile.length > 0) {
    const status = coreFileOpen(options.coreFile, path);
    if (status !== 0) return status;
    source.isCoreWanted = true;
    signalsTidyUp(coreFileDrop);
  }
  source.cpuCount = options.cpuCount;
  if (options.isVerbose) sayMounts(mounts);
  return runOnIsle(path, environment);
}

/**
 * What was asked for comes first: a default gives way. A packed image has its files with it and asks for nothing of the host. 0, or the exit
 * status after a sentence.
 */
function collectMounts(environment: Ptr<u64>): i32 {
  for (let i: u32 = 0; i < options.mountCount; i += 1) {
    const error = mountsAddOption(mounts, options.mounts[i]);
    if (error !== MountError.None) return complainMount(mounts, error);
  }
  if (source.fileCount > 0) return complainOrGoOn(timeZoneShow(mounts, environment));
  const working = options.hasDefaultMounts ? mountsAddWorking(mounts) : MountError.None;
  if (working !== MountError.None) return complainMount(mounts, working);
  return showProgram(environment);
}

/** The program's file, its script, its libraries and what its runtime reads. */
function showProgram(environment: Ptr<u64>): i32 {
  const path = stringOf(source.path.data, source.path.length);
  libraries.isPlan = options.action === Action.Plan || options.action === Action.Needs;
  // First, because they have most libraries in them. A packed image cannot have all that: it has what --mount names.
  const before = mounts.count;
  const started = libraries.isPlan ? MountError.None : launchersShow(mounts, path);
  if (started !== MountError.None) return complainMount(mounts, started);
  libraries.isCacheWanted = options.mountCount > 0 || mounts.count > before;
  let needed = librariesFind(libraries, mounts, program.view, path, environment);
  if (needed === NeedError.None && options.action === Action.Needs) needed = findForObjects(environment);
  if (needed !== NeedError.None) return complainNeed(libraries, needed, path);
  if (options.action === Action.Needs) return 0;
  let error = showFolders(path);
  if (error === MountError.None) error = showForLibraryOfC(environment);
  // An image is packed for other terminals than this one.
  if (error === MountError.None && !libraries.isPlan) error = terminalShow(mounts, libraries, environment);
  if (error === MountError.None) error = showCommand(mounts, command, path);
  if (error === MountError.None) error = mountsAddProgram(mounts, path);
  return complainOrGoOn(error);
}

/** What the program's runtime reads, and what is known by its names: its own, those under which it was called, and those in its text. */
function showFolders(path: string): MountError {
  const typed = pathView(command.path);
  const script = pathView(command.script);
  let error = MountError.None;
  if (libraries.count > 0) {
    error = runtimeFoldersShow(mounts, path);
    if (error === MountError.None && isOtherPlace(typed, path)) error = runtimeFoldersShow(mounts, typed);
    if (error === MountError.None) error = libraryFoldersShow(mounts, libraries);
  }
  if (error === MountError.None) error = ownFoldersShow(mounts, path);
  if (error === MountError.None && isOtherPlace(typed, path)) error = ownFoldersShow(mounts, typed);
  // A large text takes a millisecond and more.
  if (error === MountError.None && !runtimeIsKnown(path)) error = namedFoldersShow(mounts, path, program.view);
  if (error !== MountError.None || !isOtherPlace(script, path)) return error;
  error = ownFoldersShow(mounts, script);
  return error === MountError.None ? namedFoldersShow(mounts, script, hostMap(command.script)) : error;
}

function isOtherPlace(path: string, than: string): bool {
  return path.length > 0 && path.byteAt(0) === 47 && path !== than;
}

/** What the objects need that the program's arguments name. */
function findForObjects(environment: Ptr<u64>): NeedError {
  let error = NeedError.None;
  for (let i: u32 = 1; i < source.argc && error === NeedError.None; i += 1) {
    error = librariesFindFor(libraries, mounts, stringAt(source.argv, i), environment);
  }
  return error;
}

/** An image is packed for other places and languages than this host's. */
function showForLibraryOfC(environment: Ptr<u64>): MountError {
  const hasLocales = libraries.count > 0 && !libraries.isMusl;
  if (options.action === Action.Plan) return hasLocales ? localeShowPacked(mounts) : MountError.None;
  const error = timeZoneShow(mounts, environment);
  return error === MountError.None && hasLocales ? localeShow(mounts, environment) : error;
}

function complainOrGoOn(error: MountError): i32 {
  return error === MountError.None ? 0 : complainMount(mounts, error);
}

/** A packed image brings program, path, files and first arguments; the image's name is no argument. */
function takePacked(): void {
  program.fileOffset = packed.filesOffset;
  program.bytes = packed.filesBytes;
  source.bodyBytes = packed.filesBytes;
  source.programInBody = packed.programOffset;
  source.programBytes = packed.programBytes;
  source.fileCount = packed.fileCount;
  source.filesChecksum = packed.filesChecksum;
  source.path = packed.path;
  const vector = stringsJoin(packed.strings, packed.argc, source.argv.add(1), source.argc - 1);
  if (vector === null) return;
  source.argv = vector;
  source.argc += packed.argc - 1;
}

function complainPacked(error: PackedError, path: string): i32 {
  switch (error) {
    case PackedError.Empty:
      return complain("", path, " is the kernel itself, without a program; name the program to run");
    case PackedError.OtherVersion:
      return complain("", path, " was packed by another version of hermit; pack the program again");
    default:
      return complain("", path, " is a packed image that is damaged; pack the program again or copy the image again");
  }
}

function beforeEnd(): void {
  coreFileEnd();
  timeSummarySay();
}

/** Whether runOnIsle will get as far as uhyvePrepare. */
function triesUhyve(): bool {
  if (options.hasDebugger) return false;
  return options.isle === Isle.Uhyve || (options.isle === Isle.Automatic && options.mayUseKvm);
}

function runOnIsle(path: string, environment: Ptr<u64>): i32 {
  if (options.isle === Isle.Qemu) return runQemu(path, "it was asked for");
  if (options.isle === Isle.Automatic && options.hasDebugger)
    return runQemu(path, "gdb can connect to it (HERMIT_DEBUG)");
  if (options.isle === Isle.Automatic && !options.mayUseKvm)
    return runQemu(path, "KVM is not to be used (HERMIT_KVM=0)");
  if (options.hasDebugger) {
    return complain("HERMIT_DEBUG needs the isle qemu: gdb cannot connect to uhyve; use --isle qemu", "", "");
  }
  const prepared = uhyvePrepare(options, program, source, path);
  if (prepared !== STATUS_READY) return prepared;
  if (uhyveCreate() === STATUS_READY) {
    sayIsle("uhyve", options.isle === Isle.Automatic ? "KVM works here" : "it was asked for");
    return uhyveRun(options, program, source, path);
  }
  if (options.isle === Isle.Uhyve) return uhyveComplain("; or use --isle qemu");
  let why: i32 = 0;
  if (!findProgram(options.qemu, environment, qemuPath, addressOf(why))) {
    return uhyveComplain("; or install QEMU (sudo apt-get install qemu-system-x86)");
  }
  return runQemu(path, "KVM does not work here and QEMU was found");
}

function runQemu(path: string, reason: string): i32 {
  sayIsle("qemu", reason);
  return qemuRun(options, program, source, path);
}

function sayIsle(isle: string, reason: string): void {
  if (options.isVerbose) void complain(`isle ${isle}: `, reason, "");
}

/** Only a size that the user named can be too large: the default is reserved and used as far as it is there. */
function exceedsHost(): bool {
  if (!options.hasMemory) return false;
  const info = new Sysinfo();
  if (linuxCall(SYS_sysinfo, callPointer(info)) < 0n) return false;
  return wantsMoreMemoryThan(options, (info.totalram + info.totalswap) * u64(info.mem_unit));
}
