/**
 * Where things lie in a core file, as pure arithmetic: header, program headers, notes, then the memory of one region after the other.
 *
 *     0          Elf64Ehdr
 *     64         Elf64Phdr: PT_NOTE, then a PT_LOAD for each region
 *                notes
 *     page 4 KiB memory: file offset and address agree modulo the page size; pages that were never given are holes
 */

import type { Elf64Ehdr, Elf64Phdr } from "../../abi/elf.ts";
import { CORE_NAME_BYTES, type Elf64Nhdr } from "../../abi/linux-core.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";

/** An e_phnum of 0xffff means something else; nobody has so many regions. */
export const CORE_MOST_REGIONS = 65_000;

/** Bytes of a note with its header, name and padding. */
export function coreNoteBytes(contentBytes: u64): u64 {
  return u64(sizeOf<Elf64Nhdr>()) + CORE_NAME_BYTES + ((contentBytes + 3n) & ~3n);
}

export function coreNotesOffset(regionCount: u32): u64 {
  return u64(sizeOf<Elf64Ehdr>()) + u64(regionCount + 1) * u64(sizeOf<Elf64Phdr>());
}

/** Offset of the first region's memory. */
export function coreMemoryOffset(regionCount: u32, noteBytes: u64): u64 {
  return (coreNotesOffset(regionCount) + noteBytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}
