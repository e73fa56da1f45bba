/**
 * Packed images (`hermit pack`): a kernel's ELF file with a boot module inside, of which a run takes program, files and first arguments.
 * The kernel of the image is for machines without a proxy; here the proxy boots its own, so both must be of one version.
 */

import { BOOT_ABI_VERSION, BOOT_MODULE_MAGIC, BootModule, IMAGE_MAGIC, ImageHeader } from "../abi/boot-info.ts";
import { Elf64Ehdr, Elf64Phdr, PT_LOAD } from "../abi/elf.ts";
import { KERNEL_BASE, PAGE_SIZE } from "../abi/memory-map.ts";

export enum PackedError {
  None = 0,
  /** An ordinary program. */
  NotPacked = 1,
  /** The kernel alone. */
  Empty = 2,
  OtherVersion = 3,
  Damaged = 4,
}

export class Packed {
  /** Where the files area lies in the file, a multiple of 4 KiB, and what the module's header says of it. */
  filesOffset!: u64;
  filesBytes!: u64;
  fileCount!: u32;
  filesChecksum!: u32;
  /** The program in the area. */
  programOffset!: u64;
  programBytes!: u64;
  argc!: u32;
  /** The image's arguments, each with its NUL, and the program's path; views of the file. */
  strings!: Slice<u8>;
  path!: Slice<u8>;
}

const MOST_HEADERS = 16;
/** Header, arguments and path: more than a command line of that length is not packed. */
const MOST_HEADER_BYTES = 0x20_0000n;

/** Looks whether the file is an image of `hermit pack`, and fills `packed` if so. */
export function packedRead(file: Slice<u8>, packed: Packed): PackedError {
  const header = new ImageHeader();
  if (!readImageHeader(file, header)) return PackedError.NotPacked;
  if (header.packedBytes === 0n) return PackedError.Empty;
  if (header.version !== BOOT_ABI_VERSION) return PackedError.OtherVersion;
  const start = fileOffset(file, u64(header.packedModule), header.packedBytes);
  if (start === 0n || start % PAGE_SIZE !== 0n || start > file.length || header.packedBytes > file.length - start) {
    return PackedError.Damaged;
  }
  const module = new BootModule();
  if (!readAt(file, module, u64(sizeOf<BootModule>()), start)) return PackedError.Damaged;
  if (!isModuleSound(module, header.packedBytes)) return PackedError.Damaged;
  packed.filesOffset = start + module.filesOffset;
  packed.filesBytes = module.filesBytes;
  packed.fileCount = module.fileCount;
  packed.filesChecksum = module.filesChecksum;
  packed.programOffset = module.programOffset - module.filesOffset;
  packed.programBytes = module.programBytes;
  packed.argc = module.argc;
  return findStrings(file.data.add(start), module, packed) ? PackedError.None : PackedError.Damaged;
}

/** The kernel's header, if the file begins as the kernel's does. */
function readImageHeader(file: Slice<u8>, header: ImageHeader): bool {
  const segment = new Elf64Phdr();
  if (!findSegment(file, segment, isImage, 0n)) return false;
  if (!readAt(file, header, u64(sizeOf<ImageHeader>()), segment.p_offset)) return false;
  return header.magic === IMAGE_MAGIC;
}

function isImage(segment: Elf64Phdr, _address: u64): bool {
  return segment.p_type === PT_LOAD && segment.p_vaddr === KERNEL_BASE;
}

function isModule(segment: Elf64Phdr, address: u64): bool {
  return segment.p_type === PT_LOAD && segment.p_paddr === address;
}

/** Where in the file the segment at a physical address lies; 0n: nowhere as a whole. */
function fileOffset(file: Slice<u8>, address: u64, bytes: u64): u64 {
  const segment = new Elf64Phdr();
  if (!findSegment(file, segment, isModule, address) || segment.p_filesz !== bytes) return 0n;
  return segment.p_offset;
}

function findSegment(
  file: Slice<u8>,
  segment: Elf64Phdr,
  isWanted: (segment: Elf64Phdr, address: u64) => bool,
  address: u64,
): bool {
  const elf = new Elf64Ehdr();
  if (!readAt(file, elf, u64(sizeOf<Elf64Ehdr>()), 0n)) return false;
  const count: u32 = u32(elf.e_phnum) < MOST_HEADERS ? u32(elf.e_phnum) : MOST_HEADERS;
  const size = u64(sizeOf<Elf64Phdr>());
  for (let i: u32 = 0; i < count; i += 1) {
    if (!readAt(file, segment, size, elf.e_phoff + u64(i) * size)) return false;
    if (isWanted(segment, address)) return true;
  }
  return false;
}

/** The places; what the files are is checked by the guest, with their checksum. */
function isModuleSound(module: BootModule, total: u64): bool {
  const headerBytes = u64(module.stringsOffset) + u64(module.stringsBytes) + u64(module.pathBytes);
  if (module.magic !== BOOT_MODULE_MAGIC || module.version !== BOOT_ABI_VERSION) return false;
  if (headerBytes > module.filesOffset || headerBytes > MOST_HEADER_BYTES) return false;
  if (module.filesOffset > total || module.filesBytes > total - module.filesOffset) return false;
  if (module.filesOffset % PAGE_SIZE !== 0n || module.programOffset % PAGE_SIZE !== 0n) return false;
  if (module.programOffset < module.filesOffset) return false;
  const offset = module.programOffset - module.filesOffset;
  return module.fileCount > 0 && offset <= module.filesBytes && module.programBytes <= module.filesBytes - offset;
}

/** `place` is where the module lies, as a whole. */
function findStrings(place: Ptr<u8>, module: BootModule, packed: Packed): bool {
  const strings = place.add(module.stringsOffset);
  packed.strings = sliceOf(strings, u64(module.stringsBytes));
  packed.path = sliceOf(strings.add(module.stringsBytes), u64(module.pathBytes));
  return hasStrings(packed.strings, module.argc);
}

/** Whether `count` strings end inside. */
function hasStrings(bytes: Slice<u8>, count: u32): bool {
  let found: u32 = 0;
  for (let i: u64 = 0n; i < bytes.length && found < count; i += 1n) {
    if (at(bytes, i) === 0) found += 1;
  }
  return found === count;
}

/** A copy, because nothing in the file needs to be aligned; false if it is shorter. */
function readAt(file: Slice<u8>, place: object, bytes: u64, offset: u64): bool {
  if (offset > file.length || bytes > file.length - offset) return false;
  // SAFETY: `place` is a struct of `bytes` bytes.
  copyBytes(castPtr<u8>(place), file.data.add(offset), bytes);
  return true;
}
