/**
 * Keeps what `hermit ps` shows of this proxy (abi/run-status.ts) in a memory file that is found by its name among our descriptors and
 * vanishes with the process, however that ends. A host that refuses the file only loses the line in the list.
 */

import type { ImageHeader } from "../abi/boot-info.ts";
import { MFD_CLOEXEC } from "../abi/linux-files.ts";
import { SYS_clock_gettime, SYS_close, SYS_getpid } from "../abi/linux-syscalls.ts";
import { CLOCK_BOOTTIME, NS_PER_SECOND, Timespec } from "../abi/linux-time.ts";
import { KERNEL_BASE, KERNEL_PHYS } from "../abi/memory-map.ts";
import { RUN_STATUS_NAME, type RunStatus } from "../abi/run-status.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { imageFileHeader } from "../uhyve/kernel-image.ts";
import { kernelFile } from "./kernel-file.ts";
import { memoryFileMake, memoryFileMap } from "./memory-file.ts";
import type { RunOptions } from "./options.ts";

const TEXT_BYTES = 7680;

/** Where the exits are counted when there is no memory file. */
const spare: RunStatus = zeroed();
let status: Ptr<RunStatus> = addressOf(spare);
let length: u32 = 0;
let startedNs: u64 = 0n;

function bootTimeNs(): u64 {
  const now = new Timespec();
  if (linuxCall(SYS_clock_gettime, u64(CLOCK_BOOTTIME), callPointer(now)) < 0n) return 0n;
  return u64(now.tv_sec) * NS_PER_SECOND + u64(now.tv_nsec);
}

/** To be called first: the times count from here. */
export function runStatusBegin(): void {
  startedNs = bootTimeNs();
}

/** Nanoseconds since runStatusBegin. */
export function runStatusAgeNs(): u64 {
  return bootTimeNs() - startedNs;
}

/** What each vCPU counts its exits in: 64 of them. */
export function runStatusExits(): Ptr<u64> {
  return elements(status.exits);
}

/**
 * Says that a machine runs: on `isle`, in the memory of process `pid` (0n: this one) at `ram` (0n: unknown). Called again for another
 * machine it replaces what was said.
 */
export function runStatusShow(options: RunOptions, program: Slice<u8>, isle: string, pid: u64, ram: u64): void {
  if (virtAddr(status) === virtAddr(spare) && !makeFile()) return;
  length = 0;
  const machine = pid === 0n ? u64(linuxCall(SYS_getpid)) : pid;
  put(`isle ${isle}\ncpus ${options.cpuCount}\nmemory ${options.memoryBytes}\nstarted ${startedNs}\n`);
  put(`machine ${machine}\nram ${ram}\nstatus ${statusAddress(imageFileHeader(kernelFile()))}\nprogram `);
  put(stringOf(program.data, program.length));
  status.text[length] = 0;
}

/** Physical address of the kernel's GuestStatus. */
function statusAddress(header: Ptr<ImageHeader> | null): u64 {
  return header === null ? 0n : u64(header.guestStatus) - KERNEL_BASE + KERNEL_PHYS;
}

function put(text: string): void {
  const room = TEXT_BYTES - 1 - length;
  const count = text.length < room ? text.length : room;
  copyBytes(elements(status.text).add(length), text.data, u64(count));
  length += count;
}

function makeFile(): bool {
  const bytes = u64(sizeOf<RunStatus>());
  const fd = memoryFileMake(`${RUN_STATUS_NAME}\0`, bytes, u64(MFD_CLOEXEC));
  if (fd < 0n) return false;
  const address = memoryFileMap(fd, bytes);
  if (address < 0n) {
    void linuxCall(SYS_close, u64(fd));
    return false;
  }
  // SAFETY: the kernel has just mapped the file there, zeroed and as large as a RunStatus.
  status = pointerAt<RunStatus>(u64(address));
  return true;
}
