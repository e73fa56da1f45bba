/**
 * Turns the machine off where no proxy ends it: the ACPI power-off register of QEMU's machines, then a halt for good.
 *
 * The register's address is what QEMU gives PM1a_CNT on q35 and on pc; on real hardware the write goes nowhere (no ACPI
 * interpreter here), and the machine stays on, halted.
 */

import { haltUntilInterrupt } from "../../nucleus/calls.ts";
import { irqSave } from "../../nucleus/irq-mask.ts";
import { outw } from "../../nucleus/ports.ts";

const PM1A_CNT = 0x604;
const SLP_TYP_S5_AND_SLP_EN = 0x2000;

export function machineOff(): never {
  void irqSave();
  outw(PM1A_CNT, SLP_TYP_S5_AND_SLP_EN);
  while (true) haltUntilInterrupt();
}
