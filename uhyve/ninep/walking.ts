/**
 * Tattach, Troots and Twalk: how fids come to name objects.
 *
 * Each step of a walk goes from a descriptor of an object to one of an entry of it and follows no link, so whatever the host or another
 * guest renames or replaces meanwhile, a step leads to what was in the directory at that moment. The way up ("..") is not offered: the
 * guest knows where it came from.
 */

import { EBADF, ENOENT, ENOTDIR, EPROTO } from "../../abi/errno.ts";
import { O_PATH, S_IFDIR, S_IFMT } from "../../abi/linux-files.ts";
import { NINEP_MAX_ROOTS, NINEP_MAX_WALK, NINEP_NO_FID, NINEP_QID_BYTES } from "../../abi/ninep.ts";
import { wireGet16, wireGet32, wireGetString, wirePut16, wirePut32 } from "../../compiler/std/wire.ts";
import { putAttributes } from "./attributes.ts";
import type { Fid } from "./fid-table.ts";
import { hostClose, hostReopen, hostStat, hostWalk } from "./host.ts";
import {
  bindOrBusy,
  fidError,
  fidGet,
  fidLast,
  fidMakeFrom,
  isWhole,
  type NinepRequest,
  type NinepSession,
  nameGet,
  putQid,
  replaceOrGone,
} from "./request.ts";

/** The user's identity is the monitor's: names and numbers of users in the message change nothing. */
export function attach(request: NinepRequest): i64 {
  const input = request.input;
  const number = wireGet32(input);
  const authentication = wireGet32(input);
  void wireGetString(input);
  const name = wireGetString(input);
  void wireGet32(input);
  if (!isWhole(request) || number === NINEP_NO_FID) return i64(-EPROTO);
  if (authentication !== NINEP_NO_FID) return i64(-EBADF);
  const index = attachTo(request, name, number);
  if (index < 0n) return index;
  putQid(request, u32(index));
  return 0n;
}

/** Makes `number` a fid of the export's top, of which request.stat tells then: the export's index, or a negative errno. */
function attachTo(request: NinepRequest, name: string, number: u32): i64 {
  const index = exportNamed(request.session, name);
  if (index < 0) return i64(-ENOENT);
  const fd = hostReopen(request.session.host, request.session.exports[u32(index)].fd, O_PATH);
  if (fd < 0n) return fd;
  const made = fidMakeFrom(request, i32(fd), u32(index));
  if (made < 0n) return made;
  const bound = bindOrBusy(request, fidLast(request), number);
  return bound < 0n ? bound : i64(index);
}

/** Many exports at once, each with an answer of its own. A message that is not whole has attached to those before its fault. */
export function roots(request: NinepRequest): i64 {
  const input = request.input;
  const output = request.output;
  const count = u32(wireGet16(input));
  if (input.hasFailed || count > NINEP_MAX_ROOTS) return i64(-EPROTO);
  wirePut16(output, u16(count));
  for (let i: u32 = 0; i < count; i += 1) {
    const number = wireGet32(input);
    const name = wireGetString(input);
    if (input.hasFailed || number === NINEP_NO_FID) return i64(-EPROTO);
    const index = attachTo(request, name, number);
    wirePut32(output, index < 0n ? u32(-index) : 0);
    if (index >= 0n) putAttributes(request, u32(index));
  }
  return isWhole(request) ? 0n : i64(-EPROTO);
}

/** Its index, or -1. */
function exportNamed(session: NinepSession, name: string): i32 {
  for (let i: u32 = 0; i < session.exportCount; i += 1) {
    const entry = session.exports[i];
    if (stringOf(elements(entry.name), entry.nameBytes) === name) return i32(i);
  }
  return -1;
}

export function walk(request: NinepRequest): i64 {
  const input = request.input;
  const from = fidGet(request);
  const number = wireGet32(input);
  const count = u32(wireGet16(input));
  if (input.hasFailed) return i64(-EPROTO);
  if (from === null) return fidError(request);
  if (count > NINEP_MAX_WALK || number === NINEP_NO_FID) return i64(-EPROTO);
  const start = hostReopen(request.session.host, from.fd, O_PATH);
  if (start < 0n) return start;
  let walked: u32 = 0;
  wirePut16(request.output, u16(count));
  const fd = walkNames(request, from, i32(start), count, addressOf(walked));
  if (fd < 0n) return walked === 0 ? fd : answerPart(request, walked);
  const made = fidMakeFrom(request, i32(fd), from.exportIndex);
  if (made < 0n) return made;
  const fid = fidLast(request);
  return number === from.number ? replaceOrGone(request, from, fid) : bindOrBusy(request, fid, number);
}

/** Takes the names one after the other from `start`, which it closes: the last descriptor, or a negative errno. */
function walkNames(request: NinepRequest, from: Fid, start: i32, count: u32, walked: Ptr<u32>): i64 {
  const session = request.session;
  let fd = start;
  let type = from.type;
  for (let i: u32 = 0; i < count; i += 1) {
    const named = nameGet(request.input, request.firstName);
    let next =
      named < 0n
        ? named
        : type === S_IFDIR
          ? hostWalk(session.host, fd, elements(request.firstName.text))
          : i64(-ENOTDIR);
    hostClose(session.host, fd);
    if (next < 0n) return next;
    const looked = hostStat(session.host, i32(next), request.stat);
    if (looked < 0n) {
      hostClose(session.host, i32(next));
      return looked;
    }
    fd = i32(next);
    type = u32(request.stat.stx_mode) & S_IFMT;
    putQid(request, from.exportIndex);
    walked.value = i + 1;
  }
  if (isWhole(request)) return i64(fd);
  hostClose(session.host, fd);
  walked.value = 0;
  return i64(-EPROTO);
}

/** A walk that ends early is answered with the qids so far, and makes no fid. */
function answerPart(request: NinepRequest, walked: u32): i64 {
  const output = request.output;
  output.position = 0n;
  wirePut16(output, u16(walked));
  output.position += u64(walked) * u64(NINEP_QID_BYTES);
  return 0n;
}
