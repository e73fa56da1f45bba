/** Guest-physical addresses: every edge of RAM and of the hole, and arithmetic that would overflow. */

import { RAM_HOLE_END, RAM_HOLE_START } from "../../abi/memory-map.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type GuestMemory, guestAt, guestMemoryEnd, guestMemoryInit, guestReadU64 } from "../guest-memory.ts";

/** Where the tests pretend that RAM lies; nothing is read there. */
const HOST = 0x1000_0000_0000n;
const SMALL = 0x400_0000n;
/** 1 GiB more than fits below the hole. */
const LARGE = 0x1_0000_0000n;
const MOST = 0xffff_ffff_ffff_ffffn;

const memory: GuestMemory = zeroed();
const bytes: Bytes<64> = zeroed();

export function guestMemoryTests(): void {
  test("guest memory: inside, to the last byte", inside);
  test("guest memory: not one byte further", outside);
  test("guest memory: lengths and addresses that overflow", overflows);
  test("guest memory: the hole belongs to nobody", hole);
  test("guest memory: behind the hole RAM goes on", behindHole);
  test("guest memory: words", words);
}

/** The host address for a guest address, or 0. */
function translated(address: u64, length: u64): u64 {
  const place = guestAt(memory, GuestPhys(address), length);
  return place === null ? 0n : u64(virtAddr(place));
}

function use(size: u64): void {
  // SAFETY: only arithmetic is done with this pointer.
  guestMemoryInit(memory, pointerAt<u8>(HOST), size);
}

function inside(): void {
  use(SMALL);
  expect(translated(0n, SMALL) === HOST, "all of it");
  expect(translated(0n, 0n) === HOST, "nothing at its beginning");
  expect(translated(0x1234n, 1n) === HOST + 0x1234n, "a byte in the middle");
  expect(translated(SMALL - 1n, 1n) === HOST + SMALL - 1n, "the last byte");
}

function outside(): void {
  use(SMALL);
  expect(translated(SMALL, 1n) === 0n, "the first byte behind");
  expect(translated(SMALL, 0n) === 0n, "nothing, behind the end");
  expect(translated(SMALL - 1n, 2n) === 0n, "one byte too many");
  expect(translated(0n, SMALL + 1n) === 0n, "all and one more");
}

function overflows(): void {
  use(SMALL);
  expect(translated(0n, MOST) === 0n, "the largest length");
  expect(translated(MOST, 1n) === 0n, "the largest address");
  expect(translated(MOST, MOST) === 0n, "both");
  expect(translated(8n, MOST - 4n) === 0n, "a sum that wraps into RAM");
  use(LARGE);
  expect(translated(RAM_HOLE_END + 8n, MOST - 4n) === 0n, "a sum that wraps, behind the hole");
  expect(translated(RAM_HOLE_END, MOST) === 0n, "the largest length behind the hole");
}

function hole(): void {
  use(LARGE);
  expect(translated(RAM_HOLE_START - 1n, 1n) !== 0n, "the last byte before it");
  expect(translated(RAM_HOLE_START - 1n, 2n) === 0n, "into it");
  expect(translated(RAM_HOLE_START, 1n) === 0n, "its first byte");
  expect(translated(RAM_HOLE_END - 1n, 1n) === 0n, "its last byte");
  expect(translated(RAM_HOLE_END - 1n, 2n) === 0n, "out of it");
  expect(translated(RAM_HOLE_START - 1n, RAM_HOLE_END - RAM_HOLE_START + 2n) === 0n, "across it");
  use(SMALL);
  expect(translated(RAM_HOLE_END, 1n) === 0n, "no RAM behind it in a small machine");
}

function behindHole(): void {
  use(LARGE);
  const high = LARGE - RAM_HOLE_START;
  expect(translated(RAM_HOLE_END, high) === HOST + RAM_HOLE_START, "all of it");
  expect(translated(RAM_HOLE_END + high - 1n, 1n) === HOST + LARGE - 1n, "its last byte");
  expect(translated(RAM_HOLE_END + high, 1n) === 0n, "the first byte behind");
  expect(translated(RAM_HOLE_END + 1n, high) === 0n, "one byte too many");
  expect(u64(guestMemoryEnd(memory)) === RAM_HOLE_END + high, "where it ends");
  use(SMALL);
  expect(u64(guestMemoryEnd(memory)) === SMALL, "where a small machine's ends");
}

function words(): void {
  guestMemoryInit(memory, elements(bytes), 64n);
  bytes[56] = 0x11;
  bytes[63] = 0x22;
  let value: u64 = 0n;
  expect(guestReadU64(memory, GuestPhys(56n), addressOf(value)), "the last word is RAM");
  expectEqual(i64(value), 0x2200_0000_0000_0011n);
  expect(!guestReadU64(memory, GuestPhys(57n), addressOf(value)), "a word that ends behind RAM is not");
}
