/** What the program's threads share besides descriptors: working directory and umask. */

import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { programModule } from "../program.ts";
import { type Inode, inodeKeep, inodePut } from "./inode.ts";
import { startDirectory } from "./mounts.ts";

const PERMISSIONS = 0o777;

const lock: SpinLock = zeroed();
let directory: Ptr<Inode> | null = null;
let mask: Atomic<u32> = zeroed();
let isMaskSet: Atomic<u32> = zeroed();

/** The working directory with a reference for the caller. */
export function workingDirectory(): Ptr<Inode> {
  const start = startDirectory();
  using _guard = lockAcquire(lock);
  return inodeKeep(directory ?? start);
}

/** chdir: takes over the caller's reference. */
export function setWorkingDirectory(inode: Ptr<Inode>): void {
  const before = exchange(inode);
  if (before !== null) {
    inodePut(before);
  }
}

function exchange(inode: Ptr<Inode>): Ptr<Inode> | null {
  using _guard = lockAcquire(lock);
  const before = directory;
  directory = inode;
  return before;
}

/** At first that of the user who started the program. */
export function umask(): u32 {
  return isMaskSet.load(Order.Relaxed) === 0 ? programModule().umask & PERMISSIONS : mask.load(Order.Relaxed);
}

/** umask(2): the mask before. */
export function setUmask(wanted: u32): u32 {
  const before = umask();
  mask.store(wanted & PERMISSIONS);
  isMaskSet.store(1);
  return before;
}
