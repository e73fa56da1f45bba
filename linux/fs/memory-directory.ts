/**
 * The entries of a directory in memory: a hash table by name, and a list in the order of their cursors.
 *
 * A cursor is given once and never again, so a listing that goes on after entries have come and gone neither repeats nor leaves out any
 * that were there all the time. The caller holds the mutex of names.
 */

import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { heapText, heapTextFree, heapTextMake } from "./heap-text.ts";
import type { Inode } from "./inode.ts";
import { inodePut } from "./inode.ts";

/** Fills a directory when it is first looked at. */
export type DirectoryFill = (directory: Ptr<Inode>) => void;

const FIRST_BUCKETS = 8;
const FIRST_CURSOR = 2n;
/** FNV-1a. */
const HASH_START = 0x811c_9dc5;
const HASH_FACTOR = 0x0100_0193;

export class MemoryEntry {
  name!: VirtAddr;
  hash!: u32;
  cursor!: u64;
  inode!: Ptr<Inode>;
  next!: Ptr<MemoryEntry> | null;
  previous!: Ptr<MemoryEntry> | null;
  nextInBucket!: Ptr<MemoryEntry> | null;
}

class Bucket {
  first!: Ptr<MemoryEntry> | null;
}

export class MemoryDirectory {
  first!: Ptr<MemoryEntry> | null;
  last!: Ptr<MemoryEntry> | null;
  buckets!: Ptr<Bucket> | null;
  bucketCount!: u32;
  count!: u32;
  nextCursor!: u64;
  /** Fills the directory when it is first looked at. */
  fill!: DirectoryFill | null;
}

/** The address of an empty directory; 0n: no memory. */
export function memoryDirectoryMake(): VirtAddr {
  const memory = heapAllocZeroed(u64(sizeOf<MemoryDirectory>()));
  if (memory === null) {
    return 0n;
  }
  // SAFETY: fresh zeroed memory of the size.
  castPtr<MemoryDirectory>(memory).nextCursor = FIRST_CURSOR;
  return virtAddr(memory);
}

function hashOf(name: string): u32 {
  let hash: u32 = HASH_START;
  for (let i: u32 = 0; i < name.length; i++) {
    hash = (hash ^ u32(name.byteAt(i))) * HASH_FACTOR;
  }
  return hash;
}

export function directoryFind(directory: MemoryDirectory, name: string): Ptr<MemoryEntry> | null {
  if (directory.bucketCount === 0) {
    return null;
  }
  const hash = hashOf(name);
  let entry = directory.buckets![hash & (directory.bucketCount - 1)].first;
  while (entry !== null && (entry.hash !== hash || heapText(entry.name) !== name)) {
    entry = entry.nextInBucket;
  }
  return entry;
}

/** Adds a name that is not there; the caller accounts for references. False: no memory. */
export function directoryAdd(directory: MemoryDirectory, name: string, inode: Ptr<Inode>): bool {
  if (directory.count >= directory.bucketCount && !grow(directory) && directory.bucketCount === 0) {
    return false;
  }
  const memory = heapAllocZeroed(u64(sizeOf<MemoryEntry>()));
  const text = heapTextMake(name);
  if (memory === null || text === 0n) {
    heapTextFree(text);
    if (memory !== null) {
      heapFree(memory);
    }
    return false;
  }
  const entry = castPtr<MemoryEntry>(memory);
  entry.name = text;
  entry.hash = hashOf(name);
  entry.cursor = directory.nextCursor;
  entry.inode = inode;
  directory.nextCursor += 1n;
  const last = directory.last;
  entry.previous = last;
  if (last === null) {
    directory.first = entry;
  } else {
    last.next = entry;
  }
  directory.last = entry;
  const bucket = directory.buckets!.add(entry.hash & (directory.bucketCount - 1));
  entry.nextInBucket = bucket.first;
  bucket.first = entry;
  directory.count++;
  return true;
}

function grow(directory: MemoryDirectory): bool {
  const count: u32 = directory.bucketCount === 0 ? FIRST_BUCKETS : directory.bucketCount * 2;
  const memory = heapAllocZeroed(u64(count) * u64(sizeOf<Bucket>()));
  if (memory === null) {
    return false;
  }
  if (directory.buckets !== null) {
    heapFree(castPtr<u8>(directory.buckets));
  }
  // SAFETY: fresh zeroed memory for that many buckets.
  const buckets = castPtr<Bucket>(memory);
  let entry = directory.first;
  while (entry !== null) {
    const bucket = buckets.add(entry.hash & (count - 1));
    entry.nextInBucket = bucket.first;
    bucket.first = entry;
    entry = entry.next;
  }
  directory.buckets = buckets;
  directory.bucketCount = count;
  return true;
}

/** Takes an entry out and frees it; the reference to its inode is the caller's now. */
export function directoryRemove(directory: MemoryDirectory, entry: Ptr<MemoryEntry>): void {
  const next = entry.next;
  const previous = entry.previous;
  if (next === null) {
    directory.last = previous;
  } else {
    next.previous = previous;
  }
  if (previous === null) {
    directory.first = next;
  } else {
    previous.next = next;
  }
  const bucket = directory.buckets!.add(entry.hash & (directory.bucketCount - 1));
  let at0 = bucket.first;
  if (at0 !== null && virtAddr(at0) === virtAddr(entry)) {
    bucket.first = entry.nextInBucket;
    at0 = null;
  }
  while (at0 !== null) {
    const following = at0.nextInBucket;
    if (following !== null && virtAddr(following) === virtAddr(entry)) {
      at0.nextInBucket = entry.nextInBucket;
      break;
    }
    at0 = following;
  }
  directory.count--;
  heapTextFree(entry.name);
  heapFree(castPtr<u8>(entry));
}

/** Frees a directory; entries that are left (of a tree that is given up as a whole) give their references back. */
export function directoryFree(directory: Ptr<MemoryDirectory>): void {
  let entry = directory.first;
  while (entry !== null) {
    const inode = entry.inode;
    directoryRemove(directory, entry);
    inodePut(inode);
    entry = directory.first;
  }
  if (directory.buckets !== null) {
    heapFree(castPtr<u8>(directory.buckets));
  }
  heapFree(castPtr<u8>(directory));
}
