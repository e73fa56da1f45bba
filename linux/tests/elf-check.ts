/** The ELF checker: a correct program passes, each rule has a file that breaks it, and no prefix of a file is ever accepted or read past. */

import {
  ELFCLASS32,
  ELFDATA2MSB,
  ELFOSABI_GNU,
  ELFOSABI_HERMIT,
  type Elf64Ehdr,
  type Elf64Phdr,
  EM_386,
  ET_CORE,
  ET_DYN,
  ET_REL,
  PF_R,
  PF_W,
  PF_X,
  PT_DYNAMIC,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
  PT_TLS,
} from "../../abi/elf.ts";
import { ElfError, type ElfImage, elfCheck, elfErrorText } from "../../compiler/std/elf-check.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  CODE_AT,
  DATA_AT,
  ENTRY_AT,
  FILE_BYTES,
  fileSlice,
  headerField,
  makeProgram,
  put16,
  put32,
  put64,
  putHeader,
} from "./elf-files.ts";

const image: ElfImage = zeroed();

function verdict(): i64 {
  return i64(u32(elfCheck(fileSlice(), image)));
}

function expectError(error: ElfError): void {
  expectEqual(verdict(), i64(u32(error)));
}

function acceptsProgram(): void {
  makeProgram();
  expectError(ElfError.None);
  expectEqual(i64(image.segmentCount), 2n);
  expect(image.low === CODE_AT && image.high === 0x40_6000n, "range of the image");
  expect(image.entry === ENTRY_AT, "entry");
  expect(image.programHeaders === CODE_AT + 64n, "place of the program headers");
  expect(!image.isPositionIndependent, "a program at a fixed address");
}

function acceptsVariants(): void {
  makeProgram();
  fileSlice()[7] = ELFOSABI_GNU;
  expectError(ElfError.None);
  fileSlice()[7] = ELFOSABI_HERMIT;
  expectError(ElfError.None);
  putHeader(2, PT_GNU_STACK, PF_R | PF_W | PF_X, 0n, 0n, 0n, 0n);
  expectError(ElfError.None);
  expect(image.wantsExecutableStack, "an executable stack is noticed");
  putHeader(3, PT_TLS, PF_R, 0x2800n, DATA_AT, 0x10n, 0x20n);
  expectError(ElfError.None);
}

function acceptsPie(): void {
  makeProgram();
  put16(16n, ET_DYN);
  putHeader(0, PT_LOAD, PF_R | PF_X, 0n, 0n, 0x2000n, 0x2000n);
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x2800n, 0x2800n, 0x500n, 0x3000n);
  put64(u64(offsetOf<Elf64Ehdr>("e_entry")), 0x1000n);
  expectError(ElfError.None);
  expect(image.isPositionIndependent && image.low === 0n, "position-independent from 0");
}

function refusesKinds(): void {
  makeProgram();
  fileSlice()[0] = 35;
  expectError(ElfError.NotElf);
  makeProgram();
  fileSlice()[4] = ELFCLASS32;
  expectError(ElfError.Is32Bit);
  makeProgram();
  fileSlice()[5] = ELFDATA2MSB;
  expectError(ElfError.NotLittleEndian);
  makeProgram();
  fileSlice()[6] = 0;
  expectError(ElfError.BadHeader);
  makeProgram();
  fileSlice()[7] = 9;
  expectError(ElfError.OtherSystem);
  makeProgram();
  put16(18n, EM_386);
  expectError(ElfError.OtherMachine);
  makeProgram();
  put16(16n, ET_REL);
  expectError(ElfError.ObjectFile);
  put16(16n, ET_CORE);
  expectError(ElfError.CoreDump);
  put16(16n, 99);
  expectError(ElfError.NotProgram);
}

function refusesDynamic(): void {
  makeProgram();
  putHeader(2, PT_INTERP, PF_R, 0x200n, CODE_AT + 0x200n, 0x1cn, 0x1cn);
  expectError(ElfError.BadInterpreter);
  for (let i: u32 = 0; i < 0x1b; i++) {
    fileSlice()[0x200 + i] = 47;
  }
  fileSlice()[0x200 + 0x1b] = 0;
  expectError(ElfError.None);
  putHeader(2, PT_INTERP, PF_R, 0x200n, CODE_AT + 0x200n, 0x1bn, 0x1bn);
  expectError(ElfError.BadInterpreter);
  putHeader(2, PT_INTERP, PF_R, 0xffff_0000n, CODE_AT + 0x200n, 0x1bn, 0x1bn);
  expectError(ElfError.Truncated);
  makeProgram();
  putHeader(2, PT_DYNAMIC, PF_R, 0x300n, CODE_AT + 0x300n, 0x20n, 0x20n);
  put64(0x300n, 1n);
  expectError(ElfError.SharedLibrary);
  put64(0x300n, 0n);
  expectError(ElfError.None);
}

function refusesHeaders(): void {
  makeProgram();
  put16(u64(offsetOf<Elf64Ehdr>("e_phnum")), 0);
  expectError(ElfError.NoSegments);
  put16(u64(offsetOf<Elf64Ehdr>("e_phnum")), 65);
  expectError(ElfError.TooManySegments);
  makeProgram();
  put16(u64(offsetOf<Elf64Ehdr>("e_phentsize")), 32);
  expectError(ElfError.BadHeader);
  makeProgram();
  put64(u64(offsetOf<Elf64Ehdr>("e_phoff")), 0xffff_ffff_ffff_ff00n);
  expectError(ElfError.Truncated);
  put64(u64(offsetOf<Elf64Ehdr>("e_phoff")), FILE_BYTES - 8n);
  expectError(ElfError.Truncated);
  makeProgram();
  put32(headerField(0, 0), 0);
  put32(headerField(1, 0), 0);
  expectError(ElfError.NoSegments);
}

function refusesSizes(): void {
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_filesz")), FILE_BYTES);
  expectError(ElfError.Truncated);
  put64(headerField(1, offsetOf<Elf64Phdr>("p_filesz")), 0xffff_ffff_ffff_ffffn);
  expectError(ElfError.Truncated);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_memsz")), 1n);
  expectError(ElfError.BadSegmentSize);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_memsz")), 0xffff_ffff_ffff_0000n);
  expectError(ElfError.AddressRange);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_memsz")), 0x5000_0000_0000n);
  expectError(ElfError.AddressRange);
}

function refusesPlaces(): void {
  makeProgram();
  put64(headerField(0, offsetOf<Elf64Phdr>("p_vaddr")), 0n);
  put64(u64(offsetOf<Elf64Ehdr>("e_entry")), 0x1000n);
  expectError(ElfError.AddressRange);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_vaddr")), 0x7e00_0000_0800n);
  expectError(ElfError.AddressRange);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_vaddr")), CODE_AT + 0x1800n);
  expectError(ElfError.OverlappingSegments);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_vaddr")), 0x30_0800n);
  expectError(ElfError.OverlappingSegments);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_vaddr")), DATA_AT + 1n);
  expectError(ElfError.BadAlignment);
  makeProgram();
  put64(headerField(1, offsetOf<Elf64Phdr>("p_align")), 0x1800n);
  expectError(ElfError.BadAlignment);
  put64(headerField(1, offsetOf<Elf64Phdr>("p_align")), 0x8000_0000_0000_0000n);
  expectError(ElfError.BadAlignment);
}

function refusesRights(): void {
  makeProgram();
  put32(headerField(0, offsetOf<Elf64Phdr>("p_flags")), PF_R | PF_W | PF_X);
  expectError(ElfError.WritableCode);
  // Two segments on one page that would have to be both.
  makeProgram();
  putHeader(0, PT_LOAD, PF_R | PF_X, 0n, CODE_AT, 0x2800n, 0x2800n);
  expectError(ElfError.WritableCode);
  makeProgram();
  put64(u64(offsetOf<Elf64Ehdr>("e_entry")), DATA_AT);
  expectError(ElfError.EntryOutside);
  put64(u64(offsetOf<Elf64Ehdr>("e_entry")), CODE_AT + 0x2000n);
  expectError(ElfError.EntryOutside);
}

/** Every prefix of a program is refused, and the sanitizer sees every read behind its end. */
function refusesTruncated(): void {
  makeProgram();
  const whole = fileSlice();
  let accepted: u32 = 0;
  for (let bytes: u64 = 0n; bytes < 0x2d00n; bytes++) {
    if (elfCheck(whole.subslice(0n, bytes), image) === ElfError.None) {
      accepted++;
    }
  }
  expectEqual(i64(accepted), 0n);
  expect(elfCheck(whole.subslice(0n, 0x2d00n), image) === ElfError.None, "nothing behind the last segment is needed");
}

/** Every byte of the headers set to awkward values: whatever the verdict, the invariants of an accepted image hold. */
function keepsInvariants(): void {
  const values: FixedArray<u8, 5> = fixedArray<u8, 5>(0, 1, 0x7f, 0x80, 0xff);
  let broken: u32 = 0;
  for (let offset: u32 = 0; offset < 288; offset++) {
    for (const value of values) {
      makeProgram();
      fileSlice()[offset] = value;
      if (verdict() === 0n && !holdsInvariants()) {
        broken++;
      }
    }
  }
  expectEqual(i64(broken), 0n);
}

function holdsInvariants(): bool {
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    const isInFile = segment.fileOffset <= FILE_BYTES && segment.fileBytes <= FILE_BYTES - segment.fileOffset;
    const isInImage = segment.address >= image.low && segment.address + segment.memoryBytes <= image.high;
    if (!isInFile || !isInImage || segment.fileBytes > segment.memoryBytes) {
      return false;
    }
    if (i > 0 && segment.address < image.segments[i - 1].address + image.segments[i - 1].memoryBytes) {
      return false;
    }
  }
  return image.segmentCount >= 1 && image.low < image.high;
}

function namesEveryError(): void {
  for (let error: u32 = 0; error <= u32(ElfError.SharedLibrary); error++) {
    expect(elfErrorText(error).length > 10, "every rule has a clause");
  }
}

export function testElfCheck(): void {
  test("ELF: a correct program passes", acceptsProgram);
  test("ELF: marks, stack requests and thread-local data pass", acceptsVariants);
  test("ELF: a position-independent program passes", acceptsPie);
  test("ELF: other kinds of files are named", refusesKinds);
  test("ELF: dynamically linked programs and libraries are named", refusesDynamic);
  test("ELF: damaged header tables", refusesHeaders);
  test("ELF: absurd sizes", refusesSizes);
  test("ELF: addresses, overlaps, alignment", refusesPlaces);
  test("ELF: writable code, entry outside the code", refusesRights);
  test("ELF: truncated at every byte", refusesTruncated);
  test("ELF: whatever is accepted keeps the invariants", keepsInvariants);
  test("ELF: every rule has a clause for the user", namesEveryError);
}
