/** Reading, writing, moving and closing: the calls on descriptors that every open file takes. */

import { EBADF, EINVAL, ENOMEM, ENOTTY, EOPNOTSUPP, ESPIPE } from "../abi/errno.ts";
import {
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  IOV_MAX,
  type Iovec,
  O_CLOEXEC,
  O_NONBLOCK,
  SEEK_HOLE,
} from "../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { fdClose, fdDuplicate, fdGet, fdIsOpen, fdReplace, fdSetClosesOnExec } from "./descriptors.ts";
import { type File, filePut } from "./fs/file.ts";
import { fileRead, fileReadAt, fileWrite, fileWriteAt } from "./fs/io.ts";
import { type Transfer, transferSet, transferSetVector } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Vectors of at most this many pieces need no memory from the heap. */
const PIECES_ON_STACK = 8n;
/** The offset of preadv2 and pwritev2 that means the description's own position. */
const OWN_POSITION = -1n;
/** RWF_HIPRI, RWF_DSYNC, RWF_SYNC: memory is always in sync. */
const HARMLESS_FLAGS = 7;
const RWF_APPEND = 16;

export function sysRead(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const result = fileRead(file, transfer);
  filePut(file);
  return result;
}

export function sysWrite(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const result = fileWrite(file, transfer);
  filePut(file);
  return result;
}

export function sysPread64(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const result = fileReadAt(file, transfer, i64.wrap(call.a3));
  filePut(file);
  return result;
}

export function sysPwrite64(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const result = fileWriteAt(file, transfer, i64.wrap(call.a3));
  filePut(file);
  return result;
}

type VectorMove = (file: Ptr<File>, transfer: Transfer, offset: i64) => i64;

/** readv and its kin: the pieces are read once, and then the bytes are moved. */
function moveVector(call: SyscallFrame, offset: i64, move: VectorMove, appends: bool = false): i64 {
  if (call.a2 > IOV_MAX) {
    return i64(-EINVAL);
  }
  const few: FixedArray<Iovec, 8> = zeroed();
  const many = call.a2 > PIECES_ON_STACK ? heapAlloc(call.a2 * u64(sizeOf<Iovec>())) : null;
  if (call.a2 > PIECES_ON_STACK && many === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: memory for as many pieces as there are.
  const pieces = many === null ? elements(few) : castPtr<Iovec>(many);
  const transfer: Transfer = zeroed();
  let result = transferSetVector(transfer, call.a1, call.a2, pieces);
  const file = result === 0n ? fdGet(i32.wrap(call.a0)) : null;
  transfer.appends = appends;
  if (file !== null) {
    result = move(file, transfer, offset);
    filePut(file);
  } else if (result === 0n) {
    result = i64(-EBADF);
  }
  if (many !== null) {
    heapFree(many);
  }
  return result;
}

function readNext(file: Ptr<File>, transfer: Transfer, _offset: i64): i64 {
  return fileRead(file, transfer);
}

function writeNext(file: Ptr<File>, transfer: Transfer, _offset: i64): i64 {
  return fileWrite(file, transfer);
}

export function sysReadv(call: SyscallFrame): i64 {
  return moveVector(call, 0n, readNext);
}

export function sysWritev(call: SyscallFrame): i64 {
  return moveVector(call, 0n, writeNext);
}

/** The offset's halves are one register on this machine; the second is ignored, as Linux does. */
export function sysPreadv(call: SyscallFrame): i64 {
  return moveVector(call, i64.wrap(call.a3), fileReadAt);
}

export function sysPwritev(call: SyscallFrame): i64 {
  return moveVector(call, i64.wrap(call.a3), fileWriteAt);
}

export function sysPreadv2(call: SyscallFrame): i64 {
  if ((u32.wrap(call.a5) & ~HARMLESS_FLAGS) !== 0) {
    return i64(-EOPNOTSUPP);
  }
  return i64.wrap(call.a3) === OWN_POSITION ? sysReadv(call) : sysPreadv(call);
}

export function sysPwritev2(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a5);
  if ((flags & ~(HARMLESS_FLAGS | RWF_APPEND)) !== 0) {
    return i64(-EOPNOTSUPP);
  }
  const offset = i64.wrap(call.a3);
  return moveVector(call, offset, offset === OWN_POSITION ? writeNext : fileWriteAt, (flags & RWF_APPEND) !== 0);
}

export function sysLseek(call: SyscallFrame): i64 {
  const whence = u32.wrap(call.a2);
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const seek = file.operations.seek;
  let result = i64(-ESPIPE);
  if (whence > SEEK_HOLE) {
    result = i64(-EINVAL);
  } else if (seek !== null) {
    result = seek(file, i64.wrap(call.a1), whence);
  }
  filePut(file);
  return result;
}

export function sysClose(call: SyscallFrame): i64 {
  return fdClose(i32.wrap(call.a0));
}

export function sysDup(call: SyscallFrame): i64 {
  return fdDuplicate(i32.wrap(call.a0), 0, false);
}

export function sysDup2(call: SyscallFrame): i64 {
  const fd = i32.wrap(call.a0);
  const target = i32.wrap(call.a1);
  if (fd === target) {
    return fdIsOpen(fd) ? i64(fd) : i64(-EBADF);
  }
  return fdReplace(fd, target, false);
}

export function sysDup3(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  const fd = i32.wrap(call.a0);
  const target = i32.wrap(call.a1);
  if ((flags & ~O_CLOEXEC) !== 0 || fd === target) {
    return i64(-EINVAL);
  }
  return fdReplace(fd, target, flags !== 0);
}

export function sysIoctl(call: SyscallFrame): i64 {
  const fd = i32.wrap(call.a0);
  const request = u32.wrap(call.a1);
  if (request === FIOCLEX || request === FIONCLEX) {
    return fdSetClosesOnExec(fd, request === FIOCLEX);
  }
  const file = fdGet(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  let result = i64(-ENOTTY);
  const control = file.operations.control;
  if (request === FIONBIO) {
    result = setNonblocking(file, call.a2);
  } else if (control !== null) {
    result = control(file, request, call.a2);
  }
  filePut(file);
  return result;
}

function setNonblocking(file: File, address: u64): i64 {
  let wanted: u32 = 0;
  // SAFETY: four bytes of a local.
  const read = userRead(castPtr<u8>(addressOf(wanted)), VirtAddr(address), 4n);
  if (read !== 0n) {
    return read;
  }
  if (wanted !== 0) {
    void file.flags.fetchOr(O_NONBLOCK);
  } else {
    void file.flags.fetchAnd(~O_NONBLOCK);
  }
  return 0n;
}
