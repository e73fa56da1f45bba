/** Messages that lie, and counts beyond every bound. */

import { EINVAL, EMFILE, EMSGSIZE, EPROTO } from "../../../abi/errno.ts";
import { O_RDONLY, O_RDWR } from "../../../abi/linux-files.ts";
import { NINEP_SETATTR_SIZE, NinepType } from "../../../abi/ninep.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { begin, end } from "./begin.ts";
import { hostRead, hostWrite } from "./folder.ts";
import {
  ask,
  askAs,
  attachTo,
  clunkFid,
  ninepBegin,
  openFid,
  out,
  put16,
  put32,
  put64,
  putText,
  ROOT,
  readFid,
  sendRaw,
  server,
  setAttribute,
  setRoom,
  walkClone,
  walkTo,
  writeFid,
} from "./guest.ts";
import { FID, OTHER } from "./hostile.ts";

export function ninepMessageTests(): void {
  test("9p: fids are bounded, and come back", manyFids);
  test("9p: messages that lie about their length", badMessages);
  test("9p: counts beyond every bound", hugeCounts);
}

function manyFids(): void {
  begin(false);
  const before = server.session.fids.limit;
  server.session.fids.limit = 10;
  let made: u32 = 0;
  while (made < 20 && walkClone(ROOT, 100 + made * 4096) === 0n) made += 1;
  expectEqual(i64(made), 9n);
  expectEqual(walkClone(ROOT, 50), i64(-EMFILE));
  expectEqual(attachTo(50, "work"), i64(-EMFILE));
  // Opening needs a place for the moment in which there are two.
  expectEqual(openFid(100, O_RDONLY), i64(-EMFILE));
  expectEqual(clunkFid(100 + 4 * 4096), 0n);
  expectEqual(openFid(100, O_RDONLY), 0n);
  expectEqual(walkClone(ROOT, 50), 0n);
  for (let i: u32 = 0; i < 9; i += 1) if (i !== 4) expectEqual(clunkFid(100 + i * 4096), 0n);
  expectEqual(i64(server.session.fids.count), 2n);
  server.session.fids.limit = before;
  end();
}

/** Sends a message whose size field is `size`, of which `bytes` are there. */
function lie(type: NinepType, size: u32, bytes: u64): i64 {
  ninepBegin(type);
  out.position = 0n;
  put32(size);
  return askAs(u8(type), bytes);
}

function badMessages(): void {
  begin(false);
  hostWrite("work/a", "x");
  for (let size: u32 = 0; size < 7; size += 1) expectEqual(sendBad(size, u64(size)), i64(-EPROTO));
  expectEqual(lie(NinepType.Tclunk, 6, 11n), i64(-EPROTO));
  expectEqual(lie(NinepType.Tclunk, 12, 11n), i64(-EPROTO));
  expectEqual(lie(NinepType.Tclunk, u32.MAX, 11n), i64(-EPROTO));
  expectEqual(lie(NinepType.Tclunk, 9, 9n), i64(-EPROTO));
  expectEqual(lie(NinepType.Twrite, 22, 30n), i64(-EPROTO));
  expectEqual(lie(NinepType.Tclunk, 0x3001, 0x3001n), i64(-EMSGSIZE));
  expectEqual(lie(NinepType.Twrite, 0x10_1001, 0x10_1001n), i64(-EMSGSIZE));
  ninepBegin(NinepType.Twalk);
  put32(ROOT);
  put32(FID);
  put16(17);
  for (let i: u32 = 0; i < 17; i += 1) putText("a");
  expectEqual(ask(), i64(-EPROTO));
  ninepBegin(NinepType.Twalk);
  put32(ROOT);
  put32(FID);
  put16(1);
  put16(500);
  expectEqual(ask(), i64(-EPROTO));
  ninepBegin(NinepType.Tclunk);
  put32(ROOT);
  put32(1);
  expectEqual(ask(), i64(-EPROTO));
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_RDWR), 0n);
  ninepBegin(NinepType.Twrite);
  put32(FID);
  put64(0n);
  put32(100);
  put64(0n);
  expectEqual(ask(), i64(-EPROTO));
  setRoom(10n);
  ninepBegin(NinepType.Tclunk);
  put32(FID);
  expectEqual(i64(sendRaw(11n)), 0n);
  setRoom(11n);
  expectEqual(readFid(FID, 0n, 100), 0n);
  ninepBegin(NinepType.Tgetattr);
  put32(FID);
  put64(0n);
  expectEqual(ask(), i64(-EMSGSIZE));
  expect(hostRead("work/a") === "x", "nothing was written");
  setRoom(0x10_1000n);
  end();
}

/** A message that is too short for a header: its answer has no tag to repeat. */
function sendBad(size: u32, bytes: u64): i64 {
  ninepBegin(NinepType.Tclunk);
  out.position = 0n;
  put32(size);
  return sendRaw(bytes) === 11 ? i64(-EPROTO) : 0n;
}

function hugeCounts(): void {
  begin(false);
  hostWrite("work/a", "x");
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_RDWR), 0n);
  expectEqual(readFid(FID, 0n, u32.MAX), 1n);
  expectEqual(readFid(FID, 0x7fff_ffff_ffff_ffffn, u32.MAX), i64(-EINVAL));
  expectEqual(writeFid(FID, u64.MAX, bytesOf("x")), i64(-EINVAL));
  expect(writeFid(FID, 0x7fff_ffff_ffff_fff0n, bytesOf("x")) < 0n, "no file is that large");
  expectEqual(setAttribute(FID, NINEP_SETATTR_SIZE, 0, u64.MAX), i64(-EINVAL));
  expectEqual(walkClone(ROOT, OTHER), 0n);
  expectEqual(openFid(OTHER, O_RDONLY), 0n);
  ninepBegin(NinepType.Treaddir);
  put32(OTHER);
  put64(0n);
  put32(u32.MAX);
  expectEqual(ask(), 0n);
  ninepBegin(NinepType.Treaddir);
  put32(OTHER);
  put64(u64.MAX);
  put32(u32.MAX);
  expectEqual(ask(), i64(-EINVAL));
  end();
}
