/**
 * A page of 2 MiB in the place of small ones, for memory that turns out to be filled in order.
 *
 * The first pages of a large mapping are given one by one, because a program that touches little is to get little. When it is seen to go on, the
 * rest of their block would still come in small portions, with a fault for each, and on hosts that keep page tables of their own with one
 * for each eight pages. Instead what is there is copied, up to the page that was touched a quarter of the block at most (and what else lies in it,
 * which is rare), and one large page has it all. It is not done earlier because Python fills its arenas in order, too, and would be charged for
 * more than it fills.
 *
 * Nobody may use the small pages while they are copied: their table is taken away first, and all processors forget it. Whoever faults
 * meanwhile waits for the lock, and finds the large page.
 */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK, PTE_COUNT } from "../../abi/x86-paging.ts";
import { treeFind } from "../core/region-tree.ts";
import { writeAcquire } from "../sync/rw-lock.ts";
import { frameFree } from "./frames.ts";
import { blockStart, type LargeOffer, mayPromote, protOf } from "./page-supply.ts";
import { directMap, entryFill, isTouched, leafEntry, takeTable, type Walk, walkTo } from "./page-table.ts";
import { spaceLock, tree } from "./region-space.ts";
import { TLB_FEW_PAGES, TlbFrees, tlbInvalidate } from "./tlb.ts";

/** Maps the offered 2 MiB over the block of `page`, with the contents of its pages; if that is no longer possible, nothing happens. */
export function promote(page: u64, offer: LargeOffer): void {
  using _guard = writeAcquire(spaceLock);
  const region = treeFind(tree, page);
  const block = blockStart(page);
  if (region === null || !mayPromote(region, page)) {
    return;
  }
  const table = takeTable(VirtAddr(block));
  if (table === 0n) {
    return;
  }
  const unused: FixedArray<u64, 1> = zeroed();
  tlbInvalidate(elements(unused), TLB_FEW_PAGES + 1, TlbFrees.Tables);
  moveContents(table, offer.frame);
  const walk: Walk = zeroed();
  walkTo(VirtAddr(block), 2, walk);
  const isFilled = walk.level === 2 && entryFill(walk.entry, leafEntry(offer.frame, protOf(region), true));
  assert(isFilled, "nobody has mapped anything there meanwhile");
  offer.frame = PhysAddr(0n);
}

/** Copies the pages of a table that nobody uses to their places in `target`, which is zero, and frees them and the table. */
function moveContents(table: PhysAddr, target: PhysAddr): void {
  // SAFETY: tables are frames of RAM, which the direct map shows.
  const entries = castPtr<u64>(directMap(table));
  for (let index: u32 = 0; index < PTE_COUNT; index++) {
    const value = entries[index];
    if (value === 0n) {
      continue;
    }
    const frame = PhysAddr(value & PTE_ADDRESS_MASK);
    // What nobody has touched is zero.
    if (isTouched(value)) {
      copyBytes(directMap(target + u64(index) * PAGE_SIZE), directMap(frame), PAGE_SIZE);
    }
    frameFree(frame);
  }
  frameFree(table);
}
