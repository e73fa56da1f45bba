/**
 * A guest's RAM and the one place where a guest-physical address becomes a host pointer.
 *
 * RAM is one private mapping of the host that is reserved, not allocated: a page costs something when it is first touched. The
 * guest sees it in two parts, because the addresses below 4 GiB are needed for devices. Every address that a guest wrote goes
 * through `guestAt`, which is safe for any address and any length; a `GuestPhys` cannot be dereferenced otherwise.
 *
 *     guest   0 ......... RAM_HOLE_START   (hole)   RAM_HOLE_END ......... RAM_HOLE_END + bytes - lowBytes
 *     host    0 ......... lowBytes                  lowBytes ............. bytes
 *
 * Alternative considered: a list of memory slots searched per access. Two ranges are all that a machine of ours has.
 */

import { MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { SYS_madvise, SYS_mmap } from "../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE, RAM_HOLE_END, RAM_HOLE_START } from "../abi/memory-map.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";

export class GuestMemory {
  /** Where guest-physical 0 lies. */
  host!: Ptr<u8>;
  bytes!: u64;
  /** RAM below the hole. */
  lowBytes!: u64;
}

/** Describes `bytes` of memory at `host` as a guest's RAM. */
export function guestMemoryInit(memory: GuestMemory, host: Ptr<u8>, bytes: u64): void {
  memory.host = host;
  memory.bytes = bytes;
  memory.lowBytes = bytes < RAM_HOLE_START ? bytes : RAM_HOLE_START;
}

/**
 * Maps `bytes` (a multiple of the page size) of fresh memory: 0 or a negative errno. It is aligned to large pages, so that the host
 * can back large pages of the guest by its own.
 */
export function guestMemoryMap(memory: GuestMemory, bytes: u64): i64 {
  const protection = u64(PROT_READ | PROT_WRITE);
  const flags = u64(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  const address = linuxCall(SYS_mmap, 0n, bytes + LARGE_PAGE_SIZE, protection, flags, u64.MAX, 0n);
  if (address < 0n) return address;
  const aligned = (u64(address) + LARGE_PAGE_SIZE - 1n) & ~(LARGE_PAGE_SIZE - 1n);
  // SAFETY: the kernel has just mapped `bytes` bytes and as much more as the alignment can take.
  guestMemoryInit(memory, pointerAt<u8>(aligned), bytes);
  return 0n;
}

/**
 * Asks the host for large pages everywhere. The first 2 MiB hold the image and what a small program needs, so one fault supplies what would
 * be some hundred faults of 4 KiB, each of which costs the host more than clearing its share of a large page; a hypervisor that
 * shadows page tables then also finds the neighbours of a page that faults, and maps them along. A host without large pages says no, and
 * nothing is lost. Where they are dear, large-pages.ts takes some of it back.
 */
export function guestMemoryAdvise(memory: GuestMemory): void {
  void linuxCall(SYS_madvise, u64(virtAddr(memory.host)), memory.bytes, u64(MADV_HUGEPAGE));
}

/** The host's pointer to `[address, address + bytes)`, or null unless all of it is RAM without a gap. Any arguments are safe. */
export function guestAt(memory: GuestMemory, address: GuestPhys, bytes: u64): Ptr<u8> | null {
  const start = u64(address);
  if (start < memory.lowBytes) {
    return bytes <= memory.lowBytes - start ? memory.host.add(start) : null;
  }
  if (start < RAM_HOLE_END) return null;
  const offset = start - RAM_HOLE_END;
  const highBytes = memory.bytes - memory.lowBytes;
  if (offset >= highBytes || bytes > highBytes - offset) return null;
  return memory.host.add(memory.lowBytes + offset);
}

/** Reads a word that the guest may change meanwhile; false if it is not RAM. */
export function guestReadU64(memory: GuestMemory, address: GuestPhys, value: Ptr<u64>): bool {
  const place = guestAt(memory, address, 8n);
  if (place === null) return false;
  // SAFETY: x86 reads words at any alignment; the eight bytes are RAM of the guest.
  value.value = readVolatile(castPtr<u64>(place));
  return true;
}

/** The end of guest-physical RAM. */
export function guestMemoryEnd(memory: GuestMemory): GuestPhys {
  const high = memory.bytes - memory.lowBytes;
  return GuestPhys(high === 0n ? memory.lowBytes : RAM_HOLE_END + high);
}
