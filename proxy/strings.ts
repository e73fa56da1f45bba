/** Strings as the kernel passes them to a program: arrays of pointers to NUL-terminated bytes. */

import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { SYS_mmap } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";

/** The longest argument that Linux passes (MAX_ARG_STRLEN): a bound for loops. */
const MAX_STRING_BYTES = 0x2_0000;
/** More variables than fit into the argument area. */
const MAX_STRINGS = 0x40_0000;

/** The string that `vector[index]` points to. */
export function stringAt(vector: Ptr<u64>, index: u32): string {
  return stringFrom(pointerAt<u8>(vector[index]));
}

/** The string up to its NUL. */
export function stringFrom(text: Ptr<u8>): string {
  let length: u32 = 0;
  while (length < MAX_STRING_BYTES && text[length] !== 0) length += 1;
  return stringOf(text, length);
}

/** Entries before the NULL that ends a vector. */
export function vectorLength(vector: Ptr<u64>): u32 {
  let count: u32 = 0;
  while (count < MAX_STRINGS && vector[count] !== 0n) count += 1;
  return count;
}

/** The value of a variable, empty if it is not set. */
export function environmentValue(environment: Ptr<u64>, name: string): string {
  for (let i: u32 = 0; i < MAX_STRINGS && environment[i] !== 0n; i += 1) {
    // SAFETY: the kernel ends every entry by a NUL, at which the comparison stops.
    const entry = pointerAt<u8>(environment[i]);
    if (isAssignmentOf(entry, name)) return stringFrom(entry.add(name.length + 1));
  }
  return "";
}

function isAssignmentOf(entry: Ptr<u8>, name: string): bool {
  for (let i: u32 = 0; i < name.length; i += 1) {
    if (entry[i] !== name.byteAt(i)) return false;
  }
  return entry[name.length] === 61;
}

/**
 * A vector of the first `count` strings of `texts`, which follow one another with their NULs, and of `more`'s first `moreCount`; null: no
 * memory. It stays.
 */
export function stringsJoin(texts: Slice<u8>, count: u32, more: Ptr<u64>, moreCount: u32): Ptr<u64> | null {
  const place = memoryFor(u64(count + moreCount + 1) * 8n);
  if (place === null) return null;
  // SAFETY: fresh memory, zeroed and aligned to a page, with room for all and a NULL.
  const vector = castPtr<u64>(place);
  let start: u64 = 0n;
  for (let i: u32 = 0; i < count; i += 1) {
    vector[i] = u64(virtAddr(texts.data)) + start;
    while (start < texts.length && at(texts, start) !== 0) start += 1n;
    start += 1n;
  }
  for (let i: u32 = 0; i < moreCount; i += 1) vector[count + i] = more[i];
  return vector;
}

/** Zeroed memory that stays, at a page; null: there is none. */
export function memoryFor(bytes: u64): Ptr<u8> | null {
  const protection = u64(PROT_READ | PROT_WRITE);
  const address = linuxCall(SYS_mmap, 0n, bytes, protection, u64(MAP_PRIVATE | MAP_ANONYMOUS), u64.MAX, 0n);
  // SAFETY: the kernel has just mapped it.
  return address < 0n ? null : pointerAt<u8>(u64(address));
}
