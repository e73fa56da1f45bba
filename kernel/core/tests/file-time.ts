/** Times of files before and after 1970, and those that lie outside. */

import { expectEqual, test } from "../../../compiler/std/testing.ts";
import { fileTime, fileTimeRest, fileTimeSeconds } from "../file-time.ts";

function expectKept(seconds: i64, nanoseconds: u64, keptSeconds: i64, keptNanoseconds: u64): void {
  const time = fileTime(seconds, nanoseconds);
  expectEqual(fileTimeSeconds(time), keptSeconds);
  expectEqual(i64(fileTimeRest(time)), i64(keptNanoseconds));
}

function keepsTimes(): void {
  expectKept(0n, 0n, 0n, 0n);
  expectKept(0n, 999_999_999n, 0n, 999_999_999n);
  expectKept(-1n, 0n, -1n, 0n);
  expectKept(-1n, 999_999_999n, -1n, 999_999_999n);
  expectKept(-5n, 250_000_000n, -5n, 250_000_000n);
  expectKept(0x3_7fff_ffffn, 1n, 0x3_7fff_ffffn, 1n);
  expectKept(-0x8000_0000n, 0n, -0x8000_0000n, 0n);
  expectKept(16_299_260_424n, 999_999_999n, 16_299_260_424n, 999_999_999n);
}

function clampsOthers(): void {
  expectKept(-0x8000_0001n, 5n, -0x8000_0000n, 0n);
  expectKept(i64.MIN, 5n, -0x8000_0000n, 0n);
  expectKept(16_299_260_425n, 5n, 16_299_260_424n, 0n);
  expectKept(i64.MAX, 999_999_999n, 16_299_260_424n, 0n);
}

export function fileTimeTests(): void {
  test("times before and after 1970 are kept", keepsTimes);
  test("times outside become the nearest", clampsOthers);
}
