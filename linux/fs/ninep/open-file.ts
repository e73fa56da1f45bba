/**
 * Open files of an export. Reads come out of the page cache, or around it if they are large and nothing is cached; writes are at the server
 * when they return. A directory's description has a fid of its own, because reading it moves a position at the server.
 */

import { EAGAIN, EFAULT, EINVAL, EIO, ENOMEM, ENXIO } from "../../../abi/errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  S_IFDIR,
  S_IFREG,
  S_IFSOCK,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from "../../../abi/linux-files.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { touchPages } from "../../../drivers/channel/request.ts";
import { heapAlloc, heapFree } from "../../../kernel/mm/heap.ts";
import { isSlowCopy } from "../../../kernel/mm/user-access.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import { realtimeNs } from "../../../kernel/time/clock.ts";
import { deviceOpen } from "../devices.ts";
import { type File, type FileOperations, fileFlags } from "../file.ts";
import { type Inode, inodeType } from "../inode.ts";
import { sizeLimitWrite } from "../size-limit.ts";
import { type Transfer, transferPiece, transferPut, transferTake } from "../transfer.ts";
import { nodeRefresh, nodeRefreshOwn } from "./attributes.ts";
import {
  cacheCopy,
  cacheFind,
  cacheGap,
  cacheInvalidate,
  cacheIsEmpty,
  cachePut,
  cacheResize,
  cacheUpdate,
} from "./cache.ts";
import { callReadInto, callWriteFrom } from "./data-calls.ts";
import { directBytes, directRead, directWrite } from "./direct.ts";
import { NINEP_DIRECTORY_OPERATIONS } from "./directory.ts";
import { type NinepHandle, type NinepNode, nodeOf } from "./export.ts";
import { cacheFetch, FetchKind } from "./fetch.ts";
import { nodeEndIsFresh } from "./fresh.ts";
import { handleLeave, handleUse, openFid } from "./handles.ts";
import { cacheReclaim } from "./reclaim.ts";
import { aloneBegin, aloneEnd } from "./share-lock.ts";
import { writeBack } from "./write-back.ts";

/** Reads of at least so much go around the cache. */
const DIRECT_BYTES = 0x1_0000n;
/** What one request moves then. */
const DIRECT_MOST_BYTES = 0x4_0000n;

/** InodeOperations.open */
export function ninepOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  switch (inodeType(inode)) {
    case S_IFREG:
      return openRegular(inode, file);
    case S_IFDIR:
      return openDirectory(inode, file);
    case S_IFSOCK:
      return i64(-ENXIO);
    default:
      // What other files are is the guest's affair: a FIFO connects its threads.
      return deviceOpen(inode, file);
  }
}

function openDirectory(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const fid = openFid(nodeOf(inode), O_RDONLY | O_DIRECTORY);
  if (fid < 0n) {
    return fid;
  }
  file.operations = addressOf(NINEP_DIRECTORY_OPERATIONS);
  file.object = VirtAddr(u64(fid));
  return 0n;
}

function isWriter(file: File): bool {
  return (fileFlags(file) & O_ACCMODE) !== O_RDONLY;
}

function handleOf(node: Ptr<NinepNode>, file: File): Ptr<NinepHandle> {
  return isWriter(file) ? addressOf(node.writer) : addressOf(node.reader);
}

/** Pages that are here are good if the file still looks as it did (close-to-open). */
function openRegular(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const node = nodeOf(inode);
  const isKnown = !cacheIsEmpty(node);
  const needsRead = (fileFlags(file) & O_ACCMODE) === O_RDWR;
  const used = handleUse(node, handleOf(node, file), isWriter(file), needsRead);
  if (used !== 0n) {
    return used;
  }
  file.operations = addressOf(NINEP_FILE_OPERATIONS);
  if (isKnown && node.cache.wasWritten) {
    // Nobody can tell the guest's own changes from the host's.
    cacheInvalidate(node);
  }
  return isKnown ? nodeRefresh(node) : 0n;
}

/** What was written is at the server already, except through mappings; what it looks like there now is what the next open compares with. */
function fileRelease(file: File): void {
  const node = nodeOf(file.inode!);
  if (isWriter(file)) {
    void writeBack(node, 0n, u64.MAX);
  }
  handleLeave(node, handleOf(node, file));
  if (isWriter(file) && !node.writer.isOpen && !cacheIsEmpty(node)) {
    node.cache.wasWritten = true;
    void nodeRefreshOwn(node);
  }
}

// --- Reading -----------------------------------------------------------------------------------------------------------------

function fileRead(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const node = nodeOf(file.inode!);
  let done: u64 = 0n;
  let result: i64 = 1n;
  while (transfer.left > 0n && result > 0n) {
    result = readPart(node, file, position.value, transfer);
    if (result > 0n) {
      position.value += u64(result);
      done += u64(result);
    }
  }
  return done > 0n || transfer.left === 0n ? i64(done) : result;
}

/** Some bytes from `position` on: how many, 0n at the end of the file, or a negative errno. */
function readPart(node: Ptr<NinepNode>, file: File, position: u64, transfer: Transfer): i64 {
  let moved = readCached(node, position, transfer);
  if (moved !== 0n) {
    return moved;
  }
  if (position >= node.inode.size && nodeEndIsFresh(node)) {
    return 0n;
  }
  if (position >= node.inode.size) {
    const asked = nodeRefresh(node);
    if (asked !== 0n || position >= node.inode.size) {
      return asked;
    }
  }
  const gap: u64 = transfer.left < DIRECT_BYTES ? 0n : cacheGap(node, position);
  if (gap >= DIRECT_BYTES) {
    moved = readDirectly(node, fileFid(file), position, transfer, gap);
    if (moved >= 0n) {
      return moved;
    }
    // Some server tells an error in place of the bytes before it: page by page they can be had.
  }
  cacheReclaim();
  const fetched = cacheFetch(node, position / PAGE_SIZE, FetchKind.Ahead);
  if (fetched !== 0n) {
    // Behind the end: the file has become shorter meanwhile.
    return fetched === i64(-ENXIO) ? 0n : fetched;
  }
  moved = readCached(node, position, transfer);
  return moved !== 0n || position >= node.inode.size ? moved : i64(-EIO);
}

/** What is in the cache from `position` on, up to the end of a page: how many bytes, 0n if nothing is, or a negative errno. */
function readCached(node: Ptr<NinepNode>, position: u64, transfer: Transfer): i64 {
  const moved = cachePut(node, position, transfer);
  if (moved !== 0n) {
    return i64(moved);
  }
  return cacheFind(node, position / PAGE_SIZE) === 0n ? 0n : readByWay(node, position, transfer);
}

/** The same by way of memory of the kernel: to give the application pages, no lock may be held. */
function readByWay(node: Ptr<NinepNode>, position: u64, transfer: Transfer): i64 {
  const buffer = heapAlloc(PAGE_SIZE);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const most: u64 = transfer.left < PAGE_SIZE ? transfer.left : PAGE_SIZE;
  const filled = cacheCopy(node, position, sliceOf(buffer, most));
  const result = filled === 0n ? 0n : put(transfer, sliceOf(buffer, filled));
  heapFree(buffer);
  return result;
}

function put(transfer: Transfer, bytes: Slice<u8>): i64 {
  const moved = transferPut(transfer, bytes.data, bytes.length);
  return moved === 0n ? i64(-EFAULT) : i64(moved);
}

/**
 * A large read of what is not cached, `rest` bytes, does not go through the cache. Nor directly to memory at which the host's copy would be slow
 * (kernel/mm/user-access.ts): it goes to memory of the kernel then, which begins where the file's bytes begin in their page, and on from there.
 */
function readDirectly(node: Ptr<NinepNode>, fid: u32, position: u64, transfer: Transfer, rest: u64): i64 {
  const isSlow = isSlowCopy(u64(virtAddr(transferPiece(transfer).data)), position);
  const direct: u64 = isSlow ? 0n : directBytes(node, transfer, rest);
  const moved = direct === 0n ? i64(-EAGAIN) : directRead(node, fid, position, transfer, direct);
  if (moved !== i64(-EAGAIN)) {
    return moved;
  }
  const buffer = heapAlloc(DIRECT_MOST_BYTES + 2n * PAGE_SIZE);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const toPage = (PAGE_SIZE - (u64(virtAddr(buffer)) & (PAGE_SIZE - 1n))) & (PAGE_SIZE - 1n);
  const place = buffer.add(toPage + (position & (PAGE_SIZE - 1n)));
  let part: u64 = transfer.left < DIRECT_MOST_BYTES ? transfer.left : DIRECT_MOST_BYTES;
  part = part < rest ? part : rest;
  let result = callReadInto(node.export, NinepType.Tread, fid, position, sliceOf(place, part));
  if (result > 0n) {
    result = put(transfer, sliceOf(place, u64(result)));
  }
  heapFree(buffer);
  return result;
}

// --- Writing -----------------------------------------------------------------------------------------------------------------

/** One write after the other, as Linux has it for a file. The bytes are at the server when it returns. */
function fileWrite(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const node = nodeOf(file.inode!);
  const most: u64 = transfer.left < DIRECT_MOST_BYTES ? transfer.left : DIRECT_MOST_BYTES;
  if (most === 0n) {
    return 0n;
  }
  const buffer = heapAlloc(most);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  using _guard = mutexAcquire(node.inode.lock);
  let done: u64 = 0n;
  let result: i64 = 1n;
  if ((fileFlags(file) & O_APPEND) !== 0 || transfer.appends) {
    const asked = nodeRefresh(node);
    position.value = node.inode.size;
    result = asked === 0n ? 1n : asked;
  }
  const limited = result > 0n ? sizeLimitWrite(position.value, transfer) : 0n;
  result = limited === 0n ? result : limited;
  while (transfer.left > 0n && result > 0n) {
    const part: u64 = transfer.left < most ? transfer.left : most;
    let taken: u64 = 0n;
    result = writeDirectly(node, position.value, transfer);
    if (result === i64(-EAGAIN)) {
      taken = transferTake(transfer, buffer, part);
      result = taken === 0n ? i64(-EFAULT) : writePart(node, position.value, sliceOf(buffer, taken));
    }
    if (result > 0n) {
      position.value += u64(result);
      done += u64(result);
      result = u64(result) < taken ? 0n : result;
    }
  }
  heapFree(buffer);
  return done > 0n || result > 0n ? i64(done) : result === 0n ? i64(-EIO) : result;
}

/** Bytes that the server has taken, or a negative errno. */
function writePart(node: Ptr<NinepNode>, position: u64, bytes: Slice<u8>): i64 {
  aloneBegin(node.cache.order);
  const result = callWriteFrom(node.export, node.writer.fid, position, bytes);
  if (result > 0n) {
    wasWritten(node, position + u64(result));
    cacheUpdate(node, position, bytes.subslice(0n, u64(result)));
  }
  aloneEnd(node.cache.order);
  return result;
}

function wasWritten(node: Ptr<NinepNode>, end: u64): void {
  node.cache.wasWritten = true;
  if (end > node.inode.size) {
    cacheResize(node, end);
  }
  node.inode.modifyNs = realtimeNs();
}

/** As writePart out of the application's memory; -EAGAIN if that cannot be, or pages of the file are here that must have the bytes, too. */
function writeDirectly(node: Ptr<NinepNode>, position: u64, transfer: Transfer): i64 {
  const bytes = cacheIsEmpty(node) ? directBytes(node, transfer, transfer.left) : 0n;
  // Before the lock of order is taken: a fault may want pages of this file.
  if (bytes === 0n || touchPages(transferPiece(transfer).subslice(0n, bytes), false) !== 0n) {
    return i64(-EAGAIN);
  }
  aloneBegin(node.cache.order);
  const result = cacheIsEmpty(node) ? directWrite(node, position, transfer, bytes) : i64(-EAGAIN);
  if (result > 0n) {
    wasWritten(node, position + u64(result));
  }
  aloneEnd(node.cache.order);
  return result;
}

function fileSeek(file: File, offset: i64, whence: u32): i64 {
  const inode = file.inode!;
  using _guard = mutexAcquire(file.positionLock);
  if (whence !== SEEK_SET && whence !== SEEK_CUR) {
    void nodeRefresh(nodeOf(inode));
  }
  let target = offset;
  switch (whence) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      target = i64(file.position) + offset;
      break;
    case SEEK_END:
      target = i64(inode.size) + offset;
      break;
    case SEEK_DATA:
    case SEEK_HOLE:
      // The protocol does not tell holes: all of it is data, as for a file system without holes.
      if (offset < 0n || u64(offset) >= inode.size) {
        return i64(-ENXIO);
      }
      target = whence === SEEK_DATA ? offset : i64(inode.size);
      break;
    default:
      return i64(-EINVAL);
  }
  if (target < 0n) {
    return i64(-EINVAL);
  }
  file.position = u64(target);
  return target;
}

export const NINEP_FILE_OPERATIONS: FileOperations = {
  name: "",
  read: fileRead,
  write: fileWrite,
  poll: null,
  control: null,
  status: null,
  list: null,
  seek: fileSeek,
  release: fileRelease,
  isPositioned: true,
};

/** The open fid behind a description of a regular file. */
export function fileFid(file: File): u32 {
  return handleOf(nodeOf(file.inode!), file).fid;
}
