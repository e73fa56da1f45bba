/** Descriptor numbers against a plain table of what should be taken. */

import { EMFILE } from "../../../abi/errno.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../../kernel/core/random.ts";
import {
  FD_MOST,
  type FdChunk,
  type FdSpace,
  fdGiveBack,
  fdIsTaken,
  fdNextTaken,
  fdSlot,
  fdTake,
  fdTakeLowest,
} from "../core/fd-space.ts";

const NUMBERS = 2048;
const ROUNDS = 40_000;

const space: FdSpace = zeroed();
const chunks: FixedArray<FdChunk, 16> = zeroed();
let chunkCount: u32 = 0;
const taken: FixedArray<bool, 2048> = zeroed();

function memory(bytes: u64): Ptr<u8> | null {
  if (bytes !== u64(sizeOf<FdChunk>()) || chunkCount === 16) {
    return null;
  }
  chunkCount++;
  return castPtr<u8>(chunks[chunkCount - 1]);
}

function lowestFree(lowest: u32): u32 {
  let fd = lowest;
  while (fd < NUMBERS && taken[fd]) {
    fd++;
  }
  return fd;
}

function nextTaken(from: u32): u32 {
  let fd = from;
  while (fd < NUMBERS && !taken[fd]) {
    fd++;
  }
  return fd < NUMBERS ? fd : u32.MAX;
}

function randomNumbers(): void {
  const random: Random = { state: 77n };
  let count: u32 = 0;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const fd = randomBelow(random, NUMBERS);
    const grows = randomBelow(random, 100) < (round % 20_000 < 10_000 ? 70 : 30);
    if (grows) {
      const lowest = randomBelow(random, 4) === 0 ? fd : 0;
      const wanted = lowestFree(lowest);
      const got = fdTakeLowest(space, lowest, NUMBERS, memory);
      expectEqual(got, wanted < NUMBERS ? i64(wanted) : i64(-EMFILE));
      if (got >= 0n) {
        taken[u32(got)] = true;
        fdSlot(space, u32(got))!.word.store(u64(got) * 16n + 16n);
        count++;
      }
    } else if (taken[fd]) {
      expectEqual(i64(fdGiveBack(space, fd)), i64(fd) * 16n + 16n);
      taken[fd] = false;
      count--;
    }
    expect(fdIsTaken(space, fd) === taken[fd], "taken is taken");
    expect(fdNextTaken(space, fd) === nextTaken(fd), "the next one is found");
    expect(space.openCount === count, "the count counts");
  }
}

function edges(): void {
  expect(fdSlot(space, FD_MOST) === null, "there is no number 2^20");
  expect(fdSlot(space, FD_MOST - 1) === null, "nor a chunk before a number is taken");
  expect(fdTake(space, FD_MOST - 1, memory), "the last number can be taken");
  expectEqual(fdTakeLowest(space, FD_MOST - 1, FD_MOST, memory), i64(-EMFILE));
  expectEqual(i64(fdNextTaken(space, NUMBERS)), i64(FD_MOST - 1));
  expectEqual(i64(fdGiveBack(space, FD_MOST - 1)), 0n);
}

export function fdSpaceTests(): void {
  test("descriptor numbers: the lowest free one, whatever was taken", randomNumbers);
  test("descriptor numbers: the ends of the range", edges);
}
