/** Messages of the file protocol: what the client writes, and what it makes of answers that are right, short, damaged or hostile. */

import { EIO, ENOENT } from "../../../abi/errno.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import {
  type Wire,
  wireBegin,
  wireGet32,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../../compiler/std/wire.ts";
import {
  answerBegin,
  answerEnd,
  getAttributes,
  getEntry,
  getLook,
  messageBegin,
  messageEnd,
  type NinepAttributes,
  type NinepEntry,
  type NinepLook,
  NOTHING_FOLLOWS,
} from "../message.ts";

const buffer: Bytes<512> = zeroed();
const TAG = 7;
const ATTRIBUTES_BYTES = 160n;

function all(): Slice<u8> {
  return sliceOf(elements(buffer), u64(buffer.length));
}

function writesMessages(): void {
  const wire: Wire = zeroed();
  messageBegin(wire, all(), NinepType.Tclunk, TAG);
  wirePut32(wire, 0x0102_0304);
  expectEqual(i64(messageEnd(wire, 0n)), 11n);
  const bytes: FixedArray<u8, 11> = fixedArray(11, 0, 0, 0, 120, 7, 0, 4, 3, 2, 1);
  for (let i: u32 = 0; i < 11; i++) {
    expectEqual(i64(buffer[i]), i64(bytes[i]));
  }
}

function countsPayload(): void {
  const wire: Wire = zeroed();
  messageBegin(wire, all(), NinepType.Twrite, TAG);
  wirePut32(wire, 1);
  expectEqual(i64(messageEnd(wire, 5000n)), 11n);
  wireBegin(wire, all());
  expectEqual(i64(wireGet32(wire)), 5011n);
}

function refusesLongFields(): void {
  const wire: Wire = zeroed();
  messageBegin(wire, sliceOf(elements(buffer), 12n), NinepType.Tunlinkat, TAG);
  wirePut32(wire, 1);
  wirePutString(wire, "a name");
  expectEqual(i64(messageEnd(wire, 0n)), 0n);
}

/** An answer of `size` bytes by its own words, with one field. */
function answer(size: u32, type: u32, tag: u16, field: u32): void {
  const wire: Wire = zeroed();
  wireBegin(wire, all());
  wirePut32(wire, size);
  wirePut8(wire, u8(type));
  wirePut16(wire, tag);
  wirePut32(wire, field);
}

function begin(wire: Wire, written: u64, payload: u64): i64 {
  return answerBegin(wire, sliceOf(elements(buffer), 11n), written, payload, NinepType.Tread, TAG);
}

function readsAnswers(): void {
  const wire: Wire = zeroed();
  answer(111, u32(NinepType.Rread), TAG, 100);
  expectEqual(begin(wire, 111n, 200n), 0n);
  expectEqual(i64(wireGet32(wire)), 100n);
  expectEqual(answerEnd(wire), 0n);
  answer(11, u32(NinepType.Rlerror), TAG, u32(ENOENT));
  expectEqual(begin(wire, 11n, 200n), i64(-ENOENT));
}

function refusesAnswers(): void {
  const wire: Wire = zeroed();
  answer(11, u32(NinepType.Rread), TAG + 1, 0);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // another tag
  answer(11, u32(NinepType.Rwrite), TAG, 0);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // another type
  answer(12, u32(NinepType.Rread), TAG, 0);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // longer than the room
  answer(3, u32(NinepType.Rread), TAG, 0);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // shorter than a header
  answer(11, u32(NinepType.Rread), TAG, 0);
  expectEqual(begin(wire, 6n, 0n), i64(-EIO)); // fewer bytes than a header were written
  answer(11, u32(NinepType.Rlerror), TAG, 512);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // ERESTARTSYS is the kernel's own
  answer(11, u32(NinepType.Rlerror), TAG, 0);
  expectEqual(begin(wire, 11n, 0n), i64(-EIO)); // no error
  answer(11, u32(NinepType.Rread), TAG, 0);
  expectEqual(begin(wire, 9n, 0n), 0n);
  void wireGet32(wire);
  expectEqual(answerEnd(wire), i64(-EIO)); // a field that was not written
}

function readsAttributes(): void {
  const wire: Wire = zeroed();
  wireBegin(wire, all());
  wirePut64(wire, 0x7ffn);
  wirePut8(wire, 0);
  wirePut32(wire, 3);
  wirePut64(wire, 42n);
  wirePut32(wire, 0o100644);
  wirePut32(wire, 1000);
  wirePut32(wire, 1001);
  wirePut64(wire, 2n);
  wirePut64(wire, 0n);
  wirePut64(wire, 12345n);
  wirePut64(wire, 4096n);
  wirePut64(wire, 24n);
  for (let i: u64 = 1n; i <= 3n; i++) {
    wirePut64(wire, i);
    wirePut64(wire, i * 10n);
  }
  wirePut64(wire, u64.MAX); // born before 1970
  wirePut64(wire, 0n);
  const attributes: NinepAttributes = zeroed();
  wireBegin(wire, all());
  expectEqual(getAttributes(wire, attributes), 0n);
  expectEqual(i64(attributes.qid.path), 42n);
  expectEqual(i64(attributes.size), 12345n);
  expectEqual(i64(attributes.modifyNs), 2_000_000_020n);
  expectEqual(i64.wrap(attributes.birthNs), -1_000_000_000n);
  wireBegin(wire, sliceOf(elements(buffer), ATTRIBUTES_BYTES - 40n));
  expectEqual(getAttributes(wire, attributes), i64(-EIO));
}

function putEntry(wire: Wire, next: u64, name: string): void {
  wirePut8(wire, 0);
  wirePut32(wire, 0);
  wirePut64(wire, 9n);
  wirePut64(wire, next);
  wirePut8(wire, 8);
  wirePutString(wire, name);
}

function entryResult(next: u64, name: string): i64 {
  const wire: Wire = zeroed();
  wireBegin(wire, all());
  putEntry(wire, next, name);
  wireBegin(wire, sliceOf(elements(buffer), wire.position));
  const entry: NinepEntry = zeroed();
  const result = getEntry(wire, entry);
  expect(result !== 1n || entry.name === name, "the name is the entry's");
  return result;
}

function readsEntries(): void {
  expectEqual(entryResult(1n, "file"), 1n);
  expectEqual(entryResult(1n, ".."), 1n);
  expectEqual(entryResult(1n, ""), NOTHING_FOLLOWS);
  expectEqual(entryResult(0n, ""), i64(-EIO));
  expectEqual(entryResult(1n, "a/b"), i64(-EIO));
  expectEqual(entryResult(1n, "a\0b"), i64(-EIO));
  // A listing would begin again and again.
  expectEqual(entryResult(0n, "file"), i64(-EIO));
  expectEqual(entryResult(u64.MAX, "file"), i64(-EIO));
  const wire: Wire = zeroed();
  const entry: NinepEntry = zeroed();
  wireBegin(wire, sliceOf(elements(buffer), 0n));
  expectEqual(getEntry(wire, entry), 0n);
  wireBegin(wire, sliceOf(elements(buffer), 23n));
  expectEqual(getEntry(wire, entry), i64(-EIO));
}

/** What is made of an Rlook for two names. */
function lookResult(walked: u16, error: u32, openError: u32, opened: u8, dataBytes: u32): i64 {
  const wire: Wire = zeroed();
  wireBegin(wire, all());
  wirePut16(wire, walked);
  wirePut32(wire, error);
  wirePut32(wire, openError);
  wirePut8(wire, opened);
  wirePut32(wire, dataBytes);
  wireBegin(wire, sliceOf(elements(buffer), wire.position));
  const look: NinepLook = zeroed();
  const result = getLook(wire, 2, look);
  expect(result !== 0n || u32(look.opened) === u32(opened), "what was done is told as it is");
  return result;
}

function checksLooks(): void {
  for (let opened: u8 = 0; opened < 6; opened++) {
    expectEqual(lookResult(2, 0, 0, opened, 0), 0n);
  }
  expectEqual(lookResult(2, 0, 0, 1, 100), 0n);
  expectEqual(lookResult(2, 0, u32(ENOENT), 0, 0), 0n);
  expectEqual(lookResult(1, u32(ENOENT), 0, 0, 0), 0n);
  expectEqual(lookResult(3, 0, 0, 0, 0), i64(-EIO)); // more than were asked for
  expectEqual(lookResult(1, 0, 0, 0, 0), i64(-EIO)); // less, and no reason
  expectEqual(lookResult(2, u32(ENOENT), 0, 0, 0), i64(-EIO)); // a reason for nothing
  expectEqual(lookResult(1, 512, 0, 0, 0), i64(-EIO)); // no errno of Linux
  expectEqual(lookResult(1, u32(ENOENT), 0, 1, 0), i64(-EIO)); // open before the end of the path
  expectEqual(lookResult(2, 0, u32(ENOENT), 1, 0), i64(-EIO)); // open and not open
  expectEqual(lookResult(2, 0, 0, 6, 0), i64(-EIO)); // no way to be open
  expectEqual(lookResult(2, 0, 0, 5, 1), i64(-EIO)); // data of a name that is gone
  expectEqual(lookResult(2, 0, u32(ENOENT), 0, 5), 0n); // a link's text
  expectEqual(lookResult(1, u32(ENOENT), 0, 0, 1), i64(-EIO)); // data of nothing
}

export function messageTests(): void {
  test("9P: messages are written as the protocol says", writesMessages);
  test("9P: the size of a message counts what lies elsewhere", countsPayload);
  test("9P: fields that do not fit are refused", refusesLongFields);
  test("9P: answers and errors are read", readsAnswers);
  test("9P: answers with a wrong size, type, tag or errno are refused", refusesAnswers);
  test("9P: attributes are read, and refused if they are cut", readsAttributes);
  test("9P: entries of directories are checked", readsEntries);
  test("9P: what a look-up tells must agree with itself", checksLooks);
}
