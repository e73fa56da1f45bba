/**
 * Which page of a program comes from where: the decisions of the loader, without the mapping.
 *
 *     File   the page is the file's page, mapped in place: no copy.
 *     Copy   a fresh page: writable, so that the file stays as it is and can be executed again; or half file and half zeros (.bss's
 *            beginning), or shared by two segments.
 *     Zero   a fresh page at first touch (.bss).
 *
 * Spec: System V gABI 4.2, chapter 5 "program loading"; like Linux, the bytes around a segment on its pages may be the file's.
 * Pure. The image has passed `elfCheck`, whose invariants are relied on.
 */

import { PF_R, PF_W } from "../../abi/elf.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import type { ElfImage, ElfSegment } from "../../compiler/std/elf-check.ts";

/** Per segment: a shared page, file pages, copies on both ends of them, zeros. */
export const LOAD_MAX_RUNS = 96;

export enum PageSource {
  File = 0,
  Copy = 1,
  Zero = 2,
}

@struct(32)
export class LoadRun {
  /** Without the base of a position-independent program. */
  address!: u64;
  bytes!: u64;
  /** Of the first page; File only. */
  fileOffset!: u64;
  /** PF_R | PF_W | PF_X */
  flags!: u32;
  source!: PageSource;
}

@struct()
export class LoadPlan {
  count!: u32;
  runs!: FixedArray<LoadRun, 96>;
}

/** Fills `plan`, ascending by address. `fileBytes` is the length of the file. False: more runs than LOAD_MAX_RUNS. */
export function loadPlan(image: ElfImage, fileBytes: u64, plan: LoadPlan): bool {
  plan.count = 0;
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    if (!planSegment(image, i, fileBytes, plan)) {
      return false;
    }
  }
  return true;
}

/** Writes what the page at `page` (without base) holds to `out`: file bytes of all segments on it, zeros elsewhere. */
export function fillPage(image: ElfImage, file: Slice<u8>, page: u64, out: Ptr<u8>): void {
  fillBytes(out, 0, PAGE_SIZE);
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    const start = segment.address > page ? segment.address : page;
    const segmentEnd = segment.address + segment.fileBytes;
    const end = segmentEnd < page + PAGE_SIZE ? segmentEnd : page + PAGE_SIZE;
    if (start < end) {
      const source = segment.fileOffset + (start - segment.address);
      copyBytes(out.add(start - page), file.data.add(source), end - start);
    }
  }
}

function planSegment(image: ElfImage, index: u32, fileBytes: u64, plan: LoadPlan): bool {
  const segment = image.segments[index];
  const fileEnd = pageCeil(segment.address + segment.fileBytes);
  const end = pageCeil(segment.address + segment.memoryBytes);
  let page = pageFloor(segment.address);
  if (index > 0 && page < endOf(image.segments[index - 1])) {
    // The segment before made this page, with the rights of both.
    page += PAGE_SIZE;
  }
  while (page < fileEnd && page < end) {
    if (!addPage(image, index, page, fileBytes, plan)) {
      return false;
    }
    page += PAGE_SIZE;
  }
  const lastIsShared = index + 1 < image.segmentCount && pageFloor(image.segments[index + 1].address) < end;
  const zeroEnd = lastIsShared ? end - PAGE_SIZE : end;
  if (page < zeroEnd) {
    if (!addRun(plan, page, zeroEnd - page, 0n, readable(segment.flags), PageSource.Zero)) {
      return false;
    }
    page = zeroEnd;
  }
  return page >= end || addPage(image, index, page, fileBytes, plan);
}

function addPage(image: ElfImage, index: u32, page: u64, fileBytes: u64, plan: LoadPlan): bool {
  const segment = image.segments[index];
  const flags = flagsOfPage(image, index, page);
  const fileOffset = page - segment.address + segment.fileOffset;
  const source = sourceOfPage(image, index, page, fileBytes);
  return addRun(plan, page, PAGE_SIZE, source === PageSource.File ? fileOffset : 0n, flags, source);
}

function sourceOfPage(image: ElfImage, index: u32, page: u64, fileBytes: u64): PageSource {
  const segment = image.segments[index];
  if (index + 1 < image.segmentCount && pageFloor(image.segments[index + 1].address) <= page) {
    return PageSource.Copy;
  }
  const fileEnd = segment.address + segment.fileBytes;
  const hasZeros = fileEnd < page + PAGE_SIZE && segment.memoryBytes > segment.fileBytes;
  const fileOffset = page - segment.address + segment.fileOffset;
  const isWhole = !hasZeros && fileOffset <= fileBytes && fileBytes - fileOffset >= PAGE_SIZE;
  return isWhole && (segment.flags & PF_W) === 0 ? PageSource.File : PageSource.Copy;
}

/** The rights of all segments on a page; more than one only where a page is shared. */
function flagsOfPage(image: ElfImage, index: u32, page: u64): u32 {
  let flags = readable(image.segments[index].flags);
  for (let i: u32 = index + 1; i < image.segmentCount && pageFloor(image.segments[i].address) <= page; i++) {
    flags |= readable(image.segments[i].flags);
  }
  return flags;
}

function addRun(plan: LoadPlan, address: u64, bytes: u64, fileOffset: u64, flags: u32, source: PageSource): bool {
  if (plan.count > 0) {
    const last = plan.runs[plan.count - 1];
    const follows = last.address + last.bytes === address && last.flags === flags && last.source === source;
    if (follows && (source !== PageSource.File || last.fileOffset + last.bytes === fileOffset)) {
      last.bytes += bytes;
      return true;
    }
  }
  if (plan.count >= LOAD_MAX_RUNS) {
    return false;
  }
  plan.runs[plan.count] = { address, bytes, fileOffset, flags, source };
  plan.count++;
  return true;
}

/** Whatever a segment permits, x86 pages that permit anything can be read. */
function readable(flags: u32): u32 {
  return flags === 0 ? 0 : flags | PF_R;
}

function endOf(segment: ElfSegment): u64 {
  return pageCeil(segment.address + segment.memoryBytes);
}

function pageFloor(address: u64): u64 {
  return address & ~(PAGE_SIZE - 1n);
}

function pageCeil(address: u64): u64 {
  return (address + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}
