/** Tlook where it must not go on: paths that end, links, exports that are only read, what is no file. */

import { EACCES, EBADF, EINVAL, ELOOP, ENOENT, ENOTDIR, EPROTO, EROFS } from "../../../abi/errno.ts";
import { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, S_IFIFO } from "../../../abi/linux-files.ts";
import { SYS_chmod, SYS_getuid, SYS_mknod } from "../../../abi/linux-syscalls.ts";
import { NINEP_LOOK_ONLY, NINEP_NO_FID, NinepOpened } from "../../../abi/ninep.ts";
import { linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { begin, end } from "./begin.ts";
import { hostFolder, hostLink, hostNames, hostPath, hostRead, hostWrite } from "./folder.ts";
import { clunkFid, ROOT, readData, readFid, walkTo, writeFid } from "./guest.ts";
import { startExchanging, stopExchanging } from "./hostile.ts";
import { answer, expectFound, FID, look, name, OPEN, start } from "./looking.ts";

const RACES = 2000;

export function ninepLookEndTests(): void {
  test("9p: Tlook tells where a path ends, and leaves no fid behind", endsEarly);
  test("9p: Tlook follows no link and takes no step up", staysInside);
  test("9p: Tlook in a directory that turns into a link meanwhile", racing);
  test("9p: Tlook changes nothing of a read-only export", readOnly);
  test("9p: Tlook opens nothing but files and directories", specialFiles);
  test("9p: Tlook refuses numbers that are taken", takenNumbers);
}

function endsEarly(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/f", "x");
  start(O_RDONLY, 0, 3);
  name(1, "d");
  name(2, "none");
  name(3, "f");
  expectEqual(look(), 0n);
  expectFound(1, ENOENT, NinepOpened.No, 0);
  expectEqual(clunkFid(1), 0n);
  expectEqual(clunkFid(2), i64(-EBADF));
  start(NINEP_LOOK_ONLY, 0, 2);
  name(1, "f");
  name(2, "g");
  expectEqual(look(), 0n);
  expectFound(1, ENOTDIR, NinepOpened.No, 0);
  expectEqual(clunkFid(1), 0n);
  start(O_RDONLY | O_DIRECTORY, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ENOTDIR);
  if (linuxCall(SYS_getuid) !== 0n) {
    void linuxCall(SYS_chmod, u64(virtAddr(hostPath("work/f"))), 0n);
    start(O_RDONLY, 0, 1);
    name(NINEP_NO_FID, "f");
    expectEqual(look(), 0n);
    expectFound(1, 0, NinepOpened.No, EACCES);
  }
  end();
}

function staysInside(): void {
  begin(false);
  hostFolder("work/d");
  hostLink("work/up", "..");
  hostLink("work/file", "../secret");
  hostLink("work/none", "../not-there");
  start(O_RDWR | O_CREAT, 100, 2);
  name(NINEP_NO_FID, "up");
  name(NINEP_NO_FID, "secret");
  expectEqual(look(), 0n);
  expectFound(1, ENOTDIR, NinepOpened.No, 0);
  start(O_RDWR | O_CREAT, 100, 2);
  name(NINEP_NO_FID, "d");
  name(NINEP_NO_FID, "..");
  expectEqual(look(), 0n);
  expectFound(1, EINVAL, NinepOpened.No, 0);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "file");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ELOOP);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "none");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ELOOP);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "../made");
  expectEqual(look(), 0n);
  expectFound(0, EINVAL, NinepOpened.No, 0);
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside was made or read");
  end();
}

function racing(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/secret", "inside");
  hostLink("work/l", "..");
  const pid = startExchanging("work/d", "work/l");
  let inside: u32 = 0;
  for (let i: u32 = 0; i < RACES; i += 1) {
    start(O_RDWR | O_CREAT, 100, 2);
    name(NINEP_NO_FID, "d");
    name(NINEP_NO_FID, i % 2 === 0 ? "secret" : `made-${i}`);
    expectEqual(look(), 0n);
    if (answer.opened === u32(NinepOpened.No)) continue;
    inside += 1;
    if (i % 2 === 0) {
      expectEqual(readFid(OPEN, 0n, 100), 6n);
      expect(readData() === "inside", "only the file inside is ever read");
    }
    expectEqual(clunkFid(OPEN), 0n);
  }
  stopExchanging(pid);
  expect(inside > 0, "some come through");
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside was made or read");
  end();
}

function readOnly(): void {
  begin(true);
  hostWrite("work/f", "fixed");
  start(O_RDWR, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, EROFS);
  start(O_RDONLY | O_CREAT, 0, 1);
  name(NINEP_NO_FID, "new");
  expectEqual(look(), 0n);
  expectFound(0, ENOENT, NinepOpened.No, EROFS);
  start(O_RDONLY, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.Reading, 0);
  expectEqual(writeFid(OPEN, 0n, bytesOf("x")), i64(-EBADF));
  expect(hostRead("work/f") === "fixed" && hostNames("work") === 1, "nothing has changed");
  end();
}

function specialFiles(): void {
  begin(false);
  const path = u64(virtAddr(hostPath("work/fifo")));
  expectEqual(linuxCall(SYS_mknod, path, u64(S_IFIFO | 0o666), 0n), 0n);
  start(O_RDONLY, 100, 1);
  name(FID, "fifo");
  expectEqual(look(), 0n);
  expectEqual(i64(answer.walked), 1n);
  expectEqual(i64(answer.opened), 0n);
  expect(answer.openError !== 0, "a FIFO could wait for ever");
  end();
}

function takenNumbers(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "x");
  expectEqual(walkTo(ROOT, 2, "d"), 0n);
  start(O_RDONLY, 0, 2);
  name(1, "d");
  name(2, "f");
  expectEqual(look(), i64(-EBADF));
  expectEqual(clunkFid(1), i64(-EBADF));
  expectEqual(clunkFid(OPEN), i64(-EBADF));
  expectEqual(clunkFid(2), 0n);
  start(NINEP_LOOK_ONLY, 0, 17);
  for (let i: u32 = 0; i < 17; i += 1) name(NINEP_NO_FID, "d");
  expectEqual(look(), i64(-EPROTO));
  end();
}
