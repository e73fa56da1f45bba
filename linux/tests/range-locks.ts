/** Locks of ranges against a table that says of each byte who has it and how. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../kernel/core/random.ts";
import {
  type RangeLock,
  type RangeLocks,
  rangeLockGiveUp,
  rangeLockHas,
  rangeLockInTheWay,
  rangeLockTake,
} from "../core/range-locks.ts";

const BYTES = 24;
const OWNERS = 3;
const STEPS = 20_000;
const FILE = 7n;

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
  }
}

function refusesWhenFull(): void {
  const wish: RangeLock = { owner: 9n, file: FILE + 1n, start: 0n, last: 0n, isWrite: true };
  let taken: u32 = 0;
  while (taken < 1000 && rangeLockTake(locks, wish)) {
    wish.start += 2n;
    wish.last += 2n;
    taken++;
  }
  expect(taken < 1000 && rangeLockHas(locks, 9n), "the table has an end");
  const all: RangeLock = { owner: 9n, file: FILE + 1n, start: 0n, last: 5000n, isWrite: true };
  expect(
    !rangeLockGiveUp(locks, all, 1) && rangeLockHas(locks, 9n),
    "nothing changes without the room that is asked for",
  );
  expect(rangeLockGiveUp(locks, all, 0) && !rangeLockHas(locks, 9n), "what is given up needs no room");
}

export function rangeLockTests(): void {
  test("locks of ranges are what each byte's lock says", agreesWithModel);
  test("a full table of locks refuses", refusesWhenFull);
}
