/**
 * Changes of files without any name at a server that knows files by name (QEMU's): it reads and writes what is open, but cannot change attributes.
 *
 * Nobody else can open such a file, so what the guest knows about it is all that anybody knows. A file that becomes shorter keeps its bytes at
 * the server, as zeros, and its size here.
 */

import { EBADF, EIO, ENOMEM } from "../../../abi/errno.ts";
import { S_IFMT } from "../../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../../kernel/mm/heap.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import { realtimeNs } from "../../../kernel/time/clock.ts";
import { ChangeField, type InodeChange } from "../inode.ts";
import { cacheResize } from "./cache.ts";
import { callWriteFrom } from "./data-calls.ts";
import { inodeOfNode, type NinepNode } from "./export.ts";
import { aloneBegin, aloneEnd } from "./share-lock.ts";

const ZEROS_BYTES = 0x1_0000n;

function has(change: InodeChange, field: ChangeField): bool {
  return (change.fields & u32(field)) !== 0;
}

/** InodeOperations.change of a node that is gone. */
export function changeNameless(node: Ptr<NinepNode>, change: InodeChange): i64 {
  const inode = inodeOfNode(node);
  if (has(change, ChangeField.Size)) {
    const resized = resize(node, change.size);
    if (resized !== 0n) {
      return resized;
    }
  }
  if (has(change, ChangeField.Mode)) {
    inode.mode = (inode.mode & S_IFMT) | (change.mode & 0o7777);
  }
  inode.uid = has(change, ChangeField.Owner) ? change.uid : inode.uid;
  inode.gid = has(change, ChangeField.Group) ? change.gid : inode.gid;
  inode.accessNs = has(change, ChangeField.AccessTime) ? change.accessNs : inode.accessNs;
  inode.modifyNs = has(change, ChangeField.ModifyTime) ? change.modifyNs : inode.modifyNs;
  inode.changeNs = realtimeNs();
  return 0n;
}

function resize(node: Ptr<NinepNode>, size: u64): i64 {
  if (!node.writer.isOpen) {
    return i64(-EBADF);
  }
  using _guard = mutexAcquire(node.inode.lock);
  aloneBegin(node.cache.order);
  const before = node.inode.size;
  let result: i64 = 0n;
  if (size < before) {
    result = writeZeros(node, size, before);
  } else if (size > before) {
    result = writeZeros(node, size - 1n, size);
  }
  if (result === 0n) {
    cacheResize(node, size);
    node.inode.modifyNs = realtimeNs();
  }
  aloneEnd(node.cache.order);
  return result;
}

function writeZeros(node: Ptr<NinepNode>, start: u64, end: u64): i64 {
  const most: u64 = end - start < ZEROS_BYTES ? end - start : ZEROS_BYTES;
  const zeros = heapAllocZeroed(most);
  if (zeros === null) {
    return i64(-ENOMEM);
  }
  let position = start;
  let result: i64 = 1n;
  while (position < end && result > 0n) {
    const part: u64 = end - position < most ? end - position : most;
    result = callWriteFrom(node.export, node.writer.fid, position, sliceOf(zeros, part));
    position += result > 0n ? u64(result) : 0n;
  }
  heapFree(zeros);
  return position >= end ? 0n : result === 0n ? i64(-EIO) : result;
}
