/** What objects without a name have in common: device and inode numbers, and the answers of fstat. */

import { S_IFMT, type Stat } from "../../abi/linux-files.ts";
import { realtimeNs } from "../../kernel/time/clock.ts";
import { programModule } from "../program.ts";
import type { File } from "./file.ts";

/** Device numbers of the file systems that are mounted nowhere. */
export enum AnonymousDevice {
  Objects = 14,
  Pipes = 13,
  Sockets = 8,
}

const BLOCK_BYTES = 4096n;
const NS_PER_SECOND = 1_000_000_000n;
/** All of Linux's anonymous inodes are one. */
export const ANONYMOUS_INODE = 1063n;

let nextNumber: Atomic<u64> = zeroed();

/** A fresh inode number for a pipe or a socket. */
export function anonymousNumber(): u64 {
  return nextNumber.fetchAdd(1n) + 4096n;
}

/** Fills what fstat says of an object without times of its own. */
export function anonymousStatus(stat: Stat, device: AnonymousDevice, number: u64, mode: u32): void {
  const now = realtimeNs();
  zero(stat);
  stat.st_dev = u64(u32(device));
  stat.st_ino = number;
  stat.st_nlink = 1n;
  stat.st_mode = mode;
  stat.st_blksize = i64(BLOCK_BYTES);
  if ((mode & S_IFMT) !== 0) {
    stat.st_uid = programModule().uid;
    stat.st_gid = programModule().gid;
  }
  stat.st_atime = now / NS_PER_SECOND;
  stat.st_mtime = stat.st_atime;
  stat.st_ctime = stat.st_atime;
  stat.st_atime_nsec = now % NS_PER_SECOND;
  stat.st_mtime_nsec = stat.st_atime_nsec;
  stat.st_ctime_nsec = stat.st_atime_nsec;
}

/** eventfd, timerfd, signalfd, epoll. */
export function anonymousObjectStatus(stat: Stat): i64 {
  anonymousStatus(stat, AnonymousDevice.Objects, ANONYMOUS_INODE, 0o600);
  return 0n;
}

/** lseek of objects that have no position and do not mind: Linux answers 0. */
export function anonymousSeek(_file: File, _offset: i64, _whence: u32): i64 {
  return 0n;
}
