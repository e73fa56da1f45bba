/**
 * Periods of a timer: how many have passed, and when the next one ends. Pure.
 *
 * A timer whose signal nobody has taken yet does not run on; when it is taken, the periods that passed meanwhile are its overruns
 * (timer_getoverrun(2)) and the next deadline keeps the rhythm.
 */

/** What timer_getoverrun(2) answers at most (DELAYTIMER_MAX). */
export const OVERRUNS_MOST = 0x7fff_ffffn;

export class Period {
  deadlineNs!: u64;
  /** 0n: the timer runs once. */
  intervalNs!: u64;
}

/** Moves the deadline behind `nowNs` by whole intervals; how many beyond the one that has just ended, at most OVERRUNS_MOST. */
export function periodForward(period: Period, nowNs: u64): u64 {
  if (period.intervalNs === 0n || nowNs < period.deadlineNs) {
    return 0n;
  }
  const passed = (nowNs - period.deadlineNs) / period.intervalNs;
  period.deadlineNs += (passed + 1n) * period.intervalNs;
  return passed < OVERRUNS_MOST ? passed : OVERRUNS_MOST;
}
