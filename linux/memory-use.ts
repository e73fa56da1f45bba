/**
 * How much address space the program uses, as Linux counts it: VmSize and its kin, and what RLIMIT_AS and RLIMIT_DATA are held against.
 *
 * The room kept for the stack is not mapped on Linux, and the stack there grows as it is touched; here it is one region from the start. So
 * of the stack counts what has been touched, and Linux's 132 KiB that a program begins with.
 */

import { PROT_EXEC, PROT_WRITE } from "../abi/linux-mman.ts";
import { RegionKind, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { firstResident, mappedBytesMost, nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";
import { programLayout } from "./layout.ts";

/** setup_arg_pages: 128 KiB more than arguments and environment need. */
const FIRST_STACK_BYTES = 0x2_1000n;

/** Bytes. */
export class MemoryUse {
  all!: u64;
  /** The most at once. */
  most!: u64;
  /** Private, and the program can write to it. */
  data!: u64;
  stack!: u64;
  /** Code that is not the program's own. */
  libraries!: u64;
}

/** Fills `use`. */
export function memoryUse(use: MemoryUse): void {
  const view: RegionReport = zeroed();
  let address: u64 = 0n;
  let uncounted: u64 = 0n;
  zero(use);
  while (nextRegion(address, view)) {
    const bytes = memoryCounted(view);
    uncounted += view.end - view.start - bytes;
    use.all += bytes;
    if (isStart(view)) {
      use.stack = bytes;
    } else if (isData(view)) {
      use.data += bytes;
    }
    const isOwnCode = view.start >= programLayout.low && view.start < programLayout.high;
    if ((view.prot & u32(PROT_EXEC)) !== 0 && !isOwnCode) {
      use.libraries += bytes;
    }
    address = view.end;
  }
  const most = mappedBytesMost();
  use.most = most > use.all + uncounted ? most - uncounted : use.all;
}

/** How many bytes of a region count. */
export function memoryCounted(view: RegionReport): u64 {
  if (view.kind === RegionKind.Guard) {
    return 0n;
  }
  const bytes = view.end - view.start;
  if (!isStart(view)) {
    return bytes;
  }
  const touched = view.end - firstResident(view.start, view.end);
  const counted = touched > FIRST_STACK_BYTES ? touched : FIRST_STACK_BYTES;
  return counted < bytes ? counted : bytes;
}

/** Whether a region counts as data: private, writable, and no stack that grows. */
export function isData(view: RegionReport): bool {
  const isOther = (view.traits & (u32(RegionTrait.Shared) | u32(RegionTrait.Grows))) !== 0;
  return !isOther && (view.prot & PROT_WRITE) !== 0;
}

/** Whether it is the stack that the program began with. */
function isStart(view: RegionReport): bool {
  return view.kind === RegionKind.Stack && view.end === programLayout.stackTop;
}
