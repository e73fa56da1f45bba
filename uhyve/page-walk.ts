/**
 * Translating a guest's virtual addresses as its processor would, for reports about a dead guest.
 *
 * Nothing of what it reads is trusted: every table entry is read through guestAt, the walk is four steps long, and an address that
 * is not mapped gives an answer like any other. Intel SDM volume 3, 4.5.
 */

import { PAGE_SIZE } from "../abi/memory-map.ts";
import { PTE_ADDRESS_MASK, PTE_COUNT, PTE_LARGE, PTE_LEVEL_BITS, PTE_LEVELS, PTE_PRESENT } from "../abi/x86-paging.ts";
import { type GuestMemory, guestReadU64 } from "./guest-memory.ts";

const PAGE_SHIFT = 12;
/** Bits that a 4-level address has below its sign extension. */
const ADDRESS_BITS = 48n;

export const NOT_MAPPED = 0xffff_ffff_ffff_ffffn;

/** The guest-physical address behind `va` in the tables at `root` (a CR3 value), or NOT_MAPPED. */
export function walkTables(memory: GuestMemory, root: u64, va: u64): u64 {
  if (va >> (ADDRESS_BITS - 1n) !== 0n && va >> (ADDRESS_BITS - 1n) !== 0x1_ffffn) return NOT_MAPPED;
  let table = root & PTE_ADDRESS_MASK;
  for (let level: u32 = PTE_LEVELS; level > 0; level -= 1) {
    const shift = u64(PAGE_SHIFT + PTE_LEVEL_BITS * (level - 1));
    const index = (va >> shift) & u64(PTE_COUNT - 1);
    let entry: u64 = 0n;
    if (!guestReadU64(memory, GuestPhys(table + index * 8n), addressOf(entry))) return NOT_MAPPED;
    if ((entry & PTE_PRESENT) === 0n) return NOT_MAPPED;
    const isLeaf = level === 1 || ((entry & PTE_LARGE) !== 0n && level < PTE_LEVELS);
    if (isLeaf) {
      const pageBytes = PAGE_SIZE << (shift - u64(PAGE_SHIFT));
      return (entry & PTE_ADDRESS_MASK & ~(pageBytes - 1n)) + (va & (pageBytes - 1n));
    }
    table = entry & PTE_ADDRESS_MASK;
  }
  return NOT_MAPPED;
}

/** Reads the word at the guest's virtual address; false if it is not mapped to RAM. A word across two pages is not read. */
export function walkReadU64(memory: GuestMemory, root: u64, va: u64, value: Ptr<u64>): bool {
  if ((va & (PAGE_SIZE - 1n)) > PAGE_SIZE - 8n) return false;
  const physical = walkTables(memory, root, va);
  return physical !== NOT_MAPPED && guestReadU64(memory, GuestPhys(physical), value);
}
