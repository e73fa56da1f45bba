/** RLIMIT_AS and RLIMIT_DATA: how much memory the program may map in all, and how much of its own that it can write to. */

import { PROT_WRITE } from "../abi/linux-mman.ts";
import { RLIM_INFINITY, RLIMIT_AS, RLIMIT_DATA } from "../abi/linux-process.ts";
import { nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";
import { isData, memoryCounted } from "./memory-use.ts";
import { limitOf } from "./process.ts";

class Mapped {
  all!: u64;
  data!: u64;
}

/** Whether `bytes` more may be mapped, of which those in `[replaced, replaced + bytes)` take the place of others (0n: of none). */
export function mayMapMore(bytes: u64, isData: bool, replaced: u64): bool {
  const all = limitOf(RLIMIT_AS).rlim_cur;
  const data = isData ? limitOf(RLIMIT_DATA).rlim_cur : RLIM_INFINITY;
  if (all === RLIM_INFINITY && data === RLIM_INFINITY) {
    return true;
  }
  const mapped: Mapped = zeroed();
  count(mapped, replaced, replaced === 0n ? 0n : replaced + bytes);
  return fits(mapped.all, bytes, all) && fits(mapped.data, bytes, data);
}

function fits(used: u64, bytes: u64, limit: u64): bool {
  return limit === RLIM_INFINITY || (used <= limit && bytes <= limit - used);
}

/** Counts what is mapped outside of `[start, end)`. */
function count(mapped: Mapped, start: u64, end: u64): void {
  const view: RegionReport = zeroed();
  let address: u64 = 0n;
  while (nextRegion(address, view)) {
    const from: u64 = view.start > start ? view.start : start;
    const to: u64 = view.end < end ? view.end : end;
    const counted = memoryCounted(view);
    const gone: u64 = from < to ? to - from : 0n;
    const bytes: u64 = counted > gone ? counted - gone : 0n;
    mapped.all += bytes;
    mapped.data += isData(view) ? bytes : 0n;
    address = view.end;
  }
}

/** Whether a mapping counts as data. */
export function isDataMapping(prot: u32, isShared: bool): bool {
  return !isShared && (prot & PROT_WRITE) !== 0;
}
