/** Locks of ranges against a table that says of each byte who has it and how. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../kernel/core/random.ts";
import {
  type RangeLock,
  type RangeLocks,
  type RangePart,
  rangeLockGiveUp,
  rangeLockHas,
  rangeLockInTheWay,
  rangeLockOutside,
  rangeLockTake,
  rangeLockWrites,
} from "../core/range-locks.ts";

const BYTES = 24;
const OWNERS = 3;
const STEPS = 20_000;
const FILE = 8n;

const locks: RangeLocks = zeroed();
/** Of each owner and byte: 0 nothing, 1 a lock to read, 2 one to write. */
const model: FixedArray<u8, 72> = zeroed();

function isInTheWay(wish: RangeLock): bool {
  for (let owner: u32 = 0; owner < OWNERS; owner++) {
    for (let at = u32(wish.start); at <= u32(wish.last); at++) {
      const has = model[owner * BYTES + at];
      if (u64(owner) + 1n !== wish.owner && has !== 0 && (has === 2 || wish.isWrite)) {
        return true;
      }
    }
  }
  return false;
}

function fill(wish: RangeLock, value: u8): void {
  for (let at = u32(wish.start); at <= u32(wish.last); at++) {
    model[(u32(wish.owner) - 1) * BYTES + at] = value;
  }
}

/** How many locks the model's bytes are: each run of one kind of one owner is one. */
function runs(): u32 {
  let count: u32 = 0;
  for (let owner: u32 = 0; owner < OWNERS; owner++) {
    let before: u8 = 0;
    for (let at: u32 = 0; at < BYTES; at++) {
      const has = model[owner * BYTES + at];
      count += has !== 0 && has !== before ? 1 : 0;
      before = has;
    }
  }
  return count;
}

function agreesWithModel(): void {
  const random: Random = { state: 99n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const start = randomBelow(random, BYTES);
    const last = start + randomBelow(random, BYTES - start);
    const owner = u64(randomBelow(random, OWNERS)) + 1n;
    const wish: RangeLock = {
      owner,
      file: FILE,
      start: u64(start),
      last: u64(last),
      isWrite: randomBelow(random, 2) === 1,
      readsOutside: false,
    };
    const isBlocked = rangeLockInTheWay(locks, wish) !== null;
    expect(isBlocked === isInTheWay(wish), "who is in the way");
    if (randomBelow(random, 3) === 0) {
      expect(rangeLockGiveUp(locks, wish, 0), "there is room");
      fill(wish, 0);
    } else if (!isBlocked) {
      expect(rangeLockTake(locks, wish), "there is room");
      fill(wish, wish.isWrite ? 2 : 1);
    }
    expectEqual(i64(locks.count), i64(runs()));
    looksLikeModelOutside(start, last);
  }
}

/** From one part to the next, each byte is as the strongest lock of any owner has it. */
function looksLikeModelOutside(start: u32, last: u32): void {
  const part: RangePart = zeroed();
  part.start = u64(start);
  while (part.start <= u64(last)) {
    part.last = u64(last);
    rangeLockOutside(locks, FILE, part, null);
    expect(part.last >= part.start && part.last <= u64(last), "the part is where it was asked for");
    const value: u8 = !part.isLocked ? 0 : part.isWrite ? 2 : 1;
    for (let at = u32(part.start); at <= u32(part.last); at++) {
      expect(strongest(at) === value, "the strongest lock");
    }
    part.start = part.last + 1n;
  }
}

function strongest(at: u32): u8 {
  let value: u8 = 0;
  for (let owner: u32 = 0; owner < OWNERS; owner++) {
    const has = model[owner * BYTES + at];
    value = has > value ? has : value;
  }
  return value;
}

function showsWishesAndFlock(): void {
  const kept: RangeLock = { owner: 20n, file: 100n, start: 10n, last: 19n, isWrite: true, readsOutside: false };
  const apart: RangeLock = { owner: 21n, file: 101n, start: 0n, last: 99n, isWrite: true, readsOutside: true };
  expect(rangeLockTake(locks, kept) && rangeLockInTheWay(locks, apart) === null, "files apart do not meet");
  expect(rangeLockTake(locks, apart), "there is room");
  const part: RangePart = { start: 0n, last: 99n, isLocked: false, isWrite: false };
  rangeLockOutside(locks, 100n, part, null);
  expect(part.isLocked && !part.isWrite && part.last === 9n, "a lock that reads outside");
  part.start = 10n;
  part.last = 99n;
  rangeLockOutside(locks, 101n, part, null);
  expect(part.isWrite && part.last === 19n, "the stronger of both");
  const wish: RangeLock = { owner: 22n, file: 100n, start: 50n, last: 59n, isWrite: true, readsOutside: false };
  part.start = 50n;
  part.last = 99n;
  rangeLockOutside(locks, 100n, part, wish);
  expect(part.isWrite && part.last === 59n, "a wish counts");
  expect(rangeLockWrites(locks, kept) && !rangeLockWrites(locks, wish), "who writes where");
  expect(rangeLockGiveUp(locks, kept, 0) && rangeLockGiveUp(locks, apart, 0), "given up");
}

function refusesWhenFull(): void {
  const wish: RangeLock = { owner: 9n, file: FILE + 2n, start: 0n, last: 0n, isWrite: true, readsOutside: false };
  let taken: u32 = 0;
  while (taken < 1000 && rangeLockTake(locks, wish)) {
    wish.start += 2n;
    wish.last += 2n;
    taken++;
  }
  expect(taken < 1000 && rangeLockHas(locks, 9n), "the table has an end");
  const all: RangeLock = { owner: 9n, file: FILE + 2n, start: 0n, last: 5000n, isWrite: true, readsOutside: false };
  expect(
    !rangeLockGiveUp(locks, all, 1) && rangeLockHas(locks, 9n),
    "nothing changes without the room that is asked for",
  );
  expect(rangeLockGiveUp(locks, all, 0) && !rangeLockHas(locks, 9n), "what is given up needs no room");
}

export function rangeLockTests(): void {
  test("locks of ranges are what each byte's lock says", agreesWithModel);
  test("of locks those outside see the strongest", showsWishesAndFlock);
  test("a full table of locks refuses", refusesWhenFull);
}
