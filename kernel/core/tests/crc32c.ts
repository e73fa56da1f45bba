/** CRC-32C: the values of RFC 3720, B.4, and both ways of computing it. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { crc32c, crc32cByTable } from "../crc32c.ts";

const bytes: Bytes<64> = zeroed();

function published(): void {
  const first32 = sliceOf(elements(bytes), 32n);
  fillBytes(elements(bytes), 0, 32n);
  expectEqual(i64(crc32c(first32)), 0x8a91_36aan);
  fillBytes(elements(bytes), 0xff, 32n);
  expectEqual(i64(crc32c(first32)), 0x62a8_ab43n);
  for (let i: u32 = 0; i < 32; i += 1) bytes[i] = u8(i);
  expectEqual(i64(crc32c(first32)), 0x46dd_794en);
  expectEqual(i64(crc32c(bytesOf("123456789"))), 0xe306_9283n);
}

function bothWays(): void {
  for (let i: u32 = 0; i < 64; i += 1) bytes[i] = u8.wrap(i * 37 + 11);
  for (let start: u64 = 0n; start < 9n; start += 1n) {
    for (let length: u64 = 0n; start + length <= 64n; length += 1n) {
      const part = sliceOf(elements(bytes).add(start), length);
      expect(crc32c(part) === crc32cByTable(part), "instruction and table agree");
    }
  }
}

export function crc32cTests(): void {
  test("CRC-32C of the published examples", published);
  test("CRC-32C at all lengths and alignments", bothWays);
}
