/**
 * Reading, writing and asking about descriptors: standard input, output and error on the proxy's channel.
 *
 * Offsets do not exist on these streams (ESPIPE), whatever the host's descriptor is: the host moves its own. Application memory is
 * handed to the channel as it is, which copies or resolves it and answers EFAULT (drivers/channel).
 */

import { EBADF, EFAULT, EINVAL, ENOMEM, EPIPE, ESPIPE } from "../abi/errno.ts";
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  FD_CLOEXEC,
  IOV_MAX,
  type Iovec,
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_NOATIME,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  S_IFIFO,
  S_IFMT,
} from "../abi/linux-files.ts";
import { channelRead, channelWrite } from "../drivers/channel/channel.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { isApplicationRange, userRead, userWrite } from "../kernel/mm/user-access.ts";
import {
  descriptorClose,
  descriptorDuplicate,
  descriptorOf,
  descriptorReplace,
  setStreamFlags,
  streamFlags,
} from "./descriptors.ts";
import { programStdio } from "./program.ts";
import { signalBrokenPipe } from "./signals.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Linux's MAX_RW_COUNT: what one call transfers at most. */
const MOST_BYTES = 0x7fff_f000n;
/** Vectors of at most this size are gathered into one transfer. */
const GATHER_BYTES = 0x1_0000n;
const PIPE_BYTES = 0x1_0000n;

export function sysRead(call: SyscallFrame): i64 {
  return readStream(i32.wrap(call.a0), call.a1, call.a2);
}

export function sysWrite(call: SyscallFrame): i64 {
  return writeStream(i32.wrap(call.a0), call.a1, call.a2);
}

function readStream(fd: i32, address: u64, count: u64): i64 {
  const stream = descriptorOf(fd).stream;
  if ((streamFlags(stream) & O_ACCMODE) === O_WRONLY) {
    return i64(-EBADF);
  }
  if (stream !== 0) {
    // A terminal's other descriptors may be read on Linux; here only standard input leads to it.
    return i64(-EBADF);
  }
  const most = count < MOST_BYTES ? count : MOST_BYTES;
  // SAFETY: the channel checks the memory behind the slice.
  return channelRead(0, sliceOf(pointerAt<u8>(VirtAddr(address)), most));
}

function writeStream(fd: i32, address: u64, count: u64): i64 {
  const stream = descriptorOf(fd).stream;
  if ((streamFlags(stream) & O_ACCMODE) === O_RDONLY) {
    return i64(-EBADF);
  }
  const most = count < MOST_BYTES ? count : MOST_BYTES;
  if (most === 0n) {
    return 0n;
  }
  // A terminal may be written through standard input.
  const target: u16 = stream === 0 ? 1 : stream;
  // SAFETY: as in readStream; or kernel memory that holds `count` bytes.
  const result = channelWrite(target, sliceOf(pointerAt<u8>(VirtAddr(address)), most));
  if (result === i64(-EPIPE)) {
    signalBrokenPipe();
  }
  return result;
}

export function sysReadv(call: SyscallFrame): i64 {
  const total = vectorBytes(call.a1, call.a2);
  if (total <= 0n) {
    return total;
  }
  // One read, then spread: a second read could wait for input although some has come.
  const bytes = u64(total) < GATHER_BYTES ? u64(total) : GATHER_BYTES;
  const buffer = heapAlloc(bytes);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  let result = readStream(i32.wrap(call.a0), u64(virtAddr(buffer)), bytes);
  if (result > 0n) {
    const spread = copyVector(call.a1, call.a2, buffer, u64(result), true);
    result = spread < 0n ? spread : result;
  }
  heapFree(buffer);
  return result;
}

export function sysWritev(call: SyscallFrame): i64 {
  const total = vectorBytes(call.a1, call.a2);
  if (total <= 0n) {
    return total;
  }
  if (u64(total) > GATHER_BYTES) {
    return writeEach(i32.wrap(call.a0), call.a1, call.a2);
  }
  const buffer = heapAlloc(u64(total));
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  let result = copyVector(call.a1, call.a2, buffer, u64(total), false);
  if (result === 0n) {
    result = writeStream(i32.wrap(call.a0), u64(virtAddr(buffer)), u64(total));
  }
  heapFree(buffer);
  return result;
}

function writeEach(fd: i32, vector: u64, count: u64): i64 {
  const entry: Iovec = zeroed();
  let done: i64 = 0n;
  for (let i: u64 = 0n; i < count; i++) {
    if (readIovec(vector, i, entry) !== 0n) {
      return done > 0n ? done : i64(-EFAULT);
    }
    // The channel takes memory of the kernel too; the program may not name it.
    if (entry.iov_len > 0n && !isApplicationRange(VirtAddr(entry.iov_base), entry.iov_len)) {
      return done > 0n ? done : i64(-EFAULT);
    }
    const result = writeStream(fd, entry.iov_base, entry.iov_len);
    if (result < 0n) {
      return done > 0n ? done : result;
    }
    done += result;
    if (u64(result) < entry.iov_len) {
      break;
    }
  }
  return done;
}

/** The sum of a vector's lengths, at most MOST_BYTES; -EINVAL, -EFAULT. */
function vectorBytes(vector: u64, count: u64): i64 {
  if (count > IOV_MAX) {
    return i64(-EINVAL);
  }
  const entry: Iovec = zeroed();
  let total: u64 = 0n;
  for (let i: u64 = 0n; i < count; i++) {
    const read = readIovec(vector, i, entry);
    if (read !== 0n) {
      return read;
    }
    if (entry.iov_len > 0x7fff_ffff_ffff_ffffn) {
      return i64(-EINVAL);
    }
    total += entry.iov_len < MOST_BYTES - total ? entry.iov_len : MOST_BYTES - total;
  }
  return i64(total);
}

/** Copies between a vector and a buffer of `bytes` bytes: 0 or -EFAULT. */
function copyVector(vector: u64, count: u64, buffer: Ptr<u8>, bytes: u64, toVector: bool): i64 {
  const entry: Iovec = zeroed();
  let done: u64 = 0n;
  for (let i: u64 = 0n; i < count && done < bytes; i++) {
    if (readIovec(vector, i, entry) !== 0n) {
      return i64(-EFAULT);
    }
    const part = entry.iov_len < bytes - done ? entry.iov_len : bytes - done;
    const address = VirtAddr(entry.iov_base);
    const result = toVector ? userWrite(address, buffer.add(done), part) : userRead(buffer.add(done), address, part);
    if (result !== 0n) {
      return result;
    }
    done += part;
  }
  return 0n;
}

function readIovec(vector: u64, index: u64, entry: Iovec): i64 {
  const address = VirtAddr(vector + index * u64(sizeOf<Iovec>()));
  // SAFETY: an Iovec is plain integers.
  return userRead(castPtr<u8>(entry), address, u64(sizeOf<Iovec>()));
}

/** pread64, pwrite64, preadv, pwritev, lseek: streams have no offset. */
export function sysNoOffset(_call: SyscallFrame): i64 {
  return i64(-ESPIPE);
}

export function sysClose(call: SyscallFrame): i64 {
  descriptorClose(i32.wrap(call.a0));
  return 0n;
}

export function sysDup(call: SyscallFrame): i64 {
  return descriptorDuplicate(i32.wrap(call.a0), 0, false);
}

export function sysDup2(call: SyscallFrame): i64 {
  const fd = i32.wrap(call.a0);
  const target = i32.wrap(call.a1);
  return fd === target ? i64(fd) : descriptorReplace(fd, target, false);
}

export function sysDup3(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  const fd = i32.wrap(call.a0);
  const target = i32.wrap(call.a1);
  if ((flags & ~O_CLOEXEC) !== 0 || fd === target) {
    return i64(-EINVAL);
  }
  return descriptorReplace(fd, target, flags !== 0);
}

export function sysFcntl(call: SyscallFrame): i64 {
  const fd = i32.wrap(call.a0);
  const descriptor = descriptorOf(fd);
  switch (u32.wrap(call.a1)) {
    case F_DUPFD:
      return descriptorDuplicate(fd, i32.wrap(call.a2), false);
    case F_DUPFD_CLOEXEC:
      return descriptorDuplicate(fd, i32.wrap(call.a2), true);
    case F_GETFD:
      return descriptor.closesOnExec ? i64(FD_CLOEXEC) : 0n;
    case F_SETFD:
      descriptor.closesOnExec = (u32.wrap(call.a2) & FD_CLOEXEC) !== 0;
      return 0n;
    case F_GETFL:
      return i64(streamFlags(descriptor.stream));
    case F_SETFL:
      return setFlags(descriptor.stream, u32.wrap(call.a2));
    case F_SETOWN:
    case F_GETOWN:
      return 0n;
    case F_GETPIPE_SZ: {
      const isPipe = (programStdio(u32(descriptor.stream)).mode & S_IFMT) === S_IFIFO;
      return isPipe ? i64(PIPE_BYTES) : i64(-EBADF);
    }
    default:
      return i64(-EINVAL);
  }
}

/** What F_SETFL may change. */
function setFlags(stream: u16, wanted: u32): i64 {
  const changeable = O_APPEND | O_NONBLOCK | O_NOATIME;
  setStreamFlags(stream, (streamFlags(stream) & ~changeable) | (wanted & changeable));
  return 0n;
}
