/** Text that grows: what the files of /proc and /sys are written into when they are opened. */

import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";

const FIRST_BYTES = 512n;
/** A map of 65,530 regions is some 6 MiB. */
const MOST_BYTES = 0x100_0000n;

/** All zero is empty. What finds no memory is left out, and `isCut` says so. */
export class Text {
  data!: Ptr<u8> | null;
  length!: u64;
  capacity!: u64;
  isCut!: bool;
}

function reserve(text: Text, bytes: u64): bool {
  if (text.capacity - text.length >= bytes) {
    return true;
  }
  let capacity: u64 = text.capacity === 0n ? FIRST_BYTES : text.capacity * 2n;
  while (capacity - text.length < bytes && capacity < MOST_BYTES) {
    capacity *= 2n;
  }
  const memory = capacity - text.length < bytes ? null : heapAlloc(capacity);
  if (memory === null) {
    text.isCut = true;
    return false;
  }
  const before = text.data;
  if (before !== null) {
    copyBytes(memory, before, text.length);
    heapFree(before);
  }
  text.data = memory;
  text.capacity = capacity;
  return true;
}

export function put(text: Text, part: string): void {
  if (reserve(text, u64(part.length))) {
    copyBytes(text.data!.add(text.length), part.data, u64(part.length));
    text.length += u64(part.length);
  }
}

export function putByte(text: Text, byte: u8): void {
  if (reserve(text, 1n)) {
    text.data!.add(text.length).value = byte;
    text.length += 1n;
  }
}

export function putBytes(text: Text, bytes: Slice<u8>): void {
  if (reserve(text, bytes.length)) {
    copyBytes(text.data!.add(text.length), bytes.data, bytes.length);
    text.length += bytes.length;
  }
}

/** In decimal. */
export function putNumber(text: Text, value: u64): void {
  put(text, `${value}`);
}

export function putNumberLine(text: Text, value: u64): void {
  put(text, `${value}\n`);
}

/** In decimal, right-aligned in a column of `width`. */
export function putColumn(text: Text, value: u64, width: u32): void {
  const digits = `${value}`;
  for (let i = digits.length; i < width; i++) {
    putByte(text, 32);
  }
  put(text, digits);
}

/** In hexadecimal without prefix, with leading zeros to `digits`. */
export function putHex(text: Text, value: u64, digits: u32): void {
  let started: bool = false;
  for (let shift: u32 = 16; shift > 0; shift--) {
    const digit = u8((value >> u64((shift - 1) * 4)) & 15n);
    started = started || digit !== 0 || shift <= digits || shift === 1;
    if (started) {
      putByte(text, digit < 10 ? 48 + digit : 87 + digit);
    }
  }
}

/** Bytes up to the first NUL, at most `most`. */
export function putCString(text: Text, bytes: Ptr<u8>, most: u32): void {
  for (let i: u32 = 0; i < most && bytes[i] !== 0; i++) {
    putByte(text, bytes[i]);
  }
}

export function textFree(text: Text): void {
  if (text.data !== null) {
    heapFree(text.data);
    text.data = null;
  }
  text.length = 0n;
  text.capacity = 0n;
}
