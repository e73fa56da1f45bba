/**
 * The page cache of exports: pages of regular files that have been read or mapped.
 *
 * What a program writes goes to the server before write(2) returns, and into the pages that are here; only shared mappings make pages dirty
 * (write-back.ts). So a clean page can go at any time, and an error of the host is the answer of the call that met it.
 *
 *     lock       a spin lock for each node: pages are found, filled, copied and taken out with it, so nobody uses a page that goes
 *     order      share-lock.ts: pages are read from the server sharing it, and the file is changed at the server alone; so no page holds what
 *                stood in the file before a write that is over
 *     generation a page that was asked for before an invalidation is not entered after it
 *
 * No page is given to application memory with either of them: it may be this file's own. With the spin lock bytes are copied to pages that are
 * there (cachePut); others get them by way of memory of the kernel.
 */

import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { frameAllocZeroed, frameFree, framesAreScarce, frameTotalCount } from "../../../kernel/mm/frames.ts";
import { ForgetKind, mappedForget } from "../../../kernel/mm/mappings.ts";
import { directMap, physOf } from "../../../kernel/mm/page-table.ts";
import { threadWake } from "../../../kernel/sched/scheduler.ts";
import type { Thread } from "../../../kernel/sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../../../kernel/sync/spin-lock.ts";
import { pageFind, pageInsert, pageMarks, pageNext, pageSetMarks, pagesDrop } from "../core/page-tree.ts";
import { type Transfer, transferPutResident } from "../transfer.ts";
import type { NinepNode, NodeCache } from "./export.ts";

export const OFFSET_MASK = PAGE_SIZE - 1n;
/** A mark of the page's entry: a mapping has written to it. */
export const PAGE_IS_DIRTY = 1n;
/** One request reads so much at most (drivers/ninep/request.ts: MOST_PIECES). */
export const MOST_AHEAD = 120n;
export const FIRST_AHEAD = 8n;
/** What is read around a page of a file that is read at random, after so many pages; as Linux does around pages that are mapped. */
const RANDOM_PAGES = 32n;
const SOME_JUMPS = 32;
/** A mapping of a small file wants so much around the page that was touched, in aligned pieces of that size. */
export const AROUND_PAGES = 64n;
const SMALL_FILE_PAGES = 2048n;
/** The cache has a quarter of memory at most. */
const MEMORY_SHARE = 4n;
/** Page numbers that one turn of dropping looks at. */
const TURN_PAGES = 64n;

const pagesInUse: Atomic<u64> = zeroed();
/** Dirty pages of all files. */
const dirtyInUse: Atomic<u64> = zeroed();
/** Who is told that there is a dirty page; woken with spin locks held. */
let dirtyWatcher: Thread | null = null;

export function dirtyPages(): u64 {
  return dirtyInUse.load();
}

export function cacheSetWatcher(watcher: Thread): void {
  dirtyWatcher = watcher;
}

export function cachedPages(): u64 {
  return pagesInUse.load(Order.Relaxed);
}

/** Whether clean pages should go before new ones come. */
export function cacheIsFull(): bool {
  return pagesInUse.load(Order.Relaxed) > frameTotalCount() / MEMORY_SHARE || framesAreScarce();
}

export function pageCountOf(size: u64): u64 {
  return (size + OFFSET_MASK) / PAGE_SIZE;
}

function nodeSource(): Ptr<u8> | null {
  const frame = frameAllocZeroed();
  if (frame === 0n) {
    return null;
  }
  void pagesInUse.fetchAdd(1n, Order.Relaxed);
  return directMap(frame);
}

// --- Looking -----------------------------------------------------------------------------------------------------------------

/** The frame of a page that lies within the file, 0n if it is not here. */
export function cacheFind(node: Ptr<NinepNode>, index: u64): PhysAddr {
  using _guard = lockAcquire(node.cache.lock);
  const page: Ptr<u8> | null = index < pageCountOf(node.inode.size) ? pageFind(node.cache.pages, index) : null;
  return page === null ? 0n : physOf(page);
}

/** Copies what is here from `position` on, up to the end of a page and of the file: how many bytes, 0n if the page is not here. */
export function cacheCopy(node: Ptr<NinepNode>, position: u64, buffer: Slice<u8>): u64 {
  using _guard = lockAcquire(node.cache.lock);
  const here = cachedPart(node, position, buffer.length);
  copyBytes(buffer.data, here.data, here.length);
  return here.length;
}

/** The same into a transfer; 0n also if its memory has no page there yet. */
export function cachePut(node: Ptr<NinepNode>, position: u64, transfer: Transfer): u64 {
  using _guard = lockAcquire(node.cache.lock);
  const here = cachedPart(node, position, transfer.left);
  return transferPutResident(transfer, here.data, here.length);
}

/** With the lock: what is here from `position` on, up to the end of a page and of the file; empty if the page is not here. */
function cachedPart(node: Ptr<NinepNode>, position: u64, most: u64): Slice<u8> {
  const size = node.inode.size;
  const page: Ptr<u8> | null = position < size ? pageFind(node.cache.pages, position / PAGE_SIZE) : null;
  if (page === null) {
    return bytesOf("");
  }
  const offset = position & OFFSET_MASK;
  let part = PAGE_SIZE - offset;
  part = part < size - position ? part : size - position;
  return sliceOf(page.add(offset), part < most ? part : most);
}

/** Puts what was written to the file into the pages that are here. */
export function cacheUpdate(node: Ptr<NinepNode>, position: u64, bytes: Slice<u8>): void {
  let done: u64 = 0n;
  while (done < bytes.length) {
    const at0 = position + done;
    const offset = at0 & OFFSET_MASK;
    const part: u64 = PAGE_SIZE - offset < bytes.length - done ? PAGE_SIZE - offset : bytes.length - done;
    using _guard = lockAcquire(node.cache.lock);
    const page = pageFind(node.cache.pages, at0 / PAGE_SIZE);
    if (page !== null) {
      copyBytes(page.add(offset), bytes.data.add(done), part);
    }
    done += part;
  }
}

/** Bytes from `position` on, within the file, until the first that is here. */
export function cacheGap(node: Ptr<NinepNode>, position: u64): u64 {
  using _guard = lockAcquire(node.cache.lock);
  const size = node.inode.size;
  if (position >= size) {
    return 0n;
  }
  const next = pageNext(node.cache.pages, position / PAGE_SIZE);
  const end = next < pageCountOf(size) ? next * PAGE_SIZE : size;
  return end > position ? end - position : 0n;
}

/** Whether any page is here. */
export function cacheIsEmpty(node: Ptr<NinepNode>): bool {
  return node.cache.pages.root === 0n;
}

// --- Taking in ---------------------------------------------------------------------------------------------------------------

/** Pages `[first, first + count)` of a file. */
export class PageRange {
  first!: u64;
  count!: u64;
}

/** Which pages to read when `index` is wanted: more and more while a file is read in order, and around each page that is met at random. */
export function cacheAhead(node: Ptr<NinepNode>, index: u64, range: PageRange): void {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  const isNext = index !== 0n && index === cache.nextIndex;
  const wider = cache.window * 2n < MOST_AHEAD ? cache.window * 2n : MOST_AHEAD;
  range.first = index;
  if (isNext && cache.window > 0n) {
    cache.window = wider;
  } else {
    cache.window = aroundOf(node);
    cache.jumps++;
    range.first = cache.window > FIRST_AHEAD ? index - (index % cache.window) : index;
  }
  const last = range.first + cache.window;
  // What is here already is not read again.
  for (let here = pageNext(cache.pages, range.first); here < index; here = pageNext(cache.pages, range.first)) {
    range.first = here + 1n;
  }
  const present = pageNext(cache.pages, index + 1n);
  const size = pageCountOf(node.inode.size);
  let end = last < size ? last : size;
  end = present < end ? present : end;
  // The file may have become shorter just now: the server says so.
  end = end > index ? end : index + 1n;
  range.count = end - range.first;
  cache.nextIndex = end;
}

/**
 * How many pages a request fetches that does not go on where the last one ended. A file of which one place after the other is asked for will be
 * asked for others, and a request costs as much as some thirty pages of it: a program that reads at random fetches the file in few
 * requests, if the cache has room for all of it.
 */
function aroundOf(node: Ptr<NinepNode>): u64 {
  const fits = pageCountOf(node.inode.size) <= frameTotalCount() / MEMORY_SHARE;
  return fits && node.cache.jumps >= SOME_JUMPS && !cacheIsFull() ? RANDOM_PAGES : FIRST_AHEAD;
}

/**
 * What to read for a mapping in which page `index` was touched. Libraries are touched here and there, and soon most of them is in use, so of a
 * small file all that is missing around the page comes with it. Others are read as read(2) reads them.
 */
export function cacheAround(node: Ptr<NinepNode>, index: u64, range: PageRange): void {
  const size = pageCountOf(node.inode.size);
  if (size > SMALL_FILE_PAGES || cacheIsFull()) {
    cacheAhead(node, index, range);
    return;
  }
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  const block = index - (index % AROUND_PAGES);
  const last = block + AROUND_PAGES < size ? block + AROUND_PAGES : size;
  const present = pageNext(cache.pages, index + 1n);
  let end: u64 = present < last ? present : last;
  // The file may have become shorter just now: the server says so.
  end = end > index ? end : index + 1n;
  range.first = block;
  for (let here = pageNext(cache.pages, block); here < index; here = pageNext(cache.pages, range.first)) {
    range.first = here + 1n;
  }
  range.count = end - range.first;
}

/** The first `count` pages have been read without being asked for: who goes on behind them reads in order. */
export function cacheStarted(node: Ptr<NinepNode>, count: u64): void {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  cache.window = FIRST_AHEAD;
  cache.nextIndex = count;
}

/** Enters a page that was read; false if it is not to be used: the frame is still the caller's. */
export function cacheEnter(node: Ptr<NinepNode>, index: u64, frame: PhysAddr, generation: u64): bool {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  const isUsable = cache.generation === generation && index < pageCountOf(node.inode.size);
  if (!isUsable || pageFind(cache.pages, index) !== null) {
    return false;
  }
  if (!pageInsert(cache.pages, index, directMap(frame), nodeSource)) {
    return false;
  }
  void pagesInUse.fetchAdd(1n, Order.Relaxed);
  return true;
}

// --- Giving up ---------------------------------------------------------------------------------------------------------------

/** Frames that one turn has taken out of a tree: pages, and nodes that led to them. */
class TakenPages {
  count!: u32;
  end!: u64;
  frames!: FixedArray<u64, 96>;
}

/** Filled by takePage, which knows nothing but the page. */
const taken: TakenPages = zeroed();
/** Guards it; taken inside of a node's lock. */
const takenLock: SpinLock = zeroed();

function takePage(page: Ptr<u8>): void {
  taken.frames[taken.count] = u64(physOf(page));
  taken.count++;
}

export enum DropKind {
  Clean = 0,
  /** The dirty ones as well: what they hold is not part of the file any more. */
  All = 1,
}

/** Gives up pages `[first, end)`, in mappings as well. No spin lock is held. */
export function cacheDrop(node: Ptr<NinepNode>, first: u64, end: u64, kind: DropKind): void {
  const turn: TakenPages = zeroed();
  let index = first;
  while (takeSome(node, index, end, kind, turn)) {
    if (turn.count > 0) {
      mappedForget(node.inode.mapped, index, turn.end, ForgetKind.Shown);
      for (let place: u32 = 0; place < turn.count; place++) {
        frameFree(PhysAddr(turn.frames[place]));
      }
    }
    index = turn.end;
  }
}

/** Takes some pages from `first` on out of the tree; false if there are none. */
function takeSome(node: Ptr<NinepNode>, first: u64, end: u64, kind: DropKind, turn: TakenPages): bool {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  const start = pageNext(cache.pages, first);
  if (start >= end) {
    return false;
  }
  using _inner = lockAcquire(takenLock);
  taken.count = 0;
  taken.end = end - start < TURN_PAGES ? end : start + TURN_PAGES;
  if (cache.dirtyPages === 0n) {
    pagesDrop(cache.pages, start, taken.end, takePage);
  } else {
    takeOneByOne(cache, start, kind);
  }
  void pagesInUse.fetchSub(u64(taken.count), Order.Relaxed);
  copy(turn, taken);
  return true;
}

function takeOneByOne(cache: NodeCache, start: u64, kind: DropKind): void {
  let index = start;
  while (index < taken.end) {
    const isDirty = (pageMarks(cache.pages, index) & PAGE_IS_DIRTY) !== 0n;
    if (!isDirty || kind === DropKind.All) {
      cache.dirtyPages -= isDirty ? 1n : 0n;
      void dirtyInUse.fetchSub(isDirty ? 1n : 0n);
      pagesDrop(cache.pages, index, index + 1n, takePage);
    }
    index = pageNext(cache.pages, index + 1n);
  }
}

/** What is in memory may be old: clean pages go. */
export function cacheInvalidate(node: Ptr<NinepNode>): void {
  {
    using _guard = lockAcquire(node.cache.lock);
    node.cache.generation++;
    if (node.cache.pages.root === 0n) {
      return;
    }
  }
  cacheDrop(node, 0n, u64.MAX, DropKind.Clean);
}

/** The file has another size: what lay behind its end is gone, with private copies, and reads as zeros if it grows again. */
export function cacheResize(node: Ptr<NinepNode>, size: u64): void {
  const before = setSize(node, size);
  if (size < before) {
    const first = pageCountOf(size);
    mappedForget(node.inode.mapped, first, u64.MAX, ForgetKind.WithCopies);
    cacheDrop(node, first, u64.MAX, DropKind.All);
  }
}

function setSize(node: Ptr<NinepNode>, size: u64): u64 {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  const before = node.inode.size;
  node.inode.size = size;
  const lower = size < before ? size : before;
  const page = pageFind(cache.pages, lower / PAGE_SIZE);
  if (page !== null && (lower & OFFSET_MASK) !== 0n) {
    fillBytes(page.add(lower & OFFSET_MASK), 0, PAGE_SIZE - (lower & OFFSET_MASK));
  }
  return before;
}

/** Marks a page that a mapping is about to write to. */
export function cacheMarkDirty(node: Ptr<NinepNode>, index: u64): void {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  if (pageFind(cache.pages, index) !== null && (pageMarks(cache.pages, index) & PAGE_IS_DIRTY) === 0n) {
    pageSetMarks(cache.pages, index, PAGE_IS_DIRTY);
    cache.dirtyPages += 1n;
    if (dirtyInUse.fetchAdd(1n) === 0n && dirtyWatcher !== null) {
      threadWake(dirtyWatcher);
    }
  }
}

/** The first dirty page of `[first, end)`, or u64.MAX. */
export function cacheNextDirty(node: Ptr<NinepNode>, first: u64, end: u64): u64 {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  if (cache.dirtyPages === 0n) {
    return u64.MAX;
  }
  let index = pageNext(cache.pages, first);
  while (index < end) {
    if ((pageMarks(cache.pages, index) & PAGE_IS_DIRTY) !== 0n) {
      return index;
    }
    index = pageNext(cache.pages, index + 1n);
  }
  return u64.MAX;
}

/** Makes a dirty page clean; false if it was not dirty. */
export function cacheMarkClean(node: Ptr<NinepNode>, index: u64): bool {
  const cache = node.cache;
  using _guard = lockAcquire(cache.lock);
  if ((pageMarks(cache.pages, index) & PAGE_IS_DIRTY) === 0n) {
    return false;
  }
  pageSetMarks(cache.pages, index, 0n);
  cache.dirtyPages -= 1n;
  void dirtyInUse.fetchSub(1n);
  return true;
}
