/** What the host refuses: a full disk, missing permission, a limit on the size of files. */

import { EACCES, EFBIG, ENOSPC, EPERM } from "../../../abi/errno.ts";
import { O_CREAT, O_RDONLY, O_RDWR } from "../../../abi/linux-files.ts";
import { RLIMIT_FSIZE, Rlimit } from "../../../abi/linux-process.ts";
import { type KernelSigaction, SIG_IGN, SIGSET_BYTES, SIGXFSZ } from "../../../abi/linux-signal.ts";
import {
  SYS_chmod,
  SYS_getuid,
  SYS_mount,
  SYS_prlimit64,
  SYS_rt_sigaction,
  SYS_setfsuid,
  SYS_umount2,
  SYS_unshare,
} from "../../../abi/linux-syscalls.ts";
import { NINEP_SETATTR_MODE } from "../../../abi/ninep.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, skip, test } from "../../../compiler/std/testing.ts";
import { begin, end } from "./begin.ts";
import { hostFolder, hostPath, hostWrite } from "./folder.ts";
import { clunkFid, createIn, openFid, ROOT, setAttribute, walkClone, walkTo, writeFid } from "./guest.ts";
import { data, FID, OTHER } from "./hostile.ts";

const CLONE_NEWNS = 0x2_0000n;
const MS_REC_PRIVATE = 0x4_4000n;
const NOBODY = 65534n;

export function ninepLimitTests(): void {
  test("9p: a full disk answers what it took", fullDisk);
  test("9p: what the user may not, the guest may not", noPermission);
  test("9p: a limit on the size of files is an error, not the end", sizeLimit);
}

export function isRoot(): bool {
  return linuxCall(SYS_getuid) === 0n;
}

/** With a file system of 64 KiB in a name space of mounts that nobody else sees. */
function fullDisk(): void {
  if (!isRoot() || linuxCall(SYS_unshare, CLONE_NEWNS) < 0n) return skip("only root can mount a small file system");
  begin(false);
  hostFolder("work/small");
  const none = callPointer("none".data);
  void linuxCall(SYS_mount, none, callPointer("/".data), 0n, MS_REC_PRIVATE, 0n);
  const place = u64(virtAddr(hostPath("work/small")));
  const mounted = linuxCall(SYS_mount, none, place, callPointer("tmpfs".data), 0n, callPointer("size=64k".data));
  expectEqual(mounted, 0n);
  expectEqual(walkTo(ROOT, FID, "small"), 0n);
  expectEqual(createIn(FID, "f", O_RDWR | O_CREAT, 0o644), 0n);
  let written: i64 = 0n;
  let result: i64 = 0n;
  for (let i: u32 = 0; i < 10 && result >= 0n; i += 1) {
    result = writeFid(FID, u64(written), sliceOf(elements(data), 0x2_0000n));
    if (result >= 0n) written += result;
  }
  expectEqual(result, i64(-ENOSPC));
  expect(written > 0n && written <= 0x1_0000n, "what was taken was said");
  expectEqual(clunkFid(FID), 0n);
  expectEqual(linuxCall(SYS_umount2, u64(virtAddr(hostPath("work/small"))), 2n), 0n);
  end();
}

function noPermission(): void {
  begin(false);
  hostWrite("work/a", "x");
  hostFolder("work/d");
  void linuxCall(SYS_chmod, u64(virtAddr(hostPath("work/a"))), 0n);
  void linuxCall(SYS_chmod, u64(virtAddr(hostPath("work/d"))), 0n);
  if (isRoot()) void linuxCall(SYS_setfsuid, NOBODY);
  expectEqual(walkTo(ROOT, FID, "a"), 0n);
  expectEqual(openFid(FID, O_RDONLY), i64(-EACCES));
  expectEqual(walkTo(ROOT, OTHER, "d"), 0n);
  expectEqual(walkTo(OTHER, 3, "f"), i64(-EACCES));
  expectEqual(createIn(OTHER, "f", O_RDWR | O_CREAT, 0o644), i64(-EACCES));
  expectEqual(openFid(OTHER, O_RDONLY), i64(-EACCES));
  if (isRoot()) {
    expectEqual(setAttribute(FID, NINEP_SETATTR_MODE, 0o777, 0n), i64(-EPERM));
    void linuxCall(SYS_setfsuid, 0n);
  }
  void linuxCall(SYS_chmod, u64(virtAddr(hostPath("work/d"))), 0o755n);
  end();
}

function sizeLimit(): void {
  begin(false);
  // As in every process that serves (uhyve/signals.ts).
  const ignored: KernelSigaction = { handler: SIG_IGN, flags: 0n, restorer: 0n, mask: 0n };
  void linuxCall(SYS_rt_sigaction, u64(SIGXFSZ), callPointer(ignored), 0n, SIGSET_BYTES);
  const before = new Rlimit();
  void linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_FSIZE), 0n, callPointer(before));
  const small: Rlimit = { rlim_cur: 4096n, rlim_max: before.rlim_max };
  void linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_FSIZE), callPointer(small), 0n);
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(createIn(FID, "a", O_RDWR | O_CREAT, 0o644), 0n);
  expectEqual(writeFid(FID, 4000n, sliceOf(elements(data), 200n)), 96n);
  expectEqual(writeFid(FID, 4096n, bytesOf("x")), i64(-EFBIG));
  void linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_FSIZE), callPointer(before), 0n);
  end();
}
