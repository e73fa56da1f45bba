/** ChaCha20 against the vectors of RFC 8439, and the generator's promises. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type ChachaBlock, type ChachaKey, chachaBlock, randomFill } from "../core/chacha20.ts";

const key: ChachaKey = zeroed();
const block: ChachaBlock = zeroed();
const first: FixedArray<u8, 256> = zeroed();
const second: FixedArray<u8, 256> = zeroed();

function keyOfBytes(start: u8): void {
  for (let i: u32 = 0; i < 8; i++) {
    const low = u32(start) + 4 * i;
    key.words[i] = low | ((low + 1) << 8) | ((low + 2) << 16) | ((low + 3) << 24);
  }
}

/** RFC 8439, 2.3.2. */
function blockFunction(): void {
  const nonce: FixedArray<u32, 3> = fixedArray<u32, 3>(0x0900_0000, 0x4a00_0000, 0);
  const wanted: FixedArray<u32, 16> = fixedArray<u32, 16>(
    0xe4e7_f110,
    0x1559_3bd1,
    0x1fdd_0f50,
    0xc471_20a3,
    0xc7f4_d1c7,
    0x0368_c033,
    0x9aaa_2204,
    0x4e6c_d4c3,
    0x4664_82d2,
    0x09aa_9f07,
    0x05d7_c214,
    0xa202_8bd9,
    0xd19c_12b5,
    0xb94e_16de,
    0xe883_d0cb,
    0x4e3c_50a2,
  );
  keyOfBytes(0);
  chachaBlock(key, 1, elements(nonce), block);
  for (let i: u32 = 0; i < 16; i++) {
    expectEqual(i64(block.words[i]), i64(wanted[i]));
  }
}

/** RFC 8439, A.1, test vector 1: all zero. */
function zeroKey(): void {
  const nonce: FixedArray<u32, 3> = zeroed();
  zero(key);
  chachaBlock(key, 0, elements(nonce), block);
  expectEqual(i64(block.words[0]), 0xade0_b876n);
  expectEqual(i64(block.words[15]), 0x8665_eeb2n);
}

function keyIsReplaced(): void {
  keyOfBytes(0);
  randomFill(key, elements(first), 200n);
  const again: ChachaKey = zeroed();
  copy(again, key);
  randomFill(key, elements(second), 200n);
  expect(compareBytes(elements(first), elements(second), 200n) !== 0, "two requests differ");
  keyOfBytes(0);
  randomFill(key, elements(second), 200n);
  expect(compareBytes(elements(first), elements(second), 200n) === 0, "the same key gives the same bytes");
  expect(again.words[0] === key.words[0], "and the same next key");
  expectEqual(i64(first[201]), 0n);
}

export function testChacha20(): void {
  test("ChaCha20: the block function of RFC 8439", blockFunction);
  test("ChaCha20: the zero key of RFC 8439", zeroKey);
  test("random: every request has a key of its own and writes what it should", keyIsReplaced);
}
