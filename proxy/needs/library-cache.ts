/**
 * The cache in which ldconfig writes where libraries are, /etc/ld.so.cache, in its new format (glibc: sysdeps/generic/dl-cache.h):
 *
 *     0 "glibc-ld.so.cache1.1"   20 count: u32   24 bytes of strings: u32   48 entries of 24 bytes
 *     entry   0 flags: u32   4 name: u32   8 path: u32, both offsets in the file   12 unused: u32   16 hwcap: u64
 *
 * Pure; bytes that are no cache hold nothing.
 */

import { readU32, readU64 } from "../../compiler/std/elf-check.ts";

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER_BYTES = 48n;
const ENTRY_BYTES = 24n;
const MAX_ENTRIES = 0x1_0000n;
/** A library for x86-64: FLAG_ELF_LIBC6 | FLAG_X8664_LIB64. */
const WANTED_FLAGS = 0x303;
const MAX_TEXT_BYTES = 4096n;

/** The path of a library by its name; "": it is not listed. Variants for special processors are passed over. */
export function cacheFind(cache: Slice<u8>, name: string): string {
  if (cache.length < HEADER_BYTES || compareBytes(cache.data, MAGIC.data, u64(MAGIC.length)) !== 0) return "";
  const count = u64(readU32(cache, u64(MAGIC.length)));
  if (count > MAX_ENTRIES || count * ENTRY_BYTES > cache.length - HEADER_BYTES) return "";
  for (let i: u64 = 0n; i < count; i += 1n) {
    const entry = HEADER_BYTES + i * ENTRY_BYTES;
    if (readU32(cache, entry) !== WANTED_FLAGS || readU64(cache, entry + 16n) !== 0n) continue;
    if (textAt(cache, readU32(cache, entry + 4n)) === name) return textAt(cache, readU32(cache, entry + 8n));
  }
  return "";
}

function textAt(cache: Slice<u8>, offset: u32): string {
  const start = u64(offset);
  for (let length: u64 = 0n; length < MAX_TEXT_BYTES && start + length < cache.length; length += 1n) {
    if (at(cache, start + length) === 0) return stringOf(cache.data.add(start), length);
  }
  return "";
}
