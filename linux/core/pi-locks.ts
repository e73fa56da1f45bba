/**
 * Who holds a lock with priority inheritance, who waits for it, and how it changes hands: the algorithm of linux/futex-pi.ts.
 *
 * A waiter (kind Lock) stands in the queue of its address and in the list of the lock's owner, which runs at the priority of the foremost
 * of all in its list if that is higher than its own; if the owner waits for another lock itself, so does the owner of that, and so on.
 *
 * Pure: what belongs to the machine is in PiWorld. The caller holds the one lock of all owners (piLock), and that of every queue that it passes.
 * Tested on the host with threads under ThreadSanitizer (linux/tests/pi-locks.ts).
 */

import { EAGAIN, EDEADLK, EFAULT, EINVAL, ESRCH } from "../../abi/errno.ts";
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from "../../abi/linux-process.ts";
import {
  type FutexChain,
  FutexKind,
  type FutexQueue,
  type FutexWaiter,
  futexQueueFirst,
  futexQueueMove,
  futexQueueNext,
  futexQueueRemove,
  futexQueueTake,
} from "./futex-table.ts";

/** What an access to a word that faults answers instead of the word. */
export const WORD_FAULT: u64 = 0x1_0000_0000n;
/** Another processor changed the word meanwhile: try again. */
export const PI_AGAIN = 1n;

/** Longer chains of owners that wait are not followed. */
const CHAIN_LIMIT = 1024;
/** The word of a lock is changed by others while it is taken for a waiter: so often it is tried again. */
const TRIES = 1000;

/** A thread that can own locks and wait for one. Guarded by piLock. */
export class PiOwner {
  /** The number that stands in the word of a lock that it holds. */
  number!: u32;
  /** Hands its locks on and takes no more waiters. */
  isEnding!: bool;
  /** Those who wait for locks that it holds, and what it waits for itself. */
  waiters!: Ptr<FutexWaiter> | null;
  blockedOn!: Ptr<FutexWaiter> | null;
}

/** What differs between the kernel and a test on the host. */
export class PiWorld {
  /** The word at an address, or WORD_FAULT. */
  load!: (address: u64) => u64;
  /** Stores `wanted` if the word is `expected`: what it was before, or WORD_FAULT. */
  exchange!: (address: u64, expected: u32, wanted: u32) => u64;
  /** The thread of that number, if there is one and others may wait for it. */
  find!: (number: u32) => Ptr<PiOwner> | null;
  /** Gives a thread the priority that its waiters demand: the level at which it waits itself. */
  boost!: (owner: Ptr<PiOwner>) => u32;
  /** Gives a queued waiter another priority, with the lock of its queue, which the caller does not hold. */
  reorder!: (waiter: Ptr<FutexWaiter>, level: u32) => void;
}

/** A lock's futex, and where its word can be accessed. */
export class PiPlace {
  key!: u64;
  address!: u64;
}

function ownerAt(address: VirtAddr): Ptr<PiOwner> {
  // SAFETY: waiters leave before their thread does, and a thread that ends hands its locks on before.
  return pointerAt<PiOwner>(address);
}

/** Stores the waiter in its owner's list. */
function hold(owner: Ptr<PiOwner>, waiter: Ptr<FutexWaiter>): void {
  const head = owner.waiters;
  waiter.holder = virtAddr(owner);
  waiter.holderNext = head;
  waiter.holderPrevious = null;
  if (head !== null) {
    head.holderPrevious = waiter;
  }
  owner.waiters = waiter;
}

function unhold(waiter: Ptr<FutexWaiter>): void {
  const next = waiter.holderNext;
  const previous = waiter.holderPrevious;
  if (next !== null) {
    next.holderPrevious = previous;
  }
  if (previous === null) {
    ownerAt(waiter.holder).waiters = next;
  } else {
    previous.holderNext = next;
  }
}

/** Gives `start` the priority that its waiters demand, and those it waits for in turn. The caller holds no queue's lock. */
export function piInherit(world: PiWorld, start: Ptr<PiOwner>): void {
  let owner = start;
  for (let depth: u32 = 0; depth < CHAIN_LIMIT; depth++) {
    const level = world.boost(owner);
    const blocked = owner.blockedOn;
    if (blocked === null || blocked.priority === level) {
      return;
    }
    world.reorder(blocked, level);
    owner = ownerAt(blocked.holder);
  }
}

/** Whether `waiting` would wait for itself if it waited for `holder`. */
function isDeadlock(waiting: Ptr<PiOwner>, holder: Ptr<PiOwner>): bool {
  let owner = holder;
  for (let depth: u32 = 0; depth < CHAIN_LIMIT; depth++) {
    if (virtAddr(owner) === virtAddr(waiting)) {
      return true;
    }
    const blocked = owner.blockedOn;
    if (blocked === null) {
      return false;
    }
    owner = ownerAt(blocked.holder);
  }
  return true;
}

/** Who owns a lock whose word is `word`; null if it is nobody who could give it back. `first` is the first waiter. */
function ownerOf(world: PiWorld, word: u32, first: Ptr<FutexWaiter> | null): Ptr<PiOwner> | null {
  const number = word & FUTEX_TID_MASK;
  if (first === null) {
    return world.find(number);
  }
  const owner = ownerAt(first.holder);
  return owner.number === number ? owner : null;
}

/**
 * Takes the lock for `owner`, or finds out that it must wait: 0 if it was taken, PI_AGAIN, an error, or -EAGAIN if it must wait. `mark` is set in
 * the word besides. Nobody is queued here.
 */
export function piTake(world: PiWorld, owner: Ptr<PiOwner>, queue: FutexQueue, place: PiPlace, mark: u32): i64 {
  const seen = world.load(place.address);
  if (seen === WORD_FAULT) {
    return i64(-EFAULT);
  }
  const word = u32(seen);
  const number = word & FUTEX_TID_MASK;
  if (number === owner.number) {
    return i64(-EDEADLK);
  }
  const first = futexQueueFirst(queue, place.key);
  if (first !== null && first.kind !== FutexKind.Lock) {
    return i64(-EINVAL);
  }
  if (number === 0 && first === null) {
    const taken = (word & FUTEX_OWNER_DIED) | owner.number | mark;
    return changed(world.exchange(place.address, word, taken), seen);
  }
  const holder = ownerOf(world, word, first);
  if (holder === null) {
    return first !== null ? i64(-EINVAL) : i64(-ESRCH);
  }
  const marked = changed(world.exchange(place.address, word, word | FUTEX_WAITERS), seen);
  if (marked !== 0n) {
    return marked;
  }
  return isDeadlock(owner, holder) ? i64(-EDEADLK) : i64(-EAGAIN);
}

/** What became of an exchange that answered `answer` and was to find `wanted`: 0n, PI_AGAIN, -EFAULT. */
function changed(answer: u64, wanted: u64): i64 {
  return answer === wanted ? 0n : answer === WORD_FAULT ? i64(-EFAULT) : PI_AGAIN;
}

/** The waiter, which is in the queue of its key, waits for the lock from now on; its owner, who is to inherit. */
export function piJoin(world: PiWorld, waiter: Ptr<FutexWaiter>, queue: FutexQueue): Ptr<PiOwner> | null {
  let owner: Ptr<PiOwner> | null = null;
  let other = futexQueueFirst(queue, waiter.key);
  while (other !== null && owner === null) {
    if (virtAddr(other) !== virtAddr(waiter) && other.kind === FutexKind.Lock) {
      owner = ownerAt(other.holder);
    }
    other = futexQueueNext(other);
  }
  if (owner === null) {
    owner = ownerOf(world, u32.wrap(world.load(waiter.address)), null);
  }
  if (owner !== null) {
    waiter.kind = FutexKind.Lock;
    hold(owner, waiter);
    ownerAt(waiter.task).blockedOn = waiter;
  }
  return owner;
}

/** Takes a waiter that gives up out of its queue: whether it was still there. Its owner is to inherit if it waited for the lock. */
export function piRemove(queue: FutexQueue, waiter: Ptr<FutexWaiter>): bool {
  const isOut = futexQueueRemove(queue, waiter);
  if (isOut && waiter.kind === FutexKind.Lock) {
    unhold(waiter);
    ownerAt(waiter.task).blockedOn = null;
  }
  return isOut;
}

/** `owner` gives up the lock, whose word was `word`: 0, PI_AGAIN, -EINVAL, -EFAULT. Whoever has it next is in the chain. */
export function piGiveBack(
  world: PiWorld,
  owner: Ptr<PiOwner>,
  queue: FutexQueue,
  place: PiPlace,
  word: u32,
  chain: FutexChain,
): i64 {
  const first = futexQueueFirst(queue, place.key);
  if (first === null) {
    return changed(world.exchange(place.address, word, 0), u64(word));
  }
  if (first.kind !== FutexKind.Lock || first.holder !== virtAddr(owner)) {
    return i64(-EINVAL);
  }
  return piGrant(world, queue, first, 0, chain);
}

/** Makes `waiter` the owner: 0, PI_AGAIN, -EFAULT. The thread runs at its own priority until it inherits. */
export function piGrant(
  world: PiWorld,
  queue: FutexQueue,
  waiter: Ptr<FutexWaiter>,
  mark: u32,
  chain: FutexChain,
): i64 {
  const word = world.load(waiter.address);
  if (word === WORD_FAULT) {
    return i64(-EFAULT);
  }
  const owned = (u32(word) & FUTEX_OWNER_DIED) | ownerAt(waiter.task).number | FUTEX_WAITERS | mark;
  const result = changed(world.exchange(waiter.address, u32(word), owned), word);
  if (result === 0n) {
    piHandOver(world, queue, waiter, chain);
  }
  return result;
}

/** The others wait for the new owner from now on, which waits for nothing itself: the chain of owners ends there. */
export function piHandOver(world: PiWorld, queue: FutexQueue, waiter: Ptr<FutexWaiter>, chain: FutexChain): void {
  const owner = ownerAt(waiter.task);
  let other = futexQueueFirst(queue, waiter.key);
  while (other !== null) {
    if (other.kind === FutexKind.Lock) {
      unhold(other);
      if (virtAddr(other) !== virtAddr(waiter)) {
        hold(owner, other);
      }
    }
    other = futexQueueNext(other);
  }
  owner.blockedOn = null;
  futexQueueTake(queue, waiter, chain);
  void world.boost(owner);
}

/** A waiter of kind Condition moves to a lock: what it is to become there. */
export class PiMove {
  /** The futex at which it waits, and the lock. */
  from!: PiPlace;
  to!: PiPlace;
  /** Set in the word if the lock is given at once. */
  mark!: u32;
  /** Answered where the waiter did not get the lock: the owner, who is to inherit. */
  owner!: Ptr<PiOwner> | null;
}

/** Gives the lock to a waiter, or lets it wait for it: 0 or an error, with the waiter where it was. */
export function piMove(
  world: PiWorld,
  from: FutexQueue,
  to: FutexQueue,
  waiter: Ptr<FutexWaiter>,
  move: PiMove,
  chain: FutexChain,
): i64 {
  let taken: i64 = PI_AGAIN;
  for (let tries: u32 = 0; taken > 0n && tries < TRIES; tries++) {
    taken = piTake(world, ownerAt(waiter.task), to, move.to, move.mark);
  }
  if (taken === 0n) {
    futexQueueTake(from, waiter, chain);
    return 0n;
  }
  if (taken !== i64(-EAGAIN)) {
    return taken > 0n ? i64(-EAGAIN) : taken;
  }
  futexQueueMove(from, to, waiter, move.to.key);
  waiter.address = move.to.address;
  const owner = piJoin(world, waiter, to);
  if (owner !== null) {
    move.owner = owner;
    return 0n;
  }
  futexQueueMove(to, from, waiter, move.from.key);
  waiter.address = move.from.address;
  return i64(-ESRCH);
}
