/**
 * How much has come into the guest from outside: answers of file servers, input, signals, and what was sent out, which may be answered in ways
 * that nobody sees here. Whoever knows something from outside, and since when, knows that the program cannot tell it from new as long as
 * nothing else has come: no clock aside, it has heard nothing of the world since.
 */

const count: Atomic<u64> = zeroed();

export function outsideNow(): u64 {
  return count.load(Order.Acquire);
}

/** Something has come or gone; how much had before. */
export function outsideHappened(): u64 {
  return count.fetchAdd(1n, Order.AcqRel);
}
