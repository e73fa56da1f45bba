/** What is in /dev. */

import { S_IFCHR, S_IFDIR, S_IFLNK } from "../../abi/linux-files.ts";
import { DEVICE_FULL, DEVICE_NULL, DEVICE_RANDOM, DEVICE_TTY, DEVICE_URANDOM, DEVICE_ZERO } from "./devices.ts";
import type { Inode } from "./inode.ts";
import { memoryMake, memoryMakeDirectory } from "./memory-fs.ts";

export function fillDev(directory: Ptr<Inode>): void {
  device(directory, "null", DEVICE_NULL);
  device(directory, "zero", DEVICE_ZERO);
  device(directory, "full", DEVICE_FULL);
  device(directory, "random", DEVICE_RANDOM);
  device(directory, "urandom", DEVICE_URANDOM);
  device(directory, "tty", DEVICE_TTY);
  makeLink(directory, "fd", "/proc/self/fd");
  makeLink(directory, "stdin", "/proc/self/fd/0");
  makeLink(directory, "stdout", "/proc/self/fd/1");
  makeLink(directory, "stderr", "/proc/self/fd/2");
  const shared = memoryMakeDirectory(directory, "shm", 0o755, null);
  if (shared !== null) {
    // Everybody makes shared memory there, and removes only what is his own.
    shared.mode = S_IFDIR | 0o1777;
  }
}

function device(directory: Ptr<Inode>, name: string, number: u64): void {
  void memoryMake(directory, name, { mode: S_IFCHR | 0o666, uid: 0, gid: 0, device: number, target: "" });
}

export function makeLink(directory: Ptr<Inode>, name: string, target: string): void {
  void memoryMake(directory, name, { mode: S_IFLNK | 0o777, uid: 0, gid: 0, device: 0n, target });
}
