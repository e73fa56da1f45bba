/**
 * Locks with priority inheritance change hands among threads of the host (linux/core/pi-locks.ts), in the order of steps of linux/futex-pi.ts
 * and linux/futex-requeue-pi.ts: threads take two locks in either order, so that circles would come about, wait at a condition and are moved from
 * there to a lock, give up, and leave locks to others as a thread does that ends.
 *
 * Each lock guards a counter that is not atomic, and a waiter lies on the stack of a thread that goes on as soon as it has the lock: a lock
 * that two have, or a touch too late, is a data race. A thread that sleeps far longer than any other holds a lock has been forgotten.
 */

import { EAGAIN, EDEADLK, ESRCH } from "../../abi/errno.ts";
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from "../../abi/linux-process.ts";
import { HOST_THREADS, hostYield, runThreads } from "../../compiler/std/host-threads.ts";
import { expect, test } from "../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../kernel/core/random.ts";
import {
  type FutexChain,
  FutexKind,
  type FutexQueue,
  FutexState,
  type FutexWaiter,
  futexChainTake,
  futexQueueAdd,
  futexQueueFirst,
  futexQueueRemove,
  futexQueueReorder,
  futexWoken,
} from "../core/futex-table.ts";
import {
  PI_AGAIN,
  type PiMove,
  type PiOwner,
  type PiPlace,
  type PiWorld,
  piGiveBack,
  piGrant,
  piHandOver,
  piInherit,
  piJoin,
  piMove,
  piRemove,
  piTake,
} from "../core/pi-locks.ts";

const STEPS = 4_000;
/** Yields; others run meanwhile. */
const LOST_AFTER = 20_000_000;

/** Keys and addresses, which are the indices of word and bucket, too: two locks and a condition. */
const LOCKS = 2;
const CONDITION = 2;
const PLACES = 3;

class Lock {
  held!: Atomic<u32>;
}

class Thread {
  /** First: the address of one is that of the other. */
  owner!: PiOwner;
  base!: u32;
  level!: u32;
}

const piLock: Lock = zeroed();
const bucketLocks: FixedArray<Lock, 3> = zeroed();
const queues: FixedArray<FutexQueue, 3> = zeroed();
const words: FixedArray<Atomic<u32>, 3> = zeroed();
const threads: FixedArray<Thread, 4> = zeroed();
/** Guarded by the locks, and not atomic. */
const counters: FixedArray<u32, 2> = zeroed();
const taken: FixedArray<Atomic<u32>, 2> = zeroed();
const lost: Atomic<u32> = zeroed();
const circles: Atomic<u32> = zeroed();
const gaveUp: Atomic<u32> = zeroed();
const moved: Atomic<u32> = zeroed();
const inherited: Atomic<u32> = zeroed();
const died: Atomic<u32> = zeroed();

function acquire(lock: Lock): void {
  while (lock.held.exchange(1, Order.Acquire) !== 0) {
    hostYield();
  }
}

function release(lock: Lock): void {
  lock.held.store(0, Order.Release);
}

function load(address: u64): u64 {
  return u64(words[u32(address)].load());
}

function exchange(address: u64, expected: u32, wanted: u32): u64 {
  for (;;) {
    if (words[u32(address)].compareExchange(expected, wanted)) return u64(expected);
    const seen = words[u32(address)].load();
    if (seen !== expected) return u64(seen);
  }
}

function find(number: u32): Ptr<PiOwner> | null {
  return number >= 1 && number <= HOST_THREADS ? addressOf(threads[number - 1].owner) : null;
}

function boost(owner: Ptr<PiOwner>): u32 {
  // SAFETY: the owner is the first field of a Thread.
  const thread = castPtr<Thread>(owner);
  let level = thread.base;
  let waiter = owner.waiters;
  while (waiter !== null) {
    level = waiter.priority > level ? waiter.priority : level;
    waiter = waiter.holderNext;
  }
  if (level > thread.base) void inherited.fetchAdd(1, Order.Relaxed);
  thread.level = level;
  return level;
}

function reorder(waiter: Ptr<FutexWaiter>, level: u32): void {
  const index = u32(waiter.key);
  acquire(bucketLocks[index]);
  futexQueueReorder(queues[index], waiter, level);
  release(bucketLocks[index]);
}

const world: PiWorld = { load, exchange, find, boost, reorder };

function wakeChain(chain: FutexChain): void {
  let waiter = futexChainTake(chain);
  while (waiter !== null) {
    futexWoken(waiter);
    waiter = futexChainTake(chain);
  }
}

function isIn(waiter: FutexWaiter, state: FutexState): bool {
  return waiter.state.load(Order.Acquire) === u32(state);
}

/** futexBlock and piEndWait: whether the waiter has the lock, after `patience` yields at most. */
function block(waiter: FutexWaiter, patience: u32): bool {
  for (let yields: u32 = 0; isIn(waiter, FutexState.Queued); yields++) {
    if (yields >= patience) {
      if (yields >= LOST_AFTER) void lost.fetchAdd(1);
      if (leave(waiter)) return false;
      break;
    }
    hostYield();
  }
  while (isIn(waiter, FutexState.Waking)) hostYield();
  return true;
}

/** piLeave */
function leave(waiter: FutexWaiter): bool {
  acquire(piLock);
  const index = u32(waiter.key);
  acquire(bucketLocks[index]);
  const isOut = piRemove(queues[index], addressOf(waiter));
  release(bucketLocks[index]);
  if (isOut && waiter.kind === FutexKind.Lock) {
    // SAFETY: an owner, which is static.
    piInherit(world, pointerAt<PiOwner>(waiter.holder));
  }
  release(piLock);
  if (isOut) void gaveUp.fetchAdd(1);
  return isOut;
}

function waiterInit(waiter: FutexWaiter, cpu: u32, index: u32): void {
  waiter.key = u64(index);
  waiter.address = u64(index);
  waiter.task = virtAddr(threads[cpu].owner);
  acquire(piLock);
  waiter.priority = threads[cpu].level;
  release(piLock);
}

/** futexLockPi, with what the C library does before: whether the lock was taken. */
function lock(cpu: u32, index: u32, patience: u32): bool {
  const number = threads[cpu].owner.number;
  if (words[index].compareExchange(0, number)) return true;
  const waiter: FutexWaiter = zeroed();
  waiterInit(waiter, cpu, index);
  let result: i64 = PI_AGAIN;
  while (result === PI_AGAIN) result = lockOrJoin(cpu, waiter, index);
  if (result === i64(-EDEADLK)) void circles.fetchAdd(1);
  return result === i64(-EAGAIN) ? block(waiter, patience) : result === 0n;
}

function lockOrJoin(cpu: u32, waiter: FutexWaiter, index: u32): i64 {
  const place: PiPlace = { key: u64(index), address: u64(index) };
  acquire(piLock);
  acquire(bucketLocks[index]);
  let result = piTake(world, addressOf(threads[cpu].owner), queues[index], place, 0);
  let owner: Ptr<PiOwner> | null = null;
  if (result === i64(-EAGAIN)) {
    void queues[index].waiting.fetchAdd(1);
    futexQueueAdd(queues[index], addressOf(waiter));
    owner = piJoin(world, addressOf(waiter), queues[index]);
    if (owner === null) {
      void futexQueueRemove(queues[index], addressOf(waiter));
      result = i64(-ESRCH);
    }
  }
  release(bucketLocks[index]);
  if (owner !== null) piInherit(world, owner);
  release(piLock);
  return result;
}

/** futexUnlockPi, with what the C library does before. */
function unlock(cpu: u32, index: u32): void {
  const owner = addressOf(threads[cpu].owner);
  if (words[index].compareExchange(owner.number, 0)) return;
  const chain: FutexChain = zeroed();
  const place: PiPlace = { key: u64(index), address: u64(index) };
  let result: i64 = PI_AGAIN;
  while (result === PI_AGAIN) {
    const word = words[index].load();
    assert((word & FUTEX_TID_MASK) === owner.number, "the owner gives its lock back");
    acquire(piLock);
    acquire(bucketLocks[index]);
    result = piGiveBack(world, owner, queues[index], place, word, chain);
    release(bucketLocks[index]);
    release(piLock);
  }
  assert(result === 0n, "an owner may give back");
  wakeChain(chain);
  acquire(piLock);
  void boost(owner);
  release(piLock);
}

/** piOwnerEnds: what the thread holds and others wait for is handed on, marked; what nobody waits for it gives back. */
function handOnAll(cpu: u32): void {
  const owner = addressOf(threads[cpu].owner);
  const chain: FutexChain = zeroed();
  acquire(piLock);
  let waiting = owner.waiters;
  while (waiting !== null) {
    const index = u32(waiting.key);
    acquire(bucketLocks[index]);
    const first = futexQueueFirst(queues[index], waiting.key)!;
    if (piGrant(world, queues[index], first, FUTEX_OWNER_DIED, chain) < 0n) {
      piHandOver(world, queues[index], first, chain);
    }
    release(bucketLocks[index]);
    waiting = owner.waiters;
  }
  release(piLock);
  void died.fetchAdd(chain.count);
  wakeChain(chain);
  acquire(piLock);
  void boost(owner);
  release(piLock);
  for (let index: u32 = 0; index < LOCKS; index++) {
    if ((words[index].load() & FUTEX_TID_MASK) === owner.number) unlock(cpu, index);
  }
}

/** With lock 0: gives it up, waits at the condition, and has it again. */
function conditionWait(cpu: u32, patience: u32): bool {
  const seen = words[CONDITION].load();
  const waiter: FutexWaiter = zeroed();
  waiterInit(waiter, cpu, CONDITION);
  waiter.kind = FutexKind.Condition;
  waiter.target = 0n;
  unlock(cpu, 0);
  void queues[CONDITION].waiting.fetchAdd(1);
  acquire(bucketLocks[CONDITION]);
  const isExpected = words[CONDITION].load() === seen;
  if (isExpected) futexQueueAdd(queues[CONDITION], addressOf(waiter));
  release(bucketLocks[CONDITION]);
  if (!isExpected) void queues[CONDITION].waiting.fetchSub(1);
  return (isExpected && block(waiter, patience)) || lock(cpu, 0, LOST_AFTER);
}

/** With lock 0: all that wait at the condition wait for the lock from now on. */
function conditionBroadcast(): void {
  void words[CONDITION].fetchAdd(1);
  const chain: FutexChain = zeroed();
  const move: PiMove = zeroed();
  move.from = { key: u64(CONDITION), address: u64(CONDITION) };
  move.mark = FUTEX_WAITERS;
  acquire(piLock);
  acquire(bucketLocks[0]);
  acquire(bucketLocks[CONDITION]);
  let result: i64 = 0n;
  let waiter = futexQueueFirst(queues[CONDITION], u64(CONDITION));
  while (waiter !== null && result === 0n) {
    result = piMove(world, queues[CONDITION], queues[0], waiter, move, chain);
    if (result === 0n) void moved.fetchAdd(1);
    waiter = futexQueueFirst(queues[CONDITION], u64(CONDITION));
  }
  release(bucketLocks[CONDITION]);
  release(bucketLocks[0]);
  const owner = move.owner;
  if (owner !== null) piInherit(world, owner);
  release(piLock);
  wakeChain(chain);
}

function count(index: u32): void {
  counters[index]++;
  void taken[index].fetchAdd(1, Order.Relaxed);
}

function threadMain(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 5n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const first = randomBelow(random, LOCKS);
    const patience = randomBelow(random, 4) === 0 ? randomBelow(random, 32) : LOST_AFTER;
    if (!lock(cpu, first, patience)) continue;
    count(first);
    const choice = randomBelow(random, 8);
    if (choice === 0 && first === 0) {
      if (conditionWait(cpu, randomBelow(random, 64))) count(0);
    } else if (choice === 1 && first === 0) {
      conditionBroadcast();
    } else if (choice < 5 && lock(cpu, 1 - first, LOST_AFTER)) {
      count(1 - first);
      if (choice === 4) {
        handOnAll(cpu);
        continue;
      }
      unlock(cpu, 1 - first);
    } else {
      hostYield();
    }
    unlock(cpu, first);
  }
}

function locksChangeHands(): void {
  for (let cpu: u32 = 0; cpu < HOST_THREADS; cpu++) {
    threads[cpu].owner.number = cpu + 1;
    threads[cpu].base = cpu;
    threads[cpu].level = cpu;
  }
  runThreads(threadMain);
  expect(lost.load() === 0, "no thread waited for ever");
  for (let index: u32 = 0; index < LOCKS; index++) {
    expect(counters[index] === taken[index].load() && counters[index] > STEPS, "the locks exclude");
    expect((words[index].load() & FUTEX_TID_MASK) === 0, "nobody is left as an owner");
  }
  expect(circles.load() > 0 && gaveUp.load() > 0, "circles were refused, and threads gave up");
  expect(moved.load() > 0 && inherited.load() > 0 && died.load() > 0, "threads were moved, inherited, and handed on");
  for (let index: u32 = 0; index < PLACES; index++) {
    expect(queues[index].head === null && queues[index].waiting.load() === 0, "nobody is left in a queue");
  }
  for (let cpu: u32 = 0; cpu < HOST_THREADS; cpu++) {
    const thread = threads[cpu];
    expect(thread.owner.waiters === null && thread.owner.blockedOn === null, "nobody is left in a list");
    expect(thread.level === thread.base, "nobody is left with what it inherited");
  }
}

export function piLockTests(): void {
  test("locks with priority inheritance: taken, handed over, moved to and left by threads at once", locksChangeHands);
}
