/** The region tree against a model: a byte per page says which region covers it. */

import { expect, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../random.ts";
import {
  type HoleQuery,
  type Region,
  type RegionTree,
  treeCheck,
  treeFind,
  treeFindHole,
  treeFirstAbove,
  treeInsert,
  treeLastBelow,
  treeRemove,
  treeResize,
} from "../region-tree.ts";

const PAGE = 0x1000n;
const PAGES = 4096;
const MAX_REGIONS = 256;
const STEPS = 20_000;

const tree: RegionTree = zeroed();
const regions: FixedArray<Region, 256> = zeroed();
const isUsed: Bytes<256> = zeroed();
/** Region number plus one by page, 0: free. Page p has the address (p + 1) * PAGE. */
const covered: FixedArray<u16, 4096> = zeroed();

function addressOfPage(page: u32): u64 {
  return (u64(page) + 1n) * PAGE;
}

function pageOf(address: u64): u32 {
  return u32(address / PAGE) - 1;
}

function cover(first: u32, end: u32, value: u16): void {
  for (let page = first; page < end; page++) {
    covered[page] = value;
  }
}

function isFree(first: u32, end: u32): bool {
  for (let page = first; page < end; page++) {
    if (covered[page] !== 0) {
      return false;
    }
  }
  return true;
}

function freeSlot(): u32 {
  let index: u32 = 0;
  while (index < MAX_REGIONS && isUsed[index] !== 0) {
    index++;
  }
  return index;
}

function insertRandom(random: Random): void {
  const slot = freeSlot();
  const first = randomBelow(random, PAGES - 64);
  const end = first + 1 + randomBelow(random, 63);
  if (slot === MAX_REGIONS || !isFree(first, end)) {
    return;
  }
  regions[slot].start = addressOfPage(first);
  regions[slot].end = addressOfPage(end);
  isUsed[slot] = 1;
  cover(first, end, u16(slot + 1));
  treeInsert(tree, addressOf(regions[slot]));
}

function removeRandom(random: Random): void {
  const slot = randomBelow(random, MAX_REGIONS);
  if (isUsed[slot] === 0) {
    return;
  }
  cover(pageOf(regions[slot].start), pageOf(regions[slot].end), 0);
  isUsed[slot] = 0;
  treeRemove(tree, addressOf(regions[slot]));
}

function resizeRandom(random: Random): void {
  const slot = randomBelow(random, MAX_REGIONS);
  if (isUsed[slot] === 0) {
    return;
  }
  const first = pageOf(regions[slot].start);
  const end = pageOf(regions[slot].end);
  cover(first, end, 0);
  let newFirst = first + randomBelow(random, end - first);
  let newEnd = end;
  while (newEnd < PAGES && covered[newEnd] === 0 && newEnd < end + 5) {
    newEnd++;
  }
  if (randomBelow(random, 2) === 0) {
    newFirst = first;
  }
  cover(newFirst, newEnd, u16(slot + 1));
  treeResize(tree, addressOf(regions[slot]), addressOfPage(newFirst), addressOfPage(newEnd));
}

function lookUpRandom(random: Random): void {
  const page = randomBelow(random, PAGES);
  const address = addressOfPage(page) + u64(randomBelow(random, 4096));
  const found = treeFind(tree, address);
  const expected = covered[page];
  if (expected === 0) {
    expect(found === null, "nothing is found in a hole");
  } else {
    expect(virtAddr(found) === virtAddr(regions[u32(expected) - 1]), "the region that covers a page is found");
  }
  let above = page;
  while (above < PAGES && covered[above] === 0) {
    above++;
  }
  const next = treeFirstAbove(tree, address);
  expect(above === PAGES ? next === null : next !== null && next.end > address, "first above");
  if (above < PAGES) {
    expect(virtAddr(next) === virtAddr(regions[u32(covered[above]) - 1]), "the first region above");
  }
  const below = treeLastBelow(tree, address);
  expect(below === null || below.start < address, "last below");
}

/** The highest free place, by looking at every page. */
function modelHole(query: HoleQuery): u64 {
  let page: u32 = PAGES;
  const count = u32((query.bytes + PAGE - 1n) / PAGE);
  while (page > 0) {
    page--;
    const address = addressOfPage(page);
    const isInside = address >= query.low && address + query.bytes <= query.high;
    if (isInside && (address & (query.align - 1n)) === 0n && isFree(page, page + count)) {
      return address;
    }
  }
  return 0n;
}

function holeRandom(random: Random): void {
  const query: HoleQuery = {
    bytes: u64(randomBelow(random, 200) + 1) * PAGE,
    align: PAGE << u64(randomBelow(random, 6)),
    low: addressOfPage(randomBelow(random, 100)),
    high: addressOfPage(PAGES - 300 - randomBelow(random, 100)),
  };
  expect(treeFindHole(tree, query) === modelHole(query), "the highest hole");
}

function randomOperations(): void {
  const random: Random = { state: 0x1234_5678_9abc_def1n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const choice = randomBelow(random, 100);
    if (choice < 35) {
      insertRandom(random);
    } else if (choice < 55) {
      removeRandom(random);
    } else if (choice < 70) {
      resizeRandom(random);
    } else {
      lookUpRandom(random);
    }
    if (step % 50 === 0) {
      expect(treeCheck(tree) === tree.count, "invariants");
      holeRandom(random);
    }
  }
}

function manyInOrder(): void {
  zero(tree);
  for (let index: u32 = 0; index < MAX_REGIONS; index++) {
    regions[index].start = addressOfPage(index * 2);
    regions[index].end = addressOfPage(index * 2 + 1);
    treeInsert(tree, addressOf(regions[index]));
  }
  expect(treeCheck(tree) === MAX_REGIONS, "all are there");
  const root = tree.root;
  expect(root !== null && root.height <= 10, "256 regions in order are at most 10 high");
  for (let index: u32 = 0; index < MAX_REGIONS; index++) {
    treeRemove(tree, addressOf(regions[index]));
  }
  expect(tree.root === null && tree.count === 0, "all are gone");
}

function emptyTree(): void {
  zero(tree);
  const query: HoleQuery = { bytes: PAGE, align: PAGE, low: PAGE, high: 2n * PAGE };
  expect(treeFindHole(tree, query) === PAGE, "an empty tree is one hole");
  query.bytes = 2n * PAGE;
  expect(treeFindHole(tree, query) === 0n, "too much");
  query.bytes = 0n;
  expect(treeFindHole(tree, query) === 0n, "nothing");
  expect(treeFind(tree, PAGE) === null && treeFirstAbove(tree, 0n) === null, "nothing is found");
}

export function regionTreeTests(): void {
  test("region tree: random operations agree with a page map", randomOperations);
  test("region tree: regions in ascending order stay balanced", manyInOrder);
  test("region tree: empty", emptyTree);
}
