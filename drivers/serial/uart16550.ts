/**
 * The 16550 serial port at 0x3F8: output of boots without a proxy (GRUB, `qemu -kernel`) and the last resort of a panic when there
 * is no channel. Polled and write-only: whoever needs input has a proxy.
 *
 * Register numbers and bits follow the National Semiconductor PC16550D data sheet. A port that is not there reads 0xFF; it is
 * found out once by the scratch register, and output is then dropped instead of waited for.
 */

import { serialPutByte } from "../../kernel/panic/serial.ts";
import { inb, outb } from "../../nucleus/ports.ts";

const COM1 = 0x3f8;
/** Offsets of the registers; with DLAB set, 0 and 1 are the divisor. */
const THR = 0;
const IER = 1;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const SCR = 7;
const LCR_8N1 = 0x03;
const LCR_DLAB = 0x80;
const FCR_ENABLE_AND_CLEAR = 0x07;
const MCR_DTR_RTS = 0x03;
const SCRATCH_PATTERN = 0x5a;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

let isPresent: bool = false;

/** Sets 115200 8N1 without interrupts. False if there is no port. */
export function serialInit(): bool {
  outb(COM1 + SCR, SCRATCH_PATTERN);
  isPresent = inb(COM1 + SCR) === SCRATCH_PATTERN;
  if (!isPresent) return false;
  outb(COM1 + IER, 0);
  outb(COM1 + LCR, LCR_DLAB | LCR_8N1);
  outb(COM1 + THR, 1);
  outb(COM1 + IER, 0);
  outb(COM1 + LCR, LCR_8N1);
  outb(COM1 + FCR, FCR_ENABLE_AND_CLEAR);
  outb(COM1 + MCR, MCR_DTR_RTS);
  return true;
}

/** Writes the text, line ends as a terminal wants them. */
export function serialWrite(text: Slice<u8>): void {
  if (!isPresent) return;
  for (const byte of text) {
    if (byte === NEWLINE && !serialPutByte(CARRIAGE_RETURN)) return;
    if (!serialPutByte(byte)) return;
  }
}
