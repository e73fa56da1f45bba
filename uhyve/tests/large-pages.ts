/** Large pages as long as they are cheap: which advice the guest's first memory has after which times, as Linux tells it (proc(5): smaps, VmFlags). */

import { O_RDONLY } from "../../abi/linux-files.ts";
import { SYS_close, SYS_open, SYS_read } from "../../abi/linux-syscalls.ts";
import { LARGE_PAGE_SIZE } from "../../abi/memory-map.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type GuestMemory, guestMemoryAdvise, guestMemoryMap } from "../guest-memory.ts";
import {
  DEAR_NS,
  type LargePages,
  largePagesEnd,
  largePagesFill,
  largePagesLearn,
  largePagesTry,
  largePagesWait,
} from "../large-pages.ts";

const MEMORY_BYTES = 8n * LARGE_PAGE_SIZE;
const FIRST_BYTES = 3n * LARGE_PAGE_SIZE;
const CHEAP_NS = 200_000n;
const DEAR_PAGE_NS = 6_500_000n;

const memory: GuestMemory = zeroed();
const pages: LargePages = zeroed();
const maps: Bytes<1048576> = zeroed();

export function largePagesTests(): void {
  test("large pages: small ones until one was cheap", cheap);
  test("large pages: never again after one was dear", dear);
  test("large pages: memory is filled with small ones, as much as there is", filledSmall);
  test("large pages: or with large ones, each of which may be the first that was dear", filledLarge);
  test("large pages: one that is tried is there, and zero", tried);
}

function begin(): void {
  if (memory.bytes === 0n) expectEqual(guestMemoryMap(memory, MEMORY_BYTES), 0n);
  guestMemoryAdvise(memory);
  zero(pages);
  pages.start = u64(virtAddr(memory.host)) + LARGE_PAGE_SIZE;
  pages.bytes = FIRST_BYTES;
  pages.dearNs = DEAR_NS;
}

function cheap(): void {
  begin();
  largePagesWait(pages);
  expect(adviceAt(pages.start, "nh"), "small pages at first");
  expect(adviceAt(pages.start + FIRST_BYTES, "hg"), "large ones behind the first memory");
  expect(adviceAt(pages.start - LARGE_PAGE_SIZE, "hg"), "and before it");
  largePagesLearn(pages, CHEAP_NS);
  expect(adviceAt(pages.start, "hg"), "large ones once they were cheap");
  begin();
  largePagesWait(pages);
  largePagesEnd(pages);
  expect(adviceAt(pages.start, "hg"), "large ones where no cost was seen");
}

function dear(): void {
  begin();
  largePagesWait(pages);
  largePagesLearn(pages, CHEAP_NS);
  largePagesLearn(pages, DEAR_PAGE_NS);
  expect(adviceAt(pages.start, "nh"), "small pages again");
  largePagesLearn(pages, CHEAP_NS);
  largePagesEnd(pages);
  expect(pages.areDear && adviceAt(pages.start, "nh"), "for good");
  begin();
  largePagesWait(pages);
  largePagesLearn(pages, DEAR_PAGE_NS);
  largePagesLearn(pages, CHEAP_NS);
  expect(adviceAt(pages.start, "nh"), "the first one was dear");
}

function filledSmall(): void {
  begin();
  largePagesWait(pages);
  largePagesLearn(pages, DEAR_PAGE_NS);
  for (let block: u64 = 1n; block <= 5n; block++) {
    largePagesFill(pages);
    expectEqual(i64(pages.filled), i64((block < 3n ? block : 3n) * LARGE_PAGE_SIZE));
  }
  expect(residentKib(pages.start) === FIRST_BYTES / 1024n, "all of it is there");
  expect(residentKib(pages.start + FIRST_BYTES) === 0n, "and nothing behind it");
}

function filledLarge(): void {
  begin();
  pages.wereCheap = true;
  largePagesFill(pages);
  expectEqual(i64(pages.filled), i64(LARGE_PAGE_SIZE));
  expect(residentKib(pages.start) >= LARGE_PAGE_SIZE / 1024n, "2 MiB are there");
  expect(adviceAt(pages.start + LARGE_PAGE_SIZE, pages.areDear ? "nh" : "hg"), "and what they took is known");
}

function tried(): void {
  begin();
  const place = pages.start + 4n * LARGE_PAGE_SIZE;
  largePagesTry(pages, place);
  expect(pages.areDear !== pages.wereCheap, "it was cheap or dear");
  // SAFETY: memory of the test's own.
  expect(castPtr<u64>(pointerAt<u8>(VirtAddr(place + LARGE_PAGE_SIZE - 8n))).value === 0n, "it is zero");
}

// --- What Linux says of a mapping ----------------------------------------------------------------------------------------------

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DASH = 0x2d;
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;

/** Whether the mapping that contains `address` has the flag, two letters. */
function adviceAt(address: u64, flag: string): bool {
  for (let place = behind(recordOf(address), "VmFlags:"); at(maps, place) !== NEWLINE; place++) {
    if (isAt(place, flag)) return true;
  }
  return false;
}

function residentKib(address: u64): u64 {
  let place = behind(recordOf(address), "Rss:");
  while (at(maps, place) === SPACE) place++;
  let value: u64 = 0n;
  for (; at(maps, place) !== SPACE; place++) value = value * 10n + u64(at(maps, place) - DIGIT_0);
  return value;
}

/** Where the lines about the mapping that contains `address` begin: `start-end permissions ...`. */
function recordOf(address: u64): u64 {
  const length = readMaps();
  let place: u64 = 0n;
  while (place < length) {
    const dash = place + numberLength(place);
    const isFirst = dash > place && at(maps, dash) === DASH;
    if (isFirst && numberAt(place) <= address && address < numberAt(dash + 1n)) return place;
    while (at(maps, place) !== NEWLINE) place++;
    place++;
  }
  panic("the memory of the test is mapped");
}

function readMaps(): u64 {
  const file = linuxCall(SYS_open, callPointer("/proc/self/smaps\0".data), u64(O_RDONLY));
  let length: u64 = 0n;
  for (let got: i64 = 1n; got > 0n; length += u64(got)) {
    got = linuxCall(SYS_read, u64(file), callPointer(elements(maps)) + length, u64(maps.length) - length);
    assert(got >= 0n, "the list of mappings can be read");
  }
  void linuxCall(SYS_close, u64(file));
  assert(length < u64(maps.length), "the list of mappings is not that long");
  return length;
}

/** Behind the next `text`, of the record that begins at `place`. */
function behind(place: u64, text: string): u64 {
  let next = place;
  while (!isAt(next, text)) next++;
  return next + u64(text.length);
}

function isAt(place: u64, text: string): bool {
  for (let i: u64 = 0n; i < u64(text.length); i++) {
    if (at(maps, place + i) !== text.data.add(i).value) return false;
  }
  return true;
}

/** How many hexadecimal digits there are, and what they say. */
function numberLength(place: u64): u64 {
  let end = place;
  while (digitOf(at(maps, end)) < 16) end++;
  return end - place;
}

function numberAt(place: u64): u64 {
  let value: u64 = 0n;
  for (let next = place; digitOf(at(maps, next)) < 16; next++) value = value * 16n + u64(digitOf(at(maps, next)));
  return value;
}

/** 16 is none. */
function digitOf(byte: u8): u32 {
  if (byte >= DIGIT_0 && byte < DIGIT_0 + 10) return u32(byte) - DIGIT_0;
  return byte >= LETTER_A && byte < LETTER_A + 6 ? u32(byte) - LETTER_A + 10 : 16;
}
