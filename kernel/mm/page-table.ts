/** The page tables. (API; see below.) */

import { DIRECT_MAP_BASE } from "../../abi/memory-map.ts";
import type { Prot } from "./prot.ts";

export enum PageSize {
  Small = 0,
  Large = 1,
  Huge = 2,
}

/** The pointer at which the direct map shows physical memory. */
export function directMap(address: PhysAddr): Ptr<u8> {
  // SAFETY: all RAM is mapped at DIRECT_MAP_BASE.
  return pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + u64(address)));
}

/** Physical address of an object in the image, the direct map or any other mapping. */
export function physOf(pointer: object | Ptr<any>): PhysAddr {
  panic("physOf");
}

/** Maps one page; 0 or -ENOMEM (no memory for a table). The page must not be mapped. */
export function mapPage(address: VirtAddr, frame: PhysAddr, prot: Prot, size: PageSize): i64 {
  panic("mapPage");
}

/** Maps device registers, uncached, in the device window; 0n if there is no space or memory. */
export function mapDevice(physical: PhysAddr, bytes: u64): VirtAddr {
  panic("mapDevice");
}

/** Removes the translation and returns the frame it led to; 0n if there was none. */
export function unmapPage(address: VirtAddr): PhysAddr {
  panic("unmapPage");
}

/** Changes the protection of a mapped page, splitting nothing: `address` lies in a page mapped by mapPage. */
export function protectPage(address: VirtAddr, prot: Prot): void {
  panic("protectPage");
}

/** The physical address behind `address`; 0n if it is not mapped. */
export function translate(address: VirtAddr): PhysAddr {
  panic("translate");
}
