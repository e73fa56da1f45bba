/** Cursors over messages: what was put is got, nothing beyond the end is touched, a failure stays. */

import { expect, expectEqual, test } from "../testing.ts";
import {
  type Wire,
  wireBegin,
  wireGet8,
  wireGet16,
  wireGet32,
  wireGet64,
  wireGetBytes,
  wireGetString,
  wireLeft,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutBytes,
  wirePutString,
} from "../wire.ts";

const memory: Bytes<64> = zeroed();
const wire: Wire = zeroed();

function begin(bytes: u64): void {
  wireBegin(wire, sliceOf(elements(memory), bytes));
}

function roundTrip(): void {
  begin(64n);
  wirePut8(wire, 0xab);
  wirePut16(wire, 0x1234);
  wirePut32(wire, 0x89ab_cdef);
  wirePut64(wire, 0xfedc_ba98_7654_3210n);
  wirePutString(wire, "name");
  wirePutBytes(wire, bytesOf("xyz"));
  expect(!wire.hasFailed, "everything fits");
  expectEqual(i64(wire.position), 24n);
  expectEqual(i64(memory[1]), 0x34n);
  begin(24n);
  expectEqual(i64(wireGet8(wire)), 0xabn);
  expectEqual(i64(wireGet16(wire)), 0x1234n);
  expectEqual(i64(wireGet32(wire)), 0x89ab_cdefn);
  expect(wireGet64(wire) === 0xfedc_ba98_7654_3210n, "64 bits come back");
  expect(wireGetString(wire) === "name", "a string comes back");
  expectEqual(i64(wireGetBytes(wire, 3n).length), 3n);
  expectEqual(i64(wireLeft(wire)), 0n);
  expect(!wire.hasFailed, "the end itself is no failure");
}

function cutMessages(): void {
  for (let bytes: u64 = 0n; bytes < 24n; bytes += 1n) {
    begin(bytes);
    void wireGet8(wire);
    void wireGet16(wire);
    void wireGet32(wire);
    void wireGet64(wire);
    void wireGetString(wire);
    void wireGetBytes(wire, 3n);
    expect(wire.hasFailed, "a cut message is noticed");
    expect(wire.position <= bytes, "the cursor stays inside");
  }
}

function failureStays(): void {
  begin(3n);
  expectEqual(i64(wireGet32(wire)), 0n);
  expect(wire.hasFailed, "four bytes are not there");
  expectEqual(i64(wireGet8(wire)), 0n);
  expectEqual(i64(wire.position), 0n);
  begin(8n);
  wirePutString(wire, "longer than eight");
  expect(wire.hasFailed, "what does not fit is not put");
  expect(wireGetBytes(wire, u64.MAX).length === 0n, "no size overflows");
}

export function wireTests(): void {
  test("what a cursor puts, a cursor gets", roundTrip);
  test("cut messages are noticed at every place", cutMessages);
  test("a failed cursor stays where it is", failureStays);
}
