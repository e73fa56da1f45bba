/**
 * Waiting in the kernel (futex(2)) and the lock that is built on it: U. Drepper, "Futexes Are Tricky", 2011, mutex 2.
 *
 * A word is 0 (free), 1 (held) or 2 (held, and somebody may sleep). Without contention a lock costs one atomic operation each way.
 */
import { systemCall } from "./system.ts";
import { ownArea } from "./thread-area.ts";

const SYS_futex: u32 = 202;
const FUTEX_WAIT: u64 = 0n;
const FUTEX_PRIVATE: u64 = 128n;
const FUTEX_WAKE_PRIVATE: u64 = 129n;
const EINTR: i64 = -4n;
export const ETIMEDOUT: i64 = -110n;
export const EVERYBODY: u64 = 0x7fff_ffffn;
const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;
/** How often a lock is tried before the thread sleeps: most are held for less time than a system call takes. */
const TRIES: u32 = 100;

@struct()
export class Lock {
  word!: Atomic<u32>;
}

/** Lets the other hardware thread of the core work, and saves power, in a loop that waits. */
export function spinHint(): void {
  asm`pause`;
}

/** Sleeps while the word at `address` holds `expected`; `timeout` is the address of a struct timespec, or 0. */
export function futexWait(address: u64, expected: u32, timeout: u64 = 0n): i64 {
  return systemCall(SYS_futex, address, FUTEX_WAIT | FUTEX_PRIVATE, u64(expected), timeout, 0n, 0n);
}

/** Wakes up to `count` threads that sleep on the word; how many there were. */
export function futexWake(address: u64, count: u64): i64 {
  return systemCall(SYS_futex, address, FUTEX_WAKE_PRIVATE, count, 0n, 0n, 0n);
}

export function wasInterrupted(result: i64): bool {
  return result === EINTR;
}

export function lockTry(lock: Lock): bool {
  return lock.word.compareExchange(FREE, HELD, Order.Acquire);
}

export function lockAcquire(lock: Lock): void {
  for (let i: u32 = 0; i < TRIES; i++) {
    if (lock.word.load(Order.Relaxed) === FREE && lockTry(lock)) return;
    spinHint();
  }
  while (lock.word.exchange(CONTENDED, Order.Acquire) !== FREE) {
    void futexWait(u64(virtAddr(addressOf(lock.word))), CONTENDED);
  }
}

export function lockRelease(lock: Lock): void {
  if (lock.word.exchange(FREE, Order.Release) === CONTENDED) void futexWake(u64(virtAddr(addressOf(lock.word))), 1n);
}

// --- The program's own locks ------------------------------------------------------------------------------------------------

@struct()
export class Mutex {
  lock!: Lock;
  /** The area of the thread that holds it, or 0. */
  owner!: Atomic<u64>;
}

export function mutexLock(mutex: Mutex): void {
  const me: u64 = u64(virtAddr(ownArea()));
  assert(mutex.owner.load(Order.Relaxed) !== me, "the thread holds this mutex already");
  lockAcquire(mutex.lock);
  mutex.owner.store(me, Order.Relaxed);
}

export function mutexUnlock(mutex: Mutex): void {
  const me: u64 = u64(virtAddr(ownArea()));
  assert(mutex.owner.load(Order.Relaxed) === me, "the thread does not hold this mutex");
  mutex.owner.store(0n, Order.Relaxed);
  lockRelease(mutex.lock);
}
