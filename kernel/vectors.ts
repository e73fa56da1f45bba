/**
 * The interrupt vectors that are fixed; devices get theirs from irqAllocateVector (kernel/irq.ts), from FIRST_DEVICE_VECTOR on.
 *
 * All are of one class of priority (SDM volume 3, 11.8.3: the vector's upper four bits). The local APIC delivers none of the class while
 * one is in service, so the end of interrupt that follows each handler ends that very interrupt. With two classes, one could come
 * between another one's arrival and its handler, whose end of interrupt would then be taken for the later one's.
 */

import { CHANNEL_VECTOR } from "../abi/channel.ts";

export { CHANNEL_VECTOR };

export const VECTOR_TIMER = 0x30;
/** From another processor: look at your run queue, or at what the running thread has to do. */
export const VECTOR_RESCHEDULE = 0x32;
/** From another processor: translations were taken away (kernel/mm/tlb.ts). */
export const VECTOR_TLB = 0x33;
/** From another processor: wait until it has changed code (kernel/smp/stop.ts). */
export const VECTOR_STOP = 0x34;
export const FIRST_DEVICE_VECTOR = 0x35;
export const LAST_DEVICE_VECTOR = 0x3f;
export const VECTOR_SPURIOUS = 0xff;

export const VECTOR_CLASS = 3;
const CLASS_SHIFT = 4;

/** Whether the vector is of the class that all interrupts are of. */
export function isOfVectorClass(vector: u32): bool {
  return vector >> CLASS_SHIFT === VECTOR_CLASS;
}

staticAssert(VECTOR_TIMER >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: the timer");
staticAssert(CHANNEL_VECTOR >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: the channel");
staticAssert(VECTOR_RESCHEDULE >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: reschedule");
staticAssert(VECTOR_TLB >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: translations");
staticAssert(VECTOR_STOP >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: stop");
staticAssert(FIRST_DEVICE_VECTOR >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: the first device");
staticAssert(LAST_DEVICE_VECTOR >> CLASS_SHIFT === VECTOR_CLASS, "one class of priority: the last device");
