/**
 * The isle uhyve: the program in a virtual machine of our own monitor, inside this process.
 *
 *     uhyveBegin    as soon as the program is known: memory, and a thread that fills it with the kernel and the program (uhyve/ahead.ts)
 *     uhyvePrepare  everything that can be wrong with the program: wrong files and too little memory cost no machine
 *     uhyveCreate   the machine of KVM, and the thread's work is done
 *     uhyveRun      the program's arguments into memory, the thread has ended, and the guest begins
 */

import { EACCES, ENOENT, ENOMEM, EPERM } from "../abi/errno.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck, elfErrorText } from "../compiler/std/elf-check.ts";
import {
  type Ahead,
  aheadAppend,
  aheadAwait,
  aheadEnd,
  aheadFinish,
  aheadHasProcessor,
  aheadStart,
} from "../uhyve/ahead.ts";
import { confineReader, endUnlessConfined } from "../uhyve/confinement/confine.ts";
import { cpuidHasVirtualization } from "../uhyve/cpuid.ts";
import {
  type Machine,
  MachineError,
  type MachineParts,
  machineClose,
  machineCreate,
  machineFirstMemory,
  machineHasCapabilities,
  machineInit,
  machineModule,
  machinePrepare,
  machineSetProcessor,
} from "../uhyve/machine.ts";
import { machineStart } from "../uhyve/machine-start.ts";
import { attendantInit, attendantTrust, ninepAttendant } from "../uhyve/ninep/attendant.ts";
import { ninepServer } from "../uhyve/ninep/server.ts";
import { hostHasProcessor, ownProcessors } from "../uhyve/processors.ts";
import { signalsReportOnQuit, signalsServe } from "../uhyve/signals.ts";
import { vcpuLoop } from "../uhyve/vcpu-loop.ts";
import {
  bootModuleAlign,
  bootModuleExpect,
  bootModuleKeepBody,
  bootModuleMeasure,
  bootModuleWrite,
  type ModuleSource,
} from "./boot-module.ts";
import { channelConnect } from "./channel-adapter.ts";
import { complain } from "./complain.ts";
import { exportsOffer, monitorConfine } from "./confinement.ts";
import { errnoText } from "./errno-text.ts";
import { kernelFile } from "./kernel-file.ts";
import type { RunOptions } from "./options.ts";
import type { Program } from "./program.ts";
import { loadAhead, loadFinish, loadForget, loadIsMapped, loadRead, type ProgramLoad } from "./program-load.ts";
import { runStatusExits, runStatusShow } from "./run-status.ts";

/** Answer of uhyvePrepare and uhyveRun: KVM does not work here; `uhyveComplain` says why. */
export const STATUS_NO_KVM = -1;
/** Answer of uhyvePrepare: go on. */
export const STATUS_READY = -2;

const MIB = 0x10_0000n;
/** What the kernel and the smallest program need behind the program file. */
const WORKING_BYTES = 0x10_0000n;

/** A large program makes many page tables, which lie together; in a small one they are a third of its memory. */
const MANY_TABLES_FROM_BYTES = 0x20_0000n;
const MANY_TABLES = 112;

export const machine: Machine = zeroed();
let lastError: MachineError = MachineError.None;
const ahead: Ahead = zeroed();
const loadingAhead: Ahead = zeroed();
const confiningAhead: Ahead = zeroed();
const readingAhead: Ahead = zeroed();
const load: ProgramLoad = zeroed();
/** The thread finds a processor. */
let hasReader: bool = false;
/** Where in the module the thread expects the program. */
let expectedBody: u64 = 0n;
/** What uhyveBegin and its thread came to. */
let reserved: MachineError = MachineError.None;
let prepared: MachineError = MachineError.None;
const image: ElfImage = zeroed();

/** Reserves memory and has it filled with kernel and program; what is wrong about it uhyvePrepare and uhyveRun say. */
export function uhyveBegin(options: RunOptions, program: Program, source: ModuleSource): void {
  const parts: MachineParts = {
    kernelFile: kernelFile(),
    memoryBytes: options.memoryBytes,
    cpuCount: options.cpuCount,
    guestTables: program.bytes < MANY_TABLES_FROM_BYTES ? 0 : MANY_TABLES,
  };
  hasReader = aheadHasProcessor();
  reserved = machineInit(machine, parts);
  if (reserved !== MachineError.None) return;
  expectProgram(program, source);
  aheadAppend(ahead, loadingAhead, loadExpected);
  if (loadIsMapped(program, hasReader)) {
    aheadAppend(loadingAhead, confiningAhead, confineThread);
    aheadAppend(confiningAhead, readingAhead, readExpected);
  }
  aheadStart(ahead, prepare, hasReader);
}

function prepare(): void {
  prepared = machinePrepare(machine);
}

/** Where the program will lie, unless its mounts need more room than most. */
function expectProgram(program: Program, source: ModuleSource): void {
  bootModuleExpect(source, u64(machine.module), alignmentOf(program));
  machine.moduleBytes = source.totalBytes;
  const place = machineModule(machine);
  if (place === null) return;
  expectedBody = source.bodyOffset;
  load.program = addressOf(program);
  load.hasReader = hasReader;
  load.place = place.add(expectedBody);
  load.elfStart = program.fileOffset + source.programInBody;
  load.elfBytes = source.programBytes;
  machineFirstMemory(machine, load.guestPages);
}

function loadExpected(): void {
  loadAhead(load);
}

/** By the thread alone, which then only reads the program's code. */
function confineThread(): void {
  endUnlessConfined(confineReader());
}

function readExpected(): void {
  loadRead(load);
}

/** What is mapped costs no memory, so it may begin where the guest can show it by large pages: most programs want to lie so. */
function alignmentOf(program: Program): u64 {
  return loadIsMapped(program, hasReader) ? LARGE_PAGE_SIZE : PAGE_SIZE;
}

/** Looks at everything that does not need KVM. STATUS_READY, or the exit status after a sentence for the user. */
export function uhyvePrepare(options: RunOptions, program: Program, source: ModuleSource, path: string): i32 {
  if (!bootModuleMeasure(source)) return complain("arguments and environment are too long", "", "");
  if (reserved !== MachineError.None) return complainInit(options, reserved);
  if (!bootModuleKeepBody(source, expectedBody)) {
    // The thread writes where now something else will lie.
    stopAhead();
    loadForget(load);
    bootModuleAlign(source, u64(machine.module), alignmentOf(program));
  }
  machine.moduleBytes = reservedBytes(program, source);
  const end = u64(machine.module) + source.totalBytes + WORKING_BYTES;
  if (machineModule(machine) === null || end > machine.memory.lowBytes) {
    const needed = end / MIB + 2n;
    return complain(
      "",
      path,
      ` does not fit into the guest's memory; give it more with --memory ${needed}M or HERMIT_MEM`,
    );
  }
  const start = program.fileOffset + source.programInBody;
  const checked = elfCheck(program.view.subslice(start, start + source.programBytes), image);
  return checked === ElfError.None ? STATUS_READY : complainElf(path, checked);
}

/**
 * The guest's free memory begins behind the module: behind a file that is mapped with the next 2 MiB, because where the file ends the host has
 * small pages only, and each of them would cost the guest a fault.
 */
function reservedBytes(program: Program, source: ModuleSource): u64 {
  const end = u64(machine.module) + source.totalBytes;
  const large = (end + LARGE_PAGE_SIZE - 1n) & ~(LARGE_PAGE_SIZE - 1n);
  const isRounded = loadIsMapped(program, hasReader) && large + WORKING_BYTES <= machine.memory.lowBytes;
  return (isRounded ? large : end) - u64(machine.module);
}

/** Makes the machine; STATUS_READY, or STATUS_NO_KVM with the reason kept for uhyveComplain. */
export function uhyveCreate(): i32 {
  lastError = machineCreate(machine);
  aheadFinish(ahead);
  if (lastError === MachineError.None) lastError = machineSetProcessor(machine);
  if (lastError === MachineError.None) return STATUS_READY;
  stopAhead();
  return STATUS_NO_KVM;
}

/** The thread has ended when this returns, and what it reads is of no use any more. */
function stopAhead(): void {
  load.isEnough.store(1, Order.Release);
  aheadFinish(loadingAhead);
  aheadEnd(ahead);
}

/**
 * The thread has ended when this returns, or has confined itself and reads on beside the guest; that only where it saves more than it costs: the
 * faults of a guest whose page tables are shadowed.
 */
function endAhead(): void {
  aheadFinish(loadingAhead);
  if (!load.isMapped) return aheadEnd(ahead);
  if (cpuidHasVirtualization()) load.isEnough.store(1, Order.Release);
  aheadAwait(ahead, confiningAhead);
}

/** Runs the machine to its end; the exit status. */
export function uhyveRun(options: RunOptions, program: Program, source: ModuleSource, path: string): i32 {
  if (prepared !== MachineError.None) return complainInit(options, prepared);
  const place = machineModule(machine)!;
  bootModuleWrite(source, place);
  lastError = machineStart(machine);
  if (lastError !== MachineError.None) return uhyveComplain("");
  runStatusShow(options, source.path, "uhyve", 0n, u64(virtAddr(machine.memory.host)));
  machine.exits = runStatusExits();
  signalsReportOnQuit();
  signalsServe(interruptFirstVcpu, nothingToEnd, nothingToStop);
  channelConnect(machine, options.isVerbose);
  const offered = exportsOffer(source.mounts);
  if (offered !== 0) return offered;
  endAhead();
  const loaded = loadFinish(load, program, place.add(source.bodyOffset));
  if (loaded < 0n) return complain("", path, ` cannot be read: ${errnoText(i32(-loaded))} (error ${-loaded})`);
  attendantInit(ninepAttendant, addressOf(ninepServer), machine.tscKhz, options.cpuCount, ownProcessors());
  if (hostHasProcessor(ownProcessors(), hasReader ? 1 : 0)) attendantTrust(ninepAttendant);
  const confined = monitorConfine(options.isVerbose);
  if (confined !== 0) return confined;
  const status = vcpuLoop(machine, machine.vcpus[0]);
  machineClose(machine);
  return status;
}

/** In a signal handler: the first vCPU's thread, which this is, shall not enter the guest again before it has looked at the gate. */
function interruptFirstVcpu(): void {
  writeVolatile(addressOf(machine.vcpus[0].run.immediate_exit), 1);
}

/** A machine of KVM ends with the process. */
function nothingToEnd(): void {}

/** And its threads stop with it. */
function nothingToStop(_isStopping: bool): void {}

export function complainElf(path: string, error: ElfError): i32 {
  return complain(path, " ", elfErrorText(error));
}

function complainInit(options: RunOptions, error: MachineError): i32 {
  switch (error) {
    case MachineError.NoHostMemory:
      return complain(
        `${options.memoryBytes / MIB} MiB of memory cannot be reserved on this host; use less (--memory or HERMIT_MEM)`,
        "",
        "",
      );
    case MachineError.ImageTooLarge:
      return complain("the kernel does not fit into ", `${options.memoryBytes / MIB} MiB`, "; use more memory");
    case MachineError.TooManyCpus:
      return complainCpus(options.cpusText);
    case MachineError.TooMuchMemory:
      return complain("a guest can have at most 1023 GiB of memory; use less (--memory or HERMIT_MEM)", "", "");
    default:
      return complain("the kernel inside this proxy is damaged; build it again", "", "");
  }
}

/** `count` as the user wrote it. */
export function complainCpus(count: string): i32 {
  return complain("", count, " processors are more than a machine can have here; use fewer (--cpus or HERMIT_CPUS)");
}

/** Says why KVM cannot be used; `instead` ends the sentence with what can be done otherwise. The exit status. */
export function uhyveComplain(instead: string): i32 {
  switch (lastError) {
    case MachineError.NoKvm:
      return complainOpen(instead);
    case MachineError.KvmTooOld:
      return complain("/dev/kvm does not speak KVM's API version 12", instead, "");
    case MachineError.TooManyCpus:
      return complainCpus(`${machine.cpuCount}`);
    case MachineError.BadImage:
      return complain("the kernel inside this proxy is damaged; build it again", "", "");
    default:
      return complainStep(instead);
  }
}

function complainOpen(instead: string): i32 {
  switch (machine.errno) {
    case ENOENT:
      return complain(
        "there is no /dev/kvm: load the module kvm_intel or kvm_amd, or allow virtualisation in the firmware",
        instead,
        "",
      );
    case EACCES:
    case EPERM:
      return complain(
        "you may not open /dev/kvm: join its group (sudo usermod -aG kvm $USER, then log in again)",
        instead,
        "",
      );
    default:
      return complain(`/dev/kvm cannot be opened: ${errnoText(machine.errno)} (error ${machine.errno})`, instead, "");
  }
}

function complainStep(instead: string): i32 {
  if (machine.errno === ENOMEM) {
    return complain("the host has no memory left for a virtual machine; use less (--memory or HERMIT_MEM)", "", "");
  }
  if (!machineHasCapabilities(machine)) {
    return complain("this KVM is too old: it lacks split interrupt controllers (Linux 4.4)", instead, "");
  }
  return complain(
    `KVM does not work here: ${machine.step} failed: ${errnoText(machine.errno)} (error ${machine.errno})`,
    instead,
    "",
  );
}

/** Whether the size is more than the host has; the default size is not the user's wish and never too large. */
export function wantsMoreMemoryThan(options: RunOptions, hostBytes: u64): bool {
  return options.hasMemory && options.memoryBytes > hostBytes;
}
