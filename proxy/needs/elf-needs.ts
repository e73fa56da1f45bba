/**
 * What a dynamically linked ELF file asks for: interpreter, libraries and where to look for them (System V gABI 4.2, chapter 5). Pure:
 * bytes in, views of them out. The bytes may be anything; what is damaged asks for nothing.
 */

import {
  ELF_MAGIC,
  type Elf64Dyn,
  type Elf64Ehdr,
  type Elf64Phdr,
  PF_W,
  PF_X,
  PT_DYNAMIC,
  PT_INTERP,
  PT_LOAD,
} from "../../abi/elf.ts";
import { readU16, readU32, readU64 } from "../../compiler/std/elf-check.ts";

export const MAX_NEEDED = 128;
const MAX_HEADERS = 64;
const MAX_DYNAMIC_ENTRIES = 4096n;
const MAX_NAME_BYTES = 4096n;

const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

export class ElfNeeds {
  /** "": the program loads itself. */
  interpreter!: string;
  needed!: FixedArray<string, 128>;
  neededCount!: u32;
  /** Folders, separated by colons; "": none. */
  rpath!: string;
  runpath!: string;
}

/** Reads what `file` asks for; everything empty if it is no such file. */
export function elfNeedsRead(file: Slice<u8>, needs: ElfNeeds): void {
  zero(needs);
  if (file.length < u64(sizeOf<Elf64Ehdr>()) || readU32(file, 0n) !== ELF_MAGIC) return;
  const headers = readU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  const count = headerCount(file, headers);
  for (let i: u64 = 0n; i < count; i += 1n) {
    const header = headers + i * u64(sizeOf<Elf64Phdr>());
    const offset = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
    const bytes = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
    const type = readU32(file, header + u64(offsetOf<Elf64Phdr>("p_type")));
    if (!isInside(file, offset, bytes)) continue;
    if (type === PT_INTERP) needs.interpreter = textAt(file, offset);
    if (type === PT_DYNAMIC) readDynamic(file, offset, bytes, needs);
  }
}

/** A segment's part of the file that cannot be written to: constants, or code. */
export class ElfPart {
  bytes!: Slice<u8>;
  isCode!: bool;
}

/** Puts the file's parts that cannot be written to into `parts`: how many there are. */
export function elfPartsRead(file: Slice<u8>, parts: Slice<ElfPart>): u64 {
  if (file.length < u64(sizeOf<Elf64Ehdr>()) || readU32(file, 0n) !== ELF_MAGIC) return 0n;
  const headers = readU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  const count = headerCount(file, headers);
  let found: u64 = 0n;
  for (let i: u64 = 0n; i < count && found < parts.length; i += 1n) {
    const header = headers + i * u64(sizeOf<Elf64Phdr>());
    const offset = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
    const bytes = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
    const flags = readU32(file, header + u64(offsetOf<Elf64Phdr>("p_flags")));
    if (readU32(file, header + u64(offsetOf<Elf64Phdr>("p_type"))) !== PT_LOAD || (flags & PF_W) !== 0) continue;
    if (!isInside(file, offset, bytes)) continue;
    parts[u32(found)] = { bytes: file.subslice(offset, offset + bytes), isCode: (flags & PF_X) !== 0 };
    found += 1n;
  }
  return found;
}

function headerCount(file: Slice<u8>, headers: u64): u64 {
  const count = u64(readU16(file, u64(offsetOf<Elf64Ehdr>("e_phnum"))));
  const isSound = count <= u64(MAX_HEADERS) && isInside(file, headers, count * u64(sizeOf<Elf64Phdr>()));
  return isSound ? count : 0n;
}

function isInside(file: Slice<u8>, offset: u64, bytes: u64): bool {
  return offset <= file.length && bytes <= file.length - offset;
}

function readDynamic(file: Slice<u8>, offset: u64, bytes: u64, needs: ElfNeeds): void {
  const strings = fileOffset(file, entryValue(file, offset, bytes, DT_STRTAB));
  if (strings === 0n) return;
  const count = entryCount(bytes);
  for (let i: u64 = 0n; i < count; i += 1n) {
    const entry = offset + i * u64(sizeOf<Elf64Dyn>());
    const tag = readU64(file, entry);
    if (tag === DT_NULL) return;
    const name = readU64(file, entry + u64(offsetOf<Elf64Dyn>("d_val")));
    if (name >= file.length) continue;
    if (tag === DT_RPATH) needs.rpath = textAt(file, strings + name);
    if (tag === DT_RUNPATH) needs.runpath = textAt(file, strings + name);
    if (tag !== DT_NEEDED || needs.neededCount === MAX_NEEDED) continue;
    needs.needed[needs.neededCount] = textAt(file, strings + name);
    needs.neededCount += 1;
  }
}

function entryCount(bytes: u64): u64 {
  const count = bytes / u64(sizeOf<Elf64Dyn>());
  return count < MAX_DYNAMIC_ENTRIES ? count : MAX_DYNAMIC_ENTRIES;
}

/** The first entry's value, or 0n. */
function entryValue(file: Slice<u8>, offset: u64, bytes: u64, wanted: u64): u64 {
  const count = entryCount(bytes);
  for (let i: u64 = 0n; i < count; i += 1n) {
    const entry = offset + i * u64(sizeOf<Elf64Dyn>());
    const tag = readU64(file, entry);
    if (tag === wanted) return readU64(file, entry + u64(offsetOf<Elf64Dyn>("d_val")));
    if (tag === DT_NULL) return 0n;
  }
  return 0n;
}

/** Where in the file an address of the image lies; 0n: nowhere. */
function fileOffset(file: Slice<u8>, address: u64): u64 {
  const headers = readU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  const count = headerCount(file, headers);
  for (let i: u64 = 0n; i < count; i += 1n) {
    const header = headers + i * u64(sizeOf<Elf64Phdr>());
    if (readU32(file, header + u64(offsetOf<Elf64Phdr>("p_type"))) !== PT_LOAD) continue;
    const start = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_vaddr")));
    const bytes = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
    const offset = readU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
    if (address >= start && address - start < bytes && isInside(file, offset, bytes)) return offset + address - start;
  }
  return 0n;
}

/** The text up to its NUL; "" if it has none within bounds. */
function textAt(file: Slice<u8>, offset: u64): string {
  let length: u64 = 0n;
  while (length < MAX_NAME_BYTES && isInside(file, offset, length + 1n)) {
    if (at(file, offset + length) === 0) return stringOf(file.data.add(offset), length);
    length += 1n;
  }
  return "";
}
