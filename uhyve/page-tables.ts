/**
 * The page tables that a guest's first instruction runs on, built in guest memory by the monitor.
 *
 * The guest starts in ring 3 with paging on, so everything that it touches before it has code for mapping must be mapped: the image
 * by its segments (W^X), all RAM at DIRECT_MAP_BASE with the largest pages, the two interrupt controllers. Accessed and dirty bits
 * are set from the beginning: a hypervisor that shadows page tables would otherwise take a fault to set each. 4-level paging,
 * Intel SDM volume 3, 4.5.
 *
 * Invariant: tables come from `[next, end)` of zeroed guest memory; a builder that runs out says so and maps nothing more.
 */

import { HUGE_PAGE_SIZE, LARGE_PAGE_SIZE, PAGE_SIZE } from "../abi/memory-map.ts";
import {
  PTE_ACCESSED,
  PTE_ADDRESS_MASK,
  PTE_COUNT,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_LEVEL_BITS,
  PTE_LEVELS,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITE,
} from "../abi/x86-paging.ts";
import { type GuestMemory, guestAt } from "./guest-memory.ts";

const PAGE_SHIFT = 12;
/** Rights of the tables themselves: the entry that maps the page decides. */
const TABLE_FLAGS = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY;

export class TableBuilder {
  memory!: Ptr<GuestMemory>;
  root!: GuestPhys;
  /** The next free page, and the end of the area. */
  next!: GuestPhys;
  end!: GuestPhys;
}

/** Takes the root table from the area; false if there is no room. */
export function tableBuilderInit(
  builder: TableBuilder,
  memory: Ptr<GuestMemory>,
  start: GuestPhys,
  end: GuestPhys,
): bool {
  builder.memory = memory;
  builder.next = start;
  builder.end = end;
  builder.root = takeTable(builder);
  return builder.root !== GuestPhys(0n);
}

/**
 * Pages that the tables of a machine need at most: the root, and for each of the regions (image, devices, direct map) a table per
 * level and per span of that level; two of tablesMake.
 */
export function tablePagesNeeded(imageBytes: u64, ramEnd: u64, hasHugePages: bool): u64 {
  const directories = ramEnd / HUGE_PAGE_SIZE + 1n;
  const pointerTables = directories / u64(PTE_COUNT) + 2n;
  const image = imageBytes / LARGE_PAGE_SIZE + 4n;
  const devices: u64 = 5n;
  const application: u64 = 2n;
  return 1n + pointerTables + (hasHugePages ? 1n : directories) + image + devices + application;
}

/**
 * Makes the table below the root that maps `va`, still empty. The guest will fill it; were it missing, the guest would write to the
 * root, and where page tables are shadowed a write to a table in use is emulated, at the price of a fault and a half.
 */
export function tablesMake(builder: TableBuilder, va: VirtAddr): bool {
  return entryFor(builder, u64(va), PTE_LEVELS - 1) !== null;
}

/** Maps `[va, va + bytes)` to `[pa, pa + bytes)` with pages of `pageBytes`; all three are multiples of it. False: no room for tables. */
export function tablesMap(builder: TableBuilder, va: VirtAddr, pa: u64, bytes: u64, pageBytes: u64, flags: u64): bool {
  const level = levelOf(pageBytes);
  const entryFlags = flags | PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY | (level > 1 ? PTE_LARGE : 0n);
  for (let offset: u64 = 0n; offset < bytes; offset += pageBytes) {
    const entry = entryFor(builder, u64(va) + offset, level);
    if (entry === null) return false;
    entry.value = (pa + offset) | entryFlags;
  }
  return true;
}

/** Maps RAM with the largest pages that fit: 1 GiB (if the processor has them), 2 MiB, 4 KiB for a rest. */
export function tablesMapLargest(
  builder: TableBuilder,
  va: VirtAddr,
  pa: u64,
  bytes: u64,
  hasHugePages: bool,
  flags: u64,
): bool {
  let done: u64 = 0n;
  while (done < bytes) {
    const size = largestPage((u64(va) + done) | (pa + done), bytes - done, hasHugePages);
    const count = (bytes - done) / size;
    const run = size === HUGE_PAGE_SIZE || size === PAGE_SIZE ? count * size : runOfLargePages(pa + done, bytes - done);
    if (!tablesMap(builder, va + done, pa + done, run, size, flags)) return false;
    done += run;
  }
  return true;
}

/** `alignment` has the low bits of both addresses. */
function largestPage(alignment: u64, left: u64, hasHugePages: bool): u64 {
  if (hasHugePages && (alignment & (HUGE_PAGE_SIZE - 1n)) === 0n && left >= HUGE_PAGE_SIZE) return HUGE_PAGE_SIZE;
  if ((alignment & (LARGE_PAGE_SIZE - 1n)) === 0n && left >= LARGE_PAGE_SIZE) return LARGE_PAGE_SIZE;
  return PAGE_SIZE;
}

/** 2 MiB pages up to the next boundary of 1 GiB, where larger ones may begin. */
function runOfLargePages(pa: u64, left: u64): u64 {
  const toBoundary = HUGE_PAGE_SIZE - (pa & (HUGE_PAGE_SIZE - 1n));
  const run = left < toBoundary ? left : toBoundary;
  return run & ~(LARGE_PAGE_SIZE - 1n);
}

function levelOf(pageBytes: u64): u32 {
  if (pageBytes === HUGE_PAGE_SIZE) return 3;
  return pageBytes === LARGE_PAGE_SIZE ? 2 : 1;
}

/** The entry at `level` that translates `va`, with the tables above it made where missing. */
function entryFor(builder: TableBuilder, va: u64, level: u32): Ptr<u64> | null {
  let table = builder.root;
  for (let at: u32 = PTE_LEVELS; at > level; at -= 1) {
    const entry = entryAt(builder, table, va, at);
    if (entry === null) return null;
    if ((entry.value & PTE_PRESENT) === 0n) {
      const fresh = takeTable(builder);
      if (fresh === GuestPhys(0n)) return null;
      entry.value = u64(fresh) | TABLE_FLAGS;
    }
    table = GuestPhys(entry.value & PTE_ADDRESS_MASK);
  }
  return entryAt(builder, table, va, level);
}

function entryAt(builder: TableBuilder, table: GuestPhys, va: u64, level: u32): Ptr<u64> | null {
  const page = guestAt(builder.memory, table, PAGE_SIZE);
  if (page === null) return null;
  const index = (va >> u64(PAGE_SHIFT + PTE_LEVEL_BITS * (level - 1))) & u64(PTE_COUNT - 1);
  // SAFETY: the page is guest RAM, aligned to its size; the index is below 512.
  return castPtr<u64>(page).add(index);
}

/** A zeroed page of the area, or 0. */
function takeTable(builder: TableBuilder): GuestPhys {
  const page = builder.next;
  if (page >= builder.end) return GuestPhys(0n);
  builder.next = page + PAGE_SIZE;
  return page;
}
