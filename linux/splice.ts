/**
 * splice, tee and vmsplice: bytes into and out of pipes (linux/fs/pipe-splice.ts). Linux moves pages where it can; here bytes are copied, which
 * shows only in that memory given to vmsplice may be changed afterwards.
 */

import { EAGAIN, EBADF, EINVAL, ENOMEM, ESPIPE } from "../abi/errno.ts";
import { IOV_MAX, type Iovec, O_APPEND, POLLHUP, POLLIN, SPLICE_F_ALL, SPLICE_F_NONBLOCK } from "../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { fdGet } from "./descriptors.ts";
import { type File, fileFlags, fileIsNonblocking, fileMayRead, fileMayWrite, fileObject, filePut } from "./fs/file.ts";
import { fileRead, fileWrite } from "./fs/io.ts";
import { fileIsPipe, type Pipe } from "./fs/pipe.ts";
import {
  fileToPipe,
  pipeRoom,
  pipeToFile,
  pipeToPipe,
  pipeWaitForRoom,
  SPLICE_OWN,
  type SpliceFile,
} from "./fs/pipe-splice.ts";
import { filePoll } from "./fs/poll-set.ts";
import { TRANSFER_MOST, type Transfer, transferSetVector } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { offsetRead, offsetWrite } from "./user-offset.ts";

/** splice(in, inOffset, out, outOffset, bytes, flags) */
export function sysSplice(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a5);
  if (call.a4 === 0n) {
    return 0n;
  }
  if ((flags & ~SPLICE_F_ALL) !== 0) {
    return i64(-EINVAL);
  }
  const from = fdGet(i32.wrap(call.a0));
  const to = fdGet(i32.wrap(call.a2));
  const result = from === null || to === null ? i64(-EBADF) : splice(from, to, call, flags);
  putIfAny(from);
  putIfAny(to);
  return result;
}

function putIfAny(file: Ptr<File> | null): void {
  if (file !== null) {
    filePut(file);
  }
}

function splice(from: Ptr<File>, to: Ptr<File>, call: SyscallFrame, flags: u32): i64 {
  if (!fileMayRead(from) || !fileMayWrite(to)) {
    return i64(-EBADF);
  }
  const refusal = refusalOf(from, to, call);
  if (refusal !== 0n) {
    return refusal;
  }
  const bytes: u64 = call.a4 < TRANSFER_MOST ? call.a4 : TRANSFER_MOST;
  const isNow = (flags & SPLICE_F_NONBLOCK) !== 0;
  if (fileIsPipe(from) && fileIsPipe(to)) {
    const isEither = isNow || fileIsNonblocking(from) || fileIsNonblocking(to);
    return pipeToPipe(fileObject<Pipe>(from), fileObject<Pipe>(to), bytes, isEither, false);
  }
  const isFromPipe = fileIsPipe(from);
  const side: SpliceFile = { file: isFromPipe ? to : from, offset: SPLICE_OWN };
  const offsetAt = isFromPipe ? call.a3 : call.a1;
  const read = offsetRead(offsetAt, addressOf(side.offset));
  if (read !== 0n) {
    return read;
  }
  const result = isFromPipe
    ? pipeToFile(fileObject<Pipe>(from), side, bytes, isNow || fileIsNonblocking(from))
    : fileToPipe(side, to, fileObject<Pipe>(to), bytes, isNow || fileIsNonblocking(to));
  return offsetWrite(offsetAt, side.offset, result);
}

/** What the descriptors themselves forbid: 0 or a negative errno. */
function refusalOf(from: Ptr<File>, to: Ptr<File>, call: SyscallFrame): i64 {
  if (!fileIsPipe(from) && !fileIsPipe(to)) {
    return i64(-EINVAL);
  }
  if ((fileIsPipe(from) && call.a1 !== 0n) || (fileIsPipe(to) && call.a3 !== 0n)) {
    return i64(-ESPIPE);
  }
  if ((call.a1 !== 0n && !from.operations.isPositioned) || (call.a3 !== 0n && !to.operations.isPositioned)) {
    return i64(-EINVAL);
  }
  const isSame = fileIsPipe(from) && fileIsPipe(to) && from.object === to.object;
  const isAppended = !fileIsPipe(to) && (fileFlags(to) & O_APPEND) !== 0;
  return isSame || isAppended ? i64(-EINVAL) : 0n;
}

/** tee(in, out, bytes, flags) */
export function sysTee(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a3);
  if ((flags & ~SPLICE_F_ALL) !== 0) {
    return i64(-EINVAL);
  }
  if (call.a2 === 0n) {
    return 0n;
  }
  const from = fdGet(i32.wrap(call.a0));
  const to = fdGet(i32.wrap(call.a1));
  const result = from === null || to === null ? i64(-EBADF) : tee(from, to, call.a2, flags);
  putIfAny(from);
  putIfAny(to);
  return result;
}

function tee(from: Ptr<File>, to: Ptr<File>, bytes: u64, flags: u32): i64 {
  if (!fileMayRead(from) || !fileMayWrite(to)) {
    return i64(-EBADF);
  }
  if (!fileIsPipe(from) || !fileIsPipe(to) || from.object === to.object) {
    return i64(-EINVAL);
  }
  const isNow = (flags & SPLICE_F_NONBLOCK) !== 0 || fileIsNonblocking(from) || fileIsNonblocking(to);
  return pipeToPipe(fileObject<Pipe>(from), fileObject<Pipe>(to), bytes, isNow, true);
}

/** vmsplice(pipe, vector, count, flags) */
export function sysVmsplice(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a3);
  if ((flags & ~SPLICE_F_ALL) !== 0 || call.a2 > IOV_MAX) {
    return i64(-EINVAL);
  }
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const memory = heapAlloc((call.a2 + 1n) * u64(sizeOf<Iovec>()));
  let result = i64(-ENOMEM);
  if (memory !== null) {
    const transfer: Transfer = zeroed();
    // SAFETY: room for as many pieces.
    result = transferSetVector(transfer, call.a1, call.a2, castPtr<Iovec>(memory));
    if (result === 0n) {
      result = fileIsPipe(file) ? vmsplice(file, transfer, (flags & SPLICE_F_NONBLOCK) !== 0) : i64(-EBADF);
    }
    heapFree(memory);
  }
  filePut(file);
  return result;
}

function vmsplice(file: Ptr<File>, transfer: Transfer, isNow: bool): i64 {
  if (transfer.left === 0n) {
    return 0n;
  }
  if (!fileMayWrite(file)) {
    const isThere = (filePoll(file, null) & (POLLIN | POLLHUP)) !== 0;
    return isNow && !isThere ? i64(-EAGAIN) : fileRead(file, transfer);
  }
  const pipe = fileObject<Pipe>(file);
  const waited = pipeWaitForRoom(pipe, isNow || fileIsNonblocking(file));
  if (waited !== 0n) {
    return waited;
  }
  const room = pipeRoom(pipe);
  transfer.left = transfer.left < room ? transfer.left : room;
  return fileWrite(file, transfer);
}
