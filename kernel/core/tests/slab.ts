/** Slabs over host pages: contents are kept, pages come back, poison is written. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../random.ts";
import {
  SLAB_LARGEST,
  SLAB_PAGE_BYTES,
  SLAB_POISON,
  type Slab,
  slabAlloc,
  slabClassOf,
  slabFree,
  slabSizeOf,
} from "../slab.ts";

const PAGES = 64;
const BLOCKS = 400;
const STEPS = 30_000;

/** @align 4096 */
const memory: Bytes<262144> = zeroed();
const isPageUsed: Bytes<64> = zeroed();
let pagesUsed: u32 = 0;

const slab: Slab = zeroed();

class Block {
  memory!: Ptr<u8> | null;
  bytes!: u64;
  pattern!: u8;
}
const blocks: FixedArray<Block, 400> = zeroed();

function pageAlloc(): Ptr<u8> | null {
  for (let index: u32 = 0; index < PAGES; index++) {
    if (isPageUsed[index] === 0) {
      isPageUsed[index] = 1;
      pagesUsed++;
      return elements(memory).add(u64(index) * SLAB_PAGE_BYTES);
    }
  }
  return null;
}

function pageFree(page: Ptr<u8>): void {
  const index = u32((virtAddr(page) - virtAddr(memory)) / SLAB_PAGE_BYTES);
  expect(isPageUsed[index] === 1, "a page is given back once");
  isPageUsed[index] = 0;
  pagesUsed--;
}

function start(): void {
  zero(slab);
  zero(isPageUsed);
  zero(blocks);
  pagesUsed = 0;
  slab.pageAlloc = pageAlloc;
  slab.pageFree = pageFree;
  slab.poison = true;
}

function isFilled(block: Ptr<u8>, value: u8, bytes: u64): bool {
  for (let index: u64 = 0n; index < bytes; index++) {
    if (block.add(index).value !== value) {
      return false;
    }
  }
  return true;
}

function allocRandom(block: Block, random: Random): void {
  const bytes = u64(randomBelow(random, randomBelow(random, 4) === 0 ? 2016 : 200) + 1);
  const place = slabAlloc(slab, bytes);
  if (place === null) {
    expect(pagesUsed === PAGES, "only exhaustion refuses");
    return;
  }
  expect((u64(virtAddr(place)) & 15n) === 0n, "aligned to 16");
  expect(slabSizeOf(place) >= bytes, "large enough");
  expect(isFilled(place.add(8), SLAB_POISON, bytes > 8n ? bytes - 8n : 0n), "fresh memory is poisoned");
  block.memory = place;
  block.bytes = bytes;
  block.pattern = u8(randomBelow(random, 256));
  fillBytes(place, block.pattern, bytes);
}

function freeBlock(block: Block): void {
  const place = block.memory;
  if (place === null) {
    return;
  }
  expect(isFilled(place, block.pattern, block.bytes), "contents are kept");
  slabFree(slab, place);
  block.memory = null;
}

function randomOperations(): void {
  start();
  const random: Random = { state: 99n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const block = blocks[randomBelow(random, BLOCKS)];
    if (block.memory === null) {
      allocRandom(block, random);
    } else {
      freeBlock(block);
    }
  }
  for (let index: u32 = 0; index < BLOCKS; index++) {
    freeBlock(blocks[index]);
  }
  expect(pagesUsed <= 14, "at most one empty page per class is kept");
}

function classesFit(): void {
  for (let bytes: u64 = 1n; bytes <= SLAB_LARGEST; bytes++) {
    start();
    const block = slabAlloc(slab, bytes);
    expect(block !== null && slabSizeOf(block) >= bytes, "the class holds it");
    expect(bytes === 1n || slabClassOf(bytes) >= slabClassOf(bytes - 1n), "classes ascend");
  }
}

function exhaustion(): void {
  start();
  let count: u32 = 0;
  while (slabAlloc(slab, 2016n) !== null) {
    count++;
  }
  expectEqual(i64(count), 128n);
}

export function slabTests(): void {
  test("slab: random operations keep contents and give pages back", randomOperations);
  test("slab: every size has a class", classesFit);
  test("slab: exhaustion is null", exhaustion);
}
