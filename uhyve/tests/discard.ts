/** Giving memory back: pages become zero, and what is not RAM is refused. */

import { PAGE_SIZE, RAM_HOLE_END, RAM_HOLE_START } from "../../abi/memory-map.ts";
import type { DiscardRange } from "../../abi/uhyve.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { DiscardError, discardMemory } from "../discard.ts";
import { type GuestMemory, guestAt, guestMemoryMap } from "../guest-memory.ts";

const memory: GuestMemory = zeroed();
/** Reserved only; a few pages are touched. */
const RAM_BYTES = RAM_HOLE_START + 0x20_0000n;
const RANGE = GuestPhys(0x1000n);

export function discardTests(): void {
  test("memory given back is zero, its neighbours are not", givenBack);
  test("memory given back: on both sides of the hole", bothSides);
  test("memory given back: what is not RAM is refused", refused);
}

function byteAt(address: u64): Ptr<u8> {
  const place = guestAt(memory, GuestPhys(address), 1n);
  assert(place !== null, "RAM");
  return place;
}

function discard(start: u64, bytes: u64): DiscardError {
  const place = guestAt(memory, RANGE, u64(sizeOf<DiscardRange>()));
  assert(place !== null, "RAM");
  const range = castPtr<DiscardRange>(place);
  range.start = PhysAddr(start);
  range.bytes = bytes;
  return discardMemory(memory, RANGE);
}

function begin(): void {
  if (memory.bytes === 0n) expectEqual(guestMemoryMap(memory, RAM_BYTES), 0n);
}

function givenBack(): void {
  begin();
  byteAt(0x5fffn).value = 1;
  byteAt(0x6000n).value = 2;
  byteAt(0x7fffn).value = 3;
  byteAt(0x8000n).value = 4;
  expect(discard(0x6000n, 0x2000n) === DiscardError.None, "two pages");
  expect(byteAt(0x5fffn).value === 1 && byteAt(0x8000n).value === 4, "the pages around them stay");
  expect(byteAt(0x6000n).value === 0 && byteAt(0x7fffn).value === 0, "both are zero");
  expect(discard(0x8000n, 0n) === DiscardError.None, "nothing");
  expectEqual(i64(byteAt(0x8000n).value), 4n);
}

function bothSides(): void {
  begin();
  byteAt(RAM_HOLE_START - 1n).value = 5;
  byteAt(RAM_HOLE_END).value = 6;
  expect(discard(RAM_HOLE_START - PAGE_SIZE, PAGE_SIZE) === DiscardError.None, "the last page below");
  expect(discard(RAM_HOLE_END, PAGE_SIZE) === DiscardError.None, "the first page above");
  expect(byteAt(RAM_HOLE_START - 1n).value === 0 && byteAt(RAM_HOLE_END).value === 0, "both are zero");
}

function refused(): void {
  begin();
  expect(discard(0x6001n, 0x1000n) === DiscardError.NotRam, "not at a page");
  expect(discard(0x6000n, 0x1001n) === DiscardError.NotRam, "not whole pages");
  expect(discard(RAM_HOLE_START - PAGE_SIZE, 2n * PAGE_SIZE) === DiscardError.NotRam, "into the hole");
  expect(discard(RAM_HOLE_START, PAGE_SIZE) === DiscardError.NotRam, "in the hole");
  expect(discard(0x6000n, ~(PAGE_SIZE - 1n)) === DiscardError.NotRam, "more than there are addresses");
  expect(discard(~(PAGE_SIZE - 1n), PAGE_SIZE) === DiscardError.NotRam, "the last page of all");
  expect(discardMemory(memory, GuestPhys(RAM_HOLE_START)) === DiscardError.NoRange, "a range in the hole");
  expect(discardMemory(memory, GuestPhys(0x1004n)) === DiscardError.NoRange, "a crooked range");
  expect(discardMemory(memory, GuestPhys(u64.MAX)) === DiscardError.NoRange, "a range nowhere");
}
