/** Pages of a file on their way from the server into the cache (cache.ts). */

import { EIO, ENOMEM, ENXIO } from "../../../abi/errno.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { NinepType } from "../../../abi/ninep.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepAddMemory } from "../../../drivers/ninep/transport.ts";
import { frameAlloc, frameFree, frameTotalCount } from "../../../kernel/mm/frames.ts";
import { directMap } from "../../../kernel/mm/page-table.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { nodeRefresh } from "./attributes.ts";
import {
  cacheAhead,
  cacheAround,
  cacheDrop,
  cacheEnter,
  cacheFind,
  DropKind,
  MOST_AHEAD,
  OFFSET_MASK,
  type PageRange,
  pageCountOf,
} from "./cache.ts";
import { callBeginRead, callEndRead } from "./data-calls.ts";
import type { NinepNode } from "./export.ts";
import { shareBegin, shareEnd } from "./share-lock.ts";

/** A file that has more than this part of memory is large. */
const LARGE_SHARE = 16n;
/** An invalidation may come between again and again, but hardly so often. */
const MOST_TRIES = 16;
/** Of fetchOnce. */
const TOO_SHORT = 1n;

/** A fid of the file that is open for reading, which it must be. */
export function readingFid(node: Ptr<NinepNode>): u32 {
  return node.reader.isOpen ? node.reader.fid : node.writer.fid;
}

/** Pages of one request. */
export class Batch {
  first!: u64;
  count!: u32;
  generation!: u64;
  frames!: FixedArray<u64, 120>;
}

/** Which pages come with the one that is wanted. */
export enum FetchKind {
  /** As read(2) wants them. */
  Ahead = 0,
  /** As a mapping wants them. */
  Around = 1,
  /** None. */
  Alone = 2,
}

/** Brings a page into the cache, with others: 0n, -ENXIO (behind the end of the file), -ENOMEM, or the server's errno. */
export function cacheFetch(node: Ptr<NinepNode>, index: u64, kind: FetchKind): i64 {
  let result: i64 = i64(-EIO);
  for (let tries: u32 = 0; tries < MOST_TRIES; tries++) {
    if (index >= pageCountOf(node.inode.size)) {
      return i64(-ENXIO);
    }
    result = fetchOnce(node, index, kind);
    if (result === TOO_SHORT || (result < 0n && result !== i64(-ENXIO))) {
      // The server does not say which of the pages it was.
      result = fetchOnce(node, index, FetchKind.Alone);
    }
    if (result === TOO_SHORT) {
      result = doubtSize(node, index);
    }
    if (result < 0n || cacheFind(node, index) !== 0n) {
      return result;
    }
  }
  return i64(-EIO);
}

/** The server gave less than a page of a file that goes on: it has become shorter, as its attributes say then, or the rest cannot be had. */
function doubtSize(node: Ptr<NinepNode>, index: u64): i64 {
  const before = node.inode.size;
  node.stamp = 0n;
  node.knownNs = 0n;
  const asked = nodeRefresh(node);
  if (asked !== 0n || node.inode.size !== before) {
    return asked;
  }
  return cacheFind(node, index) !== 0n ? 0n : i64(-EIO);
}

/**
 * A file much larger than the cache that is read in order gives up what lies behind the reader: its frames, which the host has supplied, serve for
 * what comes next, and the pages of other files stay.
 */
function dropBehind(node: Ptr<NinepNode>, index: u64, isInOrder: bool): void {
  const isLarge = pageCountOf(node.inode.size) > frameTotalCount() / LARGE_SHARE;
  if (isInOrder && isLarge && node.mappings.load(Order.Relaxed) === 0 && index > MOST_AHEAD * 2n) {
    const first: u64 = index > MOST_AHEAD * 4n ? index - MOST_AHEAD * 4n : 0n;
    cacheDrop(node, first, index - MOST_AHEAD, DropKind.Clean);
  }
}

/** Which pages one request is to bring. */
function rangeOf(node: Ptr<NinepNode>, index: u64, kind: FetchKind, range: PageRange): void {
  switch (kind) {
    case FetchKind.Around:
      cacheAround(node, index, range);
      break;
    case FetchKind.Ahead:
      cacheAhead(node, index, range);
      break;
    default:
      range.first = index;
      range.count = 1n;
      break;
  }
}

/** 0n, TOO_SHORT if the server gave something, but not this page, or as cacheFetch. */
function fetchOnce(node: Ptr<NinepNode>, index: u64, kind: FetchKind): i64 {
  const batch: Batch = zeroed();
  const range: PageRange = zeroed();
  rangeOf(node, index, kind, range);
  batch.first = range.first;
  const before = (index - range.first) * PAGE_SIZE;
  dropBehind(node, index, range.count === MOST_AHEAD);
  shareBegin(node.cache.order);
  batch.generation = readVolatile(addressOf(node.cache.generation));
  const request = callBeginRead(node.export, NinepType.Tread, readingFid(node), range.first * PAGE_SIZE);
  if (request === null) {
    shareEnd(node.cache.order);
    return i64(-ENOMEM);
  }
  batchFill(batch, request, u32(range.count));
  const most = request.piecesBytes;
  const askedNs = monotonicNs();
  let stamp: u64 = 0n;
  const result = callEndRead(request, addressOf(stamp));
  let known: u64 = 0n;
  if (most > before && result > 0n) {
    known = u64(batchEnter(node, batch, u64(result), most)) * PAGE_SIZE;
    const isEnd = u64(result) < most && range.first * PAGE_SIZE + u64(result) === node.inode.size;
    node.endStamp = isEnd ? stamp : 0n;
    node.endNs = askedNs;
  } else {
    batchFree(batch);
  }
  shareEnd(node.cache.order);
  if (most <= before || result < 0n) {
    return most <= before ? i64(-ENOMEM) : result;
  }
  if (result === 0n && before === 0n) {
    // The host has made the file shorter: whoever asked looks at its size again.
    return i64(-ENXIO);
  }
  return known > before ? 0n : TOO_SHORT;
}

/** Up to `wanted` frames for the data of a request. */
export function batchFill(batch: Batch, request: Ptr<NinepRequest>, wanted: u32): void {
  while (batch.count < wanted) {
    const frame = frameAlloc();
    if (frame === 0n || !ninepAddMemory(request, frame, PAGE_SIZE)) {
      if (frame !== 0n) {
        frameFree(frame);
      }
      break;
    }
    batch.frames[batch.count] = u64(frame);
    batch.count++;
  }
}

export function batchFree(batch: Batch): void {
  for (let i: u32 = 0; i < batch.count; i++) {
    if (batch.frames[i] !== 0n) {
      frameFree(PhysAddr(batch.frames[i]));
    }
  }
}

/**
 * Enters the pages that the server filled; how many. Behind the end of the file there are zeros; where the server gave less than it was asked for
 * and the file goes on, the rest is not known: a disk may be broken there.
 */
export function batchEnter(node: Ptr<NinepNode>, batch: Batch, filled: u64, most: u64): u32 {
  const isEnd = filled >= most || batch.first * PAGE_SIZE + filled >= node.inode.size;
  // Pages behind the file's last one are given back as they are.
  const pages = pageCountOf(node.inode.size);
  const ofFile: u64 = pages > batch.first ? pages - batch.first : 0n;
  const count: u32 = u64(batch.count) < ofFile ? batch.count : u32(ofFile);
  const known = isEnd ? count : u32(filled / PAGE_SIZE);
  for (let start = filled; isEnd && start < u64(count) * PAGE_SIZE; start += PAGE_SIZE - (start & OFFSET_MASK)) {
    const page = directMap(PhysAddr(batch.frames[u32(start / PAGE_SIZE)]));
    fillBytes(page.add(start & OFFSET_MASK), 0, PAGE_SIZE - (start & OFFSET_MASK));
  }
  for (let i: u32 = 0; i < known; i++) {
    if (cacheEnter(node, batch.first + u64(i), PhysAddr(batch.frames[i]), batch.generation)) {
      batch.frames[i] = 0n;
    }
  }
  batchFree(batch);
  return known;
}
