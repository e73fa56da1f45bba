/**
 * Blocks: 2 MiB of memory that lie together but are mapped by small pages, and the page tables that map them.
 *
 * A program that refuses large pages (MADV_NOHUGEPAGE) and touches memory in order gets a block with one fault. When a block goes as a whole,
 * its frames are free and its table is kept, with its entries as they are, for when the same memory is wanted as a block again: then nothing
 * is written but the entry above the table. A hypervisor that keeps tables of its own beside the guest's (shadow paging) has the one of this
 * table still, and takes no fault for each few pages of it. Elsewhere it saves 512 stores.
 *
 * A kept table is reached by nobody: no entry leads to it, and all processors have forgotten the one that did. What its frames are used for
 * meanwhile is no business of its. Tables are kept in a small store, the place is the block's number; when memory runs out they are given back.
 */

import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK, PTE_COUNT, PTE_SHOWN } from "../../abi/x86-paging.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { frameAlloc, frameFree, framesSetReserve } from "./frames.ts";
import { directMap, leafEntry } from "./page-table.ts";
import type { Prot } from "./prot.ts";

/** Tables of 128 MiB in a row; a quarter of a mebibyte in all. */
const KEPT_TABLES = 64;

const keptLock: SpinLock = zeroed();
/** Addresses of kept tables; 0n: none. */
const kept: FixedArray<u64, 64> = zeroed();

function entriesOf(table: PhysAddr): Ptr<u64> {
  // SAFETY: tables are frames of RAM, which the direct map shows.
  return castPtr<u64>(directMap(table));
}

/** The block that a kept table maps, or one that is about to be kept. */
export function blockOf(table: PhysAddr): PhysAddr {
  return PhysAddr(readVolatile(entriesOf(table)) & PTE_ADDRESS_MASK);
}

/** Whether the 512 entries of a table, the first of which is `entry`, map the application's own pages of one block, all alike. */
export function mapsBlock(entry: Ptr<u64>): bool {
  const first = readVolatile(entry);
  const start = first & PTE_ADDRESS_MASK;
  if (start === 0n || (start & (LARGE_PAGE_SIZE - 1n)) !== 0n || (first & PTE_SHOWN) !== 0n) {
    return false;
  }
  for (let index: u32 = PTE_COUNT - 1; index > 0; index--) {
    if (readVolatile(entry.add(u64(index))) !== first + u64(index) * PAGE_SIZE) {
      return false;
    }
  }
  return true;
}

/** A table that maps the pages of `block`, to be linked; 0n if there is no memory for one. */
export function blockTableTake(block: PhysAddr, prot: Prot): PhysAddr {
  const found = takeKept(block);
  const table = found === 0n ? frameAlloc() : found;
  const first = leafEntry(block, prot, false);
  if (table !== 0n && (found === 0n || readVolatile(entriesOf(table)) !== first)) {
    const entries = entriesOf(table);
    for (let index: u32 = 0; index < PTE_COUNT; index++) {
      entries[index] = first + u64(index) * PAGE_SIZE;
    }
  }
  return table;
}

function takeKept(block: PhysAddr): PhysAddr {
  using _guard = lockAcquire(keptLock);
  const place = placeOf(block);
  const table = PhysAddr(kept[place]);
  if (table === 0n || blockOf(table) !== block) {
    return PhysAddr(0n);
  }
  kept[place] = 0n;
  return table;
}

function placeOf(block: PhysAddr): u32 {
  return u32((u64(block) / LARGE_PAGE_SIZE) % u64(KEPT_TABLES));
}

/** Keeps a table for which mapsBlock holds, and that nothing leads to any more; another one may have to go for it. */
export function blockTableKeep(table: PhysAddr): void {
  const before = exchange(placeOf(blockOf(table)), table);
  if (before !== 0n) {
    frameFree(before);
  }
  framesSetReserve(dropAll);
}

function exchange(place: u32, table: PhysAddr): PhysAddr {
  using _guard = lockAcquire(keptLock);
  const before = PhysAddr(kept[place]);
  kept[place] = u64(table);
  return before;
}

/** Memory has run out, or is counted. */
function dropAll(): void {
  for (let place: u32 = 0; place < KEPT_TABLES; place++) {
    const table = exchange(place, PhysAddr(0n));
    if (table !== 0n) {
      frameFree(table);
    }
  }
}
