/** The program's own file: its bytes are the boot module's, where they lie. Shown by /proc/self/exe and under its path; nobody writes to it. */

import { ENOTDIR } from "../../abi/errno.ts";
import { S_IFREG } from "../../abi/linux-files.ts";
import { programFile, programFilePhys, programModule } from "../program.ts";
import type { File } from "./file.ts";
import type { Inode, InodeOperations, InodeResult, Mount } from "./inode.ts";
import { MEMORY_OPERATIONS, memoryInode } from "./memory-fs.ts";
import { memoryBorrow } from "./memory-pages.ts";

/** An inode of the file with one reference, the caller's; null: no memory. */
export function programInode(mount: Ptr<Mount>): Ptr<Inode> | null {
  const module = programModule();
  const inode = memoryInode(mount, { mode: S_IFREG | 0o755, uid: module.uid, gid: module.gid, device: 0n, target: "" });
  if (inode !== null) {
    inode.operations = addressOf(PROGRAM_OPERATIONS);
    memoryBorrow(inode, programFilePhys(), programFile().length);
    inode.links.store(1);
  }
  return inode;
}

/** Whether the inode is the running program's, which cannot be opened for writing (ETXTBSY). */
export function inodeIsProgram(inode: Inode): bool {
  return virtAddr(inode.operations) === virtAddr(PROGRAM_OPERATIONS);
}

function programForget(inode: Ptr<Inode>): void {
  MEMORY_OPERATIONS.forget(inode);
}

function programOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  return MEMORY_OPERATIONS.open(inode, file);
}

function noEntries(_directory: Ptr<Inode>, _name: string): InodeResult {
  return i64(-ENOTDIR);
}

const PROGRAM_OPERATIONS: InodeOperations = {
  lookup: noEntries,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: null,
  change: null,
  open: programOpen,
  list: null,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: programForget,
};
