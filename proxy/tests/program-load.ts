/** The program's file into memory: everything lies where the file has it, however much of it was read before it was wanted. */

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
  PF_X,
  PT_LOAD,
} from "../../abi/elf.ts";
import { MFD_CLOEXEC } from "../../abi/linux-files.ts";
import { SYS_close, SYS_memfd_create, SYS_pwrite64 } from "../../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type GuestMemory, guestMemoryMap } from "../../uhyve/guest-memory.ts";
import { MOST_FILLED } from "../../uhyve/large-pages.ts";
import { hostMapFd } from "../needs/host-file.ts";
import type { Program } from "../program.ts";
import { loadAhead, loadFinish, loadForget, loadIsMapped, loadRead, type ProgramLoad } from "../program-load.ts";

const SMALL_BYTES = 0x5128n;
/** Fifteen blocks of 2 MiB and some more, of which three and a half are code. */
const LARGE_BYTES = 0x1e1_0128n;
const CODE_START = 0x151_0000n;
const CODE_BYTES = 0x70_0000n;
/** In two blocks, which are the eighth and the ninth. */
const CONSTANTS_START = 0xe1_0000n;
const CONSTANTS_BYTES = 0x30_0000n;
/** Two blocks and a part of one. */
const MIDDLE_BYTES = 0x41_2128n;
const MIDDLE_CODE_START = 0x1_0000n;
const MIDDLE_CODE_BYTES = 0x1000n;
const MEMORY_BYTES = 0x200_0000n;
/** Ten blocks. */
const GUEST_BYTES = 0x140_0000n;

const program: Program = zeroed();
const load: ProgramLoad = zeroed();
const memory: GuestMemory = zeroed();
const guest: GuestMemory = zeroed();

export function programLoadTests(): void {
  test("program: a small file is read", small);
  test("program: a large one is mapped, and its code is read in its place", large);
  test("program: a smaller one is read to its end", middle);
  test("program: and at once where no thread goes on with it", alone);
  test("program: enough is enough", enough);
  test("program: where large pages are dear its beginning is read, and the guest's memory filled", dearPages);
  test("program: what was loaded ahead is forgotten", forgotten);
  test("program: and what was mapped", forgottenMapped);
}

function begin(bytes: u64): Ptr<u8> {
  zero(program);
  zero(load);
  const fd = linuxCall(SYS_memfd_create, callPointer("program\0".data), u64(MFD_CLOEXEC));
  expect(fd >= 0n, "a file for the program");
  program.fd = i32(fd);
  program.bytes = bytes;
  const isLarge = bytes === LARGE_BYTES;
  writeHeader(isLarge ? CODE_START : MIDDLE_CODE_START, isLarge ? CODE_BYTES : MIDDLE_CODE_BYTES, isLarge);
  for (let offset: u64 = PAGE_SIZE; offset < bytes; offset += PAGE_SIZE) writeWord(offset, offset);
  writeWord(bytes - 8n, bytes);
  program.view = hostMapFd(program.fd, bytes);
  expect(program.view.length === bytes, "the file can be looked at");
  expectEqual(guestMemoryMap(memory, MEMORY_BYTES), 0n);
  load.program = addressOf(program);
  load.hasReader = true;
  load.place = memory.host;
  load.elfBytes = bytes;
  return memory.host;
}

function writeHeader(codeStart: u64, codeBytes: u64, hasConstants: bool): void {
  const header: Elf64Ehdr = zeroed();
  // SAFETY: e_ident begins with the magic.
  castPtr<u32>(elements(header.e_ident)).value = ELF_MAGIC;
  header.e_ident[4] = ELFCLASS64;
  header.e_ident[5] = ELFDATA2LSB;
  header.e_ident[6] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_entry = 0x40_0000n + codeStart;
  header.e_phoff = u64(sizeOf<Elf64Ehdr>());
  header.e_ehsize = u16(sizeOf<Elf64Ehdr>());
  header.e_phentsize = u16(sizeOf<Elf64Phdr>());
  header.e_phnum = hasConstants ? 2 : 1;
  write(castPtr<u8>(addressOf(header)), u64(sizeOf<Elf64Ehdr>()), 0n);
  if (hasConstants) writeSegment(0n, PF_R, CONSTANTS_START, CONSTANTS_BYTES);
  writeSegment(hasConstants ? 1n : 0n, PF_R | PF_X, codeStart, codeBytes);
}

function writeSegment(index: u64, flags: u32, start: u64, bytes: u64): void {
  const segment: Elf64Phdr = zeroed();
  segment.p_type = PT_LOAD;
  segment.p_flags = flags;
  segment.p_offset = start;
  segment.p_vaddr = 0x40_0000n + start;
  segment.p_filesz = bytes;
  segment.p_memsz = bytes;
  segment.p_align = PAGE_SIZE;
  const size = u64(sizeOf<Elf64Phdr>());
  write(castPtr<u8>(addressOf(segment)), size, u64(sizeOf<Elf64Ehdr>()) + index * size);
}

function writeWord(offset: u64, value: u64): void {
  write(castPtr<u8>(addressOf(value)), 8n, offset);
}

function write(data: Ptr<u8>, bytes: u64, offset: u64): void {
  expectEqual(linuxCall(SYS_pwrite64, u64(program.fd), callPointer(data), bytes, offset), i64(bytes));
}

function end(): void {
  void linuxCall(SYS_close, u64(program.fd));
}

function wordAt(offset: u64): u64 {
  // SAFETY: offsets here are multiples of 8; the memory is longer than any file here.
  return castPtr<u64>(memory.host.add(offset)).value;
}

function expectFile(): void {
  let wrong: u32 = 0;
  for (let offset: u64 = PAGE_SIZE; offset + 8n < program.bytes; offset += PAGE_SIZE) {
    wrong += wordAt(offset) === offset ? 0 : 1;
  }
  expectEqual(i64(wrong), 0n);
  expect(wordAt(program.bytes - 8n) === program.bytes, "up to its end");
  expect(wordAt(program.bytes) === 0n, "and zeros behind it");
}

function small(): void {
  const place = begin(SMALL_BYTES);
  expect(!loadIsMapped(program, true), "it is small");
  loadAhead(load);
  expectFile();
  expectEqual(loadFinish(load, program, place), 0n);
  expectFile();
  const later = begin(SMALL_BYTES);
  zero(load);
  expectEqual(loadFinish(load, program, later), 0n);
  expectFile();
  end();
}

/** What has been read does not follow the file any more; what is mapped does. */
function isRead(offset: u64): bool {
  writeWord(offset, ~offset);
  const isOld = wordAt(offset) === offset;
  expect(isOld || wordAt(offset) === ~offset, "the file's word, before or after");
  writeWord(offset, offset);
  return isOld;
}

function blockIsRead(block: u64): bool {
  const first = isRead(block * LARGE_PAGE_SIZE + (block === 0n ? PAGE_SIZE : 0n));
  expect(isRead((block + 1n) * LARGE_PAGE_SIZE - PAGE_SIZE) === first, "all of a block or nothing");
  return first;
}

/** Twelve blocks: the first one, five with code, and six that follow the first one; and those of the constants. */
function large(): void {
  const place = begin(LARGE_BYTES);
  expect(loadIsMapped(program, false), "it is large");
  loadAhead(load);
  expectFile();
  expect(!isRead(CODE_START), "it is mapped");
  loadRead(load);
  expectFile();
  for (let block: u64 = 0n; block < 15n; block++) {
    const isWanted = block !== 9n;
    expect(blockIsRead(block) === isWanted, `block ${block}`);
  }
  expectEqual(loadFinish(load, program, place), 0n);
  expectFile();
  end();
}

/** The last block is read as far as the file goes: what lies behind it in the same 2 MiB is somebody else's. */
function middle(): void {
  const place = begin(MIDDLE_BYTES);
  // SAFETY: the first word of the page behind the file's last one.
  const behind = castPtr<u64>(place.add((MIDDLE_BYTES + PAGE_SIZE) & ~(PAGE_SIZE - 1n)));
  behind.value = 7n;
  loadAhead(load);
  loadRead(load);
  expect(blockIsRead(0n) && blockIsRead(1n) && isRead(2n * LARGE_PAGE_SIZE), "all of it is read");
  expectFile();
  expect(behind.value === 7n, "and nothing else");
  expectEqual(loadFinish(load, program, place), 0n);
  end();
}

/** Nobody reads the rest of it beside the guest. */
function alone(): void {
  const place = begin(MIDDLE_BYTES);
  load.hasReader = false;
  loadAhead(load);
  expect(!load.isMapped && isRead(PAGE_SIZE) && isRead(2n * LARGE_PAGE_SIZE), "it is read at once");
  expectFile();
  expectEqual(loadFinish(load, program, place), 0n);
  end();
}

function enough(): void {
  const place = begin(LARGE_BYTES);
  load.isEnough.store(1);
  loadAhead(load);
  loadRead(load);
  expect(!isRead(CODE_START), "nothing is read");
  expectEqual(loadFinish(load, program, place), 0n);
  expectFile();
  end();
}

/** The symbols and the first block of code are read, no constants; of the guest's memory so much is filled as ever. */
function dearPages(): void {
  const place = begin(LARGE_BYTES);
  expectEqual(guestMemoryMap(guest, GUEST_BYTES), 0n);
  load.guestPages.start = u64(virtAddr(guest.host));
  load.guestPages.bytes = GUEST_BYTES;
  load.guestPages.areDear = true;
  loadAhead(load);
  loadRead(load);
  for (let block: u64 = 0n; block < 15n; block++) {
    expect(blockIsRead(block) === (block === 0n || block === CODE_START / LARGE_PAGE_SIZE), `block ${block}`);
  }
  expectEqual(i64(load.guestPages.filled), i64(MOST_FILLED));
  expectEqual(loadFinish(load, program, place), 0n);
  expectFile();
  end();
}

function forgottenMapped(): void {
  void begin(LARGE_BYTES);
  loadAhead(load);
  loadRead(load);
  loadForget(load);
  for (let offset: u64 = 0n; offset < LARGE_BYTES; offset += PAGE_SIZE) {
    expect(wordAt(offset) === 0n, "memory is as it was");
  }
  end();
}

function forgotten(): void {
  void begin(SMALL_BYTES);
  loadAhead(load);
  loadForget(load);
  for (let offset: u64 = 0n; offset < SMALL_BYTES; offset += PAGE_SIZE) {
    expect(wordAt(offset) === 0n, "memory is as it was");
  }
  const elsewhere = memory.host.add(0x10_0000n);
  expectEqual(loadFinish(load, program, elsewhere), 0n);
  expect(wordAt(0x10_0000n + PAGE_SIZE) === PAGE_SIZE, "the file lies elsewhere");
  end();
}
