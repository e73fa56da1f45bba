/** The serial port of last resort (16550 at 0x3f8), as the firmware or QEMU left it: no interrupts, no state. */

import { inb, outb } from "../../nucleus/ports.ts";

const DATA_PORT = 0x3f8;
const LINE_STATUS_PORT = 0x3fd;
const TRANSMITTER_EMPTY = 0x20;
/** A port that never becomes ready must not keep a panic from ending. */
const MAX_POLLS = 10_000;
const NO_PORT = 0xff;

export function serialWrite(text: string): void {
  for (let index: u32 = 0; index < text.length; index++) {
    let polls: u32 = 0;
    let status = inb(LINE_STATUS_PORT);
    if (status === NO_PORT) {
      return;
    }
    while ((status & TRANSMITTER_EMPTY) === 0 && polls < MAX_POLLS) {
      status = inb(LINE_STATUS_PORT);
      polls++;
    }
    outb(DATA_PORT, text.byteAt(index));
  }
}
