/** /proc/self/{stat,status,comm} and those of threads, in Linux's formats (proc(5)). */

import { USER_HZ } from "../../abi/linux-auxv.ts";
import { RLIMIT_SIGPENDING, type Rusage } from "../../abi/linux-process.ts";
import { NS_PER_SECOND } from "../../abi/linux-time.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { residentPageCount } from "../../kernel/mm/region-report.ts";
import { WakeState } from "../../kernel/sched/thread-type.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { possibleCpus } from "../affinity.ts";
import { capabilitiesGet } from "../capabilities.ts";
import type { Capabilities } from "../core/capability-rules.ts";
import { processTimeNs, usageOf } from "../cpu-time.ts";
import { fdLimit } from "../descriptors.ts";
import { PARENT_ID, PROCESS_ID } from "../identity.ts";
import { programLayout } from "../layout.ts";
import { type MemoryUse, memoryUse } from "../memory-use.ts";
import { peakPages } from "../peak-memory.ts";
import { hasNoNewPrivileges, limitOf } from "../process.ts";
import { programName } from "../program.ts";
import { type SignalSets, signalQueuedCount, signalSetsOf } from "../signal-state.ts";
import { taskCount, taskFind, tasksLock } from "../task.ts";
import { isRealtime } from "../task-priority.ts";
import { groupsGet, type Identities, userGroups, users } from "../users.ts";
import { umask } from "./process-files.ts";
import { listText, maskText } from "./processors.ts";
import { put, putByte, putColumn, putCString, putHex, type Text } from "./text.ts";

const NAME_BYTES = 16;
const ORDINARY_PRIORITY: i32 = 20;
const TICK_NS = NS_PER_SECOND / USER_HZ;
const KIB = 1024n;

/** The thread's own name, or the program's. */
function putName(text: Text, tid: u64): void {
  const name: Bytes<16> = zeroed();
  {
    using _guard = lockAcquire(tasksLock);
    const task = taskFind(i32(tid));
    if (task !== null) {
      copy(name, task.name);
    }
  }
  if (name[0] !== 0) {
    putCString(text, elements(name), NAME_BYTES);
  } else {
    const program = programName();
    put(text, program.slice(0, program.length < NAME_BYTES - 1 ? program.length : NAME_BYTES - 1));
  }
}

export function writeTaskName(text: Text, tid: u64): void {
  putName(text, tid);
  put(text, "\n");
}

/** What a thread is doing: S while it waits for anything, Z if it has ended and is kept because it was the first. */
function stateOf(tid: u64): string {
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(i32(tid));
  const thread = task === null ? null : task.thread;
  if (thread === null) {
    return "Z (zombie)";
  }
  return thread.wake.load() === u32(WakeState.Blocked) ? "S (sleeping)" : "R (running)";
}

/** What the files say of one thread, read under its lock. */
class TaskFacts {
  nice!: i32;
  /** As in proc(5): 20 and the nice value, or below zero for real-time policies. */
  priority!: i32;
  realtimePriority!: u32;
  policy!: u32;
  cpu!: u32;
  affinity!: u64;
  signals!: SignalSets;
}

/** Of a thread that has ended, what it began with. */
function taskFactsRead(facts: TaskFacts, tid: i32): void {
  facts.priority = ORDINARY_PRIORITY;
  facts.affinity = possibleCpus();
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(tid);
  if (task === null) {
    return;
  }
  facts.nice = task.nice;
  facts.realtimePriority = task.realtimePriority;
  facts.priority = isRealtime(task.policy) ? -1 - i32(task.realtimePriority) : ORDINARY_PRIORITY + task.nice;
  facts.policy = task.policy;
  facts.cpu = task.thread === null ? 0 : task.thread.cpu;
  facts.affinity = task.affinity & possibleCpus();
  signalSetsOf(task, facts.signals);
}

/** 52 fields; what has no meaning here is 0. */
export function writeTaskStat(text: Text, tid: u64): void {
  const ticks = processTimeNs() / TICK_NS;
  const usage: Rusage = zeroed();
  usageOf(usage, i32(tid));
  const facts: TaskFacts = zeroed();
  taskFactsRead(facts, i32(tid));
  put(text, `${tid} (`);
  putName(text, tid);
  put(text, `) ${stateOf(tid).slice(0, 1)} ${PARENT_ID} ${PROCESS_ID} ${PROCESS_ID} 0 -1 4194304 `);
  put(text, `${usage.ru_minflt} 0 ${usage.ru_majflt} 0 `);
  put(text, `${ticks} 0 0 0 ${facts.priority} ${facts.nice} ${taskCount()} 0 0 `);
  const use: MemoryUse = zeroed();
  memoryUse(use);
  put(text, `${use.all} ${residentPageCount()} 18446744073709551615 `);
  put(text, `${programLayout.low} ${programLayout.high} ${programLayout.stackTop} 0 0 `);
  putLowSignals(text, facts.signals.pending);
  putLowSignals(text, facts.signals.blocked);
  putLowSignals(text, facts.signals.ignored);
  putLowSignals(text, facts.signals.caught);
  put(text, `0 0 0 17 ${facts.cpu} ${facts.realtimePriority} ${facts.policy} 0 0 0 `);
  put(text, `${programLayout.high} ${programLayout.high} ${programLayout.breakStart} `);
  put(
    text,
    `${programLayout.stackTop} ${programLayout.stackTop} ${programLayout.stackTop} ${programLayout.stackTop} 0\n`,
  );
}

/** The first 31, as a number: what there was before /proc/self/status. */
function putLowSignals(text: Text, set: u64): void {
  put(text, `${set & 0x7fff_ffffn} `);
}

function putIdentities(text: Text, name: string, of: Identities): void {
  put(text, `${name}:\t${of.real}\t${of.effective}\t${of.saved}\t${of.file}\n`);
}

function putGroups(text: Text): void {
  const list: FixedArray<u32, 32> = zeroed();
  const count = groupsGet(sliceOf(elements(list), u64(list.length)));
  for (let i: u32 = 0; i < count && i < list.length; i++) {
    put(text, `${list[i]} `);
  }
  put(text, count === 0 ? " \n" : "\n");
}

function putCapabilities(text: Text, tid: i32): void {
  const sets: Capabilities = zeroed();
  void capabilitiesGet(tid, sets);
  putSet(text, "CapInh", sets.inheritable);
  putSet(text, "CapPrm", sets.permitted);
  putSet(text, "CapEff", sets.effective);
  putSet(text, "CapBnd", sets.bounding);
  putSet(text, "CapAmb", sets.ambient);
}

function putSet(text: Text, name: string, set: u64): void {
  put(text, `${name}:\t`);
  putHex(text, set, 16);
  put(text, "\n");
}

export function writeTaskStatus(text: Text, tid: u64): void {
  put(text, "Name:\t");
  putName(text, tid);
  put(text, "\nUmask:\t0");
  const mask = umask();
  putByte(text, u8(48 + ((mask >> 6) & 7)));
  putByte(text, u8(48 + ((mask >> 3) & 7)));
  putByte(text, u8(48 + (mask & 7)));
  put(
    text,
    `\nState:\t${stateOf(tid)}\nTgid:\t${PROCESS_ID}\nNgid:\t0\nPid:\t${tid}\nPPid:\t${PARENT_ID}\nTracerPid:\t0\n`,
  );
  putIdentities(text, "Uid", users());
  putIdentities(text, "Gid", userGroups());
  put(text, `FDSize:\t${fdLimit()}\nGroups:\t`);
  putGroups(text);
  const use: MemoryUse = zeroed();
  memoryUse(use);
  sizeLine(text, "VmPeak:\t", use.most);
  sizeLine(text, "VmSize:\t", use.all);
  put(text, "VmLck:\t       0 kB\nVmPin:\t       0 kB\n");
  sizeLine(text, "VmHWM:\t", peakPages() * PAGE_SIZE);
  sizeLine(text, "VmRSS:\t", residentPageCount() * PAGE_SIZE);
  sizeLine(text, "VmData:\t", use.data);
  sizeLine(text, "VmStk:\t", use.stack);
  sizeLine(text, "VmExe:\t", programLayout.high - programLayout.low);
  sizeLine(text, "VmLib:\t", use.libraries);
  put(text, `VmSwap:\t       0 kB\nThreads:\t${taskCount()}\n`);
  const facts: TaskFacts = zeroed();
  taskFactsRead(facts, i32(tid));
  put(text, `SigQ:\t${signalQueuedCount()}/${limitOf(RLIMIT_SIGPENDING).rlim_cur}\n`);
  putSet(text, "SigPnd", facts.signals.pending);
  putSet(text, "ShdPnd", facts.signals.processPending);
  putSet(text, "SigBlk", facts.signals.blocked);
  putSet(text, "SigIgn", facts.signals.ignored);
  putSet(text, "SigCgt", facts.signals.caught);
  putCapabilities(text, i32(tid));
  put(text, `NoNewPrivs:\t${hasNoNewPrivileges() ? u32(1) : u32(0)}\nSeccomp:\t0\n`);
  put(text, "Cpus_allowed:\t");
  maskText(text, facts.affinity);
  put(text, "\nCpus_allowed_list:\t");
  listText(text, facts.affinity);
  put(text, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

function sizeLine(text: Text, label: string, bytes: u64): void {
  put(text, label);
  putColumn(text, bytes / KIB, 8);
  put(text, " kB\n");
}
