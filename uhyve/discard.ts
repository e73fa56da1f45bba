/**
 * Memory that the guest gives back (UHYVE_PORT_DISCARD): the host's pages behind it are dropped, and touched again they are new and zero.
 *
 * Trust: address and length are the guest's and are read once. A range that is not RAM, whole, is refused; any other only costs the guest
 * its own content, also where that is its kernel or its queues, which the monitor reads as the guest's at every use.
 */

import { MADV_DONTNEED } from "../abi/linux-mman.ts";
import { SYS_madvise } from "../abi/linux-syscalls.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import type { DiscardRange } from "../abi/uhyve.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { type GuestMemory, guestAt } from "./guest-memory.ts";

export enum DiscardError {
  None = 0,
  /** The DiscardRange itself does not lie in RAM, or not at a multiple of 8. */
  NoRange = 1,
  /** What it names is not RAM in whole pages. */
  NotRam = 2,
}

/** Drops what the DiscardRange at `address` names. */
export function discardMemory(memory: GuestMemory, address: GuestPhys): DiscardError {
  const place = guestAt(memory, address, u64(sizeOf<DiscardRange>()));
  if (place === null || (u64(address) & 7n) !== 0n) return DiscardError.NoRange;
  // SAFETY: guest RAM, aligned to words.
  const range = castPtr<DiscardRange>(place);
  const start = u64(readVolatile(addressOf(range.start)));
  const bytes = readVolatile(addressOf(range.bytes));
  if (((start | bytes) & (PAGE_SIZE - 1n)) !== 0n) return DiscardError.NotRam;
  const pages = guestAt(memory, GuestPhys(start), bytes);
  if (pages === null) return DiscardError.NotRam;
  // A host that does not drop them has only lost the chance.
  void linuxCall(SYS_madvise, u64(virtAddr(pages)), bytes, u64(MADV_DONTNEED));
  return DiscardError.None;
}
