/** The application's address space. (API; see below.) */

import type { TrapFrame } from "../../nucleus/trap-frame.ts";
import type { Prot } from "./prot.ts";

/** How regionMap treats its address and its pages. */
export enum RegionFlag {
  /** The address is a hint; 0n: anywhere. */
  None = 0,
  /** Exactly there; what is mapped there already is unmapped. */
  Fixed = 1,
  /** Exactly there; -EEXIST if anything is mapped there. */
  FixedNoReplace = 2,
  /** Anywhere, with an inaccessible guard page kept below the lowest address. */
  Stack = 4,
}

/** Maps zero-filled memory, given pages at first touch. Returns the address, or -EINVAL, -ENOMEM, -EEXIST. */
export function regionMap(address: VirtAddr, bytes: u64, prot: Prot, flags: RegionFlag): i64 {
  panic("regionMap");
}

/** Maps physical memory that somebody else owns (the program file); never freed by regionUnmap. `physical` is page-aligned. */
export function regionMapPhysical(address: VirtAddr, physical: PhysAddr, bytes: u64, prot: Prot): i64 {
  panic("regionMapPhysical");
}

/** Unmaps all that lies in `[address, address + bytes)`; 0 or -EINVAL, -ENOMEM. */
export function regionUnmap(address: VirtAddr, bytes: u64): i64 {
  panic("regionUnmap");
}

/** Changes the protection of `[address, address + bytes)`; 0, -EINVAL, or -ENOMEM if a part is not mapped. */
export function regionProtect(address: VirtAddr, bytes: u64, prot: Prot): i64 {
  panic("regionProtect");
}

/** Gives the pages of a range their frames now (stack pages before the first instruction, MAP_POPULATE); 0 or -ENOMEM, -EFAULT. */
export function regionPopulate(address: VirtAddr, bytes: u64): i64 {
  panic("regionPopulate");
}

/** Drops the contents of a range: the next touch finds zeros (MADV_DONTNEED). */
export function regionDiscard(address: VirtAddr, bytes: u64): i64 {
  panic("regionDiscard");
}

/** Gives a faulting application address its page. False: the access is not allowed (SIGSEGV). `error` is the #PF error code. */
export function handleUserFault(address: VirtAddr, error: u64): bool {
  panic("handleUserFault");
}

/**
 * What ends the program when an application access cannot be satisfied; the linux layer sets it at start. `outOfMemory` tells
 * an access that is allowed but has no frame from one that is not allowed.
 */
export type FaultSink = (frame: Ptr<TrapFrame>, address: VirtAddr, outOfMemory: bool) => void;
export function regionSetFaultSink(sink: FaultSink): void {
  panic("regionSetFaultSink");
}
