/** Lines of JSON on stdout, for the command line: literals and escaped texts (RFC 8259, 7), collected for one write. */

import { SYS_write } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

const STDOUT = 1n;
const BUFFER_BYTES = 0x1000;
const HEX_DIGITS = "0123456789abcdef";

const buffer: Bytes<0x1000> = zeroed();
let used: u32 = 0;

/** Text that is JSON already. */
export function jsonPut(text: string): void {
  for (let i: u32 = 0; i < text.length; i += 1) putByte(text.byteAt(i));
}

/** A text in quotes. */
export function jsonPutText(text: string): void {
  putByte(34);
  for (let i: u32 = 0; i < text.length; i += 1) {
    const byte = text.byteAt(i);
    if (byte === 34 || byte === 92) putByte(92);
    if (byte >= 32) {
      putByte(byte);
      continue;
    }
    jsonPut("\\u00");
    putByte(HEX_DIGITS.byteAt(u32(byte) >> 4));
    putByte(HEX_DIGITS.byteAt(u32(byte) & 15));
  }
  putByte(34);
}

export function jsonFlush(): void {
  void linuxCall(SYS_write, STDOUT, callPointer(elements(buffer)), u64(used));
  used = 0;
}

function putByte(byte: u8): void {
  if (used === BUFFER_BYTES) jsonFlush();
  buffer[used] = byte;
  used += 1;
}
