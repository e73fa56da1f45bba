/**
 * Files in memory that the proxy makes for itself: for QEMU, and for `hermit ps`.
 *
 * To Linux they are files as any others, so RLIMIT_FSIZE (`ulimit -f`) counts for them. But that limit is meant for what the program writes,
 * and the guest applies it there; a user who limits that does not know of these files. So a file gets its size under a limit that is raised as
 * far as this process may, and is filled by a mapping, to which the limit does not apply.
 */

import { EFBIG } from "../abi/errno.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { RLIM_INFINITY, RLIMIT_FSIZE, Rlimit } from "../abi/linux-process.ts";
import {
  SYS_close,
  SYS_ftruncate,
  SYS_memfd_create,
  SYS_mmap,
  SYS_munmap,
  SYS_prlimit64,
} from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

/** A file of `bytes` bytes, all zero: its descriptor, or a negative errno; -EFBIG: not under this process' limits. */
export function memoryFileMake(name: string, bytes: u64, flags: u64): i64 {
  const fd = linuxCall(SYS_memfd_create, callPointer(name.data), flags);
  if (fd < 0n) return fd;
  let sized = linuxCall(SYS_ftruncate, u64(fd), bytes);
  if (sized === i64(-EFBIG)) sized = sizeBeyondLimit(fd, bytes);
  if (sized >= 0n) return fd;
  void linuxCall(SYS_close, u64(fd));
  return sized;
}

/** Where the file's first `bytes` bytes are mapped, or a negative errno. */
export function memoryFileMap(fd: i64, bytes: u64): i64 {
  return linuxCall(SYS_mmap, 0n, bytes, u64(PROT_READ | PROT_WRITE), u64(MAP_SHARED), u64(fd), 0n);
}

/** Puts `data` at `offset`, within the file's size: 0n or a negative errno. */
export function memoryFilePut(fd: i64, offset: u64, data: Slice<u8>): i64 {
  const bytes = offset + data.length;
  const address = memoryFileMap(fd, bytes);
  if (address < 0n) return address;
  // SAFETY: the kernel has just mapped `bytes` bytes there, which the file has.
  copyBytes(pointerAt<u8>(u64(address)).add(offset), data.data, data.length);
  return linuxCall(SYS_munmap, u64(address), bytes);
}

/** Only a privileged process can have more than the hard limit. */
function sizeBeyondLimit(fd: i64, bytes: u64): i64 {
  const before = new Rlimit();
  const asked = linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_FSIZE), 0n, callPointer(before));
  if (asked < 0n) return asked;
  const raised: Rlimit = { rlim_cur: RLIM_INFINITY, rlim_max: RLIM_INFINITY };
  if (setLimit(raised) < 0n) {
    raised.rlim_cur = before.rlim_max;
    raised.rlim_max = before.rlim_max;
    if (setLimit(raised) < 0n) return i64(-EFBIG);
  }
  const sized = linuxCall(SYS_ftruncate, u64(fd), bytes);
  const restored = setLimit(before);
  assert(restored === 0n, "a limit can be lowered");
  return sized;
}

function setLimit(limit: Rlimit): i64 {
  return linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_FSIZE), callPointer(limit), 0n);
}
