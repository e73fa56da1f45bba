/** mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr (ipc/mqueue.c of Linux): what they check, in its order. */

import {
  EACCES,
  EBADF,
  EBUSY,
  EEXIST,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENAMETOOLONG,
  ENOENT,
  ENOMEM,
  EPERM,
} from "../abi/errno.ts";
import {
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  PATH_MAX,
} from "../abi/linux-files.ts";
import { MQ_MSG_MAX, MQ_MSGSIZE_MAX, MQ_PRIO_MAX, type MqAttr, NOTIFY_COOKIE_BYTES } from "../abi/linux-ipc.ts";
import { CAP_FOWNER } from "../abi/linux-process.ts";
import { NSIG, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, type Sigevent } from "../abi/linux-signal.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userString, userWrite } from "../kernel/mm/user-access.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import { isCapable } from "./capabilities.ts";
import { readTimespecNs } from "./clock.ts";
import { fdAdd, fdGet } from "./descriptors.ts";
import { accessOfFlags } from "./fs/credentials.ts";
import {
  type File,
  fileFlags,
  fileIsNonblocking,
  fileMayRead,
  fileMayWrite,
  filePut,
  filesSetForgetNotices,
} from "./fs/file.ts";
import {
  fileMqueue,
  MQ_NAME_BYTES,
  type MqNotice,
  type Mqueue,
  mqMessageMake,
  mqMessageText,
  mqueueFind,
  mqueueMake,
  mqueueOpen,
  mqueuePermits,
  mqueuePut,
  mqueueUnlink,
  namesLock,
} from "./fs/mqueue.ts";
import { fileIsNoticeSocket } from "./fs/notice-socket.ts";
import { futexDeadline } from "./futex-calls.ts";
import { type MqWaiter, mqForgetNotice, mqReceive, mqSend } from "./mq-messages.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { fileUser } from "./users.ts";

const SLASH = 47;

/** What is done with a name that the program gave. */
type NameUse = (name: string, call: SyscallFrame) => i64;

function withName(call: SyscallFrame, use: NameUse): i64 {
  const buffer = heapAlloc(u64(PATH_MAX));
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const length = userString(sliceOf(buffer, u64(PATH_MAX)), VirtAddr(call.a0));
  let result: i64 = length === 0n ? i64(-ENOENT) : length;
  if (length > 0n) {
    const name = stringOf(buffer, length);
    const refused = checkName(name);
    result = refused !== 0n ? refused : use(name, call);
  }
  heapFree(buffer);
  return result;
}

/** One name of a directory: C libraries take the slash away that it begins with. */
function checkName(name: string): i64 {
  if (name === "." || name === "..") {
    return i64(-EACCES);
  }
  for (let i: u32 = 0; i < name.length; i++) {
    if (name.byteAt(i) === SLASH) {
      return i64(-EACCES);
    }
  }
  return name.length > MQ_NAME_BYTES ? i64(-ENAMETOOLONG) : 0n;
}

/** mq_open(name, flags, mode, attributes) */
export function sysMqOpen(call: SyscallFrame): i64 {
  return withName(call, open);
}

function open(name: string, call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a1);
  const attributes: MqAttr = zeroed();
  attributes.mq_maxmsg = i64(MQ_MSG_MAX);
  attributes.mq_msgsize = i64(MQ_MSGSIZE_MAX);
  // SAFETY: plain integers, here and below.
  if (call.a3 !== 0n && userRead(castPtr<u8>(attributes), VirtAddr(call.a3), u64(sizeOf<MqAttr>())) !== 0n) {
    return i64(-EFAULT);
  }
  let made: Ptr<Mqueue> | null = null;
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(namesLock);
    let queue = mqueueFind(name);
    if (queue !== null) {
      result = refusalToOpen(queue, flags);
    } else if ((flags & O_CREAT) === 0) {
      result = i64(-ENOENT);
    } else {
      const address = mqueueMake(name, u32.wrap(call.a2), attributes);
      result = address < 0n ? address : 0n;
      made = address < 0n ? null : pointerAt<Mqueue>(VirtAddr(address));
      queue = made;
    }
    if (result === 0n) {
      result = place(queue!, flags);
    }
    if (result < 0n && made !== null) {
      mqueueUnlink(made);
    }
  }
  if (result < 0n && made !== null) {
    mqueuePut(made);
  }
  return result;
}

function refusalToOpen(queue: Ptr<Mqueue>, flags: u32): i64 {
  const mode = flags & O_ACCMODE;
  if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) {
    return i64(-EEXIST);
  }
  if (mode === (O_RDWR | O_WRONLY)) {
    return i64(-EINVAL);
  }
  return mqueuePermits(queue, accessOfFlags(mode)) ? 0n : i64(-EACCES);
}

/** The number of a new description; it is closed on exec, as POSIX has it for queues. */
function place(queue: Ptr<Mqueue>, flags: u32): i64 {
  const file = mqueueOpen(queue, flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC));
  if (file === null) {
    return i64(-ENOMEM);
  }
  const fd = fdAdd(file, true);
  if (fd < 0n) {
    // Only the description's own reference goes; the name's keeps the queue.
    filePut(file);
  }
  return fd;
}

/** mq_unlink(name) */
export function sysMqUnlink(call: SyscallFrame): i64 {
  return withName(call, unlink);
}

function unlink(name: string, _call: SyscallFrame): i64 {
  let queue: Ptr<Mqueue> | null = null;
  {
    using _guard = mutexAcquire(namesLock);
    queue = mqueueFind(name);
    if (queue === null) {
      return i64(-ENOENT);
    }
    // The directory of queues is root's, with the sticky bit.
    if (fileUser() !== queue.uid && !isCapable(CAP_FOWNER)) {
      return i64(-EPERM);
    }
    mqueueUnlink(queue);
  }
  mqueuePut(queue);
  return 0n;
}

/** The description of a queue with a reference; null: EBADF. */
function fileOf(fd: i32): Ptr<File> | null {
  const file = fdGet(fd);
  if (file !== null && fileMqueue(file) === null) {
    filePut(file);
    return null;
  }
  return file;
}

/** The point in time of a timeout on the clock of day; a negative errno in `problem`. */
function deadlineOf(address: u64, problem: Ptr<i64>): u64 {
  if (address === 0n) {
    return NEVER_NS;
  }
  const ns = readTimespecNs(address);
  problem.value = ns < 0n ? ns : 0n;
  return ns < 0n ? 0n : futexDeadline(u64(ns), true, true);
}

/** mq_timedsend(queue, message, bytes, priority, timeout) */
export function sysMqTimedsend(call: SyscallFrame): i64 {
  let result: i64 = 0n;
  const deadlineNs = deadlineOf(call.a4, addressOf(result));
  if (result !== 0n) {
    return result;
  }
  if (u32.wrap(call.a3) >= MQ_PRIO_MAX) {
    return i64(-EINVAL);
  }
  const file = fileOf(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  result = fileMayWrite(file) ? send(file, call, deadlineNs) : i64(-EBADF);
  filePut(file);
  return result;
}

function send(file: Ptr<File>, call: SyscallFrame, deadlineNs: u64): i64 {
  const queue = fileMqueue(file)!;
  if (call.a2 > queue.messageBytes) {
    return i64(-EMSGSIZE);
  }
  const message = mqMessageMake(call.a2, u32.wrap(call.a3));
  if (message === null) {
    return i64(-ENOMEM);
  }
  let result = userRead(mqMessageText(message), VirtAddr(call.a1), call.a2);
  if (result === 0n) {
    result = mqSend(queue, message, deadlineNs, !fileIsNonblocking(file));
  }
  if (result !== 0n) {
    heapFree(castPtr<u8>(message));
  }
  return result;
}

/** mq_timedreceive(queue, message, bytes, priority, timeout): the message's bytes */
export function sysMqTimedreceive(call: SyscallFrame): i64 {
  let result: i64 = 0n;
  const deadlineNs = deadlineOf(call.a4, addressOf(result));
  if (result !== 0n) {
    return result;
  }
  const file = fileOf(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  result = fileMayRead(file) ? receive(file, call, deadlineNs) : i64(-EBADF);
  filePut(file);
  return result;
}

function receive(file: Ptr<File>, call: SyscallFrame, deadlineNs: u64): i64 {
  const queue = fileMqueue(file)!;
  if (call.a2 < queue.messageBytes) {
    return i64(-EMSGSIZE);
  }
  const waiter: MqWaiter = zeroed();
  const result = mqReceive(queue, waiter, deadlineNs, !fileIsNonblocking(file));
  const message = waiter.message;
  if (message === null) {
    return result;
  }
  let priority = message.priority;
  const bytes = message.bytes;
  const isStored =
    (call.a3 === 0n || userWrite(VirtAddr(call.a3), castPtr<u8>(addressOf(priority)), 4n) === 0n) &&
    userWrite(VirtAddr(call.a1), mqMessageText(message), bytes) === 0n;
  heapFree(castPtr<u8>(message));
  return isStored ? i64(bytes) : i64(-EFAULT);
}

/** mq_notify(queue, event) */
export function sysMqNotify(call: SyscallFrame): i64 {
  const event: Sigevent = zeroed();
  if (call.a1 !== 0n && userRead(castPtr<u8>(event), VirtAddr(call.a1), u64(sizeOf<Sigevent>())) !== 0n) {
    return i64(-EFAULT);
  }
  const notice: MqNotice = zeroed();
  let result: i64 = call.a1 === 0n ? 0n : readNotice(event, notice);
  const file = result === 0n ? fileOf(i32.wrap(call.a0)) : null;
  if (file !== null) {
    result = call.a1 === 0n ? forget(file) : register(file, notice);
    filePut(file);
  } else if (result === 0n) {
    result = i64(-EBADF);
  }
  if (result !== 0n && notice.socket !== null) {
    filePut(notice.socket);
  }
  return result;
}

/** How the event wants to be told; a socket comes with a reference. 0n, -EINVAL, -EFAULT or -EBADF. */
function readNotice(event: Sigevent, notice: MqNotice): i64 {
  notice.isWanted = true;
  notice.how = u32.wrap(event.sigev_notify);
  notice.value = event.sigev_value;
  switch (notice.how) {
    case SIGEV_NONE:
      return 0n;
    case SIGEV_SIGNAL:
      notice.signal = event.sigev_signo;
      return u32.wrap(event.sigev_signo) > NSIG ? i64(-EINVAL) : 0n;
    case SIGEV_THREAD: {
      const cookie = elements(notice.cookie);
      if (userRead(cookie, VirtAddr(event.sigev_value), NOTIFY_COOKIE_BYTES) !== 0n) {
        return i64(-EFAULT);
      }
      const socket = fdGet(event.sigev_signo);
      if (socket === null) {
        return i64(-EBADF);
      }
      notice.socket = socket;
      return fileIsNoticeSocket(socket) ? 0n : i64(-EINVAL);
    }
    default:
      return i64(-EINVAL);
  }
}

function forget(file: Ptr<File>): i64 {
  mqForgetNotice(fileMqueue(file)!);
  return 0n;
}

function register(file: Ptr<File>, notice: MqNotice): i64 {
  const queue = fileMqueue(file)!;
  filesSetForgetNotices(closed);
  using _guard = mutexAcquire(queue.lock);
  if (queue.notice.isWanted) {
    return i64(-EBUSY);
  }
  copy(queue.notice, notice);
  return 0n;
}

/** A descriptor was closed: POSIX ends the process's wish with any of the queue. */
function closed(file: File): void {
  const queue = fileMqueue(file);
  if (queue !== null) {
    mqForgetNotice(queue);
  }
}

/** mq_getsetattr(queue, new, old) */
export function sysMqGetsetattr(call: SyscallFrame): i64 {
  const wanted: MqAttr = zeroed();
  if (call.a1 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a1), u64(sizeOf<MqAttr>())) !== 0n) {
    return i64(-EFAULT);
  }
  if ((wanted.mq_flags & ~i64(O_NONBLOCK)) !== 0n) {
    return i64(-EINVAL);
  }
  const file = fileOf(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const before: MqAttr = zeroed();
  fillAttributes(fileMqueue(file)!, file, before);
  if (call.a1 !== 0n) {
    setFlags(file, u32(wanted.mq_flags));
  }
  filePut(file);
  return call.a2 === 0n ? 0n : userWrite(VirtAddr(call.a2), castPtr<u8>(before), u64(sizeOf<MqAttr>()));
}

function fillAttributes(queue: Ptr<Mqueue>, file: Ptr<File>, attributes: MqAttr): void {
  using _guard = mutexAcquire(queue.lock);
  attributes.mq_flags = i64(fileFlags(file) & O_NONBLOCK);
  attributes.mq_maxmsg = i64(queue.mostMessages);
  attributes.mq_msgsize = i64(queue.messageBytes);
  attributes.mq_curmsgs = i64(queue.messages.count);
}

function setFlags(file: Ptr<File>, nonblocking: u32): void {
  let flags = fileFlags(file);
  while (!file.flags.compareExchange(flags, (flags & ~O_NONBLOCK) | nonblocking)) {
    flags = fileFlags(file);
  }
}
