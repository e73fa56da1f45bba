/**
 * Pages of its own for a region of physical memory that somebody else owns (the program's file, the vDSO), before they may change: what was
 * shown there stays as it is, because it may be shown again.
 *
 * A page is replaced by its copy while others may be executing it: they see the one or the other, which have the same contents until all
 * processors have forgotten the old one.
 */

import { EFAULT, ENOMEM } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK } from "../../abi/x86-paging.ts";
import { type Region, treeFind } from "../core/region-tree.ts";
import { readAcquire, writeAcquire } from "../sync/rw-lock.ts";
import { frameAlloc, frameFree } from "./frames.ts";
import { ownShown } from "./object-faults.ts";
import { directMap, splitPage, type Walk, walkTo } from "./page-table.ts";
import { RegionKind, RegionTrait } from "./region-kinds.ts";
import { cutEdges, mergeAround, spaceLock, tree } from "./region-space.ts";
import { TLB_FEW_PAGES, tlbInvalidate } from "./tlb.ts";

/** Makes the page at `address` the application's own, if it is not: 0n, -ENOMEM or -EFAULT. */
export function regionOwnPage(address: VirtAddr): i64 {
  using _guard = writeAcquire(spaceLock);
  const page = u64(address) & ~(PAGE_SIZE - 1n);
  const found = treeFind(tree, page);
  if (found === null) {
    return -i64(EFAULT);
  }
  if (found.kind !== RegionKind.Physical) {
    return 0n;
  }
  const cut = cutEdges(page, page + PAGE_SIZE);
  if (cut < 0n) {
    return cut;
  }
  const region = treeFind(tree, page)!;
  const owned = ownPages(region);
  mergeAround(region);
  return owned;
}

/** The same of a page that a private mapping of a file shows: 0n, -ENOMEM, or -EFAULT if it shows none there. */
export function regionOwnShown(address: VirtAddr): i64 {
  using _guard = readAcquire(spaceLock);
  const page = u64(address) & ~(PAGE_SIZE - 1n);
  const region = treeFind(tree, page);
  const isPrivateFile =
    region !== null && region.kind === RegionKind.File && (region.traits & u32(RegionTrait.Shared)) === 0;
  return isPrivateFile ? ownShown(region, page) : -i64(EFAULT);
}

/** The same of a whole region of physical memory. The caller holds the lock of the space to write, and merges. 0n or -ENOMEM. */
export function ownPages(region: Ptr<Region>): i64 {
  const changed: FixedArray<u64, 8> = zeroed();
  let count: u32 = 0;
  let page = region.start;
  while (page < region.end && ownPage(page)) {
    if (count < TLB_FEW_PAGES) {
      changed[count] = page;
    }
    count += 1;
    page += PAGE_SIZE;
  }
  const isWhole = page === region.end;
  if (isWhole) {
    region.kind = u32(RegionKind.Anonymous);
    region.detail = 0n;
  }
  tlbInvalidate(elements(changed), count);
  if (!isWhole) {
    giveBack(region, page);
  }
  return isWhole ? 0n : -i64(ENOMEM);
}

function ownPage(page: u64): bool {
  const walk: Walk = zeroed();
  const frame = splitPage(VirtAddr(page)) < 0n ? PhysAddr(0n) : frameAlloc();
  if (frame === 0n) {
    return false;
  }
  walkTo(VirtAddr(page), 1, walk);
  copyBytes(directMap(frame), directMap(PhysAddr(walk.value & PTE_ADDRESS_MASK)), PAGE_SIZE);
  writeVolatile(walk.entry, (walk.value & ~PTE_ADDRESS_MASK) | u64(frame));
  return true;
}

/** There was not memory for all: the pages below `end` are again what the region shows. */
function giveBack(region: Ptr<Region>, end: u64): void {
  const walk: Walk = zeroed();
  for (let page = region.start; page < end; page += PAGE_SIZE) {
    walkTo(VirtAddr(page), 1, walk);
    const shown = region.detail + (page - region.start);
    writeVolatile(walk.entry, (walk.value & ~PTE_ADDRESS_MASK) | shown);
    const address: FixedArray<u64, 1> = fixedArray(page);
    tlbInvalidate(elements(address), 1);
    frameFree(PhysAddr(walk.value & PTE_ADDRESS_MASK));
  }
}
