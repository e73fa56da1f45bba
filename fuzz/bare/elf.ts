/**
 * Fuzzes the ELF checker and the load plan (libFuzzer): any bytes as a file. Nothing may read past the file (the sanitizer sees to it),
 * and whatever is accepted must keep the invariants that the loader relies on (compiler/std/elf-check.ts).
 */

import { PF_W, PF_X } from "../../abi/elf.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck, elfErrorText } from "../../compiler/std/elf-check.ts";
import { fillPage, type LoadPlan, loadPlan, PageSource } from "../../linux/core/load-plan.ts";

const image: ElfImage = zeroed();
const plan: LoadPlan = zeroed();
const page: FixedArray<u8, 4096> = zeroed();
/** Pages of one file that are filled: enough to meet every shape. */
const MAX_FILLED = 64n;

/** @export LLVMFuzzerTestOneInput */
export function fuzzElf(data: Ptr<u8>, size: u64): i32 {
  const file = sliceOf(data, size);
  const error = elfCheck(file, image);
  assert(elfErrorText(error).length > 0, "every error has a text");
  if (error === ElfError.None) {
    checkImage(file);
    if (loadPlan(image, size, plan)) {
      checkPlan(file);
    }
  }
  return 0;
}

function checkImage(file: Slice<u8>): void {
  assert(image.segmentCount >= 1, "something to load");
  assert(image.low < image.high, "the image has a size");
  assert(image.isPositionIndependent || (image.low >= APP_BASE && image.high <= APP_LIMIT), "where programs may lie");
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const segment = image.segments[i];
    assert(segment.fileOffset <= file.length, "the segment starts in the file");
    assert(segment.fileBytes <= file.length - segment.fileOffset, "the segment ends in the file");
    assert(segment.fileBytes <= segment.memoryBytes, "memory holds the file's part");
    assert((segment.flags & PF_W) === 0 || (segment.flags & PF_X) === 0, "never writable and executable");
    assert(segment.address >= image.low, "the segment starts in the image");
    assert(segment.address + segment.memoryBytes <= image.high, "the segment ends in the image");
  }
}

function checkPlan(file: Slice<u8>): void {
  let end = image.low;
  for (let i: u32 = 0; i < plan.count; i++) {
    const run = plan.runs[i];
    assert(run.address >= end, "runs ascend");
    assert(run.bytes > 0n && (run.bytes | run.address) % PAGE_SIZE === 0n, "runs are whole pages");
    assert((run.flags & PF_W) === 0 || (run.flags & PF_X) === 0, "no page is writable and executable");
    end = run.address + run.bytes;
    if (run.source === PageSource.File) {
      assert(run.fileOffset % PAGE_SIZE === 0n, "file pages are pages");
      assert(run.fileOffset <= file.length && run.bytes <= file.length - run.fileOffset, "file pages lie in the file");
    }
    if (run.source === PageSource.Copy) {
      for (let offset: u64 = 0n; offset < run.bytes && offset < MAX_FILLED * PAGE_SIZE; offset += PAGE_SIZE) {
        fillPage(image, file, run.address + offset, elements(page));
      }
    }
  }
  assert(end <= image.high, "runs end in the image");
}
