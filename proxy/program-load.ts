/**
 * The program's file into the guest's memory, begun by a thread (uhyve/ahead.ts) before it is known what else the boot module holds.
 *
 * A small file is read as a whole, into large pages. Of a large one the guest is shown the host's own pages, by a private mapping, which costs no
 * copy; but such a page costs the guest a fault of its own, because hypervisors map the neighbours of a page along only where the host
 * could write to them. So its code is read, too, block by block, as far as the thread comes before the guest begins. Where page tables are
 * shadowed a block that is read saves more than it costs, and all of them are waited for.
 *
 *     place   | file, mapped | code, read: [readStart, readEnd), in blocks of 2 MiB | file, mapped |
 */

import { PF_X } from "../abi/elf.ts";
import { MADV_DONTNEED, MAP_FIXED, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { SYS_madvise, SYS_mmap } from "../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck } from "../compiler/std/elf-check.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import type { Program } from "./program.ts";
import { programRead, programReadPart } from "./program.ts";

/** From here on a file is mapped: reading costs 0.3 ms a MiB. */
const MAP_FROM_BYTES = 0x80_0000n;
/** What a program may cost in memory beside the host's own pages of it. */
const READ_MOST_BYTES = 0x180_0000n;

/** The file on its way; starts as zero, which is a file that nobody has begun to load. */
export class ProgramLoad {
  program!: Ptr<Program> | null;
  /** Where its first byte goes: a page's first byte, in a private mapping. */
  place!: Ptr<u8>;
  /** Where in the file the ELF file lies. */
  elfStart!: u64;
  elfBytes!: u64;
  /** What of a file to be mapped has been read. */
  readStart!: u64;
  readEnd!: u64;
  /** No further block is wanted. */
  isEnough!: Atomic<u32>;
  result!: i64;
}

/** Whether the file is mapped, if it can be. */
export function loadIsMapped(program: Program): bool {
  return program.bytes >= MAP_FROM_BYTES;
}

/** Whether loadAhead can be told that it is enough. */
export function loadIsLong(load: ProgramLoad): bool {
  const program = load.program;
  return program !== null && loadIsMapped(program);
}

/** What can be done before the guest's machine is there; for a thread. */
export function loadAhead(load: ProgramLoad): void {
  const program = load.program;
  if (program === null) return;
  if (loadIsMapped(program)) readCode(load, program);
  else load.result = programRead(program, load.place);
}

/** Reads the largest piece of code from its beginning, until it is enough. */
function readCode(load: ProgramLoad, program: Program): void {
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
  const end = start + (bytes < READ_MOST_BYTES ? bytes : READ_MOST_BYTES);
  load.readStart = start & ~(LARGE_PAGE_SIZE - 1n);
  load.readEnd = load.readStart;
  while (load.readEnd < end && load.isEnough.load(Order.Acquire) === 0 && load.result === 0n) {
    const next = load.readEnd + LARGE_PAGE_SIZE;
    const stop = next < program.bytes ? next : program.bytes;
    load.result = programReadPart(program, load.place, load.readEnd, stop);
    load.readEnd = stop;
  }
}

/** The whole file lies at `place` when this returns, 0 or a negative errno: the same place, if anything has been loaded ahead. */
export function loadFinish(load: ProgramLoad, program: Program, place: Ptr<u8>): i64 {
  if (load.program === null) {
    load.program = addressOf(program);
    load.place = place;
    if (!loadIsMapped(program)) return programRead(program, place);
  }
  assert(load.place === place, "the program lies where it was expected");
  if (!loadIsMapped(program) || load.result < 0n) return load.result;
  const isMapped = map(load, 0n, load.readStart) && map(load, load.readEnd, program.bytes);
  return isMapped ? 0n : programRead(program, place);
}

/** What was loaded lies in the wrong place, where memory is zero again when this returns. */
export function loadForget(load: ProgramLoad): void {
  const program = load.program;
  if (program === null) return;
  void linuxCall(SYS_madvise, callPointer(load.place), program.bytes, u64(MADV_DONTNEED));
  zero(load);
}

function map(load: ProgramLoad, start: u64, end: u64): bool {
  if (start >= end) return true;
  const protection = u64(PROT_READ | PROT_WRITE);
  const flags = u64(MAP_PRIVATE | MAP_FIXED);
  const program = load.program!;
  const place = callPointer(load.place.add(start));
  const offset = program.fileOffset + start;
  return linuxCall(SYS_mmap, place, end - start, protection, flags, u64(program.fd), offset) >= 0n;
}
