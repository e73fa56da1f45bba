/** Interrupts. (API; see below.) */

/** Runs with interrupts masked; the local APIC's end of interrupt follows by itself. */
export type IrqHandler = (vector: u32) => void;

export const FIRST_DEVICE_VECTOR = 0x32;

/** Registers the handler of a vector (0x20..0xfe). */
export function irqRegister(vector: u32, handler: IrqHandler): void {
  panic("irqRegister");
}

/** A vector that nobody uses; -ENOSPC if all are taken. */
export function irqAllocateVector(): i64 {
  panic("irqAllocateVector");
}

/** Routes input `pin` of the I/O APIC to `vector` on this CPU (edge, active high, as QEMU's virtio-mmio wants); -ENODEV without one. */
export function ioapicRoute(pin: u32, vector: u32): i64 {
  panic("ioapicRoute");
}
