/**
 * The pages of files in memory: a tree for each inode, and what mappings see of it.
 *
 * Pages come from the frame pool one by one, and a mount may use half of all memory, so that a program that fills /tmp gets ENOSPC before
 * everything else gets ENOMEM. A page leaves the tree first, then the mappings (kernel/mm/mapped-object.ts), and is freed after that.
 *
 * A file may borrow its first pages from memory that is there anyway (the boot module's): it reads them in place and shows them to mappings
 * that do not write, and whoever writes gets a copy in the tree, which takes the place of the borrowed page in the mappings.
 *
 * Sizes change with the inode's mutex held; where a file becomes shorter, the lock of the trees is held as well, so that a fault sees either.
 */

import { ENOMEM, ENOSPC, ENXIO } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  frameAllocZeroed,
  frameFree,
  frameFreeCount,
  framesAreScarce,
  frameTotalCount,
} from "../../kernel/mm/frames.ts";
import { heapFree } from "../../kernel/mm/heap.ts";
import type { MappedObject, MappedOperations } from "../../kernel/mm/mapped-object.ts";
import { ForgetKind, mappedForget } from "../../kernel/mm/mappings.ts";
import { directMap, physOf } from "../../kernel/mm/page-table.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { type PageTree, pageFind, pageInsert, pageNext, pagesDrop } from "./core/page-tree.ts";
import { type Inode, inodeKeep, inodePut } from "./inode.ts";

/** Below 1/16 of all memory no page is given to files. */
const RESERVE_SHARE = 16n;
/** A mount may use half of all memory. */
const MOUNT_SHARE = 2n;
const OFFSET_MASK = PAGE_SIZE - 1n;

/** Guards the trees. */
const treeLock: SpinLock = zeroed();
let pagesInUse: u64 = 0n;

/** What Inode.detail of a regular file is. */
export class MemoryContents {
  tree!: PageTree;
  /** Pages [0, borrowedPages) that are not in the tree lie here. */
  borrowed!: PhysAddr;
  borrowedPages!: u64;
  /** Shared memory without a file: it may use all memory, and is filled in portions where it is touched in order. */
  isUnlimited!: bool;
}

function contentsOf(inode: Inode): Ptr<MemoryContents> {
  // SAFETY: regular inodes of memory file systems have them.
  return pointerAt<MemoryContents>(inode.detail);
}

function treeOf(inode: Inode): Ptr<PageTree> {
  return addressOf(contentsOf(inode).tree);
}

export function memorySetUnlimited(inode: Ptr<Inode>): void {
  contentsOf(inode).isUnlimited = true;
}

/** Gives a new file its contents: `bytes` bytes at `start`, a multiple of the page size, with zeros to the end of the page. */
export function memoryBorrow(inode: Ptr<Inode>, start: PhysAddr, bytes: u64): void {
  const contents = contentsOf(inode);
  contents.borrowed = start;
  contents.borrowedPages = (bytes + OFFSET_MASK) / PAGE_SIZE;
  inode.size = bytes;
}

/** Gives a new file a copy of bytes; false: there is no memory for all of them. */
export function memoryFill(inode: Ptr<Inode>, contents: Slice<u8>): bool {
  for (let done: u64 = 0n; done < contents.length; done = inode.size) {
    const page = memoryPage(inode, done / PAGE_SIZE);
    if (page === null) {
      return false;
    }
    const left = contents.length - done;
    const part = left < PAGE_SIZE ? left : PAGE_SIZE;
    copyBytes(page, contents.data.add(done), part);
    inode.size = done + part;
  }
  return true;
}

/** The borrowed page of a number, or null. */
function borrowedPage(inode: Inode, index: u64): Ptr<u8> | null {
  const contents = contentsOf(inode);
  return index < contents.borrowedPages ? directMap(contents.borrowed + index * PAGE_SIZE) : null;
}

/** The borrowed pages from `first` on become the file's own, because those before it will be dropped. What finds no memory is lost. */
export function memoryKeepBorrowed(inode: Ptr<Inode>, first: u64): void {
  const end = contentsOf(inode).borrowedPages;
  for (let index = first; index < end; index++) {
    void memoryPage(inode, index);
  }
}

/** Pages that files in memory may still get. */
export function memoryPagesFree(): u64 {
  const most = memoryPagesTotal();
  const byLimit: u64 = pagesInUse < most ? most - pagesInUse : 0n;
  const reserve = frameTotalCount() / RESERVE_SHARE;
  const byMemory: u64 = frameFreeCount() > reserve ? frameFreeCount() - reserve : 0n;
  return byLimit < byMemory ? byLimit : byMemory;
}

/** Pages that files in memory have, with the nodes that lead to them. */
export function filePagesInUse(): u64 {
  return pagesInUse;
}

export function memoryPagesTotal(): u64 {
  return frameTotalCount() / MOUNT_SHARE;
}

function pageSource(): Ptr<u8> | null {
  return memoryPagesFree() === 0n ? null : anyPage();
}

function anyPage(): Ptr<u8> | null {
  const frame = frameAllocZeroed();
  if (frame === 0n) {
    return null;
  }
  pagesInUse += 1n;
  return directMap(frame);
}

// --- Finding and making ------------------------------------------------------------------------------------------------------

/** The file's own page of a number, made if it is not there; null: no memory. No spin lock is held. */
export function memoryPage(inode: Ptr<Inode>, index: u64): Ptr<u8> | null {
  const page = pageLocked(inode, index);
  if (page !== null && borrowedPage(inode, index) !== null) {
    // What mappings show of it until now is the borrowed one.
    mappedForget(inode.mapped, index, index + 1n, ForgetKind.Shown);
  }
  return page;
}

function pageLocked(inode: Ptr<Inode>, index: u64): Ptr<u8> | null {
  using _guard = lockAcquire(treeLock);
  return pageMade(inode, index);
}

function pageMade(inode: Ptr<Inode>, index: u64): Ptr<u8> | null {
  const tree = treeOf(inode);
  const present = pageFind(tree, index);
  if (present !== null) {
    return present;
  }
  const source = contentsOf(inode).isUnlimited ? anyPage : pageSource;
  const page = source();
  if (page === null) {
    return null;
  }
  const borrowed = borrowedPage(inode, index);
  if (borrowed !== null) {
    copyBytes(page, borrowed, PAGE_SIZE);
  }
  if (!pageInsert(tree, index, page, source)) {
    pagesInUse -= 1n;
    frameFree(physOf(page));
    return null;
  }
  inode.allocated = tree.pages * PAGE_SIZE;
  return page;
}

/** The page of a number to read from, or null: zeros. */
export function memoryPageFind(inode: Ptr<Inode>, index: u64): Ptr<u8> | null {
  using _guard = lockAcquire(treeLock);
  return pageFind(treeOf(inode), index) ?? borrowedPage(inode, index);
}

/** The first offset of at least `offset` that has a page: SEEK_DATA. Or -ENXIO. */
export function dataFrom(inode: Ptr<Inode>, offset: u64): i64 {
  using _guard = lockAcquire(treeLock);
  if (borrowedPage(inode, offset / PAGE_SIZE) !== null) {
    return i64(offset);
  }
  const index = pageNext(treeOf(inode), offset / PAGE_SIZE);
  if (index === u64.MAX || index * PAGE_SIZE >= inode.size) {
    return i64(-ENXIO);
  }
  return i64(index * PAGE_SIZE > offset ? index * PAGE_SIZE : offset);
}

/** The first offset of at least `offset` that has none: SEEK_HOLE. */
export function holeFrom(inode: Ptr<Inode>, offset: u64): i64 {
  using _guard = lockAcquire(treeLock);
  let index = offset / PAGE_SIZE;
  const borrowed = contentsOf(inode).borrowedPages;
  while (index * PAGE_SIZE < inode.size && (index < borrowed || pageFind(treeOf(inode), index) !== null)) {
    index++;
  }
  const hole = index * PAGE_SIZE > offset ? index * PAGE_SIZE : offset;
  return i64(hole < inode.size ? hole : inode.size);
}

// --- Giving up ---------------------------------------------------------------------------------------------------------------

/** Page numbers that one turn looks at. */
const TURN_PAGES = 64n;

/** Frames that one turn has taken out of a tree: pages, and nodes that led to them, of which few go with so few pages. */
class TakenPages {
  count!: u32;
  /** Where the next turn goes on. */
  end!: u64;
  frames!: FixedArray<u64, 96>;
}

/** Filled by takePage, which knows nothing but the page; guarded by treeLock. */
const taken: TakenPages = zeroed();

function takePage(page: Ptr<u8>): void {
  taken.frames[taken.count] = u64(physOf(page));
  taken.count++;
}

/** Gives up pages `[first, end)`, which nobody sees any more then. */
export function pagesGiveUp(inode: Ptr<Inode>, first: u64, end: u64): void {
  const turn: TakenPages = zeroed();
  let index = first;
  if (dropBorrowed(inode, first)) {
    mappedForget(inode.mapped, first, end, ForgetKind.Shown);
  }
  while (takeSome(inode, index, end, turn)) {
    mappedForget(inode.mapped, index, turn.end, ForgetKind.Shown);
    for (let place: u32 = 0; place < turn.count; place++) {
      frameFree(PhysAddr(turn.frames[place]));
    }
    index = turn.end;
  }
}

/** Nothing from `first` on is borrowed any more; whether something was. */
function dropBorrowed(inode: Ptr<Inode>, first: u64): bool {
  using _guard = lockAcquire(treeLock);
  const contents = contentsOf(inode);
  if (contents.borrowedPages <= first) {
    return false;
  }
  contents.borrowedPages = first;
  return true;
}

/** Takes some pages from `first` on out of the tree; false if there are none. */
function takeSome(inode: Ptr<Inode>, first: u64, end: u64, turn: TakenPages): bool {
  using _guard = lockAcquire(treeLock);
  const tree = treeOf(inode);
  const start = pageNext(tree, first);
  if (start >= end) {
    return false;
  }
  taken.count = 0;
  taken.end = end - start < TURN_PAGES ? end : start + TURN_PAGES;
  pagesDrop(tree, start, taken.end, takePage);
  pagesInUse -= u64(taken.count);
  inode.allocated = tree.pages * PAGE_SIZE;
  copy(turn, taken);
  return true;
}

/** The file ends at `size` now, before its end until now: what mappings showed behind it is gone, with private copies. */
export function pagesCutOff(inode: Ptr<Inode>, size: u64): void {
  setSize(inode, size);
  const first = (size + OFFSET_MASK) / PAGE_SIZE;
  mappedForget(inode.mapped, first, u64.MAX, ForgetKind.WithCopies);
  pagesGiveUp(inode, first, u64.MAX);
}

function setSize(inode: Ptr<Inode>, size: u64): void {
  using _guard = lockAcquire(treeLock);
  inode.size = size;
}

export function memoryFileFree(inode: Ptr<Inode>): void {
  pagesGiveUp(inode, 0n, u64.MAX);
  heapFree(pointerAt<u8>(inode.detail));
}

// --- Mappings ----------------------------------------------------------------------------------------------------------------

function inodeOfObject(object: Ptr<MappedObject>): Ptr<Inode> {
  // SAFETY: memoryMappable made the inode the owner.
  return pointerAt<Inode>(object.owner);
}

function isBehindEnd(inode: Ptr<Inode>, index: u64): bool {
  return index >= (inode.size + OFFSET_MASK) / PAGE_SIZE;
}

function mappedFind(object: Ptr<MappedObject>, index: u64): PhysAddr {
  const inode = inodeOfObject(object);
  using _guard = lockAcquire(treeLock);
  if (isBehindEnd(inode, index)) {
    return 0n;
  }
  const page = pageFind(treeOf(inode), index) ?? (object.writers === 0 ? borrowedPage(inode, index) : null);
  return page === null ? 0n : physOf(page);
}

/** A hole becomes a page of zeros when it is touched. */
function mappedFetch(object: Ptr<MappedObject>, index: u64): i64 {
  const inode = inodeOfObject(object);
  const made = makeForFault(inode, index);
  if (made === 0n && borrowedPage(inode, index) !== null) {
    mappedForget(object, index, index + 1n, ForgetKind.Shown);
  }
  return made;
}

function makeForFault(inode: Ptr<Inode>, index: u64): i64 {
  using _guard = lockAcquire(treeLock);
  if (isBehindEnd(inode, index)) {
    return i64(-ENXIO);
  }
  const isUnlimited = contentsOf(inode).isUnlimited;
  if (pageMade(inode, index) === null) {
    return i64(isUnlimited ? -ENOMEM : -ENOSPC);
  }
  if (isUnlimited && index > 0n && pageFind(treeOf(inode), index - 1n) !== null) {
    makeFollowing(inode, index);
  }
  return 0n;
}

/** Pages that a fault maps together, if they are there (kernel/mm/object-faults.ts). */
const PORTION_PAGES = 16n;

/** Memory is touched in order: what will be touched next is made as well, as far as the same fault can map it. */
function makeFollowing(inode: Ptr<Inode>, index: u64): void {
  const end = (index / PORTION_PAGES + 1n) * PORTION_PAGES;
  for (let next = index + 1n; next < end && !isBehindEnd(inode, next) && !framesAreScarce(); next++) {
    void pageMade(inode, next);
  }
}

/** MADV_REMOVE */
function mappedDiscard(object: Ptr<MappedObject>, first: u64, end: u64): i64 {
  const inode = inodeOfObject(object);
  using _guard = mutexAcquire(inode.lock);
  memoryKeepBorrowed(inode, end);
  pagesGiveUp(inode, first, end);
  return 0n;
}

function mappedKeep(object: Ptr<MappedObject>): void {
  void inodeKeep(inodeOfObject(object));
}

function mappedPut(object: Ptr<MappedObject>): void {
  inodePut(inodeOfObject(object));
}

/** Nothing is written anywhere, so nobody asks what is dirty. */
const MEMORY_MAPPED: MappedOperations = {
  find: mappedFind,
  fetch: mappedFetch,
  dirty: null,
  sync: null,
  discard: mappedDiscard,
  keep: mappedKeep,
  put: mappedPut,
};

/** Lets a regular inode be mapped. */
export function memoryMappable(inode: Ptr<Inode>): void {
  inode.mapped.operations = addressOf(MEMORY_MAPPED);
  inode.mapped.owner = virtAddr(inode);
}
