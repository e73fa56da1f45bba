/** The list of RAM ranges against a model with one byte per page. */

import type { BootInfo } from "../../../abi/boot-info.ts";
import { expect, test } from "../../../compiler/std/testing.ts";
import { ramAdd, ramRemove } from "../ram-ranges.ts";
import { type Random, randomBelow } from "../random.ts";

const PAGES = 256;
const PAGE = 0x1000n;
const info: BootInfo = zeroed();
const isRam: Bytes<256> = zeroed();

function agrees(): bool {
  let last: u64 = 0n;
  for (let index: u32 = 0; index < info.ramCount; index++) {
    const range = info.ram[index];
    if (range.bytes === 0n || (index > 0 && u64(range.start) <= last)) {
      return false;
    }
    last = u64(range.start) + range.bytes;
  }
  for (let page: u32 = 0; page < PAGES; page++) {
    let found = false;
    for (let index: u32 = 0; index < info.ramCount; index++) {
      const range = info.ram[index];
      const address = u64(page) * PAGE;
      found = found || (address >= u64(range.start) && address < u64(range.start) + range.bytes);
    }
    if (found !== (isRam[page] !== 0)) {
      return false;
    }
  }
  return true;
}

function randomOperations(): void {
  const random: Random = { state: 5n };
  for (let step: u32 = 0; step < 3000; step++) {
    const first = randomBelow(random, PAGES - 40);
    const count = 1 + randomBelow(random, 39);
    const isAdding = randomBelow(random, 2) === 0 || info.ramCount > 12;
    // Many ranges are merged by one that covers them, before the table can be full.
    const end = info.ramCount > 12 ? PAGES : first + count;
    const start = u64(first) * PAGE;
    const bytes = u64(end - first) * PAGE;
    expect(isAdding ? ramAdd(info, start, bytes) : ramRemove(info, start, start + bytes), "the table has room");
    for (let page = first; page < end; page++) {
      isRam[page] = isAdding ? 1 : 0;
    }
    expect(agrees(), "sorted, disjoint, and as the model says");
  }
}

function fullTable(): void {
  zero(info);
  for (let index: u64 = 0n; index < 16n; index++) {
    expect(ramAdd(info, index * 4n * PAGE, PAGE), "sixteen ranges fit");
  }
  expect(!ramAdd(info, 100n * PAGE, PAGE), "the seventeenth is refused");
  expect(ramAdd(info, 0n, 200n * PAGE) && info.ramCount === 1, "one that covers all is not");
}

export function ramRangeTests(): void {
  test("ram ranges: random operations agree with a page map", randomOperations);
  test("ram ranges: a full table refuses", fullTable);
}
