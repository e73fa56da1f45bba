/** Texts in a trace line, as strace shows them: strings and bytes in C's spelling, cut after 32 of them, and vectors of strings. */

import { type TextBuffer, textPut, textPutByte, textPutHex, textPutUnsigned } from "./text-buffer.ts";
import type { MemoryReader } from "./trace-structs.ts";

/** As strace does without -s. */
const STRING_LIMIT = 32;
const STRINGS_LIMIT: u64 = 32n;
/** Pointers that are counted. */
const COUNT_LIMIT: u64 = 0x1_0000n;
const POINTER_BYTES = 8n;

export function putAddress(line: TextBuffer, address: u64): void {
  if (address === 0n) {
    textPut(line, "NULL");
    return;
  }
  textPutHex(line, address);
}

/** A string up to its NUL, byte by byte: it may end just before a page that is not there. */
export function putText(line: TextBuffer, address: u64, read: MemoryReader): bool {
  const byte: Bytes<1> = zeroed();
  if (read(elements(byte), VirtAddr(address), 1n) !== 0n) {
    return false;
  }
  textPutByte(line, 34);
  for (let i: u64 = 0n; i < u64(STRING_LIMIT); i++) {
    if (read(elements(byte), VirtAddr(address + i), 1n) !== 0n || byte[0] === 0) {
      textPutByte(line, 34);
      return true;
    }
    putEscaped(line, byte[0], false);
  }
  textPut(line, '"...');
  return true;
}

export function putBytes(line: TextBuffer, address: u64, count: u64, read: MemoryReader): bool {
  const bytes: Bytes<33> = zeroed();
  const shown = count < u64(STRING_LIMIT) ? count : u64(STRING_LIMIT);
  const fetched = count > shown ? shown + 1n : shown;
  if (read(elements(bytes), VirtAddr(address), fetched) !== 0n) {
    return false;
  }
  textPutByte(line, 34);
  for (let i: u32 = 0; i < u32(shown); i++) {
    const next = bytes[i + 1];
    putEscaped(line, bytes[i], u64(i) + 1n < fetched && next >= 48 && next <= 55);
  }
  textPut(line, count > shown ? '"...' : '"');
  return true;
}

/** As in C: "\n", "\0", octal for the rest; three digits if a digit follows. */
function putEscaped(line: TextBuffer, byte: u8, digitFollows: bool): void {
  const letter = escapeLetter(byte);
  if (letter !== 0) {
    textPutByte(line, 92);
    textPutByte(line, letter);
    return;
  }
  if (byte >= 32 && byte < 127) {
    textPutByte(line, byte);
    return;
  }
  textPutByte(line, 92);
  if (digitFollows || byte >= 64) {
    textPutByte(line, 48 + (byte >> 6));
  }
  if (digitFollows || byte >= 8) {
    textPutByte(line, 48 + ((byte >> 3) & 7));
  }
  textPutByte(line, 48 + (byte & 7));
}

function escapeLetter(byte: u8): u8 {
  switch (byte) {
    case 9:
      return 116;
    case 10:
      return 110;
    case 11:
      return 118;
    case 12:
      return 102;
    case 13:
      return 114;
    case 34:
      return 34;
    case 92:
      return 92;
    default:
      return 0;
  }
}

/** ["sh", "-c", "x"], or the address if the vector cannot be read. */
export function putStrings(line: TextBuffer, address: u64, read: MemoryReader): void {
  let pointer: u64 = 0n;
  let end = "";
  for (let i: u64 = 0n; end.length === 0; i++) {
    // SAFETY: eight bytes of a local, here and below.
    const isRead = read(castPtr<u8>(addressOf(pointer)), VirtAddr(address + i * POINTER_BYTES), POINTER_BYTES) === 0n;
    if (!isRead && i === 0n) {
      putAddress(line, address);
      return;
    }
    textPut(line, i === 0n ? "[" : isRead && pointer === 0n ? "" : ", ");
    if (!isRead || pointer === 0n || i === STRINGS_LIMIT) {
      end = !isRead ? "???]" : pointer === 0n ? "]" : "...]";
    } else if (!putText(line, pointer, read)) {
      putAddress(line, pointer);
    }
  }
  textPut(line, end);
}

/** The address, with the number of strings behind it if they can be read. */
export function putStringCount(line: TextBuffer, address: u64, read: MemoryReader): void {
  let pointer: u64 = 1n;
  let count: u64 = 0n;
  putAddress(line, address);
  while (pointer !== 0n && count <= COUNT_LIMIT) {
    if (read(castPtr<u8>(addressOf(pointer)), VirtAddr(address + count * POINTER_BYTES), POINTER_BYTES) !== 0n) {
      return;
    }
    count += pointer === 0n ? 0n : 1n;
  }
  textPut(line, " /* ");
  textPutUnsigned(line, count);
  textPut(line, count === 1n ? " var */" : " vars */");
}
