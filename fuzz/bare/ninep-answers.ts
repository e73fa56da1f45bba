/**
 * Hostile bytes as a file server's answers: whatever they contain, they are refused or their fields lie inside of them.
 *
 *     input   0 which message was sent   1 how many bytes the device claims to have written   2 the answer
 */

import { EIO } from "../../abi/errno.ts";
import { NINEP_MAX_WALK, NinepOpened, NinepType } from "../../abi/ninep.ts";
import { type Wire, wireBegin, wireGet16, wireGetString, wireLeft } from "../../compiler/std/wire.ts";
import {
  answerBegin,
  answerEnd,
  getAttributes,
  getEntry,
  getLook,
  getLookAttributes,
  getQid,
  getSpace,
  type NinepAttributes,
  type NinepEntry,
  type NinepLook,
  type NinepSpace,
  type Qid,
} from "../../drivers/ninep/message.ts";

const TAG = 0x2020;
const MOST_ERRNO = 133n;
/** Names that a Tlook asked for. */
const LOOK_NAMES = 2;
/** An entry without its name. */
const ENTRY_BYTES = 24n;

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (size < 2n) return 0;
  const types: FixedArray<NinepType, 6> = fixedArray(
    NinepType.Tgetattr,
    NinepType.Tstatfs,
    NinepType.Twalk,
    NinepType.Treadlink,
    NinepType.Treaddir,
    NinepType.Tlook,
  );
  const type = types[u32(data[0]) % 6];
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
    case NinepType.Tlook:
      result = readLook(wire);
      break;
    default:
      assert(wireGetString(wire).length <= u32(u16.MAX), "strings are bounded");
      result = answerEnd(wire);
  }
  assert(result === 0n || result === i64(-EIO), "what is cut is refused");
  assert(wire.position <= wire.bytes.length, "the cursor stays inside");
}

function readLook(wire: Wire): i64 {
  const look: NinepLook = zeroed();
  const attributes: NinepAttributes = zeroed();
  let result = getLook(wire, LOOK_NAMES, look);
  if (result !== 0n) return result;
  assert(look.walked <= LOOK_NAMES, "no more was walked than was asked for");
  assert((look.walked === LOOK_NAMES) === (look.error === 0n), "what was not walked has a reason");
  assert(look.opened === NinepOpened.No || look.walked === LOOK_NAMES, "only the end of a path is open");
  const mayBeLink = look.opened === NinepOpened.No && look.walked === LOOK_NAMES;
  assert(
    mayBeLink || (look.opened !== NinepOpened.No && look.opened !== NinepOpened.Removed) || look.dataBytes === 0n,
    "data is an open file's, or the text of a link that was reached",
  );
  for (let i: u32 = 0; i < look.walked && result === 0n; i += 1) result = getLookAttributes(wire, attributes);
  return result;
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
