/** RLIMIT_FSIZE: how large the program may make a file. Whoever goes beyond it is told by SIGXFSZ and -EFBIG. */

import { EFBIG } from "../../abi/errno.ts";
import { SIGXFSZ } from "../../abi/linux-signal.ts";
import { signalOneself } from "../signal-send.ts";
import type { Transfer } from "./transfer.ts";

const sizeLimit: Atomic<u64> = zeroed();
const isLimited: Atomic<u32> = zeroed();

/** RLIMIT_FSIZE was changed; u64.MAX: there is none. */
export function sizeLimitSet(bytes: u64): void {
  sizeLimit.store(bytes);
  isLimited.store(bytes === u64.MAX ? 0 : 1);
}

/** Cuts a write of at least one byte at the limit: 0n, or -EFBIG if it begins there. */
export function sizeLimitWrite(position: u64, transfer: Transfer): i64 {
  if (isLimited.load(Order.Relaxed) === 0) {
    return 0n;
  }
  const limit = sizeLimit.load(Order.Relaxed);
  if (position >= limit) {
    return refuse();
  }
  transfer.left = transfer.left < limit - position ? transfer.left : limit - position;
  return 0n;
}

/** Whether a file may become so large: 0n or -EFBIG. */
export function sizeLimitGrow(size: u64): i64 {
  const isWithin = isLimited.load(Order.Relaxed) === 0 || size <= sizeLimit.load(Order.Relaxed);
  return isWithin ? 0n : refuse();
}

/** A write has met the limit; its answer is -EFBIG. */
export function sizeLimitMet(): void {
  signalOneself(SIGXFSZ);
}

function refuse(): i64 {
  sizeLimitMet();
  return i64(-EFBIG);
}
