/** The kernel on several processors, without the linux layer: scenarios of kernel-selftest.ts. */

import { InterruptKind, interruptCount } from "../../kernel/irq.ts";
import { cpuOnlineMask } from "../../kernel/sched/cpu.ts";
import { currentThread, threadBlock, threadWake, threadYield } from "../../kernel/sched/scheduler.ts";
import { threadCreate } from "../../kernel/sched/thread.ts";
import { threadSetAffinity } from "../../kernel/sched/thread-settings.ts";
import type { Thread } from "../../kernel/sched/thread-type.ts";
import { cpuCount, processorsStart, processorsWaitFor } from "../../kernel/smp/start.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { sleepUntil, threadBlockUntil } from "../../kernel/time/timer.ts";
import { spinPause } from "../../nucleus/cpu.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";

const MS = 1_000_000n;
const finished: Atomic<u32> = zeroed();
const arrived: Atomic<u32> = zeroed();
const seenCpus: Atomic<u64> = zeroed();

type Say = (what: string) => void;

function waitFinished(count: u32): void {
  while (finished.load() < count) {
    sleepUntil(monotonicNs() + MS);
  }
  finished.store(0);
}

function make(entry: (argument: u64) => void, argument: u64): Thread {
  const thread = threadCreate(entry, argument, "smp");
  assert(thread !== null, "a thread is made");
  return thread;
}

/** All processors start; as many threads as there are processors run at the same time, each on its own. */
export function smpParallel(ok: Say): void {
  const count = cpuCount();
  processorsStart();
  for (let cpu: u32 = 1; cpu < count; cpu++) {
    assert(processorsWaitFor(1n << u64(cpu)), "every processor starts");
  }
  assert(popCount(cpuOnlineMask()) === count, "all are online");
  ok(`${count} processors started`);
  for (let index: u32 = 1; index < count; index++) {
    void make(meet, u64(count) - 1n);
  }
  waitFinished(count - 1);
  assert(popCount(seenCpus.load()) >= count - 1, "waiting threads spread over idle processors");
  ok("threads run at the same time on all of them");
}

function meet(others: u64): void {
  void arrived.fetchAdd(1);
  while (u64(arrived.load()) < others) {
    spinPause();
  }
  void seenCpus.fetchOr(1n << u64(cpuIndex));
  void finished.fetchAdd(1);
}

/** A thread goes where its affinity says, from wherever it is, and stays there. */
export function smpAffinity(ok: Say): void {
  for (let index: u64 = 0n; index < 8n; index++) {
    void make(wander, index);
  }
  waitFinished(8);
  ok("threads go where their affinity says");
}

function wander(seed: u64): void {
  const count = u64(cpuCount());
  for (let round: u64 = 0n; round < 200n; round++) {
    const target = u32((seed + round * 7n) % count);
    threadSetAffinity(currentThread(), 1n << u64(target));
    threadYield();
    assert(cpuIndex === target, "it runs there after its next yield");
    threadYield();
    assert(cpuIndex === target, "and after another one");
    if (round % 50n === 0n) {
      threadBlockUntil(monotonicNs() + MS);
      assert(cpuIndex === target, "and after a sleep");
    }
  }
  void finished.fetchAdd(1);
}

const partners: FixedArray<Ptr<Thread> | null, 2> = zeroed();
const turn: Atomic<u32> = zeroed();
const ROUNDS = 20_000;

/** Two threads wake each other in turn: a lost wake-up hangs the scenario. */
export function smpPingPong(ok: Say): void {
  for (let where: u32 = 0; where < 2; where++) {
    turn.store(0);
    partners[0] = null;
    partners[1] = null;
    const first = make(player, 0n);
    const second = make(player, 1n);
    // The same processor, then two.
    threadSetAffinity(first, 1n << 1n);
    threadSetAffinity(second, where === 0 ? 1n << 1n : 1n << 2n);
    partners[0] = addressOf(first);
    partners[1] = addressOf(second);
    fence(Order.SeqCst);
    threadWake(first);
    threadWake(second);
    waitFinished(2);
  }
  ok("wake-ups are not lost, on one processor and between two");
}

function player(side: u64): void {
  while (partners[0] === null || partners[1] === null) {
    threadYield();
  }
  const other = partners[1 - u32(side)]!;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    while (turn.load() !== 2 * round + u32(side)) {
      threadBlock();
    }
    turn.store(2 * round + u32(side) + 1);
    if (round < ROUNDS - 1 || side === 0n) {
      threadWake(other);
    }
  }
  void finished.fetchAdd(1);
}

const STORM_THREADS = 24;
const STORM_WAKES = 3000;
const stormThreads: FixedArray<Ptr<Thread> | null, 24> = zeroed();
const tokens: FixedArray<Atomic<u32>, 24> = zeroed();
const isStormReady: Atomic<u32> = zeroed();

/** Every thread gives tokens to others and waits for its own: each must get all that it was given. */
export function smpStorm(ok: Say): void {
  for (let index: u32 = 0; index < STORM_THREADS; index++) {
    stormThreads[index] = addressOf(make(storm, u64(index)));
  }
  arrived.store(0);
  isStormReady.store(1);
  waitFinished(STORM_THREADS);
  while (arrived.load() < STORM_THREADS) {
    sleepUntil(monotonicNs() + MS);
  }
  ok("a storm of wake-ups leaves nobody behind");
}

function storm(index: u64): void {
  while (isStormReady.load() === 0) {
    threadYield();
  }
  const next = u32((index + 1n) % u64(STORM_THREADS));
  for (let round: u32 = 1; round <= STORM_WAKES; round++) {
    void tokens[next].fetchAdd(1);
    threadWake(stormThreads[next]!);
    while (tokens[u32(index)].load() < round) {
      threadBlock();
    }
  }
  void finished.fetchAdd(1);
  // Its neighbour may wake it once more: the record must stay until all are done.
  while (finished.load() !== 0) {
    sleepUntil(monotonicNs() + MS);
  }
  void arrived.fetchAdd(1);
}

/** A processor with one runnable thread takes no timer interrupt. */
export function smpTickless(ok: Say): void {
  // This thread's own sleeps shall not be timed there.
  threadSetAffinity(currentThread(), 1n);
  threadYield();
  const busy = make(spin, 100n);
  threadSetAffinity(busy, 1n << 1n);
  waitFinished(1);
  threadSetAffinity(currentThread(), u64.MAX);
  ok("a processor with one runnable thread takes no timer interrupt");
}

function spin(ms: u64): void {
  while (cpuIndex !== 1) {
    threadYield();
  }
  // The end of a slice that others waited for may still come: the hardware keeps the time of a timer that was cancelled.
  sleepUntil(monotonicNs() + 20n * MS);
  const before = interruptCount(1, InterruptKind.Timer);
  const end = monotonicNs() + ms * MS;
  while (monotonicNs() < end) {
    threadYield();
  }
  assert(interruptCount(1, InterruptKind.Timer) === before, "no timer interrupt meanwhile");
  void finished.fetchAdd(1);
}
