/**
 * Extends the direct map that the 32-bit start left at 1 GiB to all RAM with 2 MiB pages, whose tables lie right behind the image;
 * beyond 64 GiB with 1 GiB pages where CPUID has them. CPUID alone is not to be trusted: hosts without hardware nesting show the
 * processor's own answer to ring 3 and fault on 1 GiB pages, and a table for each GiB costs next to nothing.
 */

import type { BootInfo } from "../../abi/boot-info.ts";
import { DIRECT_MAP_BASE, DIRECT_MAP_BYTES, HUGE_PAGE_SIZE, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  PTE_ACCESSED,
  PTE_ADDRESS_MASK,
  PTE_COUNT,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_NO_EXECUTE,
  PTE_PRESENT,
  PTE_USER,
  PTE_WRITE,
} from "../../abi/x86-paging.ts";
import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";

const CPUID_EXTENDED_FEATURES = 0x8000_0001;
const EDX_PAGE_1GIB = 0x400_0000;
const HUGE_PAGES_FROM = 0x10_0000_0000n;
const USED = PTE_ACCESSED | PTE_DIRTY;
const TABLE = PTE_PRESENT | PTE_WRITE | PTE_USER | USED;
const LARGE = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_LARGE | PTE_NO_EXECUTE | USED;
/** DIRECT_MAP_BASE's place in the top-level table. */
const DIRECT_MAP_SLOT = 252;
const SLOT_BYTES = 0x80_0000_0000n;

export function directMapComplete(info: BootInfo): void {
  const end = ramEnd(info);
  if (end <= HUGE_PAGE_SIZE) {
    return;
  }
  const features: CpuidResult = zeroed();
  cpuid(CPUID_EXTENDED_FEATURES, 0, features);
  const hasHugePages = end > HUGE_PAGES_FROM && (features.edx & EDX_PAGE_1GIB) !== 0;
  for (let address: u64 = HUGE_PAGE_SIZE; address < end; address += HUGE_PAGE_SIZE) {
    const slot = DIRECT_MAP_SLOT + u32(address / SLOT_BYTES);
    const pdpt = subTable(info, tableAt(info.pml4), slot);
    const index = u32((address % SLOT_BYTES) / HUGE_PAGE_SIZE);
    if (hasHugePages) {
      pdpt[index] = address | LARGE;
    } else {
      fillLarge(subTable(info, pdpt, index), address);
    }
  }
}

function ramEnd(info: BootInfo): u64 {
  if (info.ramCount === 0) {
    panic("the loader reports no memory");
  }
  const last = info.ram[info.ramCount - 1];
  const end = u64(last.start) + last.bytes;
  return end < DIRECT_MAP_BYTES ? end : DIRECT_MAP_BYTES;
}

/** The table that entry `index` of `table` leads to, made if missing. */
function subTable(info: BootInfo, table: Ptr<u64>, index: u32): Ptr<u64> {
  if ((table[index] & PTE_PRESENT) === 0n) {
    const frame = info.reservedEnd;
    assert(u64(frame) < HUGE_PAGE_SIZE, "no room for page tables in the first GiB");
    fillBytes(castPtr<u8>(tableAt(frame)), 0, PAGE_SIZE);
    table[index] = u64(frame) | TABLE;
    info.reservedEnd = frame + PAGE_SIZE;
  }
  return tableAt(PhysAddr(table[index] & PTE_ADDRESS_MASK));
}

function fillLarge(table: Ptr<u64>, base: u64): void {
  for (let index: u32 = 0; index < PTE_COUNT; index++) {
    table[index] = (base + u64(index) * LARGE_PAGE_SIZE) | LARGE;
  }
}

/** SAFETY: tables lie in the first GiB, which the direct map covers from the start. */
function tableAt(frame: PhysAddr): Ptr<u64> {
  return pointerAt<u64>(VirtAddr(DIRECT_MAP_BASE + u64(frame)));
}
