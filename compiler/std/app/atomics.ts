/** Atomics.wait and Atomics.notify (ECMA-262 25.4.13 and 25.4.15): the other operations are single instructions. */
import { ETIMEDOUT, EVERYBODY, futexWait, futexWake, wasInterrupted } from "./lock.ts";
import { monotonicNs } from "./start.ts";

const NS_PER_MS = 1e6;
const NS_PER_SECOND: u64 = 1_000_000_000n;
/** Longer waits than a year are endless. */
const ENDLESS_MS = 3.2e10;

function waitUntil(address: u64, expected: u32, milliseconds: f64): i64 {
  const end: u64 = monotonicNs() + u64(milliseconds > 0.0 ? milliseconds * NS_PER_MS : 0.0);
  for (;;) {
    const now: u64 = monotonicNs();
    const left: u64 = now < end ? end - now : 0n;
    // struct timespec: seconds, nanoseconds.
    const time: FixedArray<u64, 2> = fixedArray(left / NS_PER_SECOND, left % NS_PER_SECOND);
    const result: i64 = futexWait(address, expected, u64(virtAddr(elements(time))));
    if (!wasInterrupted(result)) return result;
  }
}

function waitEndless(address: u64, expected: u32): i64 {
  for (;;) {
    const result: i64 = futexWait(address, expected);
    if (!wasInterrupted(result)) return result;
  }
}

export function atomicsWait(word: Ptr<i32>, isShared: bool, expected: i32, milliseconds: f64): string {
  assert(isShared, "Atomics.wait needs an Int32Array on a SharedArrayBuffer");
  const address: u64 = u64(virtAddr(word));
  // NaN is endless, too.
  const isTimed: bool = milliseconds < ENDLESS_MS;
  const result: i64 = isTimed
    ? waitUntil(address, u32.wrap(expected), milliseconds)
    : waitEndless(address, u32.wrap(expected));
  if (result === ETIMEDOUT) return "timed-out";
  return result === 0n ? "ok" : "not-equal";
}

export function atomicsNotify(word: Ptr<i32>, isShared: bool, count: f64): f64 {
  if (!isShared) return 0.0;
  const most: u64 = count < f64(EVERYBODY) ? u64(count) : EVERYBODY;
  return most === 0n ? 0.0 : f64(futexWake(u64(virtAddr(word)), most));
}
