/** Timers. (API; see below.) */

/** A one-shot timer; the caller owns the memory, which must stay valid while it is armed. */
export class Timer {
  deadlineNs!: u64;
  callback!: TimerCallback;
  argument!: u64;
  /** Place in the timer queue plus one; 0 while not armed. */
  place!: u32;
}

export type TimerCallback = (timer: Timer) => void;

/** Calls `callback` once monotonicNs() >= deadlineNs, in interrupt context with interrupts masked. -ENOMEM: too many timers. */
export function timerArm(timer: Timer, deadlineNs: u64, callback: TimerCallback): i64 {
  panic("timerArm");
}

/** Whether the timer was armed and now is not. */
export function timerCancel(timer: Timer): bool {
  panic("timerCancel");
}

/** Blocks the current thread until monotonicNs() >= deadlineNs. */
export function sleepUntil(deadlineNs: u64): void {
  panic("sleepUntil");
}
