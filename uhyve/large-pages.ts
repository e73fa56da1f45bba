/**
 * Large pages of the host, where they are cheap.
 *
 * One page of 2 MiB is cleared in 0.2 ms, 512 small ones in 1 ms, so a guest's memory asks for large ones. But a host that is a virtual machine
 * itself may have given its free memory back, and then it does that in blocks of 2 MiB and more (free page reporting: Linux, page_reporting.c; virtio
 * 1.2, 5.5.6.7). Such a block comes back in pieces of 4 KiB while it is cleared: 3 to 8 ms (measured), which a start of a few large pages
 * waits for again and again. Small pages come out of blocks that are in use, and cost what they always cost.
 *
 * No file tells whether it is so at the moment, so the thread that reads the program (proxy/program-load.ts) takes the time of each large page it
 * takes itself. The guest's first memory gets small pages until the first one was cheap, and again, for good, when one was dear. What the
 * guest takes beyond its first memory is large in any case: a program of that size runs for long enough to earn it.
 */

import { MADV_HUGEPAGE, MADV_NOHUGEPAGE } from "../abi/linux-mman.ts";
import { SYS_clock_gettime, SYS_madvise } from "../abi/linux-syscalls.ts";
import { CLOCK_THREAD_CPUTIME_ID, Timespec } from "../abi/linux-time.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../abi/memory-map.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

/** Twice what 512 small pages cost. */
export const DEAR_NS = 2_000_000n;
/** So much of a guest's memory is filled before it asks for it: node uses 24 MiB, python3 8. */
export const MOST_FILLED = 0x100_0000n;
const NS_PER_SECOND = 1_000_000_000n;

/** Memory that gets large pages as long as they are cheap: `bytes` from `start` on, multiples of a page's size. */
export class LargePages {
  start!: u64;
  bytes!: u64;
  /** What takes as long is dear, in nanoseconds; 0n: nothing is. */
  dearNs!: u64;
  wereCheap!: bool;
  areDear!: bool;
  /** So much from the start on has been filled. */
  filled!: u64;
}

/** How the memory of a page is seen here. */
class PageWord {
  word!: Atomic<u32>;
}

/** Nothing is known yet. */
export function largePagesWait(pages: LargePages): void {
  void linuxCall(SYS_madvise, pages.start, pages.bytes, u64(MADV_NOHUGEPAGE));
}

/** Fills the large page at `place`, memory of the caller's own that was advised to be one, and learns from it. */
export function largePagesTry(pages: LargePages, place: u64): void {
  const start = threadTimeNs();
  touch(place);
  largePagesLearn(pages, threadTimeNs() - start);
}

/**
 * Fills the next 2 MiB, with a large page unless they are dear, before the guest faults for them. Of small ones a hypervisor that shadows page tables
 * maps neighbours along only where they are there.
 */
export function largePagesFill(pages: LargePages): void {
  if (pages.filled >= MOST_FILLED || pages.filled + LARGE_PAGE_SIZE > pages.bytes) return;
  const place = pages.start + pages.filled;
  pages.filled += LARGE_PAGE_SIZE;
  if (pages.wereCheap && !pages.areDear) return largePagesTry(pages, place);
  for (let offset: u64 = 0n; offset < LARGE_PAGE_SIZE; offset += PAGE_SIZE) touch(place + offset);
}

/**
 * Has the host supply the page, whose content stays, also where the guest writes to it at the same time. MADV_POPULATE_WRITE would hold the lock of the
 * process's mappings for as long, milliseconds if the page is dear, and the first thread would wait for it with its next mapping; a page fault does
 * not (Linux 6.4 and later).
 */
function touch(place: u64): void {
  // SAFETY: memory of this process, which nobody unmaps; a word of it, aligned.
  void castPtr<PageWord>(pointerAt<u8>(VirtAddr(place))).word.fetchAdd(0, Order.Relaxed);
}

/** Nothing more will be learned: large pages, if nothing was. */
export function largePagesEnd(pages: LargePages): void {
  largePagesLearn(pages, 0n);
}

/** One large page has taken `ns` nanoseconds of the processor. */
export function largePagesLearn(pages: LargePages, ns: u64): void {
  if (pages.dearNs !== 0n && ns >= pages.dearNs) {
    if (pages.wereCheap) largePagesWait(pages);
    pages.areDear = true;
  } else if (!pages.wereCheap && !pages.areDear) {
    pages.wereCheap = true;
    void linuxCall(SYS_madvise, pages.start, pages.bytes, u64(MADV_HUGEPAGE));
  }
}

/** Of the calling thread alone, which others do not lengthen by taking its processor. */
function threadTimeNs(): u64 {
  const time = new Timespec();
  void linuxCall(SYS_clock_gettime, u64(CLOCK_THREAD_CPUTIME_ID), callPointer(time));
  return u64(time.tv_sec) * NS_PER_SECOND + u64(time.tv_nsec);
}
