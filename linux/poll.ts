/**
 * poll, ppoll, select, pselect6 on the three streams, and as sleeps without descriptors.
 *
 * Output is always ready: a write waits for the host, not for the reader. The channel cannot tell whether input waits, so standard
 * input counts as readable, and the read then waits: right for all who wait for input before they read.
 */

import { EBADF, EFAULT, EINVAL } from "../abi/errno.ts";
import { POLLIN, POLLNVAL, POLLOUT, POLLRDNORM, POLLWRNORM, type Pollfd } from "../abi/linux-files.ts";
import { NS_PER_MICROSECOND, NS_PER_MILLISECOND, NS_PER_SECOND, type Timeval } from "../abi/linux-time.ts";
import { userRead, userWrite, userZero } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs, sleepProgramUntil } from "./clock.ts";
import { descriptorOf, FD_LIMIT, fdIsOpen } from "./descriptors.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
const WORD_BITS = 64;
const SET_WORDS = 4;

/** What is ready of `events` on an open descriptor. */
function readyEvents(fd: i32, events: u32): u32 {
  return events & (descriptorOf(fd).stream === 0 ? READABLE : WRITABLE);
}

export function sysPoll(call: SyscallFrame): i64 {
  const timeoutMs = i32.wrap(call.a2);
  const ns: i64 = timeoutMs < 0 ? FOREVER_NS : i64(timeoutMs) * NS_PER_MILLISECOND;
  return pollFor(call.a0, call.a1, ns);
}

export function sysPpoll(call: SyscallFrame): i64 {
  const ns: i64 = call.a2 === 0n ? FOREVER_NS : readTimespecNs(call.a2);
  return ns < 0n ? ns : pollFor(call.a0, call.a1, ns);
}

function pollFor(address: u64, count: u64, ns: i64): i64 {
  if (count > u64(FD_LIMIT)) {
    return i64(-EINVAL);
  }
  let ready: i64 = 0n;
  for (let i: u64 = 0n; i < count; i++) {
    const answer = pollOne(address + i * u64(sizeOf<Pollfd>()));
    if (answer < 0n) {
      return answer;
    }
    ready += answer;
  }
  if (ready === 0n) {
    sleepProgramUntil(deadlineAfter(monotonicNs(), u64.wrap(ns)));
  }
  return ready;
}

/** Fills one entry's revents: 1 if there are any, 0, or -EFAULT. */
function pollOne(address: u64): i64 {
  const entry: Pollfd = zeroed();
  const bytes = u64(sizeOf<Pollfd>());
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(entry), VirtAddr(address), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  entry.revents = 0;
  if (entry.fd >= 0) {
    entry.revents = fdIsOpen(entry.fd) ? u16(readyEvents(entry.fd, u32(entry.events))) : POLLNVAL;
  }
  if (userWrite(VirtAddr(address), castPtr<u8>(entry), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  return entry.revents !== 0 ? 1n : 0n;
}

export function sysSelect(call: SyscallFrame): i64 {
  if (call.a4 === 0n) {
    return selectFor(call, FOREVER_NS);
  }
  const time: Timeval = zeroed();
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(time), VirtAddr(call.a4), u64(sizeOf<Timeval>())) !== 0n) {
    return i64(-EFAULT);
  }
  if (time.tv_sec < 0n || time.tv_usec < 0n) {
    return i64(-EINVAL);
  }
  const isLong = time.tv_sec >= FOREVER_NS / NS_PER_SECOND - 1n || time.tv_usec > FOREVER_NS / NS_PER_SECOND;
  return selectFor(call, isLong ? FOREVER_NS : time.tv_sec * NS_PER_SECOND + time.tv_usec * NS_PER_MICROSECOND);
}

export function sysPselect6(call: SyscallFrame): i64 {
  const ns: i64 = call.a4 === 0n ? FOREVER_NS : readTimespecNs(call.a4);
  return ns < 0n ? ns : selectFor(call, ns);
}

function selectFor(call: SyscallFrame, ns: i64): i64 {
  const limit = i32.wrap(call.a0);
  if (limit < 0) {
    return i64(-EINVAL);
  }
  const count: u32 = limit < FD_LIMIT ? u32(limit) : FD_LIMIT;
  const readable = selectSet(call.a1, count, READABLE);
  const writable = readable < 0n ? readable : selectSet(call.a2, count, WRITABLE);
  if (writable < 0n) {
    return writable;
  }
  if (call.a3 !== 0n && userZero(VirtAddr(call.a3), setBytes(count)) !== 0n) {
    return i64(-EFAULT);
  }
  if (readable + writable === 0n) {
    sleepProgramUntil(deadlineAfter(monotonicNs(), u64.wrap(ns)));
  }
  return readable + writable;
}

function setBytes(count: u32): u64 {
  return u64((count + WORD_BITS - 1) / WORD_BITS) * 8n;
}

/** Keeps in a set what is ready: how many, -EBADF or -EFAULT. */
function selectSet(address: u64, count: u32, events: u32): i64 {
  const words: FixedArray<u64, 4> = zeroed();
  if (address === 0n || count === 0) {
    return 0n;
  }
  staticAssert(SET_WORDS * WORD_BITS === FD_LIMIT, "a set holds all descriptors");
  const bytes = castPtr<u8>(elements(words));
  if (userRead(bytes, VirtAddr(address), setBytes(count)) !== 0n) {
    return i64(-EFAULT);
  }
  let ready: i64 = 0n;
  for (let fd: u32 = 0; fd < count; fd++) {
    const bit = 1n << u64(fd % WORD_BITS);
    if ((words[fd / WORD_BITS] & bit) !== 0n) {
      if (!fdIsOpen(i32(fd))) {
        return i64(-EBADF);
      }
      if (readyEvents(i32(fd), events) !== 0) {
        ready++;
      } else {
        words[fd / WORD_BITS] = words[fd / WORD_BITS] & ~bit;
      }
    }
  }
  return userWrite(VirtAddr(address), bytes, setBytes(count)) !== 0n ? i64(-EFAULT) : ready;
}
