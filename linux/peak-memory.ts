/**
 * The most memory that was in use at once (ru_maxrss, VmHWM). It is looked at before much of it is given back, and whenever somebody asks:
 * a count that every page kept would cost more than the pages.
 */

import { frameFreeCount, frameTotalCount } from "../kernel/mm/frames.ts";

/** Less is given back without a look. */
export const PEAK_NOTED_BYTES = 0x10_0000n;

const mostPages: Atomic<u64> = zeroed();

/** Memory is about to be given back. */
export function peakNote(): void {
  const used = frameTotalCount() - frameFreeCount();
  if (used > mostPages.load(Order.Relaxed)) {
    mostPages.store(used, Order.Relaxed);
  }
}

/** Pages of the machine that were in use at most. */
export function peakPages(): u64 {
  peakNote();
  return mostPages.load(Order.Relaxed);
}
