/**
 * Completes the boot information where no monitor has filled it: from PVH's start info or Multiboot's information.
 *
 * Nothing here is trusted more than it must be: entries are clipped to the direct map, sorted, merged and bounded; what the
 * loader placed (module, start info) is taken out of RAM. Runs before the frame allocator, so page tables for the rest of the
 * direct map come from right behind the image (`reservedEnd` moves).
 */

import { BOOT_ABI_VERSION, BOOT_MODULE_MAGIC, type BootInfo, Loader, MAX_RAM_RANGES } from "../../abi/boot-info.ts";
import {
  MULTIBOOT_FLAG_MEMORY_MAP,
  MULTIBOOT_FLAG_MODULES,
  MULTIBOOT_MEMORY_RAM,
  type MultibootInfo,
  type MultibootMemory,
  type MultibootModule,
  PVH_MAGIC,
  PVH_MEMORY_RAM,
  type PvhMemory,
  type PvhModule,
  type PvhStartInfo,
} from "../../abi/boot-protocols.ts";
import { DIRECT_MAP_BASE, DIRECT_MAP_BYTES, KERNEL_BASE, KERNEL_PHYS, PAGE_SIZE } from "../../abi/memory-map.ts";
import { IMAGE_OFFSET } from "../../nucleus/boot/start.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { imageHeader } from "../../nucleus/image.ts";
import { ramAdd, ramRemove } from "../core/ram-ranges.ts";
import { machineCpuCount } from "./cpu-count.ts";
import { directMapComplete } from "./direct-map.ts";

/** More entries than any firmware reports; the rest would be ignored. */
const MAX_MEMORY_ENTRIES = 128;

/** Fills `bootInfo` unless a monitor has; what cannot be used is a panic with a sentence. */
export function bootInfoComplete(): void {
  if (bootInfo.magic !== 0n) {
    assert(bootInfo.version === BOOT_ABI_VERSION, "the monitor speaks another version of the boot information");
    return;
  }
  bootInfo.reservedEnd = PhysAddr(KERNEL_BASE + imageHeader.imageBytes - IMAGE_OFFSET);
  if (bootInfo.loader === Loader.Pvh) {
    readPvh(castPtr<PvhStartInfo>(early(bootInfo.startInfo)));
  } else {
    readMultiboot(castPtr<MultibootInfo>(early(bootInfo.startInfo)));
  }
  if (bootInfo.moduleBytes === 0n) {
    // Written into the file after it was compiled.
    bootInfo.module = readVolatile(addressOf(imageHeader.packedModule));
    bootInfo.moduleBytes = readVolatile(addressOf(imageHeader.packedBytes));
  }
  reserveModule(bootInfo);
  directMapComplete(bootInfo);
  bootInfo.cpuCount = machineCpuCount(bootInfo);
  bootInfo.version = BOOT_ABI_VERSION;
  bootInfo.magic = BOOT_MODULE_MAGIC;
}

/** SAFETY: loaders place their structures in the first GiB, which the direct map covers from the start. */
function early(address: PhysAddr): Ptr<u8> {
  assert(u64(address) < 0x4000_0000n, "the loader's boot structures lie beyond the first GiB");
  return pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + u64(address)));
}

function readPvh(info: Ptr<PvhStartInfo>): void {
  assert(info.magic === PVH_MAGIC, "neither PVH start info nor Multiboot information was passed");
  assert(info.version >= 1, "the loader passes no memory map (PVH version 0)");
  const entries = castPtr<PvhMemory>(early(info.memoryMap));
  for (let index: u32 = 0; index < info.memoryMapEntries && index < MAX_MEMORY_ENTRIES; index++) {
    if (entries[index].type === PVH_MEMORY_RAM) {
      addRam(entries[index].start, entries[index].bytes);
    }
  }
  if (info.moduleCount > 0) {
    const module = castPtr<PvhModule>(early(info.modules));
    bootInfo.module = module.start;
    bootInfo.moduleBytes = module.bytes;
  }
}

function readMultiboot(info: Ptr<MultibootInfo>): void {
  assert((info.flags & MULTIBOOT_FLAG_MEMORY_MAP) !== 0, "the loader passes no memory map (Multiboot)");
  let offset: u32 = 0;
  for (let count: u32 = 0; offset < info.memoryMapBytes && count < MAX_MEMORY_ENTRIES; count++) {
    const entry = castPtr<MultibootMemory>(early(PhysAddr(u64(info.memoryMap) + u64(offset))));
    if (entry.type === MULTIBOOT_MEMORY_RAM) {
      addRam(entry.start, entry.bytes);
    }
    offset += entry.size + 4;
  }
  if ((info.flags & MULTIBOOT_FLAG_MODULES) !== 0 && info.moduleCount > 0) {
    const module = castPtr<MultibootModule>(early(PhysAddr(u64(info.modules))));
    assert(module.start <= module.end, "the loader's module ends before it starts");
    bootInfo.module = PhysAddr(u64(module.start));
    bootInfo.moduleBytes = u64(module.end - module.start);
  }
}

function addRam(start: PhysAddr, bytes: u64): void {
  const first = u64(start);
  if (first >= DIRECT_MAP_BYTES || bytes === 0n) {
    return;
  }
  const most = DIRECT_MAP_BYTES - first;
  // Memory beyond the table's end would only be lost, not misused.
  void ramAdd(bootInfo, first, bytes < most ? bytes : most);
}

/** The module may lie anywhere: right behind the image (GRUB) or at the end of memory (QEMU). */
function reserveModule(info: BootInfo): void {
  if (info.moduleBytes === 0n) {
    return;
  }
  const start = u64(info.module);
  const end = (start + info.moduleBytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  assert(
    start < DIRECT_MAP_BYTES && start <= end && end <= DIRECT_MAP_BYTES,
    "the loader's module lies outside of memory",
  );
  if (end <= KERNEL_PHYS) {
    // GRUB fills the gap below the image; nothing below reservedEnd is given to the allocator anyway.
    return;
  }
  assert(start >= u64(info.reservedEnd), "the loader's module overlaps the kernel");
  if (start - u64(info.reservedEnd) < 0x10_0000n) {
    info.reservedEnd = PhysAddr(end);
  } else {
    assert(ramRemove(info, start, end), "the memory map has too many ranges");
  }
}

staticAssert(MAX_RAM_RANGES === 16, "ram-ranges.ts works on BootInfo.ram");
