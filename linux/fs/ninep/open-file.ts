/**
 * Open files of an export: handles, which are fids open at the server, and the moving of bytes.
 *
 * All descriptions of a file share two handles, one for reading and one for writing, so a file that is opened again costs no request. A
 * directory's description has a fid of its own, because reading it moves a position at the server.
 */

import { EFAULT, EINVAL, ENOMEM, ENXIO } from "../../../abi/errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  S_IFDIR,
  S_IFREG,
  S_IFSOCK,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from "../../../abi/linux-files.ts";
import { NINEP_NO_FID, NinepType } from "../../../abi/ninep.ts";
import type { Qid } from "../../../drivers/ninep/message.ts";
import { heapAlloc, heapFree } from "../../../kernel/mm/heap.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import { deviceOpen } from "../devices.ts";
import { type File, type FileOperations, fileFlags } from "../file.ts";
import { type Inode, inodeType } from "../inode.ts";
import { type Transfer, transferPut, transferTake } from "../transfer.ts";
import { nodeRefresh } from "./attributes.ts";
import { callClunk, callOpen, callReadInto, callWalk, callWriteFrom } from "./calls.ts";
import { NINEP_DIRECTORY_OPERATIONS } from "./directory.ts";
import { type NinepHandle, type NinepNode, nodeOf } from "./export.ts";

/** What is read or written at once through memory of the kernel. */
const BUFFER_BYTES = 0x1_0000n;

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

/** A fid of the node that is open: its number or a negative errno. */
function openFid(node: Ptr<NinepNode>, flags: u32): i64 {
  const qid: Qid = zeroed();
  const walked = callWalk(node.export, node.fid, "", qid);
  if (walked < 0n) {
    return walked;
  }
  const opened = callOpen(node.export, u32(walked), flags);
  if (opened !== 0n) {
    callClunk(node.export, u32(walked));
    return opened;
  }
  return walked;
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

function handleOf(node: Ptr<NinepNode>, file: File): Ptr<NinepHandle> {
  return (fileFlags(file) & O_ACCMODE) === O_RDONLY ? addressOf(node.reader) : addressOf(node.writer);
}

function openRegular(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const node = nodeOf(inode);
  const isWriter = (fileFlags(file) & O_ACCMODE) !== O_RDONLY;
  {
    using _guard = mutexAcquire(node.openLock);
    const handle = handleOf(node, file);
    const needsRead = (fileFlags(file) & O_ACCMODE) === O_RDWR;
    if (handle.isKept) {
      handle.isKept = false;
    } else if (handle.uses === 0) {
      const opened = isWriter ? openWriter(node, needsRead) : openReader(node);
      if (opened !== 0n) {
        return opened;
      }
    } else if (needsRead && !handle.mayRead) {
      const opened = widen(node);
      if (opened !== 0n) {
        return opened;
      }
    }
    handle.uses++;
  }
  file.operations = addressOf(NINEP_FILE_OPERATIONS);
  return 0n;
}

function openReader(node: Ptr<NinepNode>): i64 {
  const fid = openFid(node, O_RDONLY);
  if (fid < 0n) {
    return fid;
  }
  node.reader.fid = u32(fid);
  node.reader.mayRead = true;
  return 0n;
}

/** Open for both if that is possible: parts of pages are read before they are written. */
function openWriter(node: Ptr<NinepNode>, needsRead: bool): i64 {
  let fid = openFid(node, O_RDWR);
  node.writer.mayRead = fid >= 0n;
  if (fid < 0n && !needsRead) {
    fid = openFid(node, O_WRONLY);
  }
  if (fid < 0n) {
    return fid;
  }
  node.writer.fid = u32(fid);
  return 0n;
}

/** A handle that could only write becomes one that can read, too; others who are using it now have its old fid. */
function widen(node: Ptr<NinepNode>): i64 {
  const fid = openFid(node, O_RDWR);
  if (fid < 0n) {
    return fid;
  }
  // The old fid stays open until the last description goes: somebody may be writing through it.
  callClunk(node.export, node.reader.uses === 0 ? node.reader.fid : NINEP_NO_FID);
  node.writer.fid = u32(fid);
  node.writer.mayRead = true;
  return 0n;
}

function fileRelease(file: File): void {
  const node = nodeOf(file.inode!);
  using _guard = mutexAcquire(node.openLock);
  const handle = handleOf(node, file);
  handle.uses--;
  if (handle.uses === 0) {
    callClunk(node.export, handle.fid);
    handle.fid = NINEP_NO_FID;
  }
}

function fileRead(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const node = nodeOf(file.inode!);
  const handle = handleOf(node, file);
  const buffer = heapAlloc(bufferBytes(transfer));
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const most = bufferBytes(transfer);
  let done: u64 = 0n;
  let result: i64 = 1n;
  while (transfer.left > 0n && result > 0n) {
    const part: u64 = transfer.left < most ? transfer.left : most;
    result = callReadInto(node.export, NinepType.Tread, handle.fid, position.value, sliceOf(buffer, part));
    if (result > 0n) {
      const moved = transferPut(transfer, buffer, u64(result));
      position.value += moved;
      done += moved;
      result = moved < u64(result) ? i64(-EFAULT) : result;
    }
  }
  heapFree(buffer);
  return done > 0n || result === 0n ? i64(done) : transfer.left === 0n && result > 0n ? i64(done) : result;
}

function bufferBytes(transfer: Transfer): u64 {
  return transfer.left < BUFFER_BYTES ? transfer.left + 1n : BUFFER_BYTES;
}

function fileWrite(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const inode = file.inode!;
  const node = nodeOf(inode);
  const buffer = heapAlloc(bufferBytes(transfer));
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  using _guard = mutexAcquire(inode.lock);
  if ((fileFlags(file) & O_APPEND) !== 0) {
    void nodeRefresh(node);
    position.value = inode.size;
  }
  const most = bufferBytes(transfer);
  let done: u64 = 0n;
  let result: i64 = 1n;
  while (transfer.left > 0n && result > 0n) {
    const part: u64 = transfer.left < most ? transfer.left : most;
    const taken = transferTake(transfer, buffer, part);
    result =
      taken === 0n ? i64(-EFAULT) : callWriteFrom(node.export, node.writer.fid, position.value, sliceOf(buffer, taken));
    if (result > 0n) {
      position.value += u64(result);
      done += u64(result);
      inode.size = position.value > inode.size ? position.value : inode.size;
      result = u64(result) < taken ? 0n : result;
    }
  }
  heapFree(buffer);
  return done > 0n ? i64(done) : result > 0n ? 0n : result;
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
