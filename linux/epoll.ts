/** epoll_create, epoll_ctl, epoll_wait and its kin. */

import { EBADF, EFAULT, EINTR, EINVAL, EPERM } from "../abi/errno.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  EPOLLWAKEUP,
  type EpollEvent,
  O_CLOEXEC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
} from "../abi/linux-files.ts";
import { NS_PER_MILLISECOND } from "../abi/linux-time.ts";
import { isApplicationRange, userRead, userWrite } from "../kernel/mm/user-access.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { type Waiter, waitBegin, waitEnd, waitWakeOne } from "../kernel/sync/wait-queue.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import { FOREVER_NS, readTimespecNs } from "./clock.ts";
import { fdGet } from "./descriptors.ts";
import { placeOne } from "./file-objects.ts";
import {
  type Epoll,
  epollAdd,
  epollCreate,
  epollDelete,
  epollModify,
  fileIsEpoll,
  popReady,
  putBack,
} from "./fs/epoll.ts";
import type { EpollItem } from "./fs/epoll-item.ts";
import { type File, fileObject, filePut } from "./fs/file.ts";
import { filePoll } from "./fs/poll-set.ts";
import { waitIsInterrupted, waitUntil } from "./fs/wait.ts";
import { signalMaskEnter, signalMaskLeave } from "./signal-wait.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const EVENT_BYTES = 12n;
/** As many events as an int can count the bytes of. */
const MOST_EVENTS = 178_956_970;
const MANNERS = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
/** What may go with EPOLLEXCLUSIVE. */
const EXCLUSIVE_WITH = POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

export function sysEpollCreate(call: SyscallFrame): i64 {
  return i32.wrap(call.a0) <= 0 ? i64(-EINVAL) : placeOne(epollCreate(), 0);
}

export function sysEpollCreate1(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a0);
  return (flags & ~O_CLOEXEC) !== 0 ? i64(-EINVAL) : placeOne(epollCreate(), flags);
}

/** epoll_ctl(epoll, operation, fd, event) */
export function sysEpollCtl(call: SyscallFrame): i64 {
  const operation = u32.wrap(call.a1);
  const event: EpollEvent = zeroed();
  // SAFETY: plain integers.
  if (operation !== EPOLL_CTL_DEL && userRead(castPtr<u8>(event), VirtAddr(call.a3), EVENT_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  const self = fdGet(i32.wrap(call.a0));
  if (self === null) {
    return i64(-EBADF);
  }
  const file = fdGet(i32.wrap(call.a2));
  let result = i64(-EBADF);
  if (file !== null) {
    result = control(self, operation, i32.wrap(call.a2), file, event);
    filePut(file);
  }
  filePut(self);
  return result;
}

function control(self: Ptr<File>, operation: u32, fd: i32, file: Ptr<File>, event: EpollEvent): i64 {
  if (file.operations.poll === null) {
    return i64(-EPERM);
  }
  if (!fileIsEpoll(self) || virtAddr(self) === virtAddr(file)) {
    return i64(-EINVAL);
  }
  const events = event.events;
  if (operation !== EPOLL_CTL_DEL && (events & EPOLLEXCLUSIVE) !== 0) {
    const isAllowed = operation === EPOLL_CTL_ADD && !fileIsEpoll(file) && (events & ~EXCLUSIVE_WITH) === 0;
    if (!isAllowed) {
      return i64(-EINVAL);
    }
  }
  switch (operation) {
    case EPOLL_CTL_ADD:
      return epollAdd(self, fd, file, events, event.data);
    case EPOLL_CTL_MOD:
      return epollModify(self, fd, file, events, event.data);
    case EPOLL_CTL_DEL:
      return epollDelete(self, fd, file);
    default:
      return i64(-EINVAL);
  }
}

export function sysEpollWait(call: SyscallFrame): i64 {
  return waitFor(call, millisecondsOf(call));
}

export function sysEpollPwait(call: SyscallFrame): i64 {
  return waitMasked(call, millisecondsOf(call));
}

export function sysEpollPwait2(call: SyscallFrame): i64 {
  const ns: i64 = call.a3 === 0n ? FOREVER_NS : readTimespecNs(call.a3);
  return ns < 0n ? ns : waitMasked(call, u64(ns));
}

function millisecondsOf(call: SyscallFrame): u64 {
  const ms = i32.wrap(call.a3);
  return ms < 0 ? FOREVER_NS : u64(i64(ms) * NS_PER_MILLISECOND);
}

function waitMasked(call: SyscallFrame, ns: u64): i64 {
  const masked = signalMaskEnter(call.a4, call.a5);
  return masked < 0n ? masked : signalMaskLeave(waitFor(call, ns));
}

function waitFor(call: SyscallFrame, ns: u64): i64 {
  const most = i32.wrap(call.a2);
  if (most <= 0 || most > MOST_EVENTS) {
    return i64(-EINVAL);
  }
  if (!isApplicationRange(VirtAddr(call.a1), u64(u32(most)) * EVENT_BYTES)) {
    return i64(-EFAULT);
  }
  const self = fdGet(i32.wrap(call.a0));
  if (self === null) {
    return i64(-EBADF);
  }
  const result = fileIsEpoll(self) ? waitIn(fileObject<Epoll>(self), call.a1, u32(most), ns) : i64(-EINVAL);
  filePut(self);
  return result;
}

function waitIn(epoll: Ptr<Epoll>, address: u64, most: u32, ns: u64): i64 {
  let told = tell(epoll, address, most);
  if (told !== 0n || ns === 0n) {
    return told;
  }
  const start = monotonicNs();
  const deadline: u64 = ns >= FOREVER_NS - start ? NEVER_NS : start + ns;
  let goesOn: bool = true;
  while (told === 0n && goesOn) {
    // A fresh waiter each time: a wake-up chooses one that has not been woken.
    const waiter: Waiter = zeroed();
    waitBegin(epoll.sleepers, waiter);
    goesOn = epoll.ready.count !== 0 || waitUntil(deadline);
    waitEnd(epoll.sleepers, waiter);
    told = tell(epoll, address, most);
  }
  return told === 0n && waitIsInterrupted() ? i64(-EINTR) : told;
}

/** Stores the events of at most `most` items: how many, or -EFAULT. */
function tell(epoll: Ptr<Epoll>, address: u64, most: u32): i64 {
  if (epoll.ready.count === 0) {
    return 0n;
  }
  using _guard = mutexAcquire(epoll.mutex);
  let done: u32 = 0;
  // No more than are there now: those that stay ready are put at the end again.
  let left = epoll.ready.count;
  while (left > 0 && done < most) {
    left--;
    const item = popReady(epoll);
    if (item === null) {
      break;
    }
    const ready = filePoll(item.file, null) & item.events & ~MANNERS;
    if (ready !== 0) {
      if (!store(address + u64(done) * EVENT_BYTES, ready, item.data)) {
        putBack(epoll, item);
        return done > 0 ? i64(done) : i64(-EFAULT);
      }
      done++;
      settle(epoll, item);
    }
  }
  if (epoll.ready.count > 0) {
    // Others may take what is left.
    void waitWakeOne(epoll.sleepers);
  }
  return i64(done);
}

/** What becomes of an item that was told of. */
function settle(epoll: Ptr<Epoll>, item: Ptr<EpollItem>): void {
  if ((item.events & EPOLLONESHOT) !== 0) {
    item.events &= MANNERS;
  } else if ((item.events & EPOLLET) === 0) {
    putBack(epoll, item);
  }
}

function store(address: u64, events: u32, data: u64): bool {
  const event: EpollEvent = { events, data };
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(event), EVENT_BYTES) === 0n;
}
