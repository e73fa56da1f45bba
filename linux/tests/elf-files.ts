/** ELF files for tests, made byte by byte: a small correct program that each test damages in its own way. */

import {
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  type Elf64Ehdr,
  type Elf64Phdr,
  EM_X86_64,
  ET_EXEC,
  EV_CURRENT,
  PF_R,
  PF_W,
  PF_X,
  PT_LOAD,
} from "../../abi/elf.ts";

export const FILE_BYTES = 0x3000n;
/** Code, data with .bss, and two unused headers for the tests. */
export const HEADER_COUNT = 4;
export const CODE_AT = 0x40_0000n;
export const DATA_AT = 0x40_2800n;
export const DATA_BYTES = 0x500n;
export const DATA_MEMORY_BYTES = 0x3000n;
export const ENTRY_AT = 0x40_1000n;

const file: FixedArray<u8, 12288> = zeroed();

export function fileSlice(): Slice<u8> {
  return sliceOf(elements(file), FILE_BYTES);
}

export function put16(offset: u64, value: u16): void {
  setAt(file, offset, u8(value & 0xff));
  setAt(file, offset + 1n, u8(value >> 8));
}

export function put32(offset: u64, value: u32): void {
  put16(offset, u16(value & 0xffff));
  put16(offset + 2n, u16(value >> 16));
}

export function put64(offset: u64, value: u64): void {
  put32(offset, u32(value & 0xffff_ffffn));
  put32(offset + 4n, u32(value >> 32n));
}

/** Where a field of program header `index` lies. */
export function headerField(index: u32, field: u32): u64 {
  return u64(sizeOf<Elf64Ehdr>()) + u64(index) * u64(sizeOf<Elf64Phdr>()) + u64(field);
}

export function putHeader(index: u32, type: u32, flags: u32, offset: u64, address: u64, bytes: u64, memory: u64): void {
  put32(headerField(index, offsetOf<Elf64Phdr>("p_type")), type);
  put32(headerField(index, offsetOf<Elf64Phdr>("p_flags")), flags);
  put64(headerField(index, offsetOf<Elf64Phdr>("p_offset")), offset);
  put64(headerField(index, offsetOf<Elf64Phdr>("p_vaddr")), address);
  put64(headerField(index, offsetOf<Elf64Phdr>("p_filesz")), bytes);
  put64(headerField(index, offsetOf<Elf64Phdr>("p_memsz")), memory);
  put64(headerField(index, offsetOf<Elf64Phdr>("p_align")), 0x1000n);
}

/**
 *     file      0 .. 0x2000        0x2800 .. 0x2d00
 *     memory    0x400000 RX        0x402800 RW, .bss to 0x405800
 */
export function makeProgram(): void {
  zero(file);
  for (let i: u32 = 0x200; i < 0x3000; i++) {
    file[i] = u8.wrap(i * 7 + (i >> 8));
  }
  put32(0n, ELF_MAGIC);
  file[4] = ELFCLASS64;
  file[5] = ELFDATA2LSB;
  file[6] = EV_CURRENT;
  put16(u64(offsetOf<Elf64Ehdr>("e_type")), ET_EXEC);
  put16(u64(offsetOf<Elf64Ehdr>("e_machine")), EM_X86_64);
  put32(u64(offsetOf<Elf64Ehdr>("e_version")), EV_CURRENT);
  put64(u64(offsetOf<Elf64Ehdr>("e_entry")), ENTRY_AT);
  put64(u64(offsetOf<Elf64Ehdr>("e_phoff")), u64(sizeOf<Elf64Ehdr>()));
  put16(u64(offsetOf<Elf64Ehdr>("e_phentsize")), u16(sizeOf<Elf64Phdr>()));
  put16(u64(offsetOf<Elf64Ehdr>("e_phnum")), HEADER_COUNT);
  putHeader(0, PT_LOAD, PF_R | PF_X, 0n, CODE_AT, 0x2000n, 0x2000n);
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x2800n, DATA_AT, DATA_BYTES, DATA_MEMORY_BYTES);
}
