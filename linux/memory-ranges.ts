/** Ranges of application memory as system calls name them. */

import { APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";

/** mlockall(MCL_FUTURE): mappings are locked from their beginning. */
const futureLocks: Atomic<u32> = zeroed();

export function locksFuture(): bool {
  return futureLocks.load(Order.Relaxed) !== 0;
}

export function setLocksFuture(isWanted: bool): void {
  futureLocks.store(isWanted ? 1 : 0, Order.Relaxed);
}

export function pageCeil(value: u64): u64 {
  return (value + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}

export function isAligned(value: u64): bool {
  return (value & (PAGE_SIZE - 1n)) === 0n;
}

/** Whole pages that hold `bytes`; 0 if there is no such number of bytes. */
export function pagesFor(bytes: u64): u64 {
  return bytes > APP_LIMIT ? 0n : pageCeil(bytes);
}

export function isInApplication(address: u64, bytes: u64): bool {
  return address < APP_LIMIT && bytes <= APP_LIMIT - address;
}
