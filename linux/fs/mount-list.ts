/** The list of mounted file systems, in the order in which they were mounted. */

import type { Inode, Mount } from "./inode.ts";

/** The guest's own and MAX_MOUNTS of the boot module. */
const MOST_MOUNTS = 80;
const FIRST_DEVICE = 20n;
const mounts: FixedArray<Mount, 80> = zeroed();
let mountCount: u32 = 0;

/** What is at an index of the list; null behind the last. */
export function mountAt(index: u32): Ptr<Mount> | null {
  return index < mountCount ? addressOf(mounts[index]) : null;
}

/** Appends a mount, still without a root. The caller sees that only one does so at a time. */
export function mountListAdd(kind: string, path: string, magic: u64, covers: Ptr<Inode> | null): Ptr<Mount> {
  assert(mountCount < MOST_MOUNTS, "the table of mounts has room");
  const mount = addressOf(mounts[mountCount]);
  mount.kind = kind;
  mount.path = path;
  mount.magic = magic;
  mount.device = FIRST_DEVICE + u64(mountCount);
  mount.covers = covers;
  mountCount++;
  return mount;
}
