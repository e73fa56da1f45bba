/**
 * Where fields lie that a packed image must have: offsets of abi/boot-info.ts and of ELF64, which the command line, being ordinary
 * TypeScript, cannot import. A test compares them with what the compiler lays out.
 */

export const PAGE_BYTES = 4096;
export const MODULE_MAGIC = 0x4d54_494d_5245_4800n;
export const IMAGE_MAGIC = 0x4b54_494d_5245_4800n;
export const MOST_FILES = 0x10_0000;

export const BOOT_MODULE = {
  bytes: 352,
  magic: 0,
  version: 8,
  totalBytes: 16,
  stringsOffset: 24,
  stringsBytes: 28,
  argc: 32,
  envc: 36,
  programOffset: 40,
  programBytes: 48,
  pathBytes: 220,
  cpuCount: 224,
  workingBytes: 228,
  filesOffset: 240,
  filesBytes: 248,
  fileCount: 256,
  filesChecksum: 260,
  umask: 264,
} as const;

export const IMAGE_HEADER = {
  magic: 0,
  version: 8,
  imageBytes: 16,
  packedModule: 176,
  packedBytes: 184,
} as const;

export const MODULE_FILE = {
  bytes: 48,
  nameOffset: 0,
  nameBytes: 4,
  mode: 8,
  firstChild: 12,
  childCount: 16,
  dataOffset: 24,
  dataBytes: 32,
  modifyNs: 40,
} as const;

/** abi/memory-map.ts. */
export const KERNEL_BASE = 0x7f80_0000_0000n;
export const KERNEL_PHYS = 0x20_0000n;
export const DIRECT_MAP_BASE = 0x7e00_0000_0000n;
