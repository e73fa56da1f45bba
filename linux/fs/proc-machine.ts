/** /proc/{meminfo,stat,uptime,loadavg,version,filesystems,interrupts,mounts}, in Linux's formats (proc(5)). */

import { USER_HZ } from "../../abi/linux-auxv.ts";
import { NS_PER_SECOND } from "../../abi/linux-time.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { InterruptKind, interruptCount } from "../../kernel/irq.ts";
import { frameFreeCount, frameTotalCount } from "../../kernel/mm/frames.ts";
import { monotonicNs, realtimeNs } from "../../kernel/time/clock.ts";
import { processTimeNs } from "../cpu-time.ts";
import { KERNEL_RELEASE, KERNEL_VERSION, PROCESS_ID } from "../identity.ts";
import { taskCount } from "../task.ts";
import type { Mount } from "./inode.ts";
import { filePagesInUse } from "./memory-pages.ts";
import { mountAt } from "./mount-list.ts";
import { onlineProcessors } from "./processors.ts";
import { put, putByte, putColumn, type Text } from "./text.ts";

const KIB_PER_PAGE = PAGE_SIZE / 1024n;
const TICK_NS = NS_PER_SECOND / USER_HZ;
const HUNDREDTH_NS = NS_PER_SECOND / 100n;
const LABEL_WIDTH = 15;

function memoryLine(text: Text, label: string, pages: u64): void {
  put(text, label);
  put(text, ":");
  for (let i = label.length + 1; i < LABEL_WIDTH; i++) {
    putByte(text, 32);
  }
  putColumn(text, pages * KIB_PER_PAGE, 9);
  put(text, " kB\n");
}

export function writeMemoryInfo(text: Text, _argument: u64): void {
  const total = frameTotalCount();
  const free = frameFreeCount();
  const files = filePagesInUse();
  memoryLine(text, "MemTotal", total);
  memoryLine(text, "MemFree", free);
  memoryLine(text, "MemAvailable", free);
  memoryLine(text, "Buffers", 0n);
  memoryLine(text, "Cached", files);
  memoryLine(text, "SwapCached", 0n);
  memoryLine(text, "Active", total - free);
  memoryLine(text, "Inactive", 0n);
  memoryLine(text, "SwapTotal", 0n);
  memoryLine(text, "SwapFree", 0n);
  memoryLine(text, "Dirty", 0n);
  memoryLine(text, "Writeback", 0n);
  memoryLine(text, "AnonPages", total - free - files);
  memoryLine(text, "Mapped", 0n);
  memoryLine(text, "Shmem", files);
  memoryLine(text, "CommitLimit", total);
  memoryLine(text, "Committed_AS", total - free);
  put(text, "HugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB\n");
}

/** Time that all processors together had, without the program's. */
function idleTicks(): u64 {
  const all = monotonicNs() * u64(onlineProcessors());
  const used = processTimeNs();
  return (all > used ? all - used : 0n) / TICK_NS;
}

export function writeMachineStat(text: Text, _argument: u64): void {
  const count = onlineProcessors();
  const used = processTimeNs() / TICK_NS;
  put(text, `cpu  ${used} 0 0 ${idleTicks()} 0 0 0 0 0 0\n`);
  for (let cpu: u32 = 0; cpu < count; cpu++) {
    // What each did by itself is not recorded: an equal share.
    put(text, `cpu${cpu} ${used / u64(count)} 0 0 ${idleTicks() / u64(count)} 0 0 0 0 0 0\n`);
  }
  const boot = (realtimeNs() - monotonicNs()) / NS_PER_SECOND;
  put(text, `intr ${allInterrupts()}\nctxt 0\nbtime ${boot}\nprocesses ${taskCount()}\n`);
  put(text, "procs_running 1\nprocs_blocked 0\n");
}

function allInterrupts(): u64 {
  let sum: u64 = 0n;
  for (let cpu: u32 = 0; cpu < onlineProcessors(); cpu++) {
    for (let kind: u32 = 0; kind <= u32(InterruptKind.Other); kind++) {
      sum += interruptCount(cpu, kind);
    }
  }
  return sum;
}

export function writeUptime(text: Text, _argument: u64): void {
  putSeconds(text, monotonicNs() / HUNDREDTH_NS);
  put(text, " ");
  putSeconds(text, (idleTicks() * TICK_NS) / HUNDREDTH_NS);
  put(text, "\n");
}

function putSeconds(text: Text, hundredths: u64): void {
  put(text, `${hundredths / 100n}.`);
  put(text, `${padded(hundredths % 100n, 2)}`);
}

/** There is no history of the load; the program's threads that exist are said, as the last field but one. */
export function writeLoadAverage(text: Text, _argument: u64): void {
  put(text, `0.00 0.00 0.00 1/${taskCount()} ${PROCESS_ID}\n`);
}

export function writeVersion(text: Text, _argument: u64): void {
  put(text, `Linux version ${KERNEL_RELEASE} (hermit@hermit) ${KERNEL_VERSION}\n`);
}

export function writeFilesystems(text: Text, _argument: u64): void {
  put(text, "nodev\ttmpfs\nnodev\tproc\nnodev\tsysfs\nnodev\tdevtmpfs\nnodev\tpipefs\nnodev\tanon_inodefs\n");
}

export function writeMounts(text: Text, _argument: u64): void {
  for (let index: u32 = 0; mountAt(index) !== null; index++) {
    const mount = mountAt(index)!;
    put(text, `${mount.kind} `);
    putPath(text, mount.path);
    put(text, ` ${mount.kind} ${mount.isReadOnly ? "ro" : "rw"},nosuid,nodev,relatime 0 0\n`);
  }
}

/** proc_pid_mountinfo(5): number, parent, device, root, place, options, kind, source, options of the file system. */
export function writeMountInfo(text: Text, _argument: u64): void {
  for (let index: u32 = 0; mountAt(index) !== null; index++) {
    const mount = mountAt(index)!;
    const options = mount.isReadOnly ? "ro" : "rw";
    put(text, `${index + 1} ${parentOf(mount)} 0:${mount.device} / `);
    putPath(text, mount.path);
    put(text, ` ${options},nosuid,nodev,relatime - ${mount.kind} ${mount.kind} ${options}\n`);
  }
}

/** The number of the mount that has the directory which this one covers; 0: it is the root. */
function parentOf(mount: Ptr<Mount>): u32 {
  const covers = mount.covers;
  for (let index: u32 = 0; covers !== null && mountAt(index) !== null; index++) {
    if (virtAddr(mountAt(index)) === virtAddr(covers.mount)) {
      return index + 1;
    }
  }
  return 0;
}

/** Blanks and the like are written as octal numbers, because they separate the fields. */
function putPath(text: Text, path: string): void {
  let start: u32 = 0;
  for (let i: u32 = 0; i < path.length; i++) {
    const byte = path.byteAt(i);
    if (byte <= 32 || byte === 92) {
      put(text, path.slice(start, i));
      put(text, byte === 32 ? "\\040" : byte === 9 ? "\\011" : byte === 10 ? "\\012" : "\\134");
      start = i + 1;
    }
  }
  put(text, path.slice(start, path.length));
}

/** A line for each kind, a column for each processor: LOC is the timer. */
export function writeInterrupts(text: Text, _argument: u64): void {
  put(text, "     ");
  for (let cpu: u32 = 0; cpu < onlineProcessors(); cpu++) {
    put(text, cpu < 10 ? `       CPU${cpu}` : `      CPU${cpu}`);
  }
  put(text, "\n");
  interruptLine(text, "  CHN:", InterruptKind.Channel, "   Channel to the proxy");
  interruptLine(text, "  LOC:", InterruptKind.Timer, "   Local timer interrupts");
  interruptLine(text, "  RES:", InterruptKind.Reschedule, "   Rescheduling interrupts");
  interruptLine(text, "  TLB:", InterruptKind.Tlb, "   TLB shootdowns");
  interruptLine(text, "  OTH:", InterruptKind.Other, "   Other interrupts");
}

function interruptLine(text: Text, label: string, kind: InterruptKind, what: string): void {
  put(text, label);
  for (let cpu: u32 = 0; cpu < onlineProcessors(); cpu++) {
    putColumn(text, interruptCount(cpu, kind), 11);
  }
  put(text, what);
  put(text, "\n");
}
