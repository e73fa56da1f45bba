/**
 * A file is written to or executed, never both at once (ETXTBSY): one count, above zero for those who may write, below for those who execute.
 *
 * Descriptions that were opened for writing count, as do calls that change the size by a path for as long as they work; on the other side the
 * running program, and what execve looks at. A shared mapping that may write outlives its description and is asked about separately.
 */

import { ETXTBSY } from "../../abi/errno.ts";
import { mappedHasWriters } from "../../kernel/mm/mappings.ts";
import type { Inode } from "./inode.ts";
import { inodeIsProgram } from "./program-file.ts";

/** Somebody may write from now on: 0n, or -ETXTBSY. */
export function busyBeginWrite(inode: Ptr<Inode>): i64 {
  // The first program lies in the boot module, and its pages are shown from there.
  return inodeIsProgram(inode) ? i64(-ETXTBSY) : change(inode, 1);
}

export function busyEndWrite(inode: Ptr<Inode>): void {
  void inode.busy.fetchSub(1, Order.Release);
}

/** Nobody may write from now on: 0n, or -ETXTBSY. */
export function busyBeginExecute(inode: Ptr<Inode>): i64 {
  return mappedHasWriters(inode.mapped) ? i64(-ETXTBSY) : change(inode, -1);
}

export function busyEndExecute(inode: Ptr<Inode>): void {
  void inode.busy.fetchAdd(1, Order.Release);
}

function change(inode: Ptr<Inode>, step: i32): i64 {
  let count = inode.busy.load(Order.Relaxed);
  while (count === 0 || count > 0 === step > 0) {
    if (inode.busy.compareExchange(count, count + step, Order.Acquire)) {
      return 0n;
    }
    count = inode.busy.load(Order.Relaxed);
  }
  return i64(-ETXTBSY);
}
