/**
 * The one address space of a guest: who owns which virtual addresses, and where the kernel image lies in physical memory.
 *
 *     0x0000_0000_0000  never mapped (null)
 *     0x0000_0001_0000  application: image, heap, mmap area, stacks          4 KiB / 2 MiB pages, demand-zero, W^X
 *     0x7E00_0000_0000  APP_LIMIT = DIRECT_MAP_BASE: all RAM, RW, NX         1 GiB / 2 MiB pages, at base + physical address
 *     0x7F00_0000_0000  DEVICE_WINDOW_BASE: device registers, uncached       LAPIC first, then IOAPIC, then what drivers map
 *     0x7F40_0000_0000  KERNEL_AREA_BASE: kernel stacks and other mappings with guard pages
 *     0x7F80_0000_0000  KERNEL_BASE: the kernel image                        4 KiB pages, W^X
 *     0x8000_0000_0000  end of the lower half
 *
 * Everything is in the lower half and user-accessible: the library OS runs in ring 3 (DESIGN D3), hosts that run guest ring 3
 * natively may keep the upper half for themselves, and the same image can run as a Linux process later. The image is prelinked,
 * position-dependent, compiled as PIE code so that every reference is relative to RIP.
 */

export const PAGE_SIZE = 0x1000n;
export const LARGE_PAGE_SIZE = 0x20_0000n;
export const HUGE_PAGE_SIZE = 0x4000_0000n;

export const APP_BASE = 0x1_0000n;
export const APP_LIMIT = 0x7e00_0000_0000n;
/**
 * Mappings that may lie anywhere, stack and libraries among them, lie below. Above it are thunks of the libraries' call sites
 * (linux/core/call-site.ts), and what a program puts there itself.
 */
export const APP_MAP_LIMIT = 0x7dff_8000_0000n;
export const DIRECT_MAP_BASE = 0x7e00_0000_0000n;
/** 1 TiB: two slots of the top-level table. */
export const DIRECT_MAP_BYTES = 0x100_0000_0000n;
export const DEVICE_WINDOW_BASE = 0x7f00_0000_0000n;
export const KERNEL_AREA_BASE = 0x7f40_0000_0000n;
export const KERNEL_BASE = 0x7f80_0000_0000n;

/** The local APIC's registers (physical 0xFEE0_0000) and the I/O APIC's (0xFEC0_0000). */
export const LAPIC_ADDRESS = DEVICE_WINDOW_BASE;
export const IOAPIC_ADDRESS = DEVICE_WINDOW_BASE + 0x1000n;
export const DEVICE_MAP_BASE = DEVICE_WINDOW_BASE + 0x20_0000n;
export const LAPIC_PHYS = 0xfee0_0000n;
export const IOAPIC_PHYS = 0xfec0_0000n;

/** Physical address of the image: `KERNEL_BASE + x` lies at `KERNEL_PHYS + x` (1 MiB stays free for firmware). */
export const KERNEL_PHYS = 0x20_0000n;
/** 32-bit entry code is linked at its physical address, below the image's 64-bit part, in its own segment. */
export const BOOT_CODE_PHYS = 0x10_0000n;
/** The hole below 4 GiB for devices: RAM continues at 4 GiB. */
export const RAM_HOLE_START = 0xc000_0000n;
export const RAM_HOLE_END = 0x1_0000_0000n;
export const MIN_MEMORY_BYTES = 0x80_0000n;
