/**
 * What a mapping of a file shows: the interface between the address space and whoever has the pages (a file system).
 *
 * A mapped object lies inside what it stands for (an inode) and has a table of operations. A region of the kind File knows its object; the
 * object knows its regions, so that the file can take a page out of all of them. Page tables hold no references to pages:
 *
 *     fault     `find` the page and map it, all with the lock of the space held; if it is not there, `fetch` it without, and once more
 *     file      1. takes the page out of its cache, so that `find` does not find it any more   (its own lock)
 *               2. mappedForget(): takes it out of all mappings, on all CPUs                   (the lock of the space)
 *               3. frees the frame
 *
 * A page that `find` has given is mapped before step 2 can begin, or is not found: so nothing is pinned, and no mapping ever shows a frame
 * that was freed. What a private mapping has written to is a copy that is the region's own.
 *
 *     dirty     a page of a shared mapping is read-only until it is written to: `dirty`, then it is writable
 *     clean     the file 1. forgets that the page is dirty, 2. mappedProtect(), 3. writes its contents: what is written to it later is a new
 *               fault, and `dirty` again
 *
 * Order of locks: the space, then whatever spin lock `find` and `dirty` take; so mappedForget and mappedProtect are called with no spin lock.
 *
 * Considered: a count of references in each frame, as Linux has. It costs every fault and every unmapping an atomic instruction on a line
 * that CPUs share, and the file still has to find the mappings of a page that it wants back.
 */

import type { Region } from "../core/region-tree.ts";

/** Page numbers count from the beginning of the object, in pages of 4 KiB. */
export class MappedOperations {
  /**
   * The frame of a page, 0n if it is not in memory or lies wholly behind the end of the file. With the lock of the space held and
   * interrupts masked: it may take spin locks, but never blocks, and touches no application memory.
   */
  find!: (object: Ptr<MappedObject>, index: u64) => PhysAddr;
  /**
   * Brings a page into memory, where `find` finds it: 0n, -ENOMEM, or another negative errno, which the program gets as SIGBUS (-ENXIO: it
   * lies behind the end). May block. The thread may be inside of a read or write of this same file whose buffer is this very page: what is
   * locked while these touch application memory must not be locked here.
   */
  fetch!: (object: Ptr<MappedObject>, index: u64) => i64;
  /** A shared mapping is about to write to the page. As `find` in what it may do. Null: nobody asks which pages are dirty. */
  dirty!: ((object: Ptr<MappedObject>, index: u64) => void) | null;
  /** msync: writes the dirty ones of pages `[first, end)` to where they belong, and waits for it or not. May block. 0n or negative errno. */
  sync!: ((object: Ptr<MappedObject>, first: u64, end: u64, isWaiting: bool) => i64) | null;
  /** MADV_REMOVE: makes a hole of pages `[first, end)`. May block. 0n or negative errno. Null: files have no holes here. */
  discard!: ((object: Ptr<MappedObject>, first: u64, end: u64) => i64) | null;
  /** One more reference to what the object lies in: regions hold one, and so does a fetch. Never blocks. */
  keep!: (object: Ptr<MappedObject>) => void;
  /** Gives one back. May block; called without any lock. */
  put!: (object: Ptr<MappedObject>) => void;
}

/** All zero but for `operations` and `owner`, it is not mapped. Null operations: it cannot be mapped. */
export class MappedObject {
  operations!: Ptr<MappedOperations> | null;
  /** What it lies in, as the operations know it. */
  owner!: VirtAddr;
  // Guarded by the lock of the space:
  regions!: Ptr<Region> | null;
  /** Tells objects that have been mapped apart, for futexes; 0: not mapped yet. */
  number!: u32;
  /** Shared regions that are writable or may be made so. */
  writers!: u32;
  // Guarded by releaseLock of region-objects.ts:
  /** References that the regions do not need any more and have yet to be given back. */
  surplus!: u32;
  nextReleased!: Ptr<MappedObject> | null;
}
