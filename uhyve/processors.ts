/** Whether the host has a processor to spare for a thread that only helps. */

import { Sysinfo } from "../abi/linux-process.ts";
import { SYS_sched_getaffinity, SYS_sysinfo } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

const AFFINITY_BYTES = 128;
/** A load of one process that runs all the time, in the units of sysinfo(2). */
const LOAD_ONE = 0x1_0000n;

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

/** Whether fewer than `halves` / 2 threads of the whole host ran, on average of the last minute. */
export function loadIsBelow(halves: u32): bool {
  const info = new Sysinfo();
  if (linuxCall(SYS_sysinfo, callPointer(info)) < 0n) return false;
  return info.loads[0] * 2n < u64(halves) * LOAD_ONE;
}
