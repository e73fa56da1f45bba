/** The part of a region that shows pages of a file, against a look at every page of the region. */

import { expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../random.ts";
import type { Region } from "../region-tree.ts";
import { type ShownPart, shownPart } from "../shown-part.ts";

const PAGE = 0x1000n;
const STEPS = 20_000;
const region: Region = zeroed();
const part: ShownPart = zeroed();

function place(startPage: u64, pages: u64, fromPage: u64): void {
  region.start = startPage * PAGE;
  region.end = region.start + pages * PAGE;
  region.detail = fromPage * PAGE;
}

/** How many pages of the region show one of `[first, end)`; where the first of them is, in pages. */
function countPages(first: u64, end: u64, lowest: Ptr<u64>): u64 {
  const pages = (region.end - region.start) / PAGE;
  let count: u64 = 0n;
  for (let page: u64 = 0n; page < pages; page++) {
    const shown = region.detail / PAGE + page;
    if (shown >= first && shown < end) {
      lowest.value = count === 0n ? page : lowest.value;
      count++;
    }
  }
  return count;
}

function checkPart(first: u64, end: u64): void {
  let lowest: u64 = 0n;
  const count = countPages(first, end, addressOf(lowest));
  shownPart(addressOf(region), first, end, part);
  expectEqual(i64((part.end - part.start) / PAGE), i64(count));
  if (count > 0n) {
    expectEqual(i64(part.start), i64(region.start + lowest * PAGE));
  }
}

function ordinary(): void {
  place(16n, 4n, 2n);
  checkPart(0n, 2n);
  checkPart(0n, 3n);
  checkPart(3n, 5n);
  checkPart(5n, 9n);
  checkPart(6n, 9n);
  checkPart(0n, u64.MAX);
}

function atTheEnd(): void {
  place(16n, 4n, 0x7_ffff_ffff_fff0n);
  checkPart(0x7_ffff_ffff_fff2n, u64.MAX);
  checkPart(0n, 0x7_ffff_ffff_fff1n);
}

function anything(): void {
  const random: Random = { state: 17n };
  for (let step: u32 = 0; step < STEPS; step++) {
    place(u64(randomBelow(random, 8)) + 1n, u64(randomBelow(random, 12)) + 1n, u64(randomBelow(random, 12)));
    const first = u64(randomBelow(random, 26));
    checkPart(first, first + u64(randomBelow(random, 10)));
  }
}

export function shownPartTests(): void {
  test("shown part: of a region that shows pages of a file", ordinary);
  test("shown part: at the end of what can be shown", atTheEnd);
  test("shown part: any region and any pages", anything);
}
