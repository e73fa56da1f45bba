/** Sentences of the monitor for its user, on stderr: one write each, so that lines of several writers do not mix. */

import { SYS_write } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";

const STDERR = 2n;
/** The longest is a report with all vCPUs of a large machine. */
const MAX_TEXT = 0x1_0000;

const buffer: Bytes<0x10000> = zeroed();
let used: u32 = 0;

/** `hermit: <text>.` and a newline. */
export function errorText(text: string): void {
  messageAdd("hermit: ");
  messageAdd(text);
  messageAdd(".\n");
  messageSend();
}

/** Collects text for one write; what does not fit is cut off. */
export function messageAdd(text: string): void {
  const room = MAX_TEXT - used;
  const count = text.length < room ? text.length : room;
  copyBytes(elements(buffer).add(used), text.data, u64(count));
  used += count;
}

/** A word as 16 hexadecimal digits. */
export function messageAddWord(value: u64): void {
  if (MAX_TEXT - used < 16) return;
  for (let digit: u32 = 0; digit < 16; digit += 1) {
    const nibble = u32((value >> u64(60 - 4 * digit)) & 15n);
    buffer[used + digit] = u8(nibble < 10 ? 48 + nibble : 87 + nibble);
  }
  used += 16;
}

export function messageSend(): void {
  void linuxCall(SYS_write, STDERR, u64(virtAddr(elements(buffer))), u64(used));
  used = 0;
}
