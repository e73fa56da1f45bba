/**
 * The environment that QEMU gets: the proxy's, and for glibc's allocator what makes a start of QEMU some milliseconds shorter.
 *
 * A start fills nearly 6 MiB of heap. In pages of 4 KiB these are some 1400 page faults, and as many pages to give back at the end; in
 * large ones, where Linux has them for those who ask (transparent_hugepage is madvise or always), a few. A heap that grows by 8 MiB
 * instead of 132 KiB at a time holds whole large pages from its beginning on; what is not used of it is never touched. And one arena
 * for all threads: that of a thread of its own grows by one mprotect and one page fault for each 4 KiB. TCG, which fills it, spends
 * half a percent of its time in the allocator: many virtual processors do not wait for each other there.
 *
 * Who has set GLIBC_TUNABLES decides alone. Other C libraries do not know the variable.
 */

import { environmentValue, stringsJoin, vectorLength } from "../strings.ts";

const VARIABLE = "GLIBC_TUNABLES";
const SETTING = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.top_pad=0x800000:glibc.malloc.arena_max=1";

/** A NULL-terminated vector, the given one if there is nothing to add, or no memory for a longer one. */
export function qemuEnvironment(environment: Ptr<u64>): Ptr<u64> {
  if (environmentValue(environment, VARIABLE).length > 0) return environment;
  const longer = stringsJoin(bytesOf(SETTING), 1, environment, vectorLength(environment));
  return longer === null ? environment : longer;
}
