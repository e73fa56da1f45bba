/**
 * What makes a file a program that this system can run: every check on an ELF file, in one pure function.
 *
 * `elfCheck` reads a file that nobody trusts and either fills an `ElfImage`, whose numbers then need no further check, or names
 * the first rule that the file breaks. It does no I/O and keeps no state, so the proxy runs it on the host before it starts a
 * machine, the guest runs the same code before it maps anything, and the fuzzer feeds it bytes (fuzz/elf). Alternative considered:
 * checks beside their use in the loader; then host and guest would disagree one day.
 *
 * Spec: System V gABI 4.2 chapter 5 (program loading), System V ABI AMD64 1.0 chapter 5. Stricter than Linux where a lax reading
 * only hides damage: segments must be sorted and apart, a page never writable and executable, the entry inside code.
 *
 * Invariants of a filled `ElfImage`: 1 <= segmentCount <= ELF_MAX_SEGMENTS; segments ascend in page-rounded addresses unless two
 * share one page; fileOffset + fileBytes <= file size; fileBytes <= memoryBytes; [low, high) covers all segments and, for
 * programs at fixed addresses, lies in [APP_BASE, APP_LIMIT).
 */

import {
  DT_NEEDED,
  DT_NULL,
  EI_CLASS,
  EI_DATA,
  EI_NIDENT,
  EI_OSABI,
  EI_VERSION,
  ELF_MAGIC,
  ELFCLASS32,
  ELFCLASS64,
  ELFDATA2LSB,
  ELFOSABI_GNU,
  ELFOSABI_HERMIT,
  ELFOSABI_SYSV,
  type Elf64Dyn,
  type Elf64Ehdr,
  type Elf64Phdr,
  EM_X86_64,
  ET_CORE,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  EV_CURRENT,
  PF_W,
  PF_X,
  PT_DYNAMIC,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
  PT_TLS,
} from "../../abi/elf.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { type ElfFile, elfFileOf, fileByte, fileContains, fileU16, fileU32, fileU64 } from "./elf-file.ts";

export const ELF_MAX_PROGRAM_HEADERS = 64;
export const ELF_MAX_SEGMENTS = 16;
const ELF_MAX_DYNAMIC_ENTRIES = 4096n;
/** PATH_MAX, which counts the NUL. */
const ELF_MAX_INTERPRETER_BYTES = 4096n;
const SLASH = 47;
const ELF_MAX_ALIGNMENT = 0x4000_0000n;
/** What a program may span: beyond this no room would be left for heap, mappings and stacks. */
const ELF_MAX_SPAN_BYTES = 0x4000_0000_0000n;

export enum ElfError {
  None = 0,
  NotElf,
  Truncated,
  Is32Bit,
  NotLittleEndian,
  BadHeader,
  OtherSystem,
  OtherMachine,
  ObjectFile,
  CoreDump,
  NotProgram,
  NoSegments,
  TooManySegments,
  BadSegmentSize,
  BadAlignment,
  OverlappingSegments,
  WritableCode,
  AddressRange,
  EntryOutside,
  BadInterpreter,
  SharedLibrary,
}

/** A PT_LOAD entry. Addresses are as in the file: without the base of a position-independent program. */
@struct(40)
export class ElfSegment {
  fileOffset!: u64;
  fileBytes!: u64;
  address!: u64;
  memoryBytes!: u64;
  /** PF_R | PF_W | PF_X */
  flags!: u32;
  reserved!: u32;
}

@struct()
export class ElfImage {
  /** PIE: the loader chooses the base, a multiple of `alignment`. */
  isPositionIndependent!: bool;
  /** The file asks for an executable stack, which it does not get. */
  wantsExecutableStack!: bool;
  segmentCount!: u32;
  entry!: u64;
  /** Lowest byte, rounded down to a page, and end, rounded up. */
  low!: u64;
  high!: u64;
  alignment!: u64;
  /** Where the program headers lie in memory (AT_PHDR); 0 if no segment holds them. */
  programHeaders!: u64;
  programHeaderCount!: u32;
  reserved!: u32;
  /** Where the file names its interpreter, an absolute path; 0 bytes: it is linked statically. The NUL behind it is not counted. */
  interpreterOffset!: u64;
  interpreterBytes!: u64;
  segments!: FixedArray<ElfSegment, 16>;
}

/** The rule as a clause for a message: "PROGRAM: <clause>". */
export function elfErrorText(error: ElfError): string {
  switch (error) {
    case ElfError.None:
      return "is a program that can run";
    case ElfError.NotElf:
      return "is not an ELF program; build one with `hermit cc` or `hermit build`";
    case ElfError.Truncated:
      return "is truncated: its headers point behind its end; build or copy it again";
    case ElfError.Is32Bit:
      return "is a 32-bit program; build it for x86-64 (without -m32)";
    case ElfError.NotLittleEndian:
      return "is a big-endian program of another machine; build it for x86-64";
    case ElfError.BadHeader:
      return "has a damaged ELF header; build or copy it again";
    case ElfError.OtherSystem:
      return "was built for another operating system; build it for Linux or with `hermit cc`";
    case ElfError.OtherMachine:
      return "was built for another processor; build it for x86-64";
    case ElfError.ObjectFile:
      return "is an object file, not a program; link it first";
    case ElfError.CoreDump:
      return "is a core dump, not a program";
    case ElfError.NotProgram:
      return "is an ELF file of an unknown type, not a program";
    case ElfError.NoSegments:
      return "has nothing to load";
    case ElfError.TooManySegments:
      return "has more segments than a program can have";
    case ElfError.BadSegmentSize:
      return "has a segment whose sizes cannot be; build or copy it again";
    case ElfError.BadAlignment:
      return "has a segment that is not aligned to pages of 4096 bytes; link it with -z max-page-size=4096";
    case ElfError.OverlappingSegments:
      return "has segments that overlap or are out of order; build or copy it again";
    case ElfError.WritableCode:
      return "has code that is writable; link it without -N (--omagic) and with -z noexecstack";
    case ElfError.AddressRange:
      return "asks for addresses that no program can have here; link it at its usual address or with -static-pie";
    case ElfError.EntryOutside:
      return "has its entry point outside its code; build or copy it again";
    case ElfError.BadInterpreter:
      return "names no interpreter that could load its libraries; build or copy it again";
    case ElfError.SharedLibrary:
      return "is a shared library, not a program";
  }
}

/** Checks `bytes`, a whole file, and fills `image`; the first broken rule, or `ElfError.None`. */
export function elfCheck(bytes: Slice<u8>, image: ElfImage): ElfError {
  const file: ElfFile = zeroed();
  elfFileOf(bytes, file);
  return elfCheckFile(file, image);
}

/** As elfCheck; of a file that could not be read (`file.isBroken`) the answer means nothing. */
export function elfCheckFile(file: ElfFile, image: ElfImage): ElfError {
  zero(image);
  const header = checkHeader(file, image);
  if (header !== ElfError.None) {
    return header;
  }
  const segments = checkProgramHeaders(file, image);
  if (segments !== ElfError.None) {
    return segments;
  }
  return checkImage(file, image);
}

/** Little-endian reads at any alignment. The caller has checked that the bytes exist. */
export function readU16(bytes: Slice<u8>, offset: u64): u16 {
  return u16(at(bytes, offset)) | (u16(at(bytes, offset + 1n)) << 8);
}

export function readU32(bytes: Slice<u8>, offset: u64): u32 {
  return u32(readU16(bytes, offset)) | (u32(readU16(bytes, offset + 2n)) << 16);
}

export function readU64(bytes: Slice<u8>, offset: u64): u64 {
  return u64(readU32(bytes, offset)) | (u64(readU32(bytes, offset + 4n)) << 32n);
}

function checkHeader(file: ElfFile, image: ElfImage): ElfError {
  if (file.length < 4n || fileU32(file, 0n) !== ELF_MAGIC) {
    return ElfError.NotElf;
  }
  if (file.length < u64(EI_NIDENT)) {
    return ElfError.Truncated;
  }
  const ident = checkIdent(file);
  if (ident !== ElfError.None) {
    return ident;
  }
  if (file.length < u64(sizeOf<Elf64Ehdr>())) {
    return ElfError.Truncated;
  }
  if (fileU16(file, u64(offsetOf<Elf64Ehdr>("e_machine"))) !== EM_X86_64) {
    return ElfError.OtherMachine;
  }
  const type = checkType(fileU16(file, u64(offsetOf<Elf64Ehdr>("e_type"))));
  if (type !== ElfError.None) {
    return type;
  }
  if (fileU32(file, u64(offsetOf<Elf64Ehdr>("e_version"))) !== u32(EV_CURRENT)) {
    return ElfError.BadHeader;
  }
  if (!hasWholeSectionTable(file)) {
    return ElfError.Truncated;
  }
  image.isPositionIndependent = fileU16(file, u64(offsetOf<Elf64Ehdr>("e_type"))) === ET_DYN;
  image.entry = fileU64(file, u64(offsetOf<Elf64Ehdr>("e_entry")));
  return checkHeaderTable(file, image);
}

function checkIdent(file: ElfFile): ElfError {
  const fileClass = fileByte(file, u64(EI_CLASS));
  if (fileClass === ELFCLASS32) {
    return ElfError.Is32Bit;
  }
  if (fileClass !== ELFCLASS64 || fileByte(file, u64(EI_VERSION)) !== EV_CURRENT) {
    return ElfError.BadHeader;
  }
  if (fileByte(file, u64(EI_DATA)) !== ELFDATA2LSB) {
    return ElfError.NotLittleEndian;
  }
  const system = fileByte(file, u64(EI_OSABI));
  if (system !== ELFOSABI_SYSV && system !== ELFOSABI_GNU && system !== ELFOSABI_HERMIT) {
    return ElfError.OtherSystem;
  }
  return ElfError.None;
}

function checkType(type: u16): ElfError {
  switch (type) {
    case ET_EXEC:
    case ET_DYN:
      return ElfError.None;
    case ET_REL:
      return ElfError.ObjectFile;
    case ET_CORE:
      return ElfError.CoreDump;
    default:
      return ElfError.NotProgram;
  }
}

/** Place and size of the table of program headers. */
function checkHeaderTable(file: ElfFile, image: ElfImage): ElfError {
  const count = fileU16(file, u64(offsetOf<Elf64Ehdr>("e_phnum")));
  const entryBytes = fileU16(file, u64(offsetOf<Elf64Ehdr>("e_phentsize")));
  if (count === 0) {
    return ElfError.NoSegments;
  }
  if (u32(entryBytes) !== sizeOf<Elf64Phdr>()) {
    return ElfError.BadHeader;
  }
  if (count > ELF_MAX_PROGRAM_HEADERS) {
    return ElfError.TooManySegments;
  }
  const start = fileU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  if (!fileContains(file, start, u64(count) * u64(sizeOf<Elf64Phdr>()))) {
    return ElfError.Truncated;
  }
  image.programHeaderCount = u32(count);
  return ElfError.None;
}

/**
 * Nothing of the section headers is loaded, but linkers put them last: where they are missing, the file is not whole. A file without
 * any (e_shoff = 0) has been stripped of them.
 */
function hasWholeSectionTable(file: ElfFile): bool {
  const start = fileU64(file, u64(offsetOf<Elf64Ehdr>("e_shoff")));
  const count = fileU16(file, u64(offsetOf<Elf64Ehdr>("e_shnum")));
  const entryBytes = fileU16(file, u64(offsetOf<Elf64Ehdr>("e_shentsize")));
  return start === 0n || fileContains(file, start, u64(count) * u64(entryBytes));
}

function checkProgramHeaders(file: ElfFile, image: ElfImage): ElfError {
  const table = fileU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  image.alignment = PAGE_SIZE;
  // What kind of file it is, is said before what is wrong with its segments.
  for (let i: u32 = 0; i < image.programHeaderCount; i++) {
    const error = checkKind(file, table + u64(i) * u64(sizeOf<Elf64Phdr>()), image);
    if (error !== ElfError.None) {
      return error;
    }
  }
  for (let i: u32 = 0; i < image.programHeaderCount; i++) {
    const error = checkProgramHeader(file, table + u64(i) * u64(sizeOf<Elf64Phdr>()), image);
    if (error !== ElfError.None) {
      return error;
    }
  }
  return image.segmentCount === 0 ? ElfError.NoSegments : ElfError.None;
}

function checkKind(file: ElfFile, header: u64, image: ElfImage): ElfError {
  const type = fileU32(file, header + u64(offsetOf<Elf64Phdr>("p_type")));
  const flags = fileU32(file, header + u64(offsetOf<Elf64Phdr>("p_flags")));
  if (type === PT_INTERP) {
    return checkInterpreter(file, header, image);
  }
  if (type === PT_GNU_STACK) {
    image.wantsExecutableStack = (flags & PF_X) !== 0;
  }
  return ElfError.None;
}

function checkInterpreter(file: ElfFile, header: u64, image: ElfImage): ElfError {
  const offset = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
  const bytes = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
  if (!fileContains(file, offset, bytes)) {
    return ElfError.Truncated;
  }
  if (bytes < 2n || bytes > ELF_MAX_INTERPRETER_BYTES || fileByte(file, offset) !== SLASH) {
    return ElfError.BadInterpreter;
  }
  for (let i: u64 = 0n; i < bytes; i++) {
    if ((fileByte(file, offset + i) === 0) !== (i === bytes - 1n)) {
      return ElfError.BadInterpreter;
    }
  }
  image.interpreterOffset = offset;
  image.interpreterBytes = bytes - 1n;
  return ElfError.None;
}

function checkProgramHeader(file: ElfFile, header: u64, image: ElfImage): ElfError {
  const type = fileU32(file, header + u64(offsetOf<Elf64Phdr>("p_type")));
  const offset = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
  const fileBytes = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
  const memoryBytes = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_memsz")));
  if (type !== PT_LOAD && type !== PT_TLS && type !== PT_DYNAMIC) {
    return ElfError.None;
  }
  if (!fileContains(file, offset, fileBytes)) {
    return ElfError.Truncated;
  }
  if (fileBytes > memoryBytes) {
    return ElfError.BadSegmentSize;
  }
  if (type === PT_DYNAMIC) {
    return image.interpreterBytes === 0n && needsLibraries(file, offset, fileBytes)
      ? ElfError.SharedLibrary
      : ElfError.None;
  }
  if (type === PT_TLS || memoryBytes === 0n) {
    return ElfError.None;
  }
  return addSegment(file, header, image);
}

/** Whether a dynamic section names libraries: without an interpreter nobody could load them. */
function needsLibraries(file: ElfFile, offset: u64, bytes: u64): bool {
  const entryBytes = u64(sizeOf<Elf64Dyn>());
  for (let i: u64 = 0n; i < bytes / entryBytes && i < ELF_MAX_DYNAMIC_ENTRIES; i++) {
    const tag = fileU64(file, offset + i * entryBytes);
    if (tag === DT_NULL) {
      return false;
    }
    if (tag === DT_NEEDED) {
      return true;
    }
  }
  return false;
}

function addSegment(file: ElfFile, header: u64, image: ElfImage): ElfError {
  if (image.segmentCount >= ELF_MAX_SEGMENTS) {
    return ElfError.TooManySegments;
  }
  const segment = image.segments[image.segmentCount];
  segment.fileOffset = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_offset")));
  segment.fileBytes = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_filesz")));
  segment.address = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_vaddr")));
  segment.memoryBytes = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_memsz")));
  segment.flags = fileU32(file, header + u64(offsetOf<Elf64Phdr>("p_flags")));
  if ((segment.flags & (PF_W | PF_X)) === (PF_W | PF_X)) {
    return ElfError.WritableCode;
  }
  const alignment = fileU64(file, header + u64(offsetOf<Elf64Phdr>("p_align")));
  const aligned = checkAlignment(segment, alignment);
  if (aligned !== ElfError.None) {
    return aligned;
  }
  if (alignment > image.alignment) {
    image.alignment = alignment;
  }
  // Room to round up to a page, so no later sum of an address can overflow.
  if (segment.address >= APP_LIMIT || segment.memoryBytes > APP_LIMIT - segment.address) {
    return ElfError.AddressRange;
  }
  const order = checkOrder(image, segment);
  if (order !== ElfError.None) {
    return order;
  }
  image.segmentCount++;
  return ElfError.None;
}

function checkAlignment(segment: ElfSegment, alignment: u64): ElfError {
  if ((alignment & (alignment - 1n)) !== 0n || alignment > ELF_MAX_ALIGNMENT) {
    return ElfError.BadAlignment;
  }
  // File pages are mapped, not copied, so an offset and its address agree in the low bits at least of a page.
  const modulus = alignment > PAGE_SIZE ? alignment : PAGE_SIZE;
  const difference = segment.address - segment.fileOffset;
  return (difference & (modulus - 1n)) === 0n ? ElfError.None : ElfError.BadAlignment;
}

/** Segments ascend without overlap (gABI: "PT_LOAD entries appear in ascending order"); a shared page never mixes W and X. */
function checkOrder(image: ElfImage, segment: ElfSegment): ElfError {
  if (image.segmentCount === 0) {
    image.low = pageFloor(segment.address);
    image.high = pageCeil(segment.address + segment.memoryBytes);
    return ElfError.None;
  }
  const before = image.segments[image.segmentCount - 1];
  const endBefore = before.address + before.memoryBytes;
  if (segment.address < endBefore) {
    return ElfError.OverlappingSegments;
  }
  const sharesPage = pageFloor(segment.address) < pageCeil(endBefore);
  const rights = before.flags | segment.flags;
  if (sharesPage && (rights & PF_W) !== 0 && (rights & PF_X) !== 0) {
    return ElfError.WritableCode;
  }
  image.high = pageCeil(segment.address + segment.memoryBytes);
  return ElfError.None;
}

/** Rules about the whole: range, entry, and where the program headers ended up. */
function checkImage(file: ElfFile, image: ElfImage): ElfError {
  if (image.high - image.low > ELF_MAX_SPAN_BYTES) {
    return ElfError.AddressRange;
  }
  if (!image.isPositionIndependent && (image.low < APP_BASE || image.high > APP_LIMIT)) {
    return ElfError.AddressRange;
  }
  if (!entryInCode(image)) {
    // A library has no entry, or one that is not code.
    return image.isPositionIndependent && image.entry === 0n ? ElfError.SharedLibrary : ElfError.EntryOutside;
  }
  const table = fileU64(file, u64(offsetOf<Elf64Ehdr>("e_phoff")));
  const tableBytes = u64(image.programHeaderCount) * u64(sizeOf<Elf64Phdr>());
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    if (table >= segment.fileOffset && table - segment.fileOffset <= segment.fileBytes) {
      if (tableBytes <= segment.fileBytes - (table - segment.fileOffset)) {
        image.programHeaders = segment.address + (table - segment.fileOffset);
      }
    }
  }
  return ElfError.None;
}

function entryInCode(image: ElfImage): bool {
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    const isCode = (segment.flags & PF_X) !== 0;
    if (isCode && image.entry >= segment.address && image.entry - segment.address < segment.fileBytes) {
      return true;
    }
  }
  return false;
}

function pageFloor(address: u64): u64 {
  return address & ~(PAGE_SIZE - 1n);
}

function pageCeil(address: u64): u64 {
  return (address + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}
