/**
 * Hostile bytes as a file server's answers: whatever they contain, they are refused or their fields lie inside of them.
 *
 *     input   0 which message was sent   1 how many bytes the device claims to have written   2 the answer
 */

import { EIO } from "../../abi/errno.ts";
import { NINEP_MAX_WALK, NinepType } from "../../abi/ninep.ts";
import { type Wire, wireBegin, wireGet16, wireGetString, wireLeft } from "../../compiler/std/wire.ts";
import {
  answerBegin,
  answerEnd,
  getAttributes,
  getEntry,
  getQid,
  getSpace,
  type NinepAttributes,
  type NinepEntry,
  type NinepSpace,
  type Qid,
} from "../../drivers/ninep/message.ts";

const TAG = 0x2020;
const MOST_ERRNO = 133n;
/** An entry without its name. */
const ENTRY_BYTES = 24n;

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (size < 2n) return 0;
  const types: FixedArray<NinepType, 5> = fixedArray(
    NinepType.Tgetattr,
    NinepType.Tstatfs,
    NinepType.Twalk,
    NinepType.Treadlink,
    NinepType.Treaddir,
  );
  const type = types[u32(data[0]) % 5];
  const answer = sliceOf(data.add(2), size - 2n);
  const written = u64(data[1]);
  const wire: Wire = zeroed();
  const result = answerBegin(wire, answer, written, 0n, type, TAG);
  assert(result <= 0n && result >= -MOST_ERRNO, "an answer is right, or an errno of Linux");
  assert(wire.position <= wire.bytes.length && wire.bytes.length <= answer.length, "the cursor is inside");
  if (result === 0n) read(wire, type);
  readEntries(answer);
  return 0;
}

function read(wire: Wire, type: NinepType): void {
  const attributes: NinepAttributes = zeroed();
  const space: NinepSpace = zeroed();
  const qid: Qid = zeroed();
  let result: i64 = 0n;
  switch (type) {
    case NinepType.Tgetattr:
      result = getAttributes(wire, attributes);
      assert(result !== 0n || i64.wrap(attributes.size) >= 0n, "sizes are those of files");
      break;
    case NinepType.Tstatfs:
      result = getSpace(wire, space);
      break;
    case NinepType.Twalk:
      if (wireGet16(wire) <= NINEP_MAX_WALK) getQid(wire, qid);
      result = answerEnd(wire);
      break;
    default:
      assert(wireGetString(wire).length <= u32(u16.MAX), "strings are bounded");
      result = answerEnd(wire);
  }
  assert(result === 0n || result === i64(-EIO), "what is cut is refused");
  assert(wire.position <= wire.bytes.length, "the cursor stays inside");
}

/** Every entry uses bytes up, so a listing ends. */
function readEntries(data: Slice<u8>): void {
  const wire: Wire = zeroed();
  const entry: NinepEntry = zeroed();
  wireBegin(wire, data);
  let left = wireLeft(wire);
  while (getEntry(wire, entry) === 1n) {
    assert(entry.name.length > 0 && entry.name.length <= 255 && i64.wrap(entry.next) > 0n, "an entry is sound");
    assert(wireLeft(wire) + ENTRY_BYTES < left + 1n, "an entry has bytes");
    left = wireLeft(wire);
  }
}
