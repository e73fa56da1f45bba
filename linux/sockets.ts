/** Calls on sockets. Until there is a network only pairs of the program itself exist: socketpair; and what mq_notify needs. */

import {
  EAFNOSUPPORT,
  EBADF,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  EISCONN,
  ENOPROTOOPT,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../abi/errno.ts";
import { O_CLOEXEC, O_NONBLOCK, S_IFMT, S_IFSOCK, type Stat } from "../abi/linux-files.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { fdGet } from "./descriptors.ts";
import { placeOne, placePair } from "./file-objects.ts";
import { fileStatus } from "./file-status.ts";
import { type File, fileIsNonblocking, filePut } from "./fs/file.ts";
import { fileIsNoticeSocket, noticeSocketCreate } from "./fs/notice-socket.ts";
import {
  fileIsSocket,
  PairKind,
  pairKind,
  pairReceive,
  pairSend,
  pairShutdown,
  socketPairCreate,
} from "./fs/socket-pair.ts";
import { type Transfer, transferSet } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const AF_UNIX = 1;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_DOMAIN = 39;

/**
 * socket(domain, type, protocol): only those of netlink, as mq_notify needs one for SIGEV_THREAD. Nobody answers what is sent there, and they
 * cannot be bound, so whoever asks about networks goes on without.
 */
export function sysSocket(call: SyscallFrame): i64 {
  const type = u32.wrap(call.a1);
  const kind = type & 15;
  if (u32.wrap(call.a0) !== AF_NETLINK) {
    return i64(-EAFNOSUPPORT);
  }
  if ((type & ~(15 | O_CLOEXEC | O_NONBLOCK)) !== 0) {
    return i64(-EINVAL);
  }
  if (kind !== SOCK_RAW && kind !== u32(PairKind.Datagram)) {
    return i64(-ESOCKTNOSUPPORT);
  }
  if (u32.wrap(call.a2) !== 0) {
    return i64(-EPROTONOSUPPORT);
  }
  return placeOne(noticeSocketCreate(type & O_NONBLOCK), type);
}

/** socketpair(domain, type, protocol, numbers) */
export function sysSocketpair(call: SyscallFrame): i64 {
  const type = u32.wrap(call.a1);
  const kind = type & 15;
  if ((type & ~(15 | O_CLOEXEC | O_NONBLOCK)) !== 0) {
    return i64(-EINVAL);
  }
  if (u32.wrap(call.a0) !== AF_UNIX) {
    return i64(-EAFNOSUPPORT);
  }
  if (kind !== PairKind.Stream && kind !== PairKind.Datagram && kind !== PairKind.Packets) {
    return i64(-ESOCKTNOSUPPORT);
  }
  const files: FixedArray<Ptr<File> | null, 2> = zeroed();
  const wanted: PairKind = kind;
  const made = socketPairCreate(wanted, type & O_NONBLOCK, elements(files));
  return made < 0n ? made : placePair(elements(files), call.a3, (type & O_CLOEXEC) !== 0);
}

/** A socket's description with a reference, or null with `problem` set to -EBADF or -ENOTSOCK. */
function socketOf(fd: i32, problem: Ptr<i64>): Ptr<File> | null {
  const file = fdGet(fd);
  problem.value = i64(-EBADF);
  if (file === null || fileIsSocket(file)) {
    return file;
  }
  problem.value = i64(-ENOTSOCK);
  filePut(file);
  return null;
}

/** sendto(fd, bytes, count, flags, address, length) */
export function sysSendto(call: SyscallFrame): i64 {
  let result: i64 = 0n;
  const file = socketOf(i32.wrap(call.a0), addressOf(result));
  if (file === null) {
    return result;
  }
  const flags = u32.wrap(call.a3);
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const isNonblocking = (flags & MSG_DONTWAIT) !== 0 || fileIsNonblocking(file);
  const isNotice = fileIsNoticeSocket(file);
  result = isNotice
    ? i64(-ECONNREFUSED)
    : call.a4 !== 0n
      ? i64(-EISCONN)
      : pairSend(file, transfer, isNonblocking, (flags & MSG_NOSIGNAL) !== 0);
  filePut(file);
  return result;
}

/** recvfrom(fd, bytes, count, flags, address, length): the other end of a pair has no address. */
export function sysRecvfrom(call: SyscallFrame): i64 {
  let result: i64 = 0n;
  const file = socketOf(i32.wrap(call.a0), addressOf(result));
  if (file === null) {
    return result;
  }
  const flags = u32.wrap(call.a3);
  const transfer: Transfer = zeroed();
  transferSet(transfer, call.a1, call.a2);
  const isNonblocking = (flags & MSG_DONTWAIT) !== 0 || fileIsNonblocking(file);
  result = pairReceive(file, transfer, isNonblocking, (flags & MSG_PEEK) !== 0);
  filePut(file);
  let none: u32 = 0;
  // SAFETY: four bytes of a local.
  if (result >= 0n && call.a5 !== 0n && userWrite(VirtAddr(call.a5), castPtr<u8>(addressOf(none)), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  return result;
}

/** shutdown(fd, how) */
export function sysShutdown(call: SyscallFrame): i64 {
  let result: i64 = 0n;
  const file = socketOf(i32.wrap(call.a0), addressOf(result));
  if (file === null) {
    return result;
  }
  const how = u32.wrap(call.a1);
  result = how > 2 ? i64(-EINVAL) : pairShutdown(file, how);
  filePut(file);
  return result;
}

/** getsockopt(fd, level, option, value, length) */
export function sysGetsockopt(call: SyscallFrame): i64 {
  const kind = socketKind(i32.wrap(call.a0));
  if (kind < 0n) {
    return kind;
  }
  let value: u32 = 0;
  const option = u32.wrap(call.a2);
  value = option === SO_TYPE ? u32(kind) : option === SO_DOMAIN ? AF_UNIX : 0;
  if (u32.wrap(call.a1) !== SOL_SOCKET) {
    return i64(-EOPNOTSUPP);
  }
  if (option !== SO_TYPE && option !== SO_ERROR && option !== SO_DOMAIN) {
    return i64(-ENOPROTOOPT);
  }
  let length: u32 = 0;
  if (userRead(castPtr<u8>(addressOf(length)), VirtAddr(call.a4), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  length = length < 4 ? length : 4;
  const stored = userWrite(VirtAddr(call.a3), castPtr<u8>(addressOf(value)), u64(length));
  return stored !== 0n ? stored : userWrite(VirtAddr(call.a4), castPtr<u8>(addressOf(length)), 4n);
}

/**
 * getsockname, getpeername (fd, address, length): sockets here have no names, only a family. Node.js asks its standard streams, and writes
 * nothing to one that does not answer.
 */
export function sysGetsockname(call: SyscallFrame): i64 {
  const kind = socketKind(i32.wrap(call.a0));
  if (kind < 0n) {
    return kind;
  }
  let length: u32 = 0;
  // SAFETY: four bytes of a local, here and below; two of the other.
  if (userRead(castPtr<u8>(addressOf(length)), VirtAddr(call.a2), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  if (i32.wrap(length) < 0) {
    return i64(-EINVAL);
  }
  let family: u16 = u16(AF_UNIX);
  const stored = userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(family)), u64(length < 2 ? length : 2));
  length = 2;
  return stored !== 0n ? stored : userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(length)), 4n);
}

/** The type of a pair's end, or of a standard stream that is a socket of the host; -EBADF, -ENOTSOCK. */
function socketKind(fd: i32): i64 {
  const file = fdGet(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const stat: Stat = zeroed();
  let kind = i64(-ENOTSOCK);
  if (fileIsSocket(file)) {
    kind = i64(u32(pairKind(file)));
  } else if (fileStatus(file, stat) === 0n && (stat.st_mode & S_IFMT) === S_IFSOCK) {
    kind = i64(u32(PairKind.Stream));
  }
  filePut(file);
  return kind;
}
