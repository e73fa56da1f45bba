/** A guest that wants out of its export, wants too much, or breaks the protocol; and hosts that change under its feet. */

import { EBADF, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS } from "../../../abi/errno.ts";
import {
  AT_FDCWD,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  RENAME_EXCHANGE,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
} from "../../../abi/linux-files.ts";
import { PR_SET_PDEATHSIG } from "../../../abi/linux-process.ts";
import { SIGKILL } from "../../../abi/linux-signal.ts";
import {
  SYS_fork,
  SYS_kill,
  SYS_mknod,
  SYS_prctl,
  SYS_rename,
  SYS_renameat2,
  SYS_unlink,
  SYS_wait4,
} from "../../../abi/linux-syscalls.ts";
import { NINEP_SETATTR_MODE, NINEP_SETATTR_SIZE, NinepType } from "../../../abi/ninep.ts";
import { linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { wireGet16 } from "../../../compiler/std/wire.ts";
import { begin, end } from "./begin.ts";
import { hostFolder, hostLink, hostNames, hostPath, hostRead, hostWrite } from "./folder.ts";
import {
  ask,
  clunkFid,
  createIn,
  linkIn,
  makeFolder,
  makeLink,
  makeNodeIn,
  ninepBegin,
  openFid,
  put16,
  put32,
  putText,
  ROOT,
  readData,
  readFid,
  renameIn,
  reply,
  setAttribute,
  unlinkIn,
  walkClone,
  walkTo,
  writeFid,
} from "./guest.ts";
import { isRoot } from "./host-limits.ts";

export const FID = 1;
export const OTHER = 2;
const RACES = 3000;
export const data: Bytes<0x2_0000> = zeroed();
const longName: Bytes<300> = zeroed();

export function ninepHostileTests(): void {
  test("9p: names that are none are refused in every message", badNames);
  test("9p: links of the host lead nowhere", links);
  test("9p: what a fid names stays what it was", replaced);
  test("9p: a directory that turns into a link while it is walked", racing);
  test("9p: a directory that leaves its export takes nobody out", movedOut);
  test("9p: a read-only export does not change", readOnly);
  test("9p: devices, FIFOs and sockets of the host are not opened, and devices not made", specialFiles);
}

/** Every message that takes a name, with this one, must answer `expected` and do nothing. */
function refuseName(name: string, expected: i64, whereNew: i64): void {
  expectEqual(walkTo(ROOT, FID, name), expected);
  expectEqual(unlinkIn(ROOT, name, 0), expected);
  expectEqual(unlinkIn(ROOT, name, 0x200), expected);
  expectEqual(renameIn(ROOT, name, ROOT, "fine"), expected);
  expectEqual(renameIn(ROOT, "fine", ROOT, name), expected);
  expectEqual(makeFolder(ROOT, name, 0o755), whereNew);
  expectEqual(makeLink(ROOT, name, "target"), whereNew);
  expectEqual(makeNodeIn(ROOT, name, S_IFREG | 0o644), whereNew);
  expectEqual(linkIn(ROOT, 5, name), whereNew);
  expectEqual(walkClone(ROOT, 9), 0n);
  expectEqual(createIn(9, name, O_RDWR | O_CREAT, 0o644), whereNew);
  expectEqual(clunkFid(9), 0n);
  ninepBegin(NinepType.Trename);
  put32(5);
  put32(ROOT);
  putText(name);
  expectEqual(ask(), expected);
}

function badNames(): void {
  begin(false);
  hostWrite("work/fine", "x");
  hostFolder("work/d");
  expectEqual(walkTo(ROOT, 5, "fine"), 0n);
  refuseName("..", i64(-EINVAL), -17n);
  refuseName(".", i64(-EINVAL), -17n);
  refuseName("", i64(-ENOENT), i64(-ENOENT));
  refuseName("../secret", i64(-EINVAL), i64(-EINVAL));
  refuseName("d/../../secret", i64(-EINVAL), i64(-EINVAL));
  refuseName("/etc/passwd", i64(-EINVAL), i64(-EINVAL));
  refuseName("fine\0", i64(-EINVAL), i64(-EINVAL));
  fillBytes(elements(longName), 0x61, 300n);
  refuseName(stringOf(elements(longName), 256), i64(-ENAMETOOLONG), i64(-ENAMETOOLONG));
  expectEqual(makeFolder(ROOT, stringOf(elements(longName), 255), 0o755), 0n);
  // The way up after a way down, in one message.
  ninepBegin(NinepType.Twalk);
  put32(ROOT);
  put32(FID);
  put16(3);
  putText("d");
  putText("..");
  putText("..");
  expectEqual(ask(), 0n);
  expectEqual(i64(wireGet16(reply)), 1n);
  expectEqual(clunkFid(FID), i64(-EBADF));
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside has changed");
  end();
}

function links(): void {
  begin(false);
  hostLink("work/up", "..");
  hostLink("work/file", "../secret");
  hostLink("work/absolute", "/");
  hostLink("work/self", ".");
  hostLink("work/none", "../not-there");
  expectEqual(walkTo(ROOT, FID, "up"), 0n);
  expectEqual(walkTo(FID, OTHER, "secret"), i64(-ENOTDIR));
  expectEqual(openFid(FID, O_RDONLY), i64(-ELOOP));
  expectEqual(createIn(FID, "made", O_RDWR | O_CREAT, 0o644), i64(-ENOTDIR));
  expectEqual(makeFolder(FID, "made", 0o755), i64(-ENOTDIR));
  expectEqual(unlinkIn(FID, "secret", 0), i64(-ENOTDIR));
  expectEqual(renameIn(FID, "secret", ROOT, "mine"), i64(-ENOTDIR));
  expectEqual(walkTo(ROOT, OTHER, "file"), 0n);
  expectEqual(openFid(OTHER, O_RDWR | O_TRUNC), i64(-ELOOP));
  expectEqual(setAttribute(OTHER, NINEP_SETATTR_SIZE, 0, 0n), i64(-EINVAL));
  void setAttribute(OTHER, NINEP_SETATTR_MODE, 0o777, 0n);
  expectEqual(walkClone(ROOT, 3), 0n);
  expectEqual(createIn(3, "file", O_RDWR | O_CREAT | O_TRUNC, 0o644), i64(-ELOOP));
  expectEqual(createIn(3, "none", O_RDWR | O_CREAT, 0o644), i64(-ELOOP));
  expectEqual(walkTo(ROOT, 4, "absolute"), 0n);
  expectEqual(walkTo(4, 6, "etc"), i64(-ENOTDIR));
  // A second name for the link itself, not for what it leads to.
  expectEqual(linkIn(ROOT, OTHER, "again"), 0n);
  expectEqual(walkTo(ROOT, 6, "again"), 0n);
  expectEqual(openFid(6, O_RDONLY), i64(-ELOOP));
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside has changed");
  end();
}

function replaced(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/secret", "inside");
  hostWrite("work/f", "first");
  expectEqual(walkTo(ROOT, FID, "d"), 0n);
  expectEqual(walkTo(ROOT, OTHER, "f"), 0n);
  void linuxCall(SYS_unlink, u64(virtAddr(hostPath("work/f"))));
  hostLink("work/f", "../secret");
  const folder = "work/d2";
  const from = hostPath("work/d");
  const old: Bytes<256> = zeroed();
  copyBytes(elements(old), from, 200n);
  void linuxCall(SYS_rename, u64(virtAddr(elements(old))), u64(virtAddr(hostPath(folder))));
  hostLink("work/d", "..");
  expectEqual(openFid(OTHER, O_RDWR), 0n);
  expectEqual(readFid(OTHER, 0n, 100), 5n);
  expect(readData() === "first", "the fid is the old file");
  expectEqual(walkTo(FID, 3, "secret"), 0n);
  expectEqual(openFid(3, O_RDONLY), 0n);
  expectEqual(readFid(3, 0n, 100), 6n);
  expect(readData() === "inside", "the fid is the old directory");
  end();
}

/** Another process exchanges the two all the time, until it is killed. */
export function startExchanging(first: string, second: string): i64 {
  const a: Bytes<256> = zeroed();
  copyBytes(elements(a), hostPath(first), 200n);
  const pid = linuxCall(SYS_fork);
  if (pid !== 0n) return pid;
  void linuxCall(SYS_prctl, u64(PR_SET_PDEATHSIG), u64(SIGKILL));
  const b = u64(virtAddr(hostPath(second)));
  const here = u64.wrap(AT_FDCWD);
  for (;;) void linuxCall(SYS_renameat2, here, u64(virtAddr(elements(a))), here, b, u64(RENAME_EXCHANGE));
}

export function stopExchanging(pid: i64): void {
  void linuxCall(SYS_kill, u64(pid), u64(SIGKILL));
  void linuxCall(SYS_wait4, u64(pid), 0n, 0n, 0n);
}

function racing(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/secret", "inside");
  hostLink("work/l", "..");
  const pid = startExchanging("work/d", "work/l");
  let inside: u32 = 0;
  for (let i: u32 = 0; i < RACES; i += 1) {
    ninepBegin(NinepType.Twalk);
    put32(ROOT);
    put32(FID);
    put16(2);
    putText("d");
    putText("secret");
    if (ask() >= 0n && wireGet16(reply) === 2) {
      expectEqual(openFid(FID, O_RDONLY), 0n);
      expectEqual(readFid(FID, 0n, 100), 6n);
      expect(readData() === "inside", "only the file inside is ever read");
      expectEqual(clunkFid(FID), 0n);
      inside += 1;
    }
    if (walkTo(ROOT, FID, "d") >= 0n) {
      if (createIn(FID, `made-${i}`, O_RDWR | O_CREAT, 0o644) >= 0n) inside += 1;
      void unlinkIn(FID, "secret-not", 0);
      expectEqual(clunkFid(FID), 0n);
    }
  }
  stopExchanging(pid);
  expect(inside > 0, "some walks come through");
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside was made or read");
  end();
}

function movedOut(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "mine");
  expectEqual(walkTo(ROOT, FID, "d"), 0n);
  expectEqual(walkTo(FID, OTHER, "f"), 0n);
  const old: Bytes<256> = zeroed();
  copyBytes(elements(old), hostPath("work/d"), 200n);
  void linuxCall(SYS_rename, u64(virtAddr(elements(old))), u64(virtAddr(hostPath("moved"))));
  expectEqual(walkTo(FID, 3, ".."), i64(-EINVAL));
  expectEqual(walkTo(FID, 3, "secret"), i64(-ENOENT));
  ninepBegin(NinepType.Tremove);
  put32(OTHER);
  expectEqual(ask(), i64(-ENOENT));
  ninepBegin(NinepType.Trename);
  put32(FID);
  put32(ROOT);
  putText("back");
  expectEqual(ask(), i64(-ENOENT));
  expect(hostRead("moved/f") === "mine", "what left is not touched by path");
  end();
}

function readOnly(): void {
  begin(true);
  hostWrite("work/a", "fixed");
  hostFolder("work/d");
  const refused = i64(-EROFS);
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_WRONLY), refused);
  expectEqual(openFid(FID, O_RDWR), refused);
  expectEqual(openFid(FID, O_RDONLY | O_TRUNC), refused);
  expectEqual(setAttribute(FID, NINEP_SETATTR_MODE, 0o777, 0n), refused);
  expectEqual(setAttribute(FID, NINEP_SETATTR_SIZE, 0, 0n), refused);
  expectEqual(linkIn(ROOT, FID, "b"), refused);
  expectEqual(makeFolder(ROOT, "b", 0o755), refused);
  expectEqual(makeLink(ROOT, "b", "a"), refused);
  expectEqual(makeNodeIn(ROOT, "b", S_IFREG | 0o644), refused);
  expectEqual(unlinkIn(ROOT, "a", 0), refused);
  expectEqual(unlinkIn(ROOT, "d", 0x200), refused);
  expectEqual(renameIn(ROOT, "a", ROOT, "b"), refused);
  expectEqual(walkClone(ROOT, OTHER), 0n);
  expectEqual(createIn(OTHER, "b", O_RDWR | O_CREAT, 0o644), refused);
  expectEqual(createIn(OTHER, "a", O_RDONLY | O_CREAT, 0o644), refused);
  ninepBegin(NinepType.Trename);
  put32(FID);
  put32(ROOT);
  putText("b");
  expectEqual(ask(), refused);
  expectEqual(openFid(FID, O_RDONLY), 0n);
  expectEqual(writeFid(FID, 0n, bytesOf("x")), i64(-EBADF));
  expectEqual(readFid(FID, 0n, 100), 5n);
  ninepBegin(NinepType.Tremove);
  put32(FID);
  expectEqual(ask(), refused);
  expect(hostRead("work/a") === "fixed" && hostNames("work") === 2, "nothing has changed");
  end();
}

function specialFiles(): void {
  begin(false);
  expectEqual(makeNodeIn(ROOT, "device", S_IFCHR | 0o666), i64(-EPERM));
  expectEqual(makeNodeIn(ROOT, "device", S_IFBLK | 0o666), i64(-EPERM));
  expectEqual(makeNodeIn(ROOT, "fifo", S_IFIFO | 0o666), 0n);
  expectEqual(makeNodeIn(ROOT, "socket", S_IFSOCK | 0o666), 0n);
  // With nobody at its other end, opening the FIFO would never return.
  expectEqual(walkTo(ROOT, FID, "fifo"), 0n);
  expectEqual(openFid(FID, O_RDONLY), i64(-EPERM));
  expectEqual(openFid(FID, O_WRONLY), i64(-EPERM));
  expectEqual(walkTo(ROOT, OTHER, "socket"), 0n);
  expectEqual(openFid(OTHER, O_RDWR), i64(-ENXIO));
  expectEqual(walkClone(ROOT, 3), 0n);
  expectEqual(createIn(3, "fifo", O_WRONLY | O_CREAT, 0o644), i64(-EPERM));
  // A device of the host, where the tests may make one: /dev/zero's.
  if (isRoot() && linuxCall(SYS_mknod, u64(virtAddr(hostPath("work/zero"))), u64(S_IFCHR | 0o666), 0x105n) === 0n) {
    expectEqual(walkTo(ROOT, 4, "zero"), 0n);
    expectEqual(openFid(4, O_RDONLY), i64(-EPERM));
    expectEqual(createIn(3, "zero", O_RDONLY | O_CREAT, 0o644), i64(-EPERM));
    expectEqual(setAttribute(4, NINEP_SETATTR_SIZE, 0, 0n), i64(-EINVAL));
  }
  end();
}
