/**
 * Locks with priority inheritance: FUTEX_LOCK_PI and its kin (Documentation/locking/pi-futex of Linux).
 *
 * The word holds its owner's number, which programs write themselves while nobody waits. Whoever must wait sets FUTEX_WAITERS, so that the
 * owner gives the lock back through the kernel, which hands it to the first waiter: the word names the new owner before its thread runs.
 *
 * A waiter (kind Lock) stands in the queue of its address and in the list of its owner, whose thread runs at the priority of the foremost of
 * them if that is higher than its own; if the owner waits for another lock itself, so does the owner of that, and so on.
 *
 * One lock guards all of it, because a chain of owners and waiters has no order in which many locks could be taken: these operations are for
 * contended locks whose holders matter. Order: piLock, a bucket, tasksLock; and piLock before the lock of a run queue.
 */

import { EAGAIN, EDEADLK, EFAULT, EINVAL, EPERM, ERESTARTNOINTR, ERESTARTSYS, ESRCH } from "../abi/errno.ts";
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  FutexKind,
  type FutexQueue,
  type FutexWaiter,
  futexQueueAdd,
  futexQueueFirst,
  futexQueueNext,
  futexQueueRemove,
  futexQueueReorder,
  futexQueueTake,
} from "./core/futex-table.ts";
import {
  type FutexPlace,
  futexAddress,
  futexAwaitWoken,
  futexBlock,
  futexBucket,
  futexKey,
  futexWaiterInit,
  futexWakeChain,
} from "./futex.ts";
import { FAULT, wordCompareExchange, wordLoad, wordTouch } from "./futex-word.ts";
import { currentTask, type Task, taskFind, tasksLock } from "./task.ts";
import { piLock, taskBoost } from "./task-priority.ts";

/** Longer chains of owners that wait are not followed. */
const CHAIN_LIMIT = 1024;

/** Inside this file: another processor changed the word meanwhile. */
const AGAIN = 1n;

function taskAt(address: VirtAddr): Ptr<Task> {
  // SAFETY: waiters leave before their task does, and a task that ends hands its locks on before.
  return pointerAt<Task>(address);
}

/** Stores the waiter in its owner's list. */
function hold(owner: Ptr<Task>, waiter: Ptr<FutexWaiter>): void {
  const head = owner.piWaiters;
  waiter.holder = virtAddr(owner);
  waiter.holderNext = head;
  waiter.holderPrevious = null;
  if (head !== null) {
    head.holderPrevious = waiter;
  }
  owner.piWaiters = waiter;
}

function unhold(waiter: Ptr<FutexWaiter>): void {
  const next = waiter.holderNext;
  const previous = waiter.holderPrevious;
  if (next !== null) {
    next.holderPrevious = previous;
  }
  if (previous === null) {
    taskAt(waiter.holder).piWaiters = next;
  } else {
    previous.holderNext = next;
  }
}

/** Gives `start` the priority that its waiters demand, and those it waits for in turn. The caller holds piLock and no bucket. */
export function inherit(start: Ptr<Task>): void {
  let task = start;
  for (let depth: u32 = 0; depth < CHAIN_LIMIT; depth++) {
    const level = taskBoost(task);
    const blocked = task.piBlockedOn;
    if (blocked === null || blocked.priority === level) {
      return;
    }
    {
      const bucket = futexBucket(blocked.key);
      using _guard = lockAcquire(bucket.lock);
      futexQueueReorder(bucket.queue, blocked, level);
    }
    task = taskAt(blocked.holder);
  }
}

/** Whether the current task would wait for itself if it waited for `owner`. */
function isDeadlock(waiting: Ptr<Task>, owner: Ptr<Task>): bool {
  let task = owner;
  for (let depth: u32 = 0; depth < CHAIN_LIMIT; depth++) {
    if (virtAddr(task) === virtAddr(waiting)) {
      return true;
    }
    const blocked = task.piBlockedOn;
    if (blocked === null) {
      return false;
    }
    task = taskAt(blocked.holder);
  }
  return true;
}

/** Who owns a lock whose word is `word`; null if it is nobody who could give it back. The bucket of `first`, the first waiter, is locked. */
function ownerOf(word: u32, first: Ptr<FutexWaiter> | null): Ptr<Task> | null {
  if (first !== null) {
    const owner = taskAt(first.holder);
    return u32(owner.tid) === (word & FUTEX_TID_MASK) ? owner : null;
  }
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(i32(word & FUTEX_TID_MASK));
  return task === null || task.isEnding ? null : task;
}

/**
 * Takes the lock for `task`, or joins those who wait for it with `waiter` (null: only tries): 0 if it was taken, AGAIN, an error, or
 * -EAGAIN if the task must wait, or would have to. The bucket is locked; a waiter that is in another queue already is not queued.
 */
export function piTake(task: Ptr<Task>, queue: FutexQueue, place: FutexPlace, mark: u32): i64 {
  const seen = wordLoad(place.address);
  if (seen === FAULT) {
    return i64(-EFAULT);
  }
  const word = u32(seen);
  const owner = word & FUTEX_TID_MASK;
  if (owner === u32(task.tid)) {
    return i64(-EDEADLK);
  }
  const first = futexQueueFirst(queue, place.key);
  if (first !== null && first.kind !== FutexKind.Lock) {
    return i64(-EINVAL);
  }
  if (owner === 0 && first === null) {
    const taken = (word & FUTEX_OWNER_DIED) | u32(task.tid) | mark;
    return changed(wordCompareExchange(place.address, word, taken), seen);
  }
  const holder = ownerOf(word, first);
  if (holder === null) {
    return first !== null ? i64(-EINVAL) : i64(-ESRCH);
  }
  const marked = changed(wordCompareExchange(place.address, word, word | FUTEX_WAITERS), seen);
  if (marked !== 0n) {
    return marked;
  }
  if (isDeadlock(task, holder)) {
    return i64(-EDEADLK);
  }
  return i64(-EAGAIN);
}

/** What became of an exchange that answered `answer` and was to find `wanted`: 0n, AGAIN, -EFAULT. */
function changed(answer: u64, wanted: u64): i64 {
  return answer === wanted ? 0n : answer === FAULT ? i64(-EFAULT) : AGAIN;
}

/** The waiter, which is in the queue of its key, waits for the lock from now on; its owner, who is to inherit. */
export function piJoin(waiter: Ptr<FutexWaiter>, queue: FutexQueue): Ptr<Task> | null {
  let owner: Ptr<Task> | null = null;
  let other = futexQueueFirst(queue, waiter.key);
  while (other !== null && owner === null) {
    if (virtAddr(other) !== virtAddr(waiter) && other.kind === FutexKind.Lock) {
      owner = taskAt(other.holder);
    }
    other = futexQueueNext(other);
  }
  if (owner === null) {
    owner = ownerOf(u32.wrap(wordLoad(waiter.address)), null);
  }
  if (owner !== null) {
    waiter.kind = FutexKind.Lock;
    hold(owner, waiter);
    taskAt(waiter.task).piBlockedOn = waiter;
  }
  return owner;
}

/** FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI. */
export function futexLockPi(name: u64, deadlineNs: u64, isTry: bool): i64 {
  const waiter: FutexWaiter = zeroed();
  futexWaiterInit(waiter, name, FUTEX_BITS_ALL);
  let result: i64 = AGAIN;
  while (result === AGAIN || result === i64(-EFAULT)) {
    if (!wordTouch(waiter.address)) {
      return i64(-EFAULT);
    }
    result = lockOrJoin(waiter, isTry);
  }
  if (result !== i64(-EAGAIN) || isTry) {
    return result;
  }
  return piEndWait(waiter, futexBlock(waiter, deadlineNs));
}

/** As piTake; -EAGAIN means that the waiter is queued, unless it only tries. */
function lockOrJoin(waiter: FutexWaiter, isTry: bool): i64 {
  const task = currentTask();
  const bucket = futexBucket(waiter.key);
  using _pi = lockAcquire(piLock);
  let owner: Ptr<Task> | null = null;
  {
    using _guard = lockAcquire(bucket.lock);
    const place: FutexPlace = { key: waiter.key, address: waiter.address };
    const result = piTake(task, bucket.queue, place, 0);
    if (result !== i64(-EAGAIN) || isTry) {
      return result;
    }
    void bucket.queue.waiting.fetchAdd(1);
    futexQueueAdd(bucket.queue, addressOf(waiter));
    owner = piJoin(addressOf(waiter), bucket.queue);
    if (owner === null) {
      // The word was changed against the rules.
      void futexQueueRemove(bucket.queue, addressOf(waiter));
      return i64(-ESRCH);
    }
  }
  inherit(owner);
  return i64(-EAGAIN);
}

/** A wait for a lock is over, with `result` if nobody has given it the lock meanwhile. */
export function piEndWait(waiter: FutexWaiter, result: i64): i64 {
  if (result === 0n) {
    return 0n;
  }
  let isOut: bool = false;
  const wasLock = piLeave(waiter, addressOf(isOut));
  if (!isOut) {
    futexAwaitWoken(waiter);
    return 0n;
  }
  if (result !== i64(-ERESTARTSYS)) {
    return result;
  }
  // A wait that began as one for a condition cannot start again once it was moved.
  return waiter.target !== 0n && wasLock ? i64(-EAGAIN) : i64(-ERESTARTNOINTR);
}

/** Takes the waiter out if it is still queued, and says so in `isOut`; whether it waits for the lock. */
function piLeave(waiter: FutexWaiter, isOut: Ptr<bool>): bool {
  using _pi = lockAcquire(piLock);
  const isLock = waiter.kind === FutexKind.Lock;
  {
    const bucket = futexBucket(waiter.key);
    using _guard = lockAcquire(bucket.lock);
    isOut.value = futexQueueRemove(bucket.queue, addressOf(waiter));
  }
  if (isOut.value && isLock) {
    unhold(addressOf(waiter));
    taskAt(waiter.task).piBlockedOn = null;
    inherit(taskAt(waiter.holder));
  }
  return isLock;
}

/** FUTEX_UNLOCK_PI */
export function futexUnlockPi(name: u64): i64 {
  const task = currentTask();
  const chain: FutexChain = zeroed();
  const place: FutexPlace = { key: futexKey(name), address: futexAddress(name) };
  let result: i64 = AGAIN;
  while (result === AGAIN || result === i64(-EFAULT)) {
    const word: u64 = wordTouch(place.address) ? wordLoad(place.address) : FAULT;
    if (word === FAULT) {
      return i64(-EFAULT);
    }
    if ((u32(word) & FUTEX_TID_MASK) !== u32(task.tid)) {
      return i64(-EPERM);
    }
    result = unlockOrGrant(task, place, u32(word), chain);
  }
  // Before the new owner is woken: it may be what the lower priority of this thread lets run.
  futexWakeChain(chain);
  if (result === 0n) {
    using _pi = lockAcquire(piLock);
    void taskBoost(task);
  }
  return result;
}

function unlockOrGrant(task: Ptr<Task>, place: FutexPlace, word: u32, chain: FutexChain): i64 {
  const bucket = futexBucket(place.key);
  using _pi = lockAcquire(piLock);
  using _guard = lockAcquire(bucket.lock);
  const first = futexQueueFirst(bucket.queue, place.key);
  if (first === null) {
    return changed(wordCompareExchange(place.address, word, 0), u64(word));
  }
  if (first.kind !== FutexKind.Lock || first.holder !== virtAddr(task)) {
    return i64(-EINVAL);
  }
  return grant(bucket.queue, first, 0, chain);
}

/** Makes `waiter` the owner: 0, AGAIN, -EFAULT. piLock and the bucket are locked. The thread runs at its own priority until it inherits. */
function grant(queue: FutexQueue, waiter: Ptr<FutexWaiter>, mark: u32, chain: FutexChain): i64 {
  const address = waiter.address;
  const task = taskAt(waiter.task);
  const word = wordLoad(address);
  if (word === FAULT) {
    return i64(-EFAULT);
  }
  const owned = (u32(word) & FUTEX_OWNER_DIED) | u32(task.tid) | FUTEX_WAITERS | mark;
  const seen = wordCompareExchange(address, u32(word), owned);
  if (seen !== word) {
    return seen === FAULT ? i64(-EFAULT) : AGAIN;
  }
  handOver(queue, waiter, task, chain);
  return 0n;
}

/** The others wait for the new owner from now on, which waits for nothing itself: the chain ends there. */
function handOver(queue: FutexQueue, waiter: Ptr<FutexWaiter>, task: Ptr<Task>, chain: FutexChain): void {
  let other = futexQueueFirst(queue, waiter.key);
  while (other !== null) {
    if (other.kind === FutexKind.Lock) {
      unhold(other);
      if (virtAddr(other) !== virtAddr(waiter)) {
        hold(task, other);
      }
    }
    other = futexQueueNext(other);
  }
  task.piBlockedOn = null;
  futexQueueTake(queue, waiter, chain);
  void taskBoost(task);
}

/** A task that has handed on all its locks goes on as another program's. */
export function piOwnerBegins(task: Ptr<Task>): void {
  using _pi = lockAcquire(piLock);
  task.isEnding = false;
}

/** A task ends: the locks that it holds and others wait for are theirs, marked. Nobody waits for it from here on. */
export function piOwnerEnds(task: Ptr<Task>): void {
  const chain: FutexChain = zeroed();
  {
    using _pi = lockAcquire(piLock);
    task.isEnding = true;
    let waiting = task.piWaiters;
    while (waiting !== null) {
      const bucket = futexBucket(waiting.key);
      using _guard = lockAcquire(bucket.lock);
      const first = futexQueueFirst(bucket.queue, waiting.key);
      const result = grant(bucket.queue, first!, FUTEX_OWNER_DIED, chain);
      if (result < 0n) {
        // The word is gone, and with it what the lock guarded.
        handOver(bucket.queue, first!, taskAt(first!.task), chain);
      }
      waiting = task.piWaiters;
    }
  }
  futexWakeChain(chain);
}
