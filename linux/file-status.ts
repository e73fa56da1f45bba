/** fstat, stat, statx: from the inode of a file, or from what an object without one says of itself. */

import { EBADF } from "../abi/errno.ts";
import { STATX_BASIC_STATS, type Stat, type Statx } from "../abi/linux-files.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { fdGetAny } from "./descriptors.ts";
import { type File, filePut } from "./fs/file.ts";
import { inodeStatus } from "./fs/inode.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** The kernel's split of a device number: major in bits 8 to 19, minor around it. */
const MAJOR_MASK = 0xfffn;

/** Fills `stat` for an open description: 0 or a negative errno. */
export function fileStatus(file: File, stat: Stat): i64 {
  const inode = file.inode;
  if (inode !== null) {
    inodeStatus(inode, stat);
    return 0n;
  }
  const status = file.operations.status;
  return status === null ? i64(-EBADF) : status(file, stat);
}

export function sysFstat(call: SyscallFrame): i64 {
  const stat: Stat = zeroed();
  const result = descriptorStatus(i32.wrap(call.a0), stat);
  return result !== 0n ? result : storeStat(stat, call.a1);
}

/** Fills `stat` for a descriptor: 0 or -EBADF. */
export function descriptorStatus(fd: i32, stat: Stat): i64 {
  const file = fdGetAny(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const result = fileStatus(file, stat);
  filePut(file);
  return result;
}

export function storeStat(stat: Stat, address: u64): i64 {
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(stat), u64(sizeOf<Stat>()));
}

function majorOf(device: u64): u32 {
  return u32((device >> 8n) & MAJOR_MASK);
}

function minorOf(device: u64): u32 {
  return u32((device & 0xffn) | ((device >> 12n) & 0xfff00n));
}

export function storeStatx(stat: Stat, address: u64): i64 {
  const wide: Statx = zeroed();
  wide.stx_mask = STATX_BASIC_STATS;
  wide.stx_blksize = u32(stat.st_blksize);
  wide.stx_nlink = u32(stat.st_nlink);
  wide.stx_uid = stat.st_uid;
  wide.stx_gid = stat.st_gid;
  wide.stx_mode = u16.wrap(stat.st_mode);
  wide.stx_ino = stat.st_ino;
  wide.stx_size = u64.wrap(stat.st_size);
  wide.stx_blocks = u64.wrap(stat.st_blocks);
  wide.stx_rdev_major = majorOf(stat.st_rdev);
  wide.stx_rdev_minor = minorOf(stat.st_rdev);
  wide.stx_dev_major = majorOf(stat.st_dev);
  wide.stx_dev_minor = minorOf(stat.st_dev);
  wide.stx_atime = { tv_sec: i64.wrap(stat.st_atime), tv_nsec: u32(stat.st_atime_nsec), reserved: 0 };
  wide.stx_mtime = { tv_sec: i64.wrap(stat.st_mtime), tv_nsec: u32(stat.st_mtime_nsec), reserved: 0 };
  wide.stx_ctime = { tv_sec: i64.wrap(stat.st_ctime), tv_nsec: u32(stat.st_ctime_nsec), reserved: 0 };
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(wide), u64(sizeOf<Statx>()));
}
