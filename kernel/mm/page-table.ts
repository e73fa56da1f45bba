/**
 * The page tables: one tree for the whole machine, reached through the direct map (SDM volume 3, 4.5).
 *
 * Every entry is user-accessible, since everything runs in ring 3; protection is about W^X and guard pages. Tables are made when
 * a page under them is mapped and kept until the space is torn down. Making a translation where there was none needs no
 * invalidation; taking one away or narrowing it does, and the caller decides whether page by page or all at once.
 *
 * Entries come into being by compare-and-exchange from empty, and so may several CPUs fill the same table; whoever holds the lock of
 * the space to read may do that. To change or remove an entry takes the lock to write (regions.ts, the device window below).
 */

import { ENOMEM } from "../../abi/errno.ts";
import {
  DEVICE_MAP_BASE,
  DIRECT_MAP_BASE,
  DIRECT_MAP_BYTES,
  HUGE_PAGE_SIZE,
  KERNEL_AREA_BASE,
  KERNEL_BASE,
  KERNEL_PHYS,
  LARGE_PAGE_SIZE,
  PAGE_SIZE,
} from "../../abi/memory-map.ts";
import {
  PTE_ACCESSED,
  PTE_ADDRESS_MASK,
  PTE_ALONG,
  PTE_CACHE_DISABLE,
  PTE_COUNT,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_LEVEL_BITS,
  PTE_LEVELS,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_SHOWN,
  PTE_USER,
  PTE_WRITE,
  PTE_WRITE_THROUGH,
} from "../../abi/x86-paging.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { imageHeader } from "../../nucleus/image.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { frameAllocZeroed, frameFree } from "./frames.ts";
import { Prot } from "./prot.ts";
import { tableFrameTake } from "./table-frames.ts";

export enum PageSize {
  Small = 0,
  Large = 1,
  Huge = 2,
}

const PAGE_SHIFT = 12;
/**
 * Entries are born accessed and dirty, but for those of untouchedEntry: hosts with shadow page tables take a fault to set each of the two.
 */
const USED = PTE_ACCESSED | PTE_DIRTY;
const TABLE_FLAGS = PTE_PRESENT | PTE_WRITE | PTE_USER | USED;
const INDEX_MASK = 0x1ffn;
/** Offset bits of a translation do not include the large page's PAT bit (12), which is never set here. */
const NO_ENTRY: u64 = 0n;

/** Bytes that one entry of `level` maps: level 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
export function levelBytes(level: u32): u64 {
  return PAGE_SIZE << u64((level - 1) * PTE_LEVEL_BITS);
}

/** The pointer at which the direct map shows physical memory. */
export function directMap(address: PhysAddr): Ptr<u8> {
  // SAFETY: all RAM is mapped at DIRECT_MAP_BASE; the caller's address is RAM.
  return pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + u64(address)));
}

/** Physical address of an object in the image, the direct map or any other mapping; panics if it is not mapped. */
export function physOf(pointer: object | Ptr<any>): PhysAddr {
  const address = virtAddr(pointer);
  if (address >= KERNEL_BASE && address < VirtAddr(KERNEL_BASE + imageHeader.imageBytes)) {
    return PhysAddr(u64(address) - KERNEL_BASE + KERNEL_PHYS);
  }
  if (address >= DIRECT_MAP_BASE && address < VirtAddr(DIRECT_MAP_BASE + DIRECT_MAP_BYTES)) {
    return PhysAddr(u64(address) - DIRECT_MAP_BASE);
  }
  const physical = translate(address);
  assert(physical !== 0n, "the object is mapped");
  return physical;
}

/** A leaf entry of level 1 or, if `isLarge`, 2. */
export function leafEntry(frame: PhysAddr, prot: Prot, isLarge: bool): u64 {
  return u64(frame) | leafFlags(prot) | (isLarge ? PTE_LARGE : 0n);
}

/**
 * A leaf entry of level 1 for a page that nobody has asked for yet. The processor says by PTE_ACCESSED that it uses the translation, and
 * caches none whose entry does not say so (SDM volume 3, 4.10.2.3).
 */
export function untouchedEntry(frame: PhysAddr, prot: Prot): u64 {
  return leafEntry(frame, prot, false) & ~PTE_ACCESSED;
}

/** Whether a leaf entry has a page that may have been touched: some processor may have cached the translation. */
export function isTouched(entry: u64): bool {
  return (entry & PTE_ACCESSED) !== 0n;
}

/**
 * The entry of a page that nobody has asked for, to be stored at `place`. A hypervisor that shadows page tables maps with the page that faults
 * the others of its aligned group of eight, from the first one on up to one that has not been accessed. So all but the first are born accessed,
 * if that one is there, and it tells of all eight whether anybody uses them (isResident).
 */
export function givenEntry(place: Ptr<u64>, frame: PhysAddr, prot: Prot): u64 {
  const first = groupStart(place);
  const isLed = virtAddr(first) !== virtAddr(place) && (readVolatile(first) & PTE_PRESENT) !== 0n;
  return isLed ? leafEntry(frame, prot, false) | PTE_ALONG : untouchedEntry(frame, prot);
}

/** Whether the page of the leaf entry `value`, which stands at `place`, counts as one that the program has. */
export function isResident(place: Ptr<u64>, value: u64): bool {
  return isTouched((value & PTE_ALONG) === 0n ? value : readVolatile(groupStart(place)));
}

/** The pages behind `place`, the first of its group, lose it: if they count, each does from now on for itself. */
export function groupPart(place: Ptr<u64>): void {
  if (!isTouched(readVolatile(place))) {
    return;
  }
  for (let index: u64 = 1n; index < GROUP_PAGES; index++) {
    const other = place.add(index);
    const value = readVolatile(other);
    if ((value & PTE_ALONG) !== 0n) {
      void entryReplace(other, value, value & ~PTE_ALONG);
    }
  }
}

/** The first of the eight entries that share a line of 64 bytes with `place`. */
function groupStart(place: Ptr<u64>): Ptr<u64> {
  // SAFETY: tables are aligned to a page, so the line lies in the same one.
  return pointerAt<u64>(virtAddr(place) & ~(GROUP_BYTES - 1n));
}
const GROUP_BYTES = 64n;
export const GROUP_PAGES = 8n;

/** Whether a leaf entry's page may count as one that nobody has asked for. */
export function isGiven(entry: u64): bool {
  return (entry & (PTE_ACCESSED | PTE_ALONG)) !== PTE_ACCESSED;
}

/** Says that the page of an entry is asked for. */
export function entryTouch(entry: Ptr<u64>, value: u64): void {
  // Should another CPU have changed it, it was by touching the page.
  void entryReplace(entry, value, (value | PTE_ACCESSED) & ~PTE_ALONG);
}

/** An entry that leads to a table. */
export function tableEntry(table: PhysAddr): u64 {
  return u64(table) | TABLE_FLAGS;
}

/** Flags of a leaf entry; `None` keeps the frame but allows no access (the processor needs the present bit to be clear). */
function leafFlags(prot: Prot): u64 {
  const bits = u32(prot);
  let flags: u64 = PTE_USER | USED;
  if (bits !== 0) {
    flags |= PTE_PRESENT;
  }
  if ((bits & 2) !== 0) {
    flags |= PTE_WRITE;
  }
  if ((bits & 4) === 0) {
    flags |= PTE_NO_EXECUTE;
  }
  return flags;
}

/** Where the walk to a page ended. */
export class Walk {
  /** The entry that maps the address, or the empty one where the walk stopped. */
  entry!: Ptr<u64>;
  /** What the entry was when the walk looked at it. */
  value!: u64;
  level!: u32;
}

/** An entry that other CPUs may fill at the same time. */
@struct(8)
class EntryCell {
  cell!: Atomic<u64>;
}

/** Fills an empty entry; false if another CPU has filled it meanwhile. */
export function entryFill(entry: Ptr<u64>, value: u64): bool {
  // SAFETY: an atomic word is a word.
  return castPtr<EntryCell>(entry).cell.compareExchange(NO_ENTRY, value);
}

/** Replaces an entry that still is `before`; false if another CPU has changed it meanwhile. */
export function entryReplace(entry: Ptr<u64>, before: u64, after: u64): bool {
  // SAFETY: as entryFill.
  return castPtr<EntryCell>(entry).cell.compareExchange(before, after);
}

/** Walks to the entry of `address` at `level`, or to the large page or empty entry above it. Allocates nothing. */
export function walkTo(address: VirtAddr, level: u32, walk: Walk): void {
  let table = tableAt(bootInfo.pml4);
  let current: u32 = PTE_LEVELS;
  for (;;) {
    const entry = table.add(entryIndex(address, current));
    const value = readVolatile(entry);
    walk.entry = entry;
    walk.value = value;
    walk.level = current;
    if (current === level || value === NO_ENTRY || (value & PTE_LARGE) !== 0n) {
      return;
    }
    table = tableAt(PhysAddr(value & PTE_ADDRESS_MASK));
    current--;
  }
}

/** As walkTo, making the tables that are missing; stops at a large page. 0 or -ENOMEM. */
export function walkMaking(address: VirtAddr, level: u32, walk: Walk): i64 {
  for (;;) {
    walkTo(address, level, walk);
    if (walk.level === level || walk.value !== NO_ENTRY) {
      return 0n;
    }
    const table = tableAlloc();
    if (table === 0n) {
      return -i64(ENOMEM);
    }
    if (!entryFill(walk.entry, tableEntry(table))) {
      frameFree(table);
    }
  }
}

/** A frame for a table, all zero; 0n: there is no memory. */
function tableAlloc(): PhysAddr {
  const frame = tableFrameTake();
  return frame === 0n ? frameAllocZeroed() : frame;
}

function entryIndex(address: VirtAddr, level: u32): u64 {
  return (u64(address) >> u64(PAGE_SHIFT + (level - 1) * PTE_LEVEL_BITS)) & INDEX_MASK;
}

function tableAt(table: PhysAddr): Ptr<u64> {
  // SAFETY: tables are frames of RAM, which the direct map shows.
  return castPtr<u64>(directMap(table));
}

/** Maps one page; 0 or -ENOMEM (no memory for a table). Nothing is mapped there. */
export function mapPage(address: VirtAddr, frame: PhysAddr, prot: Prot, size: PageSize): i64 {
  return mapEntry(address, u64(frame) | leafFlags(prot), size);
}

function mapEntry(address: VirtAddr, entry: u64, size: PageSize): i64 {
  const walk: Walk = zeroed();
  const level = u32(size) + 1;
  const result = walkMaking(address, level, walk);
  if (result !== 0n) {
    return result;
  }
  assert(walk.level === level, "no larger page is in the way");
  const isNew = entryFill(walk.entry, level > 1 ? entry | PTE_LARGE : entry);
  assert(isNew, "the page is not mapped yet");
  return 0n;
}

/**
 * Removes the translation and returns the frame it led to; 0n if there was none. The caller invalidates. A page of 2 MiB is
 * removed as a whole.
 */
export function unmapPage(address: VirtAddr): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  const entry = walk.entry.value;
  walk.entry.value = NO_ENTRY;
  return PhysAddr(entry & PTE_ADDRESS_MASK);
}

/**
 * A leaf entry with another protection. The caller stores it and invalidates. A page that a region only shows does not become writable by
 * this: the first write has to be noticed.
 */
export function entryProtected(entry: u64, prot: Prot): u64 {
  const changed = (entry & (PTE_ADDRESS_MASK | PTE_KEPT)) | (leafFlags(prot) & ~USED);
  return (entry & (PTE_SHOWN | PTE_WRITE)) === PTE_SHOWN ? changed & ~PTE_WRITE : changed;
}
const PTE_KEPT = PTE_LARGE | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH | PTE_SHOWN | PTE_ALONG | USED;

/** Replaces the 2 MiB page that holds `address` by 512 small ones with the same frames and protection; 0 or -ENOMEM. */
export function splitPage(address: VirtAddr): i64 {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  if (walk.level !== 2 || walk.value === NO_ENTRY) {
    return 0n;
  }
  const frame = tableAlloc();
  if (frame === 0n) {
    return -i64(ENOMEM);
  }
  const table = tableAt(frame);
  const entry = walk.entry.value & ~PTE_LARGE;
  for (let index: u32 = 0; index < PTE_COUNT; index++) {
    table[index] = entry + u64(index) * PAGE_SIZE;
  }
  walk.entry.value = tableEntry(frame);
  return 0n;
}

/**
 * Takes the table under the 2 MiB that hold `address` out of the tree, so that a large page can take its place, and returns it for
 * freeing after invalidation; 0n if there is none. The caller has unmapped all its pages.
 */
export function takeTable(address: VirtAddr): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(address, 2, walk);
  if (walk.level !== 2 || (walk.value & PTE_LARGE) !== 0n) {
    return 0n;
  }
  const table = PhysAddr(walk.value & PTE_ADDRESS_MASK);
  walk.entry.value = NO_ENTRY;
  return table;
}

/** As translate; 0n also where the page only is shown: to write there would change what others see. */
export function translateOwned(address: VirtAddr): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  return (walk.value & PTE_SHOWN) !== 0n ? PhysAddr(0n) : translate(address);
}

/**
 * The physical address of a page that stays behind `address` until tlbRelease (tlb.ts); 0n if there is none, or one that nobody has touched,
 * which can be taken away without asking. With `isWritten` also where a write would fault, or would change what others see.
 */
export function translateHeld(address: VirtAddr, isWritten: bool): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  const wanted: u64 = isWritten ? PTE_PRESENT | PTE_ACCESSED | PTE_WRITE : PTE_PRESENT | PTE_ACCESSED;
  const unwanted: u64 = isWritten ? PTE_SHOWN : 0n;
  return (walk.value & (wanted | unwanted)) === wanted ? leafAddress(walk, address) : PhysAddr(0n);
}

/** The physical address behind `address`; 0n if it is not mapped. */
export function translate(address: VirtAddr): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  return (walk.value & PTE_PRESENT) === 0n ? PhysAddr(0n) : leafAddress(walk, address);
}

function leafAddress(walk: Walk, address: VirtAddr): PhysAddr {
  const mask = levelBytes(walk.level) - 1n;
  return PhysAddr((walk.value & PTE_ADDRESS_MASK & ~mask) | (u64(address) & mask));
}

// --- Device window -----------------------------------------------------------------------------------------------------------

const deviceLock: SpinLock = zeroed();
let deviceNext: VirtAddr = 0n;

/** Maps device registers, uncached, for good; 0n if there is no space or memory. `physical` need not be aligned. */
export function mapDevice(physical: PhysAddr, bytes: u64): VirtAddr {
  using _guard = lockAcquire(deviceLock);
  if (deviceNext === 0n) {
    deviceNext = DEVICE_MAP_BASE;
  }
  const offset = u64(physical) & (PAGE_SIZE - 1n);
  const count = (offset + bytes + PAGE_SIZE - 1n) / PAGE_SIZE;
  if (bytes === 0n || count > u64(KERNEL_AREA_BASE - deviceNext) / PAGE_SIZE) {
    return 0n;
  }
  const start = deviceNext;
  const flags = leafFlags(Prot.ReadWrite) | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH;
  for (let page: u64 = 0n; page < count; page++) {
    const frame = u64(physical) - offset + page * PAGE_SIZE;
    if (mapEntry(start + page * PAGE_SIZE, frame | flags, PageSize.Small) !== 0n) {
      return 0n;
    }
  }
  deviceNext = start + count * PAGE_SIZE;
  return start + offset;
}

staticAssert(LARGE_PAGE_SIZE === 0x20_0000n && HUGE_PAGE_SIZE === 0x4000_0000n, "levelBytes");
