/** The load plan: a program assembled page by page by the plan equals the one assembled byte by byte from its segments. */

import { ET_DYN, PF_R, PF_W, PF_X, PT_LOAD } from "../../abi/elf.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck } from "../../compiler/std/elf-check.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { fillPage, type LoadPlan, loadPlan, PageSource } from "../core/load-plan.ts";
import { CODE_AT, FILE_BYTES, fileSlice, makeProgram, put16, putHeader } from "./elf-files.ts";

const MEMORY_BYTES = 0x8000n;
const image: ElfImage = zeroed();
const plan: LoadPlan = zeroed();
const byPlan: FixedArray<u8, 32768> = zeroed();
const bySegments: FixedArray<u8, 32768> = zeroed();
/** Which bytes a segment covers. */
const covered: FixedArray<u8, 32768> = zeroed();

function prepare(): void {
  expect(elfCheck(fileSlice(), image) === ElfError.None, "the file is correct");
  expect(loadPlan(image, FILE_BYTES, plan), "the plan fits");
}

function assemble(): void {
  fillBytes(elements(byPlan), 0xee, MEMORY_BYTES);
  for (let i: u32 = 0; i < plan.count; i++) {
    const run = plan.runs[i];
    const target = elements(byPlan).add(run.address - image.low);
    if (run.source === PageSource.File) {
      copyBytes(target, fileSlice().data.add(run.fileOffset), run.bytes);
    } else if (run.source === PageSource.Zero) {
      fillBytes(target, 0, run.bytes);
    } else {
      for (let offset: u64 = 0n; offset < run.bytes; offset += PAGE_SIZE) {
        fillPage(image, fileSlice(), run.address + offset, target.add(offset));
      }
    }
  }
  fillBytes(elements(covered), 0, MEMORY_BYTES);
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    const start = segment.address - image.low;
    fillBytes(elements(bySegments).add(start), 0, segment.memoryBytes);
    fillBytes(elements(covered).add(start), 1, segment.memoryBytes);
    copyBytes(elements(bySegments).add(start), fileSlice().data.add(segment.fileOffset), segment.fileBytes);
  }
}

function expectSameMemory(): void {
  assemble();
  let different: u32 = 0;
  for (let i: u32 = 0; i < u32(MEMORY_BYTES); i++) {
    if (covered[i] === 1 && byPlan[i] !== bySegments[i]) {
      different++;
    }
  }
  expectEqual(i64(different), 0n);
}

function expectRun(index: u32, address: u64, bytes: u64, source: PageSource, flags: u32): void {
  expect(index < plan.count, "the run exists");
  const run = plan.runs[index];
  expect(run.address === address, "the run's address");
  expect(run.bytes === bytes, "the run's size");
  expect(run.source === source, "the run's source");
  expect(run.flags === flags, "the run's rights");
}

function simple(): void {
  makeProgram();
  prepare();
  expectEqual(i64(plan.count), 3n);
  expectRun(0, CODE_AT, 0x2000n, PageSource.File, PF_R | PF_X);
  // The page where .data ends and .bss begins.
  expectRun(1, 0x40_2000n, 0x1000n, PageSource.Copy, PF_R | PF_W);
  expectRun(2, 0x40_3000n, 0x3000n, PageSource.Zero, PF_R | PF_W);
  expectSameMemory();
}

function wholeFilePages(): void {
  makeProgram();
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x2000n, 0x40_2000n, 0x1000n, 0x3000n);
  prepare();
  expectEqual(i64(plan.count), 3n);
  expectRun(1, 0x40_2000n, 0x1000n, PageSource.Copy, PF_R | PF_W);
  expectRun(2, 0x40_3000n, 0x2000n, PageSource.Zero, PF_R | PF_W);
  expectSameMemory();
}

/** The old layout: .data's first page is the page of the file in which the code ends. */
function writableViewOfSharedFilePage(): void {
  makeProgram();
  putHeader(0, PT_LOAD, PF_R | PF_X, 0n, CODE_AT, 0x1800n, 0x1800n);
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x1800n, 0x40_2800n, 0x1800n, 0x1800n);
  prepare();
  expectRun(0, CODE_AT, 0x2000n, PageSource.File, PF_R | PF_X);
  expectRun(1, 0x40_2000n, 0x2000n, PageSource.Copy, PF_R | PF_W);
  expectSameMemory();
}

/** Two segments on one page in memory: one page with the rights of both. */
function sharedPage(): void {
  makeProgram();
  putHeader(1, PT_LOAD, PF_R, 0x2000n, 0x40_2000n, 0x400n, 0x400n);
  putHeader(2, PT_LOAD, PF_R | PF_W, 0x2800n, 0x40_2800n, 0x400n, 0x2000n);
  prepare();
  expectRun(1, 0x40_2000n, 0x1000n, PageSource.Copy, PF_R | PF_W);
  expectRun(2, 0x40_3000n, 0x2000n, PageSource.Zero, PF_R | PF_W);
  expectSameMemory();
}

/** .bss that ends on a page where another segment begins. */
function sharedPageOfZeros(): void {
  makeProgram();
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x2000n, 0x40_2000n, 0x100n, 0x2200n);
  putHeader(2, PT_LOAD, PF_R | PF_W, 0x2800n, 0x40_4800n, 0x400n, 0x400n);
  putHeader(3, PT_LOAD, PF_R | PF_W, 0x2d00n, 0x40_4d00n, 0x100n, 0x800n);
  prepare();
  expectRun(1, 0x40_2000n, 0x1000n, PageSource.Copy, PF_R | PF_W);
  expectRun(2, 0x40_3000n, 0x1000n, PageSource.Zero, PF_R | PF_W);
  expectRun(3, 0x40_4000n, 0x1000n, PageSource.Copy, PF_R | PF_W);
  expectRun(4, 0x40_5000n, 0x1000n, PageSource.Zero, PF_R | PF_W);
  expectSameMemory();
}

/** What is not a whole page of the file is not mapped from it. */
function endOfFile(): void {
  makeProgram();
  expect(elfCheck(fileSlice(), image) === ElfError.None, "the file is correct");
  putHeader(1, PT_LOAD, PF_R, 0x2000n, 0x40_2000n, 0x900n, 0x900n);
  const shorter = fileSlice().subslice(0n, 0x2900n);
  expect(elfCheck(shorter, image) === ElfError.None, "the shorter file is correct");
  expect(loadPlan(image, shorter.length, plan), "the plan fits");
  expectRun(1, 0x40_2000n, 0x1000n, PageSource.Copy, PF_R);
}

function positionIndependent(): void {
  makeProgram();
  put16(16n, ET_DYN);
  put16(24n, 0x1000);
  put16(26n, 0);
  putHeader(0, PT_LOAD, PF_R | PF_X, 0n, 0n, 0x2000n, 0x2000n);
  putHeader(1, PT_LOAD, PF_R | PF_W, 0x2800n, 0x2800n, 0x500n, 0x3000n);
  prepare();
  expectRun(0, 0n, 0x2000n, PageSource.File, PF_R | PF_X);
  expectSameMemory();
}

export function testLoadPlan(): void {
  test("load plan: code in place, .data's end copied, .bss zero", simple);
  test("load plan: whole pages of writable data are copied", wholeFilePages);
  test("load plan: a file page shown twice", writableViewOfSharedFilePage);
  test("load plan: a page of two segments", sharedPage);
  test("load plan: a page of zeros and other segments", sharedPageOfZeros);
  test("load plan: the end of the file", endOfFile);
  test("load plan: position-independent", positionIndependent);
}
