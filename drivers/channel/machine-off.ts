/**
 * Turns the machine off where no proxy ends it: the port by which a monitor ends a guest that cannot speak any more, the ACPI power-off
 * register of QEMU's machines, then a halt for good.
 *
 * The register's address is what QEMU gives PM1a_CNT on q35 and on pc. On real hardware both writes go nowhere (there is no ACPI
 * interpreter here), and the machine stays on, halted.
 */

import { UHYVE_PORT_ABORT } from "../../abi/uhyve.ts";
import { haltUntilInterrupt } from "../../nucleus/calls.ts";
import { irqSave } from "../../nucleus/irq-mask.ts";
import { outl, outw } from "../../nucleus/ports.ts";

const PM1A_CNT = 0x604;
const SLP_TYP_S5_AND_SLP_EN = 0x2000;

export function machineOff(): never {
  void irqSave();
  outl(UHYVE_PORT_ABORT, 1);
  outw(PM1A_CNT, SLP_TYP_S5_AND_SLP_EN);
  while (true) haltUntilInterrupt();
}
