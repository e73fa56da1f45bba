/** The interrupt vectors that are fixed; devices get theirs from irqAllocateVector (kernel/irq.ts), from FIRST_DEVICE_VECTOR on. */

export { CHANNEL_VECTOR } from "../abi/channel.ts";

export const VECTOR_TIMER = 0x30;
/** From another processor: look at your run queue, or at what the running thread has to do. */
export const VECTOR_RESCHEDULE = 0x32;
/** From another processor: translations were taken away (kernel/mm/tlb.ts). */
export const VECTOR_TLB = 0x33;
/** From another processor: wait until it has changed code (kernel/smp/stop.ts). */
export const VECTOR_STOP = 0x34;
export const FIRST_DEVICE_VECTOR = 0x35;
export const VECTOR_SPURIOUS = 0xff;
