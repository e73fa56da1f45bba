/** What a guest does with files when it means well: every message of the protocol, on a folder of the host. */

import { EAGAIN, EBADF, EEXIST, EINVAL, EISDIR, EOPNOTSUPP } from "../../../abi/errno.ts";
import {
  F_OFD_SETLK,
  F_WRLCK,
  Flock,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../../abi/linux-files.ts";
import { SYS_close, SYS_fcntl, SYS_open, SYS_unlink } from "../../../abi/linux-syscalls.ts";
import {
  NINEP_ATTRIBUTES_BYTES,
  NINEP_GETATTR_BASIC,
  NINEP_QID_DIRECTORY,
  NINEP_QID_LINK,
  NINEP_SETATTR_ATIME,
  NINEP_SETATTR_MODE,
  NINEP_SETATTR_MTIME,
  NINEP_SETATTR_MTIME_SET,
  NINEP_SETATTR_SIZE,
  NinepLockStatus,
  NinepLockType,
  NinepType,
} from "../../../abi/ninep.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { wireGet8, wireGet32, wireGet64, wireGetBytes, wireGetString, wireLeft } from "../../../compiler/std/wire.ts";
import { begin, end } from "./begin.ts";
import { folderMake, hostFolder, hostLink, hostPath, hostRead, hostWrite } from "./folder.ts";
import {
  Attributes,
  ask,
  attachTo,
  attributesOf,
  clunkFid,
  createIn,
  guestStart,
  makeLink,
  ninepBegin,
  openFid,
  put8,
  put16,
  put32,
  put64,
  putText,
  ROOT,
  readData,
  readFid,
  reply,
  sayVersion,
  server,
  setAttribute,
  setCuts,
  setRoom,
  unlinkIn,
  walkClone,
  walkTo,
  writeFid,
} from "./guest.ts";

export const FID = 1;
export const OTHER = 2;
const large: Bytes<0x10_0000> = zeroed();

export function ninepFileTests(): void {
  test("9p: files are made, written, read and looked at", writeAndRead);
  test("9p: the same with messages cut into many pieces", inPieces);
  test("9p: data of a megabyte in one message, reads beyond the end", largeData);
  test("9p: O_APPEND, O_TRUNC, O_EXCL, files that Tlcreate finds", flags);
  test("9p: an open file lives on after its name", unlinkedOpen);
  test("9p: attributes: modes, sizes, times", attributes);
  test("9p: locks exclude the host's programs and not the guest itself", locks);
  test("9p: Tstatfs, Tfsync, Tflush, and what is not offered", others);
  test("9p: Tversion begins anew", anew);
  test("9p: an export may be one file", oneFile);
}

function bytes(text: string): Slice<u8> {
  return bytesOf(text);
}

function writeAndRead(): void {
  begin(false);
  roundTrip();
  end();
}

function inPieces(): void {
  begin(false);
  setCuts(100n);
  roundTrip();
  setCuts(7n);
  expectEqual(unlinkIn(ROOT, "a", 0), 0n);
  roundTrip();
  end();
}

function roundTrip(): void {
  const found = new Attributes();
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(createIn(FID, "a", O_RDWR | O_CREAT, 0o640), 0n);
  expectEqual(writeFid(FID, 0n, bytes("hello, world")), 12n);
  expectEqual(writeFid(FID, 7n, bytes("WORLD")), 5n);
  expect(hostRead("work/a") === "hello, WORLD", "the host has the data");
  expectEqual(readFid(FID, 1n, 5), 5n);
  expect(readData() === "ello,", "the guest has it too");
  expectEqual(readFid(FID, 7n, 100), 5n);
  expectEqual(attributesOf(FID, found), 0n);
  expectEqual(i64(found.mode), i64(S_IFREG | 0o640));
  expectEqual(i64(found.size), 12n);
  expectEqual(i64(found.links), 1n);
  expect((found.valid & NINEP_GETATTR_BASIC) === NINEP_GETATTR_BASIC, "all of stat's fields are valid");
  expectEqual(openFid(FID, O_RDONLY), i64(-EBADF));
  expectEqual(clunkFid(FID), 0n);
  expectEqual(clunkFid(FID), i64(-EBADF));
}

function largeData(): void {
  begin(false);
  for (let i: u32 = 0; i < large.length; i += 1) large[i] = u8.wrap(i * 7 + (i >> 8));
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(createIn(FID, "large", O_RDWR | O_CREAT, 0o600), 0n);
  for (let cut: u64 = 1n; cut < 130n; cut += 31n) {
    setCuts(cut);
    expectEqual(writeFid(FID, 0n, sliceOf(elements(large), 0x10_0000n)), 0x10_0000n);
    expectEqual(readFid(FID, 0n, u32.MAX), 0x10_0000n);
    const data = readData();
    expect(compareBytes(data.data, elements(large), 0x10_0000n) === 0, "every byte comes back");
  }
  expectEqual(readFid(FID, 0xf_ffffn, 10), 1n);
  expectEqual(readFid(FID, 0x10_0000n, 10), 0n);
  expectEqual(readFid(FID, 0x7fff_ffff_ffff_0000n, 10), 0n);
  expectEqual(readFid(FID, u64.MAX, 10), i64(-EINVAL));
  expectEqual(readFid(FID, 0n, 0), 0n);
  setRoom(4096n);
  expectEqual(readFid(FID, 0n, 0x10_0000), 4096n - 11n);
  end();
}

function flags(): void {
  begin(false);
  hostWrite("work/a", "12345");
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_WRONLY | O_APPEND), 0n);
  expectEqual(writeFid(FID, 0n, bytes("6")), 1n);
  expectEqual(readFid(FID, 0n, 1), i64(-EBADF));
  expect(hostRead("work/a") === "123456", "O_APPEND writes at the end");
  expectEqual(walkClone(ROOT, OTHER), 0n);
  expectEqual(createIn(OTHER, "a", O_RDWR | O_CREAT | O_EXCL, 0o644), i64(-EEXIST));
  expectEqual(createIn(OTHER, "a", O_RDWR | O_CREAT, 0o644), 0n);
  expectEqual(readFid(OTHER, 0n, 100), 6n);
  expectEqual(clunkFid(OTHER), 0n);
  expectEqual(walkTo(ROOT, OTHER, "a"), 0n);
  expectEqual(openFid(OTHER, O_WRONLY | O_TRUNC), 0n);
  expect(hostRead("work/a") === "", "O_TRUNC empties");
  hostFolder("work/d");
  expectEqual(walkClone(ROOT, 3), 0n);
  expectEqual(createIn(3, "d", O_RDONLY | O_CREAT, 0o644), i64(-EISDIR));
  expectEqual(createIn(3, ".", O_RDONLY | O_CREAT, 0o644), i64(-EEXIST));
  expectEqual(openFid(3, O_RDWR), i64(-EISDIR));
  expectEqual(openFid(3, O_RDONLY), 0n);
  expectEqual(readFid(3, 0n, 1), i64(-EISDIR));
  end();
}

function unlinkedOpen(): void {
  begin(false);
  const found = new Attributes();
  hostWrite("work/a", "still");
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(walkTo(ROOT, OTHER, "a"), 0n);
  expectEqual(openFid(FID, O_RDWR), 0n);
  expectEqual(unlinkIn(ROOT, "a", 0), 0n);
  expectEqual(writeFid(FID, 5n, bytes(" here")), 5n);
  expectEqual(readFid(FID, 0n, 100), 10n);
  expect(readData() === "still here", "the data is there");
  expectEqual(attributesOf(FID, found), 0n);
  expectEqual(i64(found.links), 0n);
  expectEqual(openFid(OTHER, O_RDONLY), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_SIZE, 0, 3n), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_MODE, 0o600, 0n), 0n);
  expectEqual(i64(wireLeft(reply)), i64(NINEP_ATTRIBUTES_BYTES));
  void wireGetBytes(reply, 21n);
  expectEqual(i64(wireGet32(reply)), i64(S_IFREG | 0o600));
  expectEqual(readFid(OTHER, 0n, 100), 3n);
  end();
}

function attributes(): void {
  begin(false);
  const found = new Attributes();
  hostWrite("work/a", "12345");
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_MODE, 0o4711, 0n), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_SIZE, 0, 9n), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_MTIME | NINEP_SETATTR_MTIME_SET, 0, 0n), 0n);
  expectEqual(attributesOf(FID, found), 0n);
  expectEqual(i64(found.size), 9n);
  expectEqual(i64(found.modified), 33n);
  expectEqual(i64(found.modifiedNs), 44n);
  expectEqual(i64(found.mode & 0o777), 0o711n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_ATIME | NINEP_SETATTR_MTIME, 0, 0n), 0n);
  expectEqual(attributesOf(FID, found), 0n);
  expect(found.modified > 1_000_000_000n, "a time that is not given is now");
  expectEqual(setAttribute(FID, 0x8000, 0, 0n), i64(-EINVAL));
  expectEqual(setAttribute(ROOT, NINEP_SETATTR_SIZE, 0, 0n), i64(-EISDIR));
  expectEqual(attributesOf(ROOT, found), 0n);
  expectEqual(i64(found.qidKind), i64(NINEP_QID_DIRECTORY));
  expectEqual(i64(found.mode & S_IFMT), i64(S_IFDIR));
  expectEqual(makeLink(ROOT, "l", "nowhere"), 0n);
  expectEqual(walkTo(ROOT, OTHER, "l"), 0n);
  expectEqual(attributesOf(OTHER, found), 0n);
  expectEqual(i64(found.qidKind), i64(NINEP_QID_LINK));
  expectEqual(i64(found.mode & S_IFMT), i64(S_IFLNK));
  end();
}

function askLock(fid: u32, type: NinepLockType, start: u64, length: u64): i64 {
  ninepBegin(NinepType.Tlock);
  put32(fid);
  put8(u8(type));
  put32(1);
  put64(start);
  put64(length);
  put32(77);
  putText("guest");
  const result = ask();
  return result < 0n ? result : i64(wireGet8(reply));
}

function askGetLock(fid: u32, type: NinepLockType, start: u64, length: u64): i64 {
  ninepBegin(NinepType.Tgetlock);
  put32(fid);
  put8(u8(type));
  put64(start);
  put64(length);
  put32(77);
  putText("guest");
  const result = ask();
  return result < 0n ? result : i64(wireGet8(reply));
}

/** Of the host, by an open file of its own: 0 or a negative errno. */
function hostLock(fd: i64, start: i64, length: i64): i64 {
  const wanted = new Flock();
  wanted.l_type = F_WRLCK;
  wanted.l_start = start;
  wanted.l_len = length;
  return linuxCall(SYS_fcntl, u64(fd), u64(F_OFD_SETLK), callPointer(wanted));
}

function locks(): void {
  begin(false);
  hostWrite("work/a", "0123456789");
  const host = linuxCall(SYS_open, u64(virtAddr(hostPath("work/a"))), u64(O_RDWR));
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(askLock(FID, NinepLockType.Write, 0n, 4n), i64(-EBADF));
  expectEqual(openFid(FID, O_RDWR), 0n);
  expectEqual(walkTo(ROOT, OTHER, "a"), 0n);
  expectEqual(openFid(OTHER, O_RDONLY), 0n);
  expectEqual(askLock(FID, NinepLockType.Write, 0n, 4n), i64(NinepLockStatus.Success));
  expectEqual(askLock(OTHER, NinepLockType.Write, 2n, 4n), i64(NinepLockStatus.Success));
  expectEqual(hostLock(host, 3n, 1n), i64(-EAGAIN));
  expectEqual(hostLock(host, 8n, 1n), 0n);
  expectEqual(askLock(FID, NinepLockType.Read, 0n, 0n), i64(NinepLockStatus.Blocked));
  expectEqual(askGetLock(FID, NinepLockType.Write, 0n, 0n), i64(NinepLockType.Write));
  expectEqual(i64(wireGet64(reply)), 8n);
  expectEqual(i64(wireGet64(reply)), 1n);
  expectEqual(askGetLock(FID, NinepLockType.Write, 0n, 8n), i64(NinepLockType.Unlock));
  expectEqual(askLock(FID, NinepLockType.Unlock, 0n, 4n), i64(NinepLockStatus.Success));
  expectEqual(hostLock(host, 3n, 1n), 0n);
  expectEqual(hostLock(host, 5n, 1n), i64(-EAGAIN));
  expectEqual(clunkFid(FID), 0n);
  expectEqual(hostLock(host, 5n, 1n), i64(-EAGAIN));
  expectEqual(clunkFid(OTHER), 0n);
  expectEqual(hostLock(host, 5n, 1n), 0n);
  void linuxCall(SYS_close, u64(host));
  end();
}

function others(): void {
  begin(false);
  ninepBegin(NinepType.Tstatfs);
  put32(ROOT);
  expectEqual(ask(), 0n);
  void wireGetBytes(reply, 56n);
  expectEqual(i64(wireGet32(reply)), 255n);
  expect(reply.position === reply.bytes.length, "Rstatfs has its fields");
  hostWrite("work/a", "x");
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  for (let isDataOnly: u32 = 0; isDataOnly < 2; isDataOnly += 1) {
    ninepBegin(NinepType.Tfsync);
    put32(FID);
    put32(isDataOnly);
    expectEqual(ask(), isDataOnly === 0 ? i64(-EBADF) : 0n);
    if (isDataOnly === 0) expectEqual(openFid(FID, O_RDWR), 0n);
  }
  ninepBegin(NinepType.Tflush);
  put16(3);
  expectEqual(ask(), 0n);
  ninepBegin(NinepType.Txattrwalk);
  put32(FID);
  put32(7);
  putText("user.a");
  expectEqual(ask(), i64(-EOPNOTSUPP));
  ninepBegin(200);
  expectEqual(ask(), i64(-EOPNOTSUPP));
  end();
}

function anew(): void {
  begin(false);
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(openFid(FID, O_RDONLY), 0n);
  expectEqual(sayVersion(8192), 0n);
  expectEqual(i64(wireGet32(reply)), 8192n);
  expectEqual(i64(server.session.fids.count), 0n);
  expectEqual(clunkFid(FID), i64(-EBADF));
  expectEqual(attachTo(FID, "work"), 0n);
  ninepBegin(NinepType.Tversion);
  put32(8192);
  putText("9P2000.u");
  expectEqual(ask(), 0n);
  void wireGet32(reply);
  expect(wireGetString(reply) === "unknown", "another protocol is not spoken");
  expectEqual(attachTo(FID, "work"), -71n);
  end();
}

function oneFile(): void {
  setRoom(0x10_1000n);
  folderMake();
  hostWrite("work/a", "alone");
  hostLink("work/l", "a");
  guestStart(stringOf(hostPath("work/l"), 0n), true);
  expectEqual(walkTo(ROOT, FID, "a"), -20n);
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(openFid(FID, O_RDONLY), 0n);
  expectEqual(readFid(FID, 0n, 100), 5n);
  expect(readData() === "alone", "the file is the root");
  void linuxCall(SYS_unlink, u64(virtAddr(hostPath("work/a"))));
  expectEqual(readFid(FID, 0n, 100), 5n);
  end();
}
