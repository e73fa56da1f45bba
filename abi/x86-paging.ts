/** Page-table entries of 4-level paging: Intel SDM volume 3, 4.5; AMD64 APM volume 2, 5.3. */

export const PTE_PRESENT = 0x1n;
export const PTE_WRITE = 0x2n;
export const PTE_USER = 0x4n;
export const PTE_WRITE_THROUGH = 0x8n;
export const PTE_CACHE_DISABLE = 0x10n;
export const PTE_ACCESSED = 0x20n;
export const PTE_DIRTY = 0x40n;
/** In a directory or directory-pointer entry: it maps a page of 2 MiB or 1 GiB. */
export const PTE_LARGE = 0x80n;
export const PTE_GLOBAL = 0x100n;
/** Bit 9 is software's. Ours: the frame is not the region's own but belongs to what the region shows (kernel/mm/mapped-object.ts). */
export const PTE_SHOWN = 0x200n;
/** Bit 10 is software's, too. Ours: the page was given along with the first of its group of eight (kernel/mm/page-table.ts). */
export const PTE_ALONG = 0x400n;
export const PTE_NO_EXECUTE = 0x8000_0000_0000_0000n;
/** Bits 12..51: the address of the page or of the next table. */
export const PTE_ADDRESS_MASK = 0x000f_ffff_ffff_f000n;
export const PTE_COUNT = 512;
/** Levels count from 1 (entries map 4 KiB) to 4 (top); a level resolves 9 bits of the address. */
export const PTE_LEVELS = 4;
export const PTE_LEVEL_BITS = 9;
