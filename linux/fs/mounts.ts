/**
 * What is mounted where: the root, file systems that cover directories of it, and what the boot module asks for (mount-table.ts).
 *
 * The tree is made at the first call that names a path, so a program that uses none pays for none.
 */

import { PROC_SUPER_MAGIC, S_IFDIR, SYSFS_MAGIC, TMPFS_MAGIC } from "../../abi/linux-files.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { fillDev } from "./dev-tree.ts";
import { fillEtc } from "./etc-tree.ts";
import { heapTextMake } from "./heap-text.ts";
import type { Inode, Mount } from "./inode.ts";
import type { DirectoryFill } from "./memory-directory.ts";
import { memoryInode, memoryMakeDirectory, memorySetFill } from "./memory-fs.ts";
import { mountAt, mountListAdd } from "./mount-list.ts";
import { mountTable, tableStart } from "./mount-table.ts";
import { packedTreeInto } from "./packed-tree.ts";
import { fillProc } from "./proc-tree.ts";
import { fillSys } from "./sys-tree.ts";

const mountMutex: Mutex = zeroed();
let isReady: Atomic<u32> = zeroed();

/** The root directory, without a reference: it stays. */
export function rootInode(): Ptr<Inode> {
  if (isReady.load(Order.Acquire) === 0) {
    mountsInit();
  }
  return mountAt(0)!.root!;
}

function mountsInit(): void {
  using _guard = mutexAcquire(mountMutex);
  if (isReady.load() !== 0) {
    return;
  }
  void addMount("tmpfs", "/", TMPFS_MAGIC, 0o755, null);
  mountBelowRoot("dev", "devtmpfs", "/dev", TMPFS_MAGIC, fillDev);
  mountBelowRoot("proc", "proc", "/proc", PROC_SUPER_MAGIC, fillProc);
  mountBelowRoot("sys", "sysfs", "/sys", SYSFS_MAGIC, fillSys);
  mountBelowRoot("tmp", "tmpfs", "/tmp", TMPFS_MAGIC, null);
  mountBelowRoot("run", "tmpfs", "/run", TMPFS_MAGIC, null);
  const root = mountAt(0)!.root!;
  const variable = memoryMakeDirectory(root, "var", 0o755, null);
  if (variable !== null) {
    openToAll(memoryMakeDirectory(variable, "tmp", 0o1777, null));
  }
  void memoryMakeDirectory(root, "etc", 0o755, fillEtc);
  packedTreeInto(root);
  mountTable(root);
  isReady.store(1, Order.Release);
}

/** Where the program starts, without a reference: it stays. */
export function startDirectory(): Ptr<Inode> {
  const root = rootInode();
  return tableStart() ?? root;
}

function openToAll(directory: Ptr<Inode> | null): void {
  if (directory !== null) {
    directory.mode = S_IFDIR | 0o1777;
  }
}

function mountBelowRoot(name: string, kind: string, path: string, magic: u64, fill: DirectoryFill | null): void {
  const covered = memoryMakeDirectory(mountAt(0)!.root!, name, 0o755, null);
  if (covered === null) {
    panic("no memory for the mount points");
  }
  const mount = addMount(kind, path, magic, 0o755, covered);
  covered.covered = mount;
  const root = mount.root!;
  root.parent = mountAt(0)!.root;
  root.name = heapTextMake(name);
  if (fill !== null) {
    memorySetFill(root, fill);
  } else {
    // Only the owner of a file in /tmp may remove it.
    openToAll(root);
  }
}

/** Mounts an empty file system in memory over `covers` (null: as the root). */
function addMount(kind: string, path: string, magic: u64, mode: u32, covers: Ptr<Inode> | null): Ptr<Mount> {
  const mount = mountListAdd(kind, path, magic, covers);
  const root = memoryInode(mount, { mode: S_IFDIR | mode, uid: 0, gid: 0, device: 0n, target: "" });
  if (root === null) {
    panic("no memory for a file system's root");
  }
  root.links.store(2);
  mount.root = root;
  return mount;
}
