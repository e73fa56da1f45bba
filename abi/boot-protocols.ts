/**
 * What QEMU (PVH) and GRUB (Multiboot 1) hand to a kernel: Xen's public/arch-x86/hvm/start_info.h, version 1, and the Multiboot
 * Specification 0.6.96, section 3.3. Physical addresses throughout.
 */

export const PVH_MAGIC = 0x336e_c578;
export const PVH_MEMORY_RAM = 1;

@struct(56)
export class PvhStartInfo {
  magic!: u32;
  version!: u32;
  flags!: u32;
  moduleCount!: u32;
  modules!: PhysAddr;
  commandLine!: PhysAddr;
  rsdp!: PhysAddr;
  memoryMap!: PhysAddr;
  memoryMapEntries!: u32;
  reserved!: u32;
}

@struct(32)
export class PvhModule {
  start!: PhysAddr;
  bytes!: u64;
  commandLine!: PhysAddr;
  reserved!: u64;
}

@struct(24)
export class PvhMemory {
  start!: PhysAddr;
  bytes!: u64;
  type!: u32;
  reserved!: u32;
}

export const MULTIBOOT_FLAG_COMMAND_LINE = 0x4;
export const MULTIBOOT_FLAG_MODULES = 0x8;
export const MULTIBOOT_FLAG_MEMORY_MAP = 0x40;
export const MULTIBOOT_MEMORY_RAM = 1;

@struct(52)
export class MultibootInfo {
  flags!: u32;
  memoryLower!: u32;
  memoryUpper!: u32;
  bootDevice!: u32;
  commandLine!: u32;
  moduleCount!: u32;
  modules!: u32;
  symbols!: FixedArray<u32, 4>;
  memoryMapBytes!: u32;
  memoryMap!: u32;
}

@struct(16)
export class MultibootModule {
  start!: u32;
  end!: u32;
  commandLine!: u32;
  reserved!: u32;
}

/** `size` counts what follows it. */
@struct(24, { packed: true })
export class MultibootMemory {
  size!: u32;
  start!: PhysAddr;
  bytes!: u64;
  type!: u32;
}
