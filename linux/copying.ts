/** sendfile and copy_file_range: bytes from one descriptor to another through a page of the kernel's. */

import { EBADF, EINVAL, EISDIR, ENOMEM, EOVERFLOW, ESPIPE } from "../abi/errno.ts";
import { O_APPEND } from "../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { fdGet } from "./descriptors.ts";
import { type File, fileFlags, fileMayRead, fileMayWrite, filePut } from "./fs/file.ts";
import { inodeIsDirectory, inodeIsRegular } from "./fs/inode.ts";
import { fileRead, fileReadAt, fileWrite, fileWriteAt } from "./fs/io.ts";
import { TRANSFER_MOST, type Transfer, transferSetKernel } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { offsetRead, offsetWrite } from "./user-offset.ts";

const BUFFER_BYTES = 0x1_0000n;
const OWN = -1n;

class Copy {
  from!: Ptr<File>;
  to!: Ptr<File>;
  /** Offsets that are given; OWN: the description's position. */
  fromOffset!: i64;
  toOffset!: i64;
  bytes!: u64;
}

/** sendfile(out, in, offset, count) */
export function sysSendfile(call: SyscallFrame): i64 {
  const to = fdGet(i32.wrap(call.a0));
  const from = fdGet(i32.wrap(call.a1));
  let result = i64(-EBADF);
  if (to !== null && from !== null) {
    result = sendFile(to, from, call.a2, call.a3);
  }
  putBoth(to, from);
  return result;
}

function putBoth(first: Ptr<File> | null, second: Ptr<File> | null): void {
  if (first !== null) {
    filePut(first);
  }
  if (second !== null) {
    filePut(second);
  }
}

function sendFile(to: Ptr<File>, from: Ptr<File>, offsetAt: u64, bytes: u64): i64 {
  if (!fileMayRead(from) || !fileMayWrite(to)) {
    return i64(-EBADF);
  }
  if (from.inode !== null && inodeIsDirectory(from.inode)) {
    return i64(-EINVAL);
  }
  if (!from.operations.isPositioned) {
    return i64(offsetAt !== 0n ? -ESPIPE : -EINVAL);
  }
  if ((fileFlags(to) & O_APPEND) !== 0) {
    return i64(-EINVAL);
  }
  const copying: Copy = { from, to, fromOffset: OWN, toOffset: OWN, bytes };
  const read = offsetRead(offsetAt, addressOf(copying.fromOffset));
  if (read !== 0n) {
    return read;
  }
  const result = run(copying);
  return offsetWrite(offsetAt, copying.fromOffset, result);
}

/** Moves bytes until all are moved, the input ends or something fails; bytes moved or a negative errno. */
function run(copying: Copy): i64 {
  const buffer = heapAlloc(BUFFER_BYTES);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const most = copying.bytes < TRANSFER_MOST ? copying.bytes : TRANSFER_MOST;
  let done: i64 = 0n;
  let result: i64 = 1n;
  while (u64(done) < most && result > 0n) {
    const part: u64 = most - u64(done) < BUFFER_BYTES ? most - u64(done) : BUFFER_BYTES;
    result = moveOnce(copying, sliceOf(buffer, part));
    done += result > 0n ? result : 0n;
    if (result > 0n && u64(result) < part) {
      break;
    }
  }
  heapFree(buffer);
  return done > 0n ? done : result < 0n ? result : 0n;
}

function moveOnce(copying: Copy, buffer: Slice<u8>): i64 {
  const transfer: Transfer = zeroed();
  transferSetKernel(transfer, buffer);
  const from = copying.from;
  const start = copying.fromOffset === OWN ? i64(from.position) : copying.fromOffset;
  const got = copying.fromOffset === OWN ? fileRead(from, transfer) : fileReadAt(from, transfer, start);
  if (got <= 0n) {
    return got;
  }
  transferSetKernel(transfer, buffer.subslice(0n, u64(got)));
  const put =
    copying.toOffset === OWN ? fileWrite(copying.to, transfer) : fileWriteAt(copying.to, transfer, copying.toOffset);
  const moved: i64 = put > 0n ? put : 0n;
  if (copying.fromOffset !== OWN) {
    copying.fromOffset = start + moved;
  } else {
    // What could not be written was not read.
    from.position = u64(start + moved);
  }
  copying.toOffset += copying.toOffset === OWN ? 0n : moved;
  return put;
}

/** copy_file_range(in, offset, out, offset, count, flags) */
export function sysCopyFileRange(call: SyscallFrame): i64 {
  if (u32.wrap(call.a5) !== 0) {
    return i64(-EINVAL);
  }
  const from = fdGet(i32.wrap(call.a0));
  const to = fdGet(i32.wrap(call.a2));
  let result = i64(-EBADF);
  if (to !== null && from !== null) {
    result = copyRange(from, to, call);
  }
  putBoth(to, from);
  return result;
}

function copyRange(from: Ptr<File>, to: Ptr<File>, call: SyscallFrame): i64 {
  const source = from.inode;
  const target = to.inode;
  if ((source !== null && inodeIsDirectory(source)) || (target !== null && inodeIsDirectory(target))) {
    return i64(-EISDIR);
  }
  if (source === null || target === null || !inodeIsRegular(source) || !inodeIsRegular(target)) {
    return i64(-EINVAL);
  }
  if (!fileMayRead(from) || !fileMayWrite(to) || (fileFlags(to) & O_APPEND) !== 0) {
    return i64(-EBADF);
  }
  const copying: Copy = { from, to, fromOffset: OWN, toOffset: OWN, bytes: call.a4 };
  const first = offsetRead(call.a1, addressOf(copying.fromOffset));
  const second = first !== 0n ? first : offsetRead(call.a3, addressOf(copying.toOffset));
  if (second !== 0n) {
    const wraps = wrapsAround(copying.fromOffset, copying.bytes) || wrapsAround(copying.toOffset, copying.bytes);
    return second === i64(-EINVAL) && wraps ? i64(-EOVERFLOW) : second;
  }
  if (virtAddr(source) === virtAddr(target) && overlaps(copying)) {
    return i64(-EINVAL);
  }
  const result = run(copying);
  const written = offsetWrite(call.a1, copying.fromOffset, result);
  return offsetWrite(call.a3, copying.toOffset, written);
}

/** Whether a range that begins before the file would end in it. */
function wrapsAround(offset: i64, bytes: u64): bool {
  return offset < 0n && bytes >= u64.wrap(-offset);
}

function overlaps(copying: Copy): bool {
  const from = copying.fromOffset === OWN ? copying.from.position : u64(copying.fromOffset);
  const to = copying.toOffset === OWN ? copying.to.position : u64(copying.toOffset);
  return from < to + copying.bytes && to < from + copying.bytes;
}
