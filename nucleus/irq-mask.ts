/**
 * The software interrupt mask: a byte per CPU instead of cli/sti (DESIGN D3).
 *
 * While it is set, the interrupt entry only records the vector in `pendingVectors` and returns. Unmasking looks at the set and
 * runs the handlers of what arrived meanwhile.
 */

/** Masks interrupts on this CPU; returns whether they were masked before, for irqRestore. */
export function irqSave(): bool {
  panic("irqSave");
}

/** Ends the section that irqSave began: with `false` interrupts are unmasked, and pending ones handled before it returns. */
export function irqRestore(wasMasked: bool): void {
  panic("irqRestore");
}

export function irqIsMasked(): bool {
  panic("irqIsMasked");
}
