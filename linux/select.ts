/**
 * select and pselect6: sets of bits instead of lists. A bit of a set becomes an item of a poll; what holds becomes bits again.
 *
 *     words      in.read | in.write | in.except | out.read | out.write | out.except        each setWords long
 */

import { EBADF, EFAULT, EINVAL, ENOMEM } from "../abi/errno.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../abi/linux-files.ts";
import { NS_PER_MICROSECOND, NS_PER_SECOND, type Timeval } from "../abi/linux-time.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { FOREVER_NS, readTimespecNs, writeTimespec } from "./clock.ts";
import { fdEnd, fdIsOpen, fdLimit } from "./descriptors.ts";
import { type PollItem, type PollSet, pollSetWait } from "./fs/poll-set.ts";
import { signalMaskEnter, signalMaskLeave } from "./signal-wait.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const READS = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const WRITES = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
const EXCEPTS = POLLPRI;
const WORD_BITS = 64;
const WORD_BYTES = 8n;
const SETS = 3;

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
  const ns: u64 = isLong ? FOREVER_NS : u64(time.tv_sec * NS_PER_SECOND + time.tv_usec * NS_PER_MICROSECOND);
  const start = monotonicNs();
  const result = selectFor(call, ns);
  if (!isLong) {
    const left = timeLeft(ns, start);
    const rest: Timeval = {
      tv_sec: i64(left) / NS_PER_SECOND,
      tv_usec: (i64(left) % NS_PER_SECOND) / NS_PER_MICROSECOND,
    };
    // As Linux: a result is not spoilt by a timeout that cannot be written back.
    void userWrite(VirtAddr(call.a4), castPtr<u8>(rest), u64(sizeOf<Timeval>()));
  }
  return result;
}

export function sysPselect6(call: SyscallFrame): i64 {
  const ns: i64 = call.a4 === 0n ? FOREVER_NS : readTimespecNs(call.a4);
  if (ns < 0n) {
    return ns;
  }
  const masked = enterMask(call.a5);
  if (masked < 0n) {
    return masked;
  }
  const start = monotonicNs();
  const result = signalMaskLeave(selectFor(call, u64(ns)));
  if (call.a4 !== 0n && ns < FOREVER_NS) {
    void writeTimespec(call.a4, timeLeft(u64(ns), start));
  }
  return result;
}

/** The sixth argument points to a set's address and size. */
function enterMask(address: u64): i64 {
  const pair: FixedArray<u64, 2> = zeroed();
  // SAFETY: two words of a local.
  if (address !== 0n && userRead(castPtr<u8>(elements(pair)), VirtAddr(address), 2n * WORD_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  return signalMaskEnter(pair[0], pair[1]);
}

function timeLeft(ns: u64, start: u64): u64 {
  const passed = monotonicNs() - start;
  return passed < ns ? ns - passed : 0n;
}

function selectFor(call: SyscallFrame, ns: u64): i64 {
  const wanted = i32.wrap(call.a0);
  if (wanted < 0) {
    return i64(-EINVAL);
  }
  // Linux, too, looks no further than its table of descriptors reaches.
  const end = ((fdEnd() + WORD_BITS - 1) / WORD_BITS) * WORD_BITS;
  const count: u32 = u32(wanted) < end ? u32(wanted) : end;
  const setWords = (count + WORD_BITS - 1) / WORD_BITS;
  const wordBytes = u64(setWords) * WORD_BYTES * u64(SETS) * 2n;
  const memory = heapAllocZeroed(wordBytes + u64(count) * u64(sizeOf<PollItem>()) + WORD_BYTES);
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: words first, items behind them; both are aligned to 8.
  const words = castPtr<u64>(memory);
  const set: PollSet = { items: castPtr<PollItem>(memory.add(wordBytes)), count: 0 };
  let result = readSets(call, words, setWords);
  if (result === 0n) {
    result = refuseBehind(call, count, u32(wanted));
  }
  if (result === 0n) {
    result = makeItems(words, setWords, count, set);
  }
  if (result === 0n) {
    result = pollSetWait(set, ns);
  }
  if (result >= 0n) {
    result = writeSets(call, words, setWords, set);
  }
  heapFree(memory);
  return result;
}

function setAddress(call: SyscallFrame, index: u32): u64 {
  return index === 0 ? call.a1 : index === 1 ? call.a2 : call.a3;
}

function readSets(call: SyscallFrame, words: Ptr<u64>, setWords: u32): i64 {
  for (let index: u32 = 0; index < SETS; index++) {
    const address = setAddress(call, index);
    const place = castPtr<u8>(words.add(index * setWords));
    if (address !== 0n && userRead(place, VirtAddr(address), u64(setWords) * WORD_BYTES) !== 0n) {
      return i64(-EFAULT);
    }
  }
  return 0n;
}

/**
 * No set may have bits at or above `count`, where no descriptor is open: 0, -EBADF or -EFAULT. Linux looks as far as its table reaches, which
 * depends on what the parent had open once; here it is as far as descriptors could be.
 */
function refuseBehind(call: SyscallFrame, count: u32, wanted: u32): i64 {
  const end: u32 = wanted < fdLimit() ? wanted : fdLimit();
  for (let index: u32 = 0; index < SETS; index++) {
    const address = setAddress(call, index);
    for (let at0 = count; address !== 0n && at0 < end; at0 += WORD_BITS) {
      let word: u64 = 0n;
      const place = address + u64(at0 / WORD_BITS) * WORD_BYTES;
      // SAFETY: eight bytes of a local.
      if (userRead(castPtr<u8>(addressOf(word)), VirtAddr(place), WORD_BYTES) !== 0n) {
        return i64(-EFAULT);
      }
      const bits: u64 = end - at0 < WORD_BITS ? (1n << u64(end - at0)) - 1n : u64.MAX;
      if ((word & bits) !== 0n) {
        return i64(-EBADF);
      }
    }
  }
  return 0n;
}

function bitIsSet(words: Ptr<u64>, index: u32): bool {
  return (words[index / WORD_BITS] & (1n << u64(index % WORD_BITS))) !== 0n;
}

/** One item for each descriptor that is in any set: 0 or -EBADF. */
function makeItems(words: Ptr<u64>, setWords: u32, count: u32, set: PollSet): i64 {
  for (let fd: u32 = 0; fd < count; fd++) {
    let events: u32 = bitIsSet(words, fd) ? READS : 0;
    events |= bitIsSet(words.add(setWords), fd) ? WRITES : 0;
    events |= bitIsSet(words.add(setWords * 2), fd) ? EXCEPTS : 0;
    if (events !== 0) {
      if (!fdIsOpen(i32(fd))) {
        return i64(-EBADF);
      }
      set.items[set.count] = { fd: i32(fd), events, ready: 0 };
      set.count++;
    }
  }
  return 0n;
}

/** Stores what is ready; how many bits there are, or -EFAULT. */
function writeSets(call: SyscallFrame, words: Ptr<u64>, setWords: u32, set: PollSet): i64 {
  const out = words.add(setWords * SETS);
  let bits: i64 = 0n;
  for (let at0: u32 = 0; at0 < set.count; at0++) {
    const item = set.items[at0];
    // A descriptor that was closed meanwhile counts as readable and writable: the next call on it tells.
    const ready: u32 = (item.ready & POLLNVAL) !== 0 ? READS | WRITES : item.ready;
    bits += keepBit(words, out, u32(item.fd), (ready & READS) !== 0);
    bits += keepBit(words.add(setWords), out.add(setWords), u32(item.fd), (ready & WRITES) !== 0);
    bits += keepBit(words.add(setWords * 2), out.add(setWords * 2), u32(item.fd), (ready & EXCEPTS) !== 0);
  }
  for (let index: u32 = 0; index < SETS; index++) {
    const address = setAddress(call, index);
    const place = castPtr<u8>(out.add(index * setWords));
    if (address !== 0n && userWrite(VirtAddr(address), place, u64(setWords) * WORD_BYTES) !== 0n) {
      return i64(-EFAULT);
    }
  }
  return bits;
}

function keepBit(wanted: Ptr<u64>, out: Ptr<u64>, fd: u32, isReady: bool): i64 {
  if (!isReady || !bitIsSet(wanted, fd)) {
    return 0n;
  }
  out[fd / WORD_BITS] = out[fd / WORD_BITS] | (1n << u64(fd % WORD_BITS));
  return 1n;
}
