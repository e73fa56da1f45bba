/**
 * Gives physical memory back to the host, which takes its pages away and gives fresh ones, zeroed, when they are touched again.
 *
 * On uhyve that is one port write a range (UHYVE_PORT_DISCARD), so it pays for ranges that are large and stay free for a while; who frees
 * memory decides that. Elsewhere nothing happens: QEMU's way, free page reporting by a virtio balloon, would cost every start the search
 * for one more device, on an isle that is there for hosts without KVM and for debugging.
 *
 * Layers below cannot import this; linux/main.ts hands it down to them.
 */

import { Loader } from "../abi/boot-info.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { type DiscardRange, UHYVE_PORT_DISCARD } from "../abi/uhyve.ts";
import { physOf } from "../kernel/mm/page-table.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { outl } from "../nucleus/ports.ts";

/** What is being given back: static, because the monitor wants it below 4 GiB; one at a time. */
const range: DiscardRange = zeroed();
const lock: SpinLock = zeroed();

/** Whether memoryReturn does anything: callers may save themselves the search for ranges. */
export function memoryReturnWorks(): bool {
  return bootInfo.loader === Loader.Uhyve;
}

/**
 * The pages of `[start, start + bytes)` are free and their content does not matter any more; what is not a whole page stays. Nobody may
 * touch them before it returns. May be called with interrupts masked and on any processor.
 */
export function memoryReturn(start: PhysAddr, bytes: u64): void {
  if (!memoryReturnWorks()) return;
  const first = (u64(start) + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  const end = (u64(start) + bytes) & ~(PAGE_SIZE - 1n);
  if (end <= first) return;
  using _guard = lockAcquire(lock);
  range.start = PhysAddr(first);
  range.bytes = end - first;
  outl(UHYVE_PORT_DISCARD, u32(u64(physOf(range))));
}
