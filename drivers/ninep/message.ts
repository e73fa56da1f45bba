/**
 * Messages of 9P2000.L as a client writes and reads them (abi/ninep.ts). Pure: bytes in, numbers out; tested and fuzzed on the host.
 *
 * Answers come from the other side of a boundary: their size, type, tag and every count in them are checked here, and what is wrong in any
 * way is -EIO to the caller. An errno that Linux does not have is, too, because the kernel gives some of those a meaning of its own.
 */

import { EIO } from "../../abi/errno.ts";
import { NINEP_HEADER_BYTES, NinepOpened, NinepType } from "../../abi/ninep.ts";
import {
  type Wire,
  wireBegin,
  wireGet8,
  wireGet16,
  wireGet32,
  wireGet64,
  wireGetString,
  wireLeft,
  wirePut8,
  wirePut16,
  wirePut32,
} from "../../compiler/std/wire.ts";
import { fileTime } from "../../kernel/core/file-time.ts";

/** The largest errno that Linux shows to programs (EHWPOISON). */
const MOST_ERRNO = 133;
const NS_PER_SECOND = 1_000_000_000n;
const NAME_MAX = 255;

export class Qid {
  type!: u8;
  version!: u32;
  path!: u64;
}

/** What Rgetattr tells, as far as anybody uses it. */
export class NinepAttributes {
  valid!: u64;
  qid!: Qid;
  mode!: u32;
  uid!: u32;
  gid!: u32;
  links!: u64;
  device!: u64;
  size!: u64;
  blocks!: u64;
  accessNs!: u64;
  modifyNs!: u64;
  changeNs!: u64;
  birthNs!: u64;
}

export class NinepEntry {
  qid!: Qid;
  /** Where a later Treaddir goes on. */
  next!: u64;
  /** DT_* of getdents. */
  type!: u8;
  name!: string;
}

export class NinepSpace {
  type!: u32;
  blockBytes!: u32;
  blocks!: u64;
  blocksFree!: u64;
  blocksAvailable!: u64;
  files!: u64;
  filesFree!: u64;
  nameBytes!: u32;
}

/** Begins a message in `bytes`; the caller puts the fields of its type behind. */
export function messageBegin(wire: Wire, bytes: Slice<u8>, type: NinepType, tag: u16): void {
  wireBegin(wire, bytes);
  wirePut32(wire, 0);
  wirePut8(wire, u8(u32(type)));
  wirePut16(wire, tag);
}

/** Completes a message that `payloadBytes` follow which lie elsewhere; how many bytes it has here, 0n if its fields did not fit. */
export function messageEnd(wire: Wire, payloadBytes: u64): u64 {
  const here = wire.position;
  const total = here + payloadBytes;
  if (wire.hasFailed || total > u64(u32.MAX)) {
    return 0n;
  }
  const size: Wire = zeroed();
  wireBegin(size, wire.bytes);
  wirePut32(size, u32(total));
  return here;
}

/**
 * Begins to read an answer of which the device wrote `written` bytes, the first of them in `bytes`: 0n with the cursor behind the header, the
 * negative errno that it brings, or -EIO. `payloadBytes` is what lies elsewhere at most.
 */
export function answerBegin(
  wire: Wire,
  bytes: Slice<u8>,
  written: u64,
  payloadBytes: u64,
  type: NinepType,
  tag: u16,
): i64 {
  const whole = bytes.length + payloadBytes;
  wireBegin(wire, sliceOf(bytes.data, written < bytes.length ? written : bytes.length));
  const size = wireGet32(wire);
  const answered = u32(wireGet8(wire));
  const answeredTag = wireGet16(wire);
  if (wire.hasFailed || u64(size) < u64(NINEP_HEADER_BYTES) || u64(size) > whole || answeredTag !== tag) {
    return i64(-EIO);
  }
  // What stands behind the message in the buffer is of an earlier one.
  const here: u64 = u64(size) < wire.bytes.length ? u64(size) : wire.bytes.length;
  wire.bytes = sliceOf(bytes.data, here);
  if (answered === u32(NinepType.Rlerror)) {
    return answeredError(wire);
  }
  return answered === u32(type) + 1 ? 0n : i64(-EIO);
}

function answeredError(wire: Wire): i64 {
  const errno = wireGet32(wire);
  return wire.hasFailed || errno === 0 || errno > MOST_ERRNO ? i64(-EIO) : -i64(errno);
}

/** 0n if all fields were there, else -EIO. */
export function answerEnd(wire: Wire): i64 {
  return wire.hasFailed ? i64(-EIO) : 0n;
}

export function getQid(wire: Wire, qid: Qid): void {
  qid.type = wireGet8(wire);
  qid.version = wireGet32(wire);
  qid.path = wireGet64(wire);
}

function getTime(wire: Wire): u64 {
  const seconds = i64.wrap(wireGet64(wire));
  const rest = wireGet64(wire);
  return fileTime(seconds, rest < NS_PER_SECOND ? rest : 0n);
}

/** The fields of Rgetattr: 0n or -EIO. */
export function getAttributes(wire: Wire, attributes: NinepAttributes): i64 {
  attributes.valid = wireGet64(wire);
  getQid(wire, attributes.qid);
  attributes.mode = wireGet32(wire);
  attributes.uid = wireGet32(wire);
  attributes.gid = wireGet32(wire);
  attributes.links = wireGet64(wire);
  attributes.device = wireGet64(wire);
  attributes.size = wireGet64(wire);
  void wireGet64(wire); // block size
  attributes.blocks = wireGet64(wire);
  attributes.accessNs = getTime(wire);
  attributes.modifyNs = getTime(wire);
  attributes.changeNs = getTime(wire);
  attributes.birthNs = getTime(wire);
  if (i64.wrap(attributes.size) < 0n) {
    return i64(-EIO);
  }
  return answerEnd(wire);
}

/** Rlook, before the attributes: how far the names led and why not further, how the last was opened or why not, how much data follows. */
export class NinepLook {
  walked!: u32;
  error!: i64;
  openError!: i64;
  opened!: NinepOpened;
  dataBytes!: u64;
}

/** The fields of Rlook before the attributes, of which there are `look.walked`; at most as many as `names`. 0n or -EIO. */
export function getLook(wire: Wire, names: u32, look: NinepLook): i64 {
  look.walked = u32(wireGet16(wire));
  const error = wireGet32(wire);
  const openError = wireGet32(wire);
  const opened = u32(wireGet8(wire));
  look.dataBytes = u64(wireGet32(wire));
  const isWhole = look.walked === names;
  // A link that was reached has its text.
  const hasNoData = (opened === 0 && !isWhole) || opened === u32(NinepOpened.Removed);
  if (error > MOST_ERRNO || openError > MOST_ERRNO || opened > u32(NinepOpened.Removed) || look.walked > names) {
    return i64(-EIO);
  }
  if (
    isWhole !== (error === 0) ||
    (opened !== 0 && (!isWhole || openError !== 0)) ||
    (hasNoData && look.dataBytes > 0n)
  ) {
    return i64(-EIO);
  }
  look.error = -i64(error);
  look.openError = -i64(openError);
  look.opened = openedOf(opened);
  return answerEnd(wire);
}

function openedOf(value: u32): NinepOpened {
  switch (value) {
    case u32(NinepOpened.Reading):
      return NinepOpened.Reading;
    case u32(NinepOpened.Writing):
      return NinepOpened.Writing;
    case u32(NinepOpened.Both):
      return NinepOpened.Both;
    case u32(NinepOpened.Made):
      return NinepOpened.Made;
    case u32(NinepOpened.Removed):
      return NinepOpened.Removed;
    default:
      return NinepOpened.No;
  }
}

/** The attributes of one name in Rlook: 0n or -EIO. */
export function getLookAttributes(wire: Wire, attributes: NinepAttributes): i64 {
  const result = getAttributes(wire, attributes);
  // Generation and data version, which nobody uses.
  void wireGet64(wire);
  void wireGet64(wire);
  return result !== 0n ? result : answerEnd(wire);
}

/** The fields of Rstatfs: 0n or -EIO. */
export function getSpace(wire: Wire, space: NinepSpace): i64 {
  space.type = wireGet32(wire);
  space.blockBytes = wireGet32(wire);
  space.blocks = wireGet64(wire);
  space.blocksFree = wireGet64(wire);
  space.blocksAvailable = wireGet64(wire);
  space.files = wireGet64(wire);
  space.filesFree = wireGet64(wire);
  void wireGet64(wire); // id of the file system
  space.nameBytes = wireGet32(wire);
  return answerEnd(wire);
}

/** What getEntry answers where the server says that the directory has no more entries. */
export const NOTHING_FOLLOWS = 2n;

/** The next entry of an Rreaddir's data: 1n, 0n at the end of the data, NOTHING_FOLLOWS, or -EIO. */
export function getEntry(wire: Wire, entry: NinepEntry): i64 {
  if (wireLeft(wire) === 0n) {
    return 0n;
  }
  getQid(wire, entry.qid);
  entry.next = wireGet64(wire);
  entry.type = wireGet8(wire);
  entry.name = wireGetString(wire);
  if (wire.hasFailed || i64.wrap(entry.next) <= 0n) {
    return i64(-EIO);
  }
  return entry.name.length === 0 ? NOTHING_FOLLOWS : isName(entry.name) ? 1n : i64(-EIO);
}

/** A name as a directory may contain it; "." and ".." are. */
function isName(name: string): bool {
  if (name.length > NAME_MAX) {
    return false;
  }
  for (let i: u32 = 0; i < name.length; i++) {
    const byte = name.byteAt(i);
    if (byte === 0 || byte === 47) {
      return false;
    }
  }
  return true;
}
