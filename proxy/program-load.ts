/**
 * The program's file into the guest's memory, begun by a thread (uhyve/ahead.ts) before it is known what else the boot module holds.
 *
 * A small file is read as a whole. Of others the guest is shown the host's own pages, by a private mapping, which costs no
 * copy; but such a page costs the guest a fault of its own, because hypervisors map the neighbours of a page along only where the host
 * could write to them. So the thread puts memory of the process in the place of the file, in blocks of 2 MiB, and goes on while the guest runs:
 * a block is read somewhere else and moved to its place as a whole (mremap), so that whoever looks there finds the file before and after.
 * Nobody writes there who would lose it: what a program changes of its file are copies of its own (kernel/mm/region-own.ts).
 *
 *     place   | file, mapped | read: blocks of 2 MiB | file, mapped |         code before constants, as far as these limits go
 */

import { PF_W, PF_X } from "../abi/elf.ts";
import {
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PROT_READ,
  PROT_WRITE,
} from "../abi/linux-mman.ts";
import { SYS_madvise, SYS_mmap, SYS_mremap } from "../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck } from "../compiler/std/elf-check.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { type LargePages, largePagesEnd, largePagesFill, largePagesTry, largePagesWait } from "../uhyve/large-pages.ts";
import type { Program } from "./program.ts";
import { programRead, programReadPart } from "./program.ts";

/** From here on a file is mapped: reading costs 0.3 ms a MiB, and the guest would wait for it. */
const MAP_FROM_BYTES = 0x20_0000n;
/** The same where no thread reads it beside the guest: what a page of it costs then is more than reading it. */
const MAP_ALONE_FROM_BYTES = 0x80_0000n;
/** What a program may cost in memory beside the host's own pages of it. */
const READ_MOST_BYTES = 0x180_0000n;
/** Of the constants of a program so large that these have been used up, the beginning is read, too. */
const CONSTANTS_BYTES = 0xa0_0000n;
/** Blocks that are read in small pages, too: data and symbols. More of them take longer than the faults that they save. */
const ALWAYS_READ = 2n;
/** Data is copied when the guest begins: so much of it is read before the code. */
const LARGE_DATA_BYTES = 0x4_0000n;
const LARGE_MASK = LARGE_PAGE_SIZE - 1n;
const PROTECTION = u64(PROT_READ | PROT_WRITE);

/** The file on its way; starts as zero, which is a file that nobody has begun to load. */
export class ProgramLoad {
  program!: Ptr<Program> | null;
  /** Where its first byte goes: a page's first byte, in a private mapping. */
  place!: Ptr<u8>;
  /** Where in the file the ELF file lies. */
  elfStart!: u64;
  elfBytes!: u64;
  /** A thread is to read it beside the guest. */
  hasReader!: bool;
  /** It is mapped, and loadRead may begin. */
  isMapped!: bool;
  /** The guest's first memory, for which it is learned here what a large page costs. */
  guestPages!: LargePages;
  /** No further block is wanted. */
  isEnough!: Atomic<u32>;
  result!: i64;
}

/** Whether the file is mapped, if it can be. */
export function loadIsMapped(program: Program, hasReader: bool): bool {
  return program.bytes >= (hasReader ? MAP_FROM_BYTES : MAP_ALONE_FROM_BYTES);
}

/** What can be done before the guest's machine is there; for a thread. */
export function loadAhead(load: ProgramLoad): void {
  const program = load.program;
  if (program === null) return;
  load.isMapped = loadIsMapped(program, load.hasReader) && map(load, program);
  load.result = load.isMapped ? 0n : programRead(program, load.place);
}

/** The whole file lies at `place` when this returns, 0 or a negative errno: the same place, if anything has been loaded ahead. */
export function loadFinish(load: ProgramLoad, program: Program, place: Ptr<u8>): i64 {
  if (load.program === null) {
    load.program = addressOf(program);
    load.place = place;
    loadAhead(load);
  }
  assert(load.place === place, "the program lies where it was expected");
  return load.result;
}

/** What was loaded lies in the wrong place, where memory is zero again when this returns. Nobody reads any more. */
export function loadForget(load: ProgramLoad): void {
  const program = load.program;
  if (program === null) return;
  const place = callPointer(load.place);
  if (load.isMapped) {
    const flags = u64(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED);
    const mapped = linuxCall(SYS_mmap, place, program.bytes, PROTECTION, flags, u64.MAX, 0n);
    assert(mapped >= 0n, "what was mapped can be mapped again");
  } else {
    void linuxCall(SYS_madvise, place, program.bytes, u64(MADV_DONTNEED));
  }
  zero(load);
}

function map(load: ProgramLoad, program: Program): bool {
  const flags = u64(MAP_PRIVATE | MAP_FIXED);
  const place = callPointer(load.place);
  return linuxCall(SYS_mmap, place, program.bytes, PROTECTION, flags, u64(program.fd), program.fileOffset) >= 0n;
}

// --- Code --------------------------------------------------------------------------------------------------------------------

/** Reads a file that is mapped, what is wanted first and most of it first, until it is enough; for a thread. */
export function loadRead(load: ProgramLoad): void {
  const program = load.program;
  if (program === null || !load.isMapped) return;
  const image: ElfImage = zeroed();
  if (elfCheck(program.view.subslice(load.elfStart, load.elfStart + load.elfBytes), image) !== ElfError.None) return;
  const read: Reading = zeroed();
  if (!begin(read)) return;
  largePagesWait(load.guestPages);
  readParts(load, program, read, image);
  largePagesEnd(load.guestPages);
}

/** Data first, code, then the rest, as far as the limits go. */
function readParts(load: ProgramLoad, program: Program, read: Reading, image: ElfImage): void {
  const most = program.bytes;
  readSegment(load, program, read, image, { among: PF_W, flags: PF_W, least: LARGE_DATA_BYTES, most });
  // Its symbols, which the dynamic loader looks at before anything else.
  readPart(load, program, read, 0n, LARGE_PAGE_SIZE);
  readSegment(load, program, read, image, { among: PF_X, flags: PF_X, least: 1n, most });
  readPart(load, program, read, 0n, program.bytes);
  read.most = READ_MOST_BYTES + CONSTANTS_BYTES;
  readSegment(load, program, read, image, { among: PF_X | PF_W, flags: 0, least: 1n, most: CONSTANTS_BYTES });
}

/** The largest segment of which the flags `among` are `flags`, if it has `least` bytes; up to `most` of it. */
class Part {
  among!: u32;
  flags!: u32;
  least!: u64;
  most!: u64;
}

/** What is read, and where to. */
class Reading {
  /** Blocks that have been read, or need not be. */
  blocks!: FixedArray<bool, 256>;
  count!: u64;
  /** How many bytes may be read. */
  most!: u64;
  spare!: u64;
}

/** Memory for the blocks; false: there is none. */
function begin(read: Reading): bool {
  const flags = u64(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  const bytes = READ_MOST_BYTES + CONSTANTS_BYTES;
  const place = linuxCall(SYS_mmap, 0n, bytes + LARGE_PAGE_SIZE, PROTECTION, flags, u64.MAX, 0n);
  if (place < 0n) return false;
  read.spare = (u64(place) + LARGE_MASK) & ~LARGE_MASK;
  read.most = READ_MOST_BYTES;
  void linuxCall(SYS_madvise, read.spare, bytes, u64(MADV_HUGEPAGE));
  return true;
}

function readSegment(load: ProgramLoad, program: Program, read: Reading, image: ElfImage, part: Part): void {
  let start: u64 = 0n;
  let bytes: u64 = 0n;
  for (let i: u32 = 0; i < image.segmentCount; i += 1) {
    const segment = image.segments[i];
    if ((segment.flags & part.among) !== part.flags || segment.fileBytes <= bytes) continue;
    start = load.elfStart - program.fileOffset + segment.fileOffset;
    bytes = segment.fileBytes;
  }
  if (bytes >= part.least) readPart(load, program, read, start, bytes < part.most ? bytes : part.most);
}

/**
 * Reads the blocks of `[start, start + bytes)` that have not been read, as many as may be, and fills as much of the guest's memory beside it. What cannot be
 * read stays mapped.
 */
function readPart(load: ProgramLoad, program: Program, read: Reading, start: u64, bytes: u64): void {
  for (let offset = start & ~LARGE_MASK; offset < start + bytes; offset += LARGE_PAGE_SIZE) {
    const block = offset / LARGE_PAGE_SIZE;
    if (block >= u64(read.blocks.length) || read.count * LARGE_PAGE_SIZE >= read.most) return;
    if (at(read.blocks, block)) continue;
    if (load.isEnough.load(Order.Acquire) !== 0) return;
    if (!load.guestPages.areDear || read.count < ALWAYS_READ) {
      if (!readBlock(load, program, offset, read)) return;
      read.spare += LARGE_PAGE_SIZE;
    }
    largePagesFill(load.guestPages);
    setAt(read.blocks, block, true);
    read.count++;
  }
}

/** Reads a block to the spare memory, and moves it to its place as far as the file goes. */
function readBlock(load: ProgramLoad, program: Program, offset: u64, read: Reading): bool {
  const left = program.bytes - offset;
  const stop = left < LARGE_PAGE_SIZE ? program.bytes : offset + LARGE_PAGE_SIZE;
  const bytes = (stop - offset + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  supply(load.guestPages, read, bytes);
  // SAFETY: memory of ours; the block's first byte would lie in the spare memory if the file's lay `offset` before that.
  const result = programReadPart(program, pointerAt<u8>(VirtAddr(read.spare - offset)), offset, stop);
  const moves = u64(MREMAP_MAYMOVE | MREMAP_FIXED);
  const to = callPointer(load.place.add(offset));
  return result >= 0n && linuxCall(SYS_mremap, read.spare, bytes, bytes, moves, to) >= 0n;
}

/** Memory for a block of `bytes`: a large page where it can be moved as one, unless those are dear. */
function supply(guestPages: LargePages, read: Reading, bytes: u64): void {
  if (bytes === LARGE_PAGE_SIZE && !guestPages.areDear) {
    largePagesTry(guestPages, read.spare);
  } else {
    void linuxCall(SYS_madvise, read.spare, LARGE_PAGE_SIZE, u64(MADV_NOHUGEPAGE));
  }
}
