/** A pipe's ring against a queue of bytes, and the cases in which it must be full or may merge. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../../kernel/core/random.ts";
import {
  PIPE_PAGE_BYTES,
  type PipeRing,
  type PipeSlot,
  ringClear,
  ringConsume,
  ringFirst,
  ringIsEmpty,
  ringIsFull,
  ringMerged,
  ringMergePlace,
  ringPage,
  ringPush,
  ringResize,
  ringUsed,
} from "../core/pipe-ring.ts";

const PAGES = 40;
const ROUNDS = 50_000;
const pages: FixedArray<FixedArray<u8, 4096>, 40> = zeroed();
const isUsed: FixedArray<bool, 40> = zeroed();
const ring: PipeRing = zeroed();
const first: FixedArray<PipeSlot, 8> = zeroed();
const second: FixedArray<PipeSlot, 16> = zeroed();

function source(): Ptr<u8> | null {
  for (let i: u32 = 0; i < PAGES; i++) {
    if (!isUsed[i]) {
      isUsed[i] = true;
      return elements(pages[i]);
    }
  }
  return null;
}

function sink(page: Ptr<u8>): void {
  for (let i: u32 = 0; i < PAGES; i++) {
    if (virtAddr(elements(pages[i])) === virtAddr(page)) {
      expect(isUsed[i], "a page is given back once");
      isUsed[i] = false;
    }
  }
}

function pagesInUse(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < PAGES; i++) {
    count += isUsed[i] ? 1 : 0;
  }
  return count;
}

/** Writes `count` (at most a page) bytes that count up from `value`; whether they fit. */
function put(count: u32, value: u32): bool {
  let place = ringMergePlace(ring, count);
  const merges = place !== null;
  if (place === null) {
    if (ringIsFull(ring)) {
      return false;
    }
    place = ringPage(ring, source)!;
  }
  for (let i: u32 = 0; i < count; i++) {
    place[i] = u8.wrap(value + i);
  }
  if (merges) {
    ringMerged(ring, count);
  } else {
    ringPush(ring, count, false);
  }
  return true;
}

function randomBytes(): void {
  const random: Random = { state: 5n };
  let written: u32 = 0;
  let read: u32 = 0;
  ring.slots = elements(first);
  ring.slotCount = 8;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const count = 1 + randomBelow(random, randomBelow(random, 2) === 0 ? 100 : PIPE_PAGE_BYTES);
    if (randomBelow(random, 2) === 0) {
      written += put(count, written) ? count : 0;
    } else if (!ringIsEmpty(ring)) {
      const slot = ringFirst(ring);
      const part = count < slot.bytes ? count : slot.bytes;
      for (let i: u32 = 0; i < part; i++) {
        expectEqual(i64(slot.page![slot.offset + i]), i64(u8.wrap(read + i)));
      }
      ringConsume(ring, part, sink);
      read += part;
    }
    expectEqual(i64(ring.bytes), i64(written - read));
    expect(ringUsed(ring) <= 8, "no more slots than there are");
  }
  expectEqual(i64(pagesInUse()), i64(ringUsed(ring)) + (ring.spare === null ? 0n : 1n));
  const before = ringResize(ring, elements(second), 16);
  expect(virtAddr(before) === virtAddr(elements(first)), "the old slots come back");
  ringClear(ring, sink);
  expectEqual(i64(pagesInUse()), 0n);
}

function pagesNotBytes(): void {
  zero(ring);
  ring.slots = elements(first);
  ring.slotCount = 2;
  expect(put(3000, 0) && put(3000, 0), "two writes that do not fit one page take two");
  expect(ringIsFull(ring), "and fill a ring of two");
  expect(put(1096, 0), "what fits behind the last goes there");
  expect(!put(1, 0), "and then nothing does");
  ringConsume(ring, 2999, sink);
  expect(ringIsFull(ring), "a page with a byte left is not free");
  ringConsume(ring, 1, sink);
  expect(!ringIsFull(ring), "an empty one is");
  ringClear(ring, sink);
}

function packetsStayApart(): void {
  zero(ring);
  ring.slots = elements(first);
  ring.slotCount = 4;
  expect(ringPage(ring, source) !== null, "there is a page");
  ringPush(ring, 10, true);
  expect(ringMergePlace(ring, 1) === null, "nothing is put behind a packet");
  ringConsume(ring, 3, sink);
  expect(ringIsEmpty(ring) && ring.bytes === 0n, "a packet is taken as a whole");
  ringClear(ring, sink);
  expectEqual(i64(pagesInUse()), 0n);
}

export function pipeRingTests(): void {
  test("pipe ring: bytes come out as they went in", randomBytes);
  test("pipe ring: full when its pages are, not its bytes", pagesNotBytes);
  test("pipe ring: packets stay apart", packetsStayApart);
}
