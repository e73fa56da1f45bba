/**
 * Mappings of files in exports, and how what is written through them reaches the server: at msync and fsync, when the last mapping or
 * description of the file goes, when the program ends, and about a second after it was written.
 */

import { EIO, ENOMEM, ENXIO } from "../../../abi/errno.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { heapAlloc, heapFree } from "../../../kernel/mm/heap.ts";
import type { MappedObject, MappedOperations } from "../../../kernel/mm/mapped-object.ts";
import { mappedProtect } from "../../../kernel/mm/mappings.ts";
import { type Inode, inodeKeep, inodePut } from "../inode.ts";
import { nodeRefresh } from "./attributes.ts";
import { cacheCopy, cacheFind, cacheMarkClean, cacheMarkDirty, cacheNextDirty } from "./cache.ts";
import { callWriteFrom } from "./data-calls.ts";
import { inodeOfNode, type NinepNode, nodeOf } from "./export.ts";
import { cacheFetch, FetchKind } from "./fetch.ts";
import { flusherStart } from "./flusher.ts";
import { handlesClose } from "./handles.ts";
import { cacheReclaim } from "./reclaim.ts";
import { shareBegin, shareEnd } from "./share-lock.ts";

/** Written at once, if as many pages in a row are dirty. */
const MOST_RUN = 64n;

/** Writes dirty pages `[first, end)` of the file to the server: 0n, or the first error, after which what could not be written is lost. */
export function writeBack(node: Ptr<NinepNode>, first: u64, end: u64): i64 {
  let result: i64 = 0n;
  let index = cacheNextDirty(node, first, end);
  if (index === u64.MAX) {
    return 0n;
  }
  let bytes: u64 = MOST_RUN * PAGE_SIZE;
  let buffer = heapAlloc(bytes);
  if (buffer === null) {
    bytes = PAGE_SIZE;
    buffer = heapAlloc(bytes);
  }
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  shareBegin(node.cache.order);
  while (index !== u64.MAX) {
    const count = cleanRun(node, index, end, bytes / PAGE_SIZE);
    const written = writeRun(node, index, count, sliceOf(buffer, bytes));
    result = result === 0n ? written : result;
    index = cacheNextDirty(node, index + count, end);
  }
  node.cache.wasWritten = true;
  if (result !== 0n) {
    node.cache.error = result;
  }
  shareEnd(node.cache.order);
  heapFree(buffer);
  return result;
}

/** For fsync and msync: 0n, or the first error since the last time that somebody asked, whoever wrote back then. */
export function writeBackAndTell(node: Ptr<NinepNode>, first: u64, end: u64): i64 {
  const result = writeBack(node, first, end);
  const error = node.cache.error;
  node.cache.error = 0n;
  return result !== 0n ? result : error;
}

/** Makes dirty pages from `index` on clean and read-only, so that what is written to them from now on is noticed; how many. */
function cleanRun(node: Ptr<NinepNode>, index: u64, end: u64, most: u64): u64 {
  let count: u64 = 0n;
  while (count < most && index + count < end && cacheMarkClean(node, index + count)) {
    count++;
  }
  mappedProtect(node.inode.mapped, index, index + count);
  return count === 0n ? 1n : count;
}

function writeRun(node: Ptr<NinepNode>, index: u64, count: u64, buffer: Slice<u8>): i64 {
  const start = index * PAGE_SIZE;
  let filled: u64 = 0n;
  while (filled < count * PAGE_SIZE) {
    const part = cacheCopy(node, start + filled, buffer.subslice(filled, buffer.length));
    if (part === 0n) {
      break;
    }
    filled += part;
  }
  let done: u64 = 0n;
  while (done < filled) {
    const bytes = buffer.subslice(done, filled);
    const written = callWriteFrom(node.export, node.writer.fid, start + done, bytes);
    if (written <= 0n) {
      return written < 0n ? written : i64(-EIO);
    }
    done += u64(written);
  }
  return 0n;
}

function nodeOfObject(object: Ptr<MappedObject>): Ptr<NinepNode> {
  // SAFETY: nodeMappable made the inode the owner.
  return nodeOf(pointerAt<Inode>(object.owner));
}

function mappedFind(object: Ptr<MappedObject>, index: u64): PhysAddr {
  return cacheFind(nodeOfObject(object), index);
}

function mappedFetch(object: Ptr<MappedObject>, index: u64): i64 {
  const node = nodeOfObject(object);
  flusherStart();
  cacheReclaim();
  const result = cacheFetch(node, index, FetchKind.Around);
  if (result !== i64(-ENXIO)) {
    return result;
  }
  // The file may have grown at the host.
  const asked = nodeRefresh(node);
  return asked !== 0n ? i64(-EIO) : cacheFetch(node, index, FetchKind.Around);
}

function mappedDirty(object: Ptr<MappedObject>, index: u64): void {
  cacheMarkDirty(nodeOfObject(object), index);
}

function mappedSync(object: Ptr<MappedObject>, first: u64, end: u64, _isWaiting: bool): i64 {
  return writeBackAndTell(nodeOfObject(object), first, end);
}

function mappedKeep(object: Ptr<MappedObject>): void {
  const node = nodeOfObject(object);
  void node.mappings.fetchAdd(1);
  void inodeKeep(inodeOfNode(node));
}

function mappedPut(object: Ptr<MappedObject>): void {
  const node = nodeOfObject(object);
  if (node.mappings.load() === 1) {
    void writeBack(node, 0n, u64.MAX);
  }
  void node.mappings.fetchSub(1);
  handlesClose(node);
  inodePut(inodeOfNode(node));
}

export const NINEP_MAPPED: MappedOperations = {
  find: mappedFind,
  fetch: mappedFetch,
  dirty: mappedDirty,
  sync: mappedSync,
  discard: null,
  keep: mappedKeep,
  put: mappedPut,
};
