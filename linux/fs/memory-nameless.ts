/** Files in memory that have no name and never get one: what memfd_create and shared memory without a file are made of. */

import { S_IFREG } from "../../abi/linux-files.ts";
import { groupId, userId } from "./credentials.ts";
import type { Inode, NewInode } from "./inode.ts";
import { memoryInode } from "./memory-fs.ts";
import { memorySetUnlimited } from "./memory-pages.ts";
import { mountAt } from "./mount-list.ts";
import { rootInode } from "./mounts.ts";

/** Away from those of files with names: programs compare numbers without devices. */
const FIRST_NUMBER = 0x1_0000_0000n;

/** With one reference, the caller's; null: no memory. */
export function memoryFileWithoutName(): Ptr<Inode> | null {
  void rootInode();
  const wanted: NewInode = { mode: S_IFREG | 0o777, uid: userId(), gid: groupId(), device: 0n, target: "" };
  const made = memoryInode(mountAt(0)!, wanted);
  if (made !== null) {
    made.number += FIRST_NUMBER;
  }
  return made;
}

/** Shared memory of `bytes` bytes: as with memory that is not shared, nothing but the machine's memory limits it. */
export function memoryNameless(bytes: u64): Ptr<Inode> | null {
  const inode = memoryFileWithoutName();
  if (inode !== null) {
    inode.size = bytes;
    memorySetUnlimited(inode);
  }
  return inode;
}
