/** poll and ppoll. */

import { EFAULT, EINVAL, ENOMEM } from "../abi/errno.ts";
import type { Pollfd } from "../abi/linux-files.ts";
import { NS_PER_MILLISECOND } from "../abi/linux-time.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { FOREVER_NS, readTimespecNs } from "./clock.ts";
import { fdLimit } from "./descriptors.ts";
import { type PollItem, type PollSet, pollSetWait } from "./fs/poll-set.ts";
import { signalMaskEnter, signalMaskLeave } from "./signal-wait.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const ITEMS_ON_STACK = 16;

export function sysPoll(call: SyscallFrame): i64 {
  const timeoutMs = i32.wrap(call.a2);
  const ns: i64 = timeoutMs < 0 ? FOREVER_NS : i64(timeoutMs) * NS_PER_MILLISECOND;
  return pollFor(call.a0, call.a1, u64(ns));
}

export function sysPpoll(call: SyscallFrame): i64 {
  const ns: i64 = call.a2 === 0n ? FOREVER_NS : readTimespecNs(call.a2);
  const masked = ns < 0n ? ns : signalMaskEnter(call.a3, call.a4);
  return masked < 0n ? masked : signalMaskLeave(pollFor(call.a0, call.a1, u64(ns)));
}

function pollFor(address: u64, count64: u64, ns: u64): i64 {
  const count = u32.wrap(count64);
  if (count > fdLimit()) {
    return i64(-EINVAL);
  }
  const few: FixedArray<PollItem, 16> = zeroed();
  const many = count > ITEMS_ON_STACK ? heapAlloc(u64(count) * u64(sizeOf<PollItem>())) : null;
  if (count > ITEMS_ON_STACK && many === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: memory for as many items as there are.
  const set: PollSet = { items: many === null ? elements(few) : castPtr<PollItem>(many), count };
  let result = readItems(set, address);
  if (result === 0n) {
    result = pollSetWait(set, ns);
  }
  if (result >= 0n && !writeReady(set, address)) {
    result = i64(-EFAULT);
  }
  if (many !== null) {
    heapFree(many);
  }
  return result;
}

function readItems(set: PollSet, address: u64): i64 {
  const entry: Pollfd = zeroed();
  const bytes = u64(sizeOf<Pollfd>());
  for (let index: u32 = 0; index < set.count; index++) {
    // SAFETY: plain integers.
    if (userRead(castPtr<u8>(entry), VirtAddr(address + u64(index) * bytes), bytes) !== 0n) {
      return i64(-EFAULT);
    }
    set.items[index] = { fd: entry.fd, events: u32(entry.events), ready: 0 };
  }
  return 0n;
}

function writeReady(set: PollSet, address: u64): bool {
  const bytes = u64(sizeOf<Pollfd>());
  for (let index: u32 = 0; index < set.count; index++) {
    let ready: u16 = u16(set.items[index].ready);
    const place = address + u64(index) * bytes + u64(offsetOf<Pollfd>("revents"));
    // SAFETY: two bytes of a local.
    if (userWrite(VirtAddr(place), castPtr<u8>(addressOf(ready)), 2n) !== 0n) {
      return false;
    }
  }
  return true;
}
