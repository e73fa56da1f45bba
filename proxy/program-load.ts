/**
 * The program's file into the guest's memory, begun by a thread (uhyve/ahead.ts) before it is known what else the boot module holds.
 *
 * A small file is read as a whole, into large pages. Of a large one the guest is shown the host's own pages, by a private mapping, which costs no
 * copy; but such a page costs the guest a fault of its own, because hypervisors map the neighbours of a page along only where the host
 * could write to them. So the thread puts memory of the process in the place of its code, in blocks of 2 MiB, and goes on while the guest runs:
 * a block is read somewhere else and moved to its place as a whole (mremap), so that whoever looks there finds the file before and after.
 * Nobody writes there who would lose it: what a program changes of its file are copies of its own (kernel/mm/region-own.ts).
 *
 *     place   | file, mapped | code, read: blocks of 2 MiB | file, mapped |
 */

import { PF_X } from "../abi/elf.ts";
import {
  MADV_DONTNEED,
  MADV_HUGEPAGE,
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
import { LARGE_PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck } from "../compiler/std/elf-check.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import type { Program } from "./program.ts";
import { programRead, programReadPart } from "./program.ts";

/** From here on a file is mapped: reading costs 0.3 ms a MiB. */
const MAP_FROM_BYTES = 0x80_0000n;
/** What a program may cost in memory beside the host's own pages of it. */
const READ_MOST_BYTES = 0x180_0000n;
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
  /** It is mapped, and loadRead may begin. */
  isMapped!: bool;
  /** No further block is wanted. */
  isEnough!: Atomic<u32>;
  result!: i64;
}

/** Whether the file is mapped, if it can be. */
export function loadIsMapped(program: Program): bool {
  return program.bytes >= MAP_FROM_BYTES;
}

/** What can be done before the guest's machine is there; for a thread. */
export function loadAhead(load: ProgramLoad): void {
  const program = load.program;
  if (program === null) return;
  load.isMapped = loadIsMapped(program) && map(load, program);
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

/** Reads the largest piece of code of a file that is mapped, from its beginning, until it is enough; for a thread. */
export function loadRead(load: ProgramLoad): void {
  const program = load.program;
  if (program === null || !load.isMapped) return;
  const image: ElfImage = zeroed();
  if (elfCheck(program.view.subslice(load.elfStart, load.elfStart + load.elfBytes), image) !== ElfError.None) return;
  let start: u64 = 0n;
  let bytes: u64 = 0n;
  for (let i: u32 = 0; i < image.segmentCount; i += 1) {
    const segment = image.segments[i];
    if ((segment.flags & PF_X) === 0 || segment.fileBytes <= bytes) continue;
    start = load.elfStart - program.fileOffset + segment.fileOffset;
    bytes = segment.fileBytes;
  }
  readBlocks(load, program, start & ~LARGE_MASK, start + (bytes < READ_MOST_BYTES ? bytes : READ_MOST_BYTES));
}

/** Blocks that the file fills, from `start` on to beyond `end`. What cannot be read stays mapped. */
function readBlocks(load: ProgramLoad, program: Program, start: u64, end: u64): void {
  const room = ((end - start + LARGE_MASK) & ~LARGE_MASK) + LARGE_PAGE_SIZE;
  const flags = u64(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  const place = linuxCall(SYS_mmap, 0n, room, PROTECTION, flags, u64.MAX, 0n);
  if (place < 0n) return;
  let spare = (u64(place) + LARGE_MASK) & ~LARGE_MASK;
  void linuxCall(SYS_madvise, spare, room - LARGE_PAGE_SIZE, u64(MADV_HUGEPAGE));
  for (let offset = start; offset < end && offset + LARGE_PAGE_SIZE <= program.bytes; offset += LARGE_PAGE_SIZE) {
    if (load.isEnough.load(Order.Acquire) !== 0 || !readBlock(load, program, offset, spare)) return;
    spare += LARGE_PAGE_SIZE;
  }
}

/** `spare`: 2 MiB of memory that nobody has touched, which go to the place of the block. */
function readBlock(load: ProgramLoad, program: Program, offset: u64, spare: u64): bool {
  // SAFETY: memory of ours; the block's first byte would lie in the spare memory if the file's lay `offset` before that.
  const result = programReadPart(program, pointerAt<u8>(VirtAddr(spare - offset)), offset, offset + LARGE_PAGE_SIZE);
  const moves = u64(MREMAP_MAYMOVE | MREMAP_FIXED);
  const to = callPointer(load.place.add(offset));
  return result >= 0n && linuxCall(SYS_mremap, spare, LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, moves, to) >= 0n;
}
