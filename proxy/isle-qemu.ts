/**
 * Hands a program to the QEMU isle (proxy/qemu/): the BootModule goes into a memory file that QEMU inherits.
 */

import { ModuleMountKind } from "../abi/boot-info.ts";
import { SYS_munmap } from "../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck } from "../compiler/std/elf-check.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { imageFileHeader } from "../uhyve/kernel-image.ts";
import { roundUp } from "../uhyve/machine.ts";
import { bootModuleMeasure, bootModuleWrite, type ModuleSource } from "./boot-module.ts";
import type { ChannelServer } from "./channel/server.ts";
import { complain } from "./complain.ts";
import { errnoText } from "./errno-text.ts";
import { complainCpus, complainElf } from "./isle-uhyve.ts";
import { kernelFile } from "./kernel-file.ts";
import { memoryFileMake, memoryFileMap } from "./memory-file.ts";
import { complainMount } from "./mount-messages.ts";
import { isReadable, MountError, type MountList } from "./mounts.ts";
import type { RunOptions } from "./options.ts";
import { type Program, programRead } from "./program.ts";
import { exportsCount, exportsGather } from "./qemu/gather-exports.ts";
import { qemuIsleRun } from "./qemu/isle.ts";
import type { QemuOptions } from "./qemu/options.ts";
import { reportFileError } from "./qemu/report.ts";
import { type ClockPair, clockPairRead, tscKhzSince } from "./qemu/tsc-frequency.ts";
import { runStatusShow } from "./run-status.ts";
import { timeSummaryStarted } from "./time-summary.ts";

const server: ChannelServer = zeroed();
const image: ElfImage = zeroed();
/** The beginning of the measurement of the time-stamp counter; reading the program fills some of the time that it takes. */
const clockStart: ClockPair = zeroed();

/** What the kernel needs below the module, which QEMU puts at the end of memory: 2 MiB for firmware, 2 for the image, some tables. */
const RESERVED_BYTES = 0x48_0000n;
const MIB = 0x10_0000n;

/** Runs the program in QEMU; the exit status. */
export function qemuRun(options: RunOptions, program: Program, source: ModuleSource, path: string): i32 {
  clockPairRead(clockStart);
  const gathered = exportsGather(source.mounts, MOST_EXPORTS);
  if (gathered !== MountError.None) return complainMount(source.mounts, gathered);
  const refused = refuseMounts(source.mounts);
  if (refused !== 0) return refused;
  const header = imageFileHeader(kernelFile());
  if (header !== null && options.cpuCount > header.maxCpus) return complainCpus(options.cpusText);
  if (!bootModuleMeasure(source)) return complain("arguments and environment are too long", "", "");
  if (source.totalBytes + RESERVED_BYTES > options.memoryBytes) {
    const needed = roundUp(source.totalBytes + RESERVED_BYTES, LARGE_PAGE_SIZE) / MIB;
    return complain(
      "",
      path,
      ` does not fit into the guest's memory; give it more with --memory ${needed}M or HERMIT_MEM`,
    );
  }
  const fd = memoryFileMake("hermit-module", source.totalBytes, 0n);
  if (fd < 0n) return reportFileError("make a memory file for the program", fd);
  filling.fd = i32(fd);
  filling.program = addressOf(program);
  filling.source = addressOf(source);
  filling.path = path;
  shownOptions = addressOf(options);
  shownProgram = source.path;
  server.started = timeSummaryStarted;
  const qemu: QemuOptions = {
    onStart: showRun,
    fillModule,
    program: options.qemu,
    cpuCount: options.cpuCount,
    memoryBytes: options.memoryBytes,
    mayUseKvm: options.mayUseKvm,
    insistsOnKvm: options.insistsOnKvm,
    isVerbose: options.isVerbose,
    isSandboxed: true,
    hasDebugger: options.hasDebugger,
    mounts: source.mounts,
    kernel: kernelFile(),
    moduleFd: i32(fd),
    environment: source.environment,
  };
  return qemuIsleRun(qemu, server);
}

/** Places for virtio devices on microvm, but for the console's. */
const MOST_EXPORTS = 7;

/** What QEMU's file server cannot do: 0, or the exit status after a sentence. */
function refuseMounts(mounts: MountList): i32 {
  for (let i: u32 = 0; i < mounts.count; i += 1) {
    const mount = mounts.mounts[i];
    if (mount.kind !== ModuleMountKind.Export) continue;
    if (!mount.isDirectory) {
      return complain("the isle qemu can show folders only: mount the folder of ", mount.host, " or use uhyve");
    }
    // QEMU opens what it exports before the guest starts, and would say so in its own words.
    if (!isReadable(mount.host)) return complain("", mount.host, " cannot be mounted: you may not read that folder");
  }
  const exports = exportsCount(mounts);
  if (exports <= MOST_EXPORTS) return 0;
  return complain(
    `${exports} mounts are more than the isle qemu has places for (${u32(MOST_EXPORTS)})`,
    "",
    "; mount a folder above some of them, or use uhyve",
  );
}

/** What showRun shows; set before QEMU is started. */
let shownOptions: Ptr<RunOptions> | null = null;
let shownProgram: Slice<u8> = zeroed();

function showRun(pid: u64): void {
  if (shownOptions !== null) runStatusShow(shownOptions, shownProgram, "qemu", pid, 0n);
}

class Filling {
  fd!: i32;
  program!: Ptr<Program>;
  source!: Ptr<ModuleSource>;
  path!: string;
}

/** What fillModule fills; set before QEMU is started. */
const filling: Filling = zeroed();

/** While QEMU starts: 0, or the exit status after a sentence for the user. */
function fillModule(): i32 {
  const source = filling.source;
  const path = filling.path;
  const address = memoryFileMap(i64(filling.fd), source.totalBytes);
  if (address < 0n) return complain("", path, ` does not fit into this host's memory (error ${-address})`);
  // SAFETY: the kernel has just mapped totalBytes bytes of the zeroed file there.
  const place = pointerAt<u8>(u64(address));
  const loaded = programRead(filling.program, place.add(source.bodyOffset));
  if (loaded < 0n) return complain("", path, ` cannot be read: ${errnoText(i32(-loaded))} (error ${-loaded})`);
  const checked = elfCheck(sliceOf(place.add(source.programOffset), source.programBytes), image);
  if (checked !== ElfError.None) return complainElf(path, checked);
  source.tscKhz = tscKhzSince(clockStart);
  bootModuleWrite(source, place);
  void linuxCall(SYS_munmap, u64(address), source.totalBytes);
  return 0;
}
