/**
 * The serial port (16550 at 0x3f8) as the firmware, QEMU or the driver left it: polled output without interrupts and without state.
 *
 * It is here and not with the drivers because a panic must not depend on them; drivers/serial sets the port up and writes by this.
 * An emulated port whose reader is slow stays busy for as long as the reader likes, hence a wait by time, not by number of polls.
 */

import { rdtsc } from "../../nucleus/cpu.ts";
import { inb, outb } from "../../nucleus/ports.ts";

const DATA_PORT = 0x3f8;
const LINE_STATUS_PORT = 0x3fd;
const TRANSMITTER_EMPTY = 0x20;
/** 0.3 to 1 s on processors of 1 to 4 GHz: a port that hangs must not keep a panic from ending. */
const MAX_WAIT_CYCLES = 0x4000_0000n;
const NO_PORT = 0xff;

/** Waits for the transmitter and sends a byte. False: there is no port, or it hangs. */
export function serialPutByte(byte: u8): bool {
  let status = inb(LINE_STATUS_PORT);
  if (status === NO_PORT) {
    return false;
  }
  const start = rdtsc();
  while ((status & TRANSMITTER_EMPTY) === 0) {
    if (rdtsc() - start > MAX_WAIT_CYCLES) {
      return false;
    }
    status = inb(LINE_STATUS_PORT);
  }
  outb(DATA_PORT, byte);
  return true;
}

/** Sends the text; gives up where the port does. */
export function serialWrite(text: string): void {
  for (let index: u32 = 0; index < text.length; index++) {
    if (!serialPutByte(text.byteAt(index))) {
      return;
    }
  }
}
