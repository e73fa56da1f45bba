/**
 * Programs that write code while they run (Java, Node.js, SBCL), on QEMU's emulation: their threads share one processor from then on.
 *
 * TCG translates instructions that it reads byte by byte, and guards their page against writes only when it is done. If another processor
 * stores an aligned word of code meanwhile, as such runtimes do since every processor of silicon fetches it whole, the translation mixes old
 * bytes and new ones, and stays in use: one of twenty-five starts of Java on two processors died of SIGSEGV or SIGILL (QEMU 7.2), and of 100,000
 * changes of one instruction 12,000 were not seen by the thread that made them (apps/differential/memory/code-changes.c). One
 * processor cannot read while it writes. Programs that do not write code keep all of theirs, and so do all programs on KVM.
 *
 * Memory that may be written or executed, but never both at once, needs none of this: to change from one to the other reaches all processors.
 */

import { PROT_EXEC, PROT_WRITE } from "../abi/linux-mman.ts";
import { logInfo } from "../kernel/log/log.ts";
import type { Prot } from "../kernel/mm/prot.ts";
import { RegionTrait } from "../kernel/mm/region-kinds.ts";
import { nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";
import { threadYield } from "../kernel/sched/scheduler.ts";
import { threadSetAffinity } from "../kernel/sched/thread-settings.ts";
import { cpuCount } from "../kernel/smp/start.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { type CpuidResult, cpuid } from "../nucleus/cpu.ts";
import { cpuIndex } from "../nucleus/percpu.ts";
import { currentTask, firstTask, type Task, tasksLock } from "./task.ts";

const HYPERVISOR_BASE = 0x4000_0000;
/** "TCGT", of "TCGTCGTCGTCG": QEMU, target/i386/cpu.c. */
const TCG_SIGNATURE = 0x5447_4354;

/** Of the hypervisor; 0: it was not asked, which is an exit to it. */
let signature: u32 = 0;
/** The processors that the program's threads share, whatever they have asked for; 0n: each has its own affinity. */
const sharedCpus: Atomic<u64> = zeroed();

/** What is mapped at `address` was mapped or protected with `prot`. */
export function codeMayBeWritten(address: u64, prot: Prot): void {
  if ((u32(prot) & PROT_EXEC) === 0 || cpuCount() === 1 || sharedCpus.load() !== 0n || !isEmulated()) {
    return;
  }
  if ((u32(prot) & PROT_WRITE) !== 0 || isShared(address)) {
    shareProcessor();
  }
}

function isEmulated(): bool {
  if (signature === 0) {
    const result: CpuidResult = zeroed();
    cpuid(HYPERVISOR_BASE, 0, result);
    signature = result.ebx;
  }
  return signature === TCG_SIGNATURE;
}

/** Whether it may be mapped elsewhere, too, and written to there. */
function isShared(address: u64): bool {
  const report: RegionReport = zeroed();
  return nextRegion(address, report) && (report.traits & u32(RegionTrait.Shared)) !== 0;
}

function shareProcessor(): void {
  {
    using _guard = lockAcquire(tasksLock);
    if (sharedCpus.load() === 0n) {
      sharedCpus.store(1n << u64(cpuIndex));
    }
    for (let task: Ptr<Task> | null = addressOf(firstTask); task !== null; task = task.next) {
      if (task.thread !== null) {
        threadSetAffinity(task.thread, sharedCpus.load());
      }
    }
  }
  logInfo("the program writes code: its threads share a processor, because QEMU's emulation may run half of a change");
  threadYield();
}

/** Has the task's thread run where the task may; the caller holds tasksLock. */
export function affinityApply(task: Ptr<Task>): void {
  const shared = sharedCpus.load();
  if (task.thread !== null) {
    threadSetAffinity(task.thread, shared === 0n ? task.affinity : shared);
  }
}

/** The running task, about to enter the application for the first time, may have been made before the others moved. */
export function affinityBegin(): void {
  const shared = sharedCpus.load();
  if (shared !== 0n) {
    threadSetAffinity(currentTask().thread!, shared);
    threadYield();
  }
}
