/**
 * The kernel's own part of the boot script, in order; the linux layer's main calls these one per line.
 *
 *     trapInit(); memoryInit(); clockInit(); interruptInit(); schedulerInit();
 */

import { bootInfoComplete } from "./boot/complete.ts";
import { framesInit } from "./mm/frames.ts";
import { heapInit } from "./mm/heap.ts";
import { schedulerInit as schedulerStart } from "./sched/scheduler.ts";
import { clockInit as clockStart } from "./time/clock.ts";
import { timersInit } from "./time/timer.ts";
import { trapInit as trapStart } from "./trap.ts";

/** Exceptions are reported from here on. */
export function trapInit(): void {
  trapStart();
}

/** Boot information, frames, heap. */
export function memoryInit(): void {
  bootInfoComplete();
  framesInit();
  heapInit(false);
}

/** Frequency and bases of the clocks. */
export function clockInit(): void {
  clockStart();
}

/** The timer's handler; the local APIC itself is enabled when the first interrupt is wanted. */
export function interruptInit(): void {
  timersInit();
}

/** The running context becomes the first thread. */
export function schedulerInit(): void {
  schedulerStart();
}
