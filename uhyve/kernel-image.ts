/**
 * The kernel image: from the ELF file inside the proxy into guest memory, and mapped there by the rights of its segments.
 *
 * The file is our own, so a fault in it is a fault of the build; it is checked nevertheless, because a wrong offset here would
 * write over the proxy's own memory. Segments below KERNEL_BASE are entry code for machines that start in 32-bit mode; this
 * monitor starts the guest in ring 3 and leaves them out.
 *
 *     KERNEL_PHYS + 0   ImageHeader, code, read-only data, data, zeroed data   up to ImageHeader.imageBytes
 */

import { BOOT_ABI_VERSION, IMAGE_MAGIC, type ImageHeader } from "../abi/boot-info.ts";
import { ELF_MAGIC, type Elf64Ehdr, type Elf64Phdr, PF_W, PF_X, PT_LOAD } from "../abi/elf.ts";
import { KERNEL_BASE, KERNEL_PHYS, PAGE_SIZE } from "../abi/memory-map.ts";
import { PTE_NO_EXECUTE, PTE_WRITE } from "../abi/x86-paging.ts";
import { type GuestMemory, guestAt } from "./guest-memory.ts";
import { type TableBuilder, tablesMap } from "./page-tables.ts";

/** What the image may be: far above any real one, far below where sums of it could overflow. */
export const IMAGE_MAX_BYTES = 0x4000_0000n;
const MAX_SEGMENTS = 64;

export enum ImageError {
  None = 0,
  NotElf = 1,
  BadSegment = 2,
  NoMemory = 3,
  BadHeader = 4,
}

/** The guest-physical address of an address inside the image. */
export function imagePhysical(address: VirtAddr): GuestPhys {
  return GuestPhys(u64(address) - KERNEL_BASE + KERNEL_PHYS);
}

/** Whether `[address, address + bytes)` lies in the image that `header` describes. Any arguments are safe. */
export function imageContains(header: ImageHeader, address: VirtAddr, bytes: u64): bool {
  const offset = u64(address) - KERNEL_BASE;
  return offset <= header.imageBytes && bytes <= header.imageBytes - offset;
}

/** Copies the segments to guest memory, which is zero there, and checks the image's header. */
export function imageLoad(memory: GuestMemory, file: Slice<u8>): ImageError {
  if (!isElf(file)) return ImageError.NotElf;
  for (let i: u32 = 0; i < segmentCount(file); i += 1) {
    const segment = segmentAt(file, i);
    if (!isLoaded(segment)) continue;
    if (!isSound(file, segment)) return ImageError.BadSegment;
    const place = guestAt(memory, imagePhysical(VirtAddr(segment.p_vaddr)), segment.p_memsz);
    if (place === null) return ImageError.NoMemory;
    copyBytes(place, file.data.add(segment.p_offset), segment.p_filesz);
  }
  const header = imageHeader(memory);
  if (header === null) return ImageError.NoMemory;
  const isOurs = header.magic === IMAGE_MAGIC && header.version === BOOT_ABI_VERSION;
  return isOurs && header.imageBytes <= IMAGE_MAX_BYTES ? ImageError.None : ImageError.BadHeader;
}

/** The header of a loaded image. */
export function imageHeader(memory: GuestMemory): Ptr<ImageHeader> | null {
  const place = guestAt(memory, GuestPhys(KERNEL_PHYS), u64(sizeOf<ImageHeader>()));
  // SAFETY: guest RAM at a multiple of the page size.
  return place === null ? null : castPtr<ImageHeader>(place);
}

/** Maps every segment at its address: writable or executable as the file says, never both. */
export function imageMap(builder: TableBuilder, file: Slice<u8>): bool {
  for (let i: u32 = 0; i < segmentCount(file); i += 1) {
    const segment = segmentAt(file, i);
    if (!isLoaded(segment)) continue;
    const isWritable = (segment.p_flags & PF_W) !== 0;
    const isExecutable = (segment.p_flags & PF_X) !== 0 && !isWritable;
    let flags: u64 = 0n;
    if (isWritable) flags |= PTE_WRITE;
    if (!isExecutable) flags |= PTE_NO_EXECUTE;
    const start = segment.p_vaddr & ~(PAGE_SIZE - 1n);
    const end = (segment.p_vaddr + segment.p_memsz + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
    const physical = u64(imagePhysical(VirtAddr(start)));
    if (!tablesMap(builder, VirtAddr(start), physical, end - start, PAGE_SIZE, flags)) return false;
  }
  return true;
}

/** The bytes that the file has for `[address, address + bytes)` of the image; null unless one segment holds all of them. */
export function imageFileAt(file: Slice<u8>, address: VirtAddr, bytes: u64): Ptr<u8> | null {
  if (!isElf(file)) return null;
  for (let i: u32 = 0; i < segmentCount(file); i += 1) {
    const segment = segmentAt(file, i);
    if (!isLoaded(segment) || !isSound(file, segment) || u64(address) < segment.p_vaddr) continue;
    const offset = u64(address) - segment.p_vaddr;
    if (offset <= segment.p_filesz && bytes <= segment.p_filesz - offset) {
      return file.data.add(segment.p_offset + offset);
    }
  }
  return null;
}

/** The image's header as the file has it. */
export function imageFileHeader(file: Slice<u8>): Ptr<ImageHeader> | null {
  const start = imageFileAt(file, VirtAddr(KERNEL_BASE), u64(sizeOf<ImageHeader>()));
  // SAFETY: segments begin at multiples of the page size in a file that is page-aligned itself.
  return start === null ? null : castPtr<ImageHeader>(start);
}

function isElf(file: Slice<u8>): bool {
  if (file.length < u64(sizeOf<Elf64Ehdr>())) return false;
  const header = fileHeader(file);
  // SAFETY: the first four bytes of the header, which is aligned.
  const magic = castPtr<u32>(file.data).value;
  if (magic !== ELF_MAGIC || u32(header.e_phentsize) !== sizeOf<Elf64Phdr>()) return false;
  const tableBytes = u64(header.e_phnum) * u64(sizeOf<Elf64Phdr>());
  return header.e_phnum <= MAX_SEGMENTS && header.e_phoff <= file.length && tableBytes <= file.length - header.e_phoff;
}

function isLoaded(segment: Elf64Phdr): bool {
  return segment.p_type === PT_LOAD && segment.p_memsz > 0n && segment.p_vaddr >= KERNEL_BASE;
}

function isSound(file: Slice<u8>, segment: Elf64Phdr): bool {
  const isInFile = segment.p_offset <= file.length && segment.p_filesz <= file.length - segment.p_offset;
  const isInImage = segment.p_vaddr - KERNEL_BASE <= IMAGE_MAX_BYTES && segment.p_memsz <= IMAGE_MAX_BYTES;
  return isInFile && isInImage && segment.p_filesz <= segment.p_memsz;
}

function segmentCount(file: Slice<u8>): u32 {
  return u32(fileHeader(file).e_phnum);
}

function segmentAt(file: Slice<u8>, index: u32): Ptr<Elf64Phdr> {
  // SAFETY: isElf has checked that the table lies in the file; embedded files are page-aligned and tables 8-byte-aligned.
  return castPtr<Elf64Phdr>(file.data.add(fileHeader(file).e_phoff)).add(index);
}

function fileHeader(file: Slice<u8>): Ptr<Elf64Ehdr> {
  // SAFETY: isElf has checked the length; embedded files are page-aligned.
  return castPtr<Elf64Ehdr>(file.data);
}
