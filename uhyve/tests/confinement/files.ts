/** What a confined process can still reach: its exports, as they were allowed, through the file server; and nothing else by any way. */

import { EACCES } from "../../../abi/errno.ts";
import { O_CREAT, O_DIRECTORY, O_PATH, O_RDONLY, O_RDWR, S_IFDIR } from "../../../abi/linux-files.ts";
import { PR_SET_NO_NEW_PRIVS } from "../../../abi/linux-process.ts";
import {
  SYS_exit_group,
  SYS_fork,
  SYS_mkdir,
  SYS_mknod,
  SYS_open,
  SYS_prctl,
  SYS_read,
  SYS_rename,
  SYS_unlink,
  SYS_wait4,
} from "../../../abi/linux-syscalls.ts";
import { NINEP_AT_REMOVEDIR, NINEP_SETATTR_MODE, NINEP_SETATTR_SIZE, NinepType } from "../../../abi/ninep.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, skip, test, testHasFailed } from "../../../compiler/std/testing.ts";
import { type Confinement, confineMonitor } from "../../confinement/confine.ts";
import {
  type Landlock,
  landlockAllowExport,
  landlockBegin,
  landlockEnd,
  landlockEnforce,
} from "../../confinement/landlock.ts";
import { begin, end } from "../ninep/begin.ts";
import { hostFolder, hostPath, hostWrite } from "../ninep/folder.ts";
import {
  ask,
  clunkFid,
  createIn,
  linkIn,
  makeFolder,
  makeLink,
  ninepBegin,
  openFid,
  put8,
  put32,
  put64,
  putText,
  ROOT,
  readFid,
  renameIn,
  server,
  setAttribute,
  unlinkIn,
  walkClone,
  walkTo,
  writeFid,
} from "../ninep/guest.ts";

const FID = 1;
const OTHER = 2;
const FAILED = 1n;
const NO_LANDLOCK = 2n;

export function confinementFileTests(): void {
  test("confinement: the file server works inside", serverWorks);
  test("confinement: no privilege and no capability is left", nothingLeft);
  test("confinement: Landlock keeps everything to the exports, as they are", onlyExports);
}

/** Runs `body` in a process of its own: its exit status. */
function inChild(body: () => void): i32 {
  const pid = linuxCall(SYS_fork);
  if (pid === 0n) {
    body();
    endChild(testHasFailed() ? FAILED : 0n);
  }
  const status: i32 = 0;
  void linuxCall(SYS_wait4, u64(pid), callPointer(addressOf(status)), 0n, 0n);
  return status >> 8;
}

function endChild(status: u64): never {
  for (;;) void linuxCall(SYS_exit_group, status);
}

function confineHere(): void {
  const confinement: Confinement = { server: addressOf(server), coreFolder: -1, hasCore: false };
  expectEqual(confineMonitor(confinement), 0n);
}

function serverWorks(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/a", "there");
  expectEqual(i64(inChild(useFiles)), 0n);
  end();
}

/** Every kind of request. */
function useFiles(): void {
  // The one that the server has is of the process that it was made in.
  const own = linuxCall(SYS_open, callPointer("/proc/self/fd".data), u64(O_PATH | O_DIRECTORY));
  server.session.host.procFd = i32(own);
  confineHere();
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(createIn(FID, "new", O_RDWR | O_CREAT, 0o644), 0n);
  expectEqual(writeFid(FID, 0n, bytesOf("0123456789")), 10n);
  expectEqual(readFid(FID, 5n, 10), 5n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_MODE, 0o600, 0n), 0n);
  expectEqual(setAttribute(FID, NINEP_SETATTR_SIZE, 0, 3n), 0n);
  ninepBegin(NinepType.Tfsync);
  put32(FID);
  put32(1);
  expectEqual(ask(), 0n);
  ninepBegin(NinepType.Tlock);
  put32(FID);
  put8(1);
  put32(0);
  put64(0n);
  put64(0n);
  put32(1);
  putText("x");
  expectEqual(ask(), 0n);
  expectEqual(walkTo(ROOT, OTHER, "d"), 0n);
  expectEqual(renameIn(ROOT, "new", OTHER, "moved"), 0n);
  expectEqual(linkIn(ROOT, FID, "again"), 0n);
  expectEqual(clunkFid(FID), 0n);
  expectEqual(makeFolder(OTHER, "e", 0o755), 0n);
  expectEqual(makeLink(ROOT, "l", "a"), 0n);
  expectEqual(unlinkIn(OTHER, "e", NINEP_AT_REMOVEDIR), 0n);
  expectEqual(walkTo(ROOT, FID, "again"), 0n);
  ninepBegin(NinepType.Tremove);
  put32(FID);
  expectEqual(ask(), 0n);
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_RDONLY), 0n);
  expectEqual(readFid(FID, 0n, 100), 5n);
  expectEqual(openFid(OTHER, O_RDONLY), 0n);
  ninepBegin(NinepType.Treaddir);
  put32(OTHER);
  put64(0n);
  put32(4096);
  expectEqual(ask(), 0n);
  ninepBegin(NinepType.Tstatfs);
  put32(ROOT);
  expectEqual(ask(), 0n);
}

/** The kernel's own account, read through a descriptor from before: what prctl(2) would say is no longer to be asked. */
function nothingLeft(): void {
  begin(false);
  expectEqual(i64(inChild(lookAtSelf)), 0n);
  end();
}

const account: Bytes<4096> = zeroed();

function lookAtSelf(): void {
  const fd = linuxCall(SYS_open, callPointer("/proc/self/status".data), u64(O_RDONLY));
  confineHere();
  const bytes = linuxCall(SYS_read, u64(fd), u64(virtAddr(elements(account))), 4096n);
  const text = stringOf(elements(account), u64(bytes < 0n ? 0n : bytes));
  expect(contains(text, "NoNewPrivs:\t1\n"), "no new privileges");
  expect(contains(text, "CapEff:\t0000000000000000\n"), "no effective capability");
  expect(contains(text, "CapPrm:\t0000000000000000\n"), "no permitted capability");
  expect(contains(text, "CapInh:\t0000000000000000\n"), "no inheritable capability");
  expect(contains(text, "Seccomp:\t2\n"), "a filter");
}

function contains(text: string, wanted: string): bool {
  for (let i: u32 = 0; i + wanted.length <= text.length; i += 1) {
    if (text.slice(i, i + wanted.length) === wanted) return true;
  }
  return false;
}

function onlyExports(): void {
  begin(false);
  hostFolder("readonly");
  hostFolder("work/d");
  hostWrite("readonly/r", "r");
  hostWrite("work/w", "w");
  const status = inChild(tryPaths);
  if (status === i32(NO_LANDLOCK)) skip("this host has no Landlock");
  else expectEqual(i64(status), 0n);
  end();
}

function openPath(name: string, flags: u32): i64 {
  return linuxCall(SYS_open, u64(virtAddr(hostPath(name))), u64(flags), 0o644n);
}

/** With Landlock alone, so that it is Landlock that refuses. */
function tryPaths(): void {
  const landlock: Landlock = { fd: -1, rights: 0n };
  const work = openPath("work", O_PATH | O_DIRECTORY);
  const readOnly = openPath("readonly", O_PATH | O_DIRECTORY);
  if (landlockBegin(landlock, false) < 0n) endChild(NO_LANDLOCK);
  expectEqual(landlockAllowExport(landlock, i32(work), S_IFDIR, false), 0n);
  expectEqual(landlockAllowExport(landlock, i32(readOnly), S_IFDIR, true), 0n);
  void linuxCall(SYS_prctl, u64(PR_SET_NO_NEW_PRIVS), 1n, 0n, 0n, 0n);
  expectEqual(landlockEnforce(landlock), 0n);
  landlockEnd(landlock);
  expectEqual(openPath("secret", O_RDONLY), i64(-EACCES));
  expectEqual(openPath("new", O_RDWR | O_CREAT), i64(-EACCES));
  expectEqual(openPath("", O_RDONLY), i64(-EACCES));
  expectEqual(linuxCall(SYS_open, callPointer("/etc/passwd".data), u64(O_RDONLY)), i64(-EACCES));
  expectEqual(linuxCall(SYS_open, callPointer("/dev/null".data), u64(O_RDWR)), i64(-EACCES));
  expectEqual(linuxCall(SYS_mkdir, u64(virtAddr(hostPath("new"))), 0o755n), i64(-EACCES));
  expectEqual(linuxCall(SYS_unlink, u64(virtAddr(hostPath("secret")))), i64(-EACCES));
  expect(openPath("work/w", O_RDWR) >= 0n, "an export can be written");
  expect(openPath("work/new", O_RDWR | O_CREAT) >= 0n, "files can be made there");
  expect(openPath("readonly/r", O_RDONLY) >= 0n, "another can be read");
  expectEqual(openPath("readonly/r", O_RDWR), i64(-EACCES));
  expectEqual(openPath("readonly/new", O_RDWR | O_CREAT), i64(-EACCES));
  const from: Bytes<256> = zeroed();
  copyBytes(elements(from), hostPath("work/w"), 200n);
  expectEqual(linuxCall(SYS_rename, u64(virtAddr(elements(from))), u64(virtAddr(hostPath("work/d/w")))), 0n);
  copyBytes(elements(from), hostPath("work/d/w"), 200n);
  expect(linuxCall(SYS_rename, u64(virtAddr(elements(from))), u64(virtAddr(hostPath("w")))) < 0n, "nothing moves out");
  expect(linuxCall(SYS_mknod, u64(virtAddr(hostPath("work/n"))), 0o020666n, 0x103n) < 0n, "no device is made");
}
