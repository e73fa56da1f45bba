/** Whether the host has a processor to spare for a thread that only helps. */

import { O_CLOEXEC, O_RDONLY } from "../abi/linux-files.ts";
import { Sysinfo } from "../abi/linux-process.ts";
import { SYS_close, SYS_open, SYS_read, SYS_sched_getaffinity, SYS_sysinfo } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

const AFFINITY_BYTES = 128;
/** A load of one process that runs all the time, in the units of sysinfo(2). */
const LOAD_ONE = 0x1_0000n;

const SLASH = 0x2f;
const DIGIT_0 = 0x30;
/** Far more threads than there are. */
const MANY = 100_000_000;

/** Asked once: nobody changes it between the beginning of a start and its end. */
let known: u32 = 0;

/** How many processors this process may use; 0 if the mask has no room for all. */
export function ownProcessors(): u32 {
  if (known === 0) known = countProcessors();
  return known;
}

function countProcessors(): u32 {
  const mask: FixedArray<u64, 16> = zeroed();
  const bytes = linuxCall(SYS_sched_getaffinity, 0n, u64(AFFINITY_BYTES), callPointer(elements(mask)));
  let count: u32 = 0;
  for (let i: u32 = 0; bytes > 0n && i < mask.length; i += 1) {
    for (let word = mask[i]; word !== 0n; word &= word - 1n) count += 1;
  }
  return count;
}

/**
 * Whether a thread that helps would find one of `processors` beside the first thread: fewer ran on average of the last minute, or fewer run at this
 * moment, as after work that has just ended. `helpers` of them are ours already, and it takes their place. False if that cannot be told.
 */
export function hostHasProcessor(processors: u32, helpers: u32): bool {
  return processors > 0 && (loadIsBelow(processors * 2 - 1) || runningNow() < processors + helpers);
}

/** How many threads of the whole host run or want to, this one among them (proc(5): loadavg); u32.MAX if that cannot be told. */
function runningNow(): u32 {
  const file = linuxCall(SYS_open, callPointer("/proc/loadavg\0".data), u64(O_RDONLY | O_CLOEXEC));
  if (file < 0n) return u32.MAX;
  const text: Bytes<64> = zeroed();
  const length = linuxCall(SYS_read, u64(file), callPointer(elements(text)), u64(text.length));
  void linuxCall(SYS_close, u64(file));
  return length < 0n ? u32.MAX : runningOf(sliceOf(elements(text), u64(length)));
}

/** Of a text as `0.20 0.18 0.12 1/80 11206`: the 1. u32.MAX if it is another. */
export function runningOf(text: Slice<u8>): u32 {
  let value: u32 = u32.MAX;
  for (let i: u64 = 0n; i < text.length; i++) {
    const byte = text.data.add(i).value;
    if (byte === SLASH) return value;
    if (byte < DIGIT_0 || byte >= DIGIT_0 + 10) value = u32.MAX;
    else value = (value === u32.MAX ? 0 : value % MANY) * 10 + u32(byte - DIGIT_0);
  }
  return u32.MAX;
}

/** Whether fewer than `halves` / 2 threads of the whole host ran, on average of the last minute. */
export function loadIsBelow(halves: u32): bool {
  const info = new Sysinfo();
  if (linuxCall(SYS_sysinfo, callPointer(info)) < 0n) return false;
  return info.loads[0] * 2n < u64(halves) * LOAD_ONE;
}
