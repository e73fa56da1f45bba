/** Interrupts from one processor to another, by their indices. */

import { ICR_FIXED, lapicEnable, lapicSend } from "../time/lapic.ts";

/**
 * Sends `vector` (kernel/vectors.ts) to processor `cpu`, which may be this one. Its local APIC identifier is its index: uhyve makes it so, and
 * QEMU numbers processors without gaps as long as they are all in one package or one each.
 */
export function ipiSend(cpu: u32, vector: u32): void {
  lapicEnable();
  lapicSend(cpu, ICR_FIXED, vector);
}
