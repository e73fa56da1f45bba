/**
 * Directories of /proc whose entries are numbers, descriptors and threads: an entry's inode is made when it is looked up and goes with its
 * last use.
 *
 *     argument    of the directory: the address of its NumberedEntries; of an entry: its number
 */

import { ENOENT, ENOMEM } from "../../abi/errno.ts";
import { S_IFDIR } from "../../abi/linux-files.ts";
import { type DirectorySink, sinkAdd } from "./directory-sink.ts";
import type { File } from "./file.ts";
import { type Inode, type InodeOperations, type InodeResult, inodeResult, type NewInode } from "./inode.ts";
import { MEMORY_OPERATIONS, memoryInode, memoryMakeDirectory } from "./memory-fs.ts";
import { parseNumber } from "./parse-number.ts";

/** The position behind "." and ".."; number n stands at FIRST_CURSOR + n. */
const FIRST_CURSOR = 2n;
/** Descriptors and threads are ints. */
const LARGEST_NUMBER = 0x7fff_ffffn;

/** What the entries are. */
export class NumberedEntries {
  /** The lowest number from `from` on, or a negative value. */
  next!: (from: u64) => i64;
  /** Makes a fresh inode that of an entry. */
  complete!: (inode: Ptr<Inode>, directory: Ptr<Inode>, name: string) => void;
  /** Added to a number, it gives the entry's inode number in a listing. */
  inodeBase!: u64;
  /** With the file type. */
  mode!: u32;
}

/** Enters such a directory into one that is being filled. */
export function numberedDirectoryEnter(parent: Ptr<Inode>, name: string, entries: NumberedEntries): void {
  const made = memoryMakeDirectory(parent, name, 0o555, null);
  if (made !== null) {
    made.operations = addressOf(NUMBERED_OPERATIONS);
    made.argument = u64(virtAddr(entries));
  }
}

function entriesOf(directory: Inode): Ptr<NumberedEntries> {
  // SAFETY: numberedDirectoryEnter has put it there, and all are static.
  return pointerAt<NumberedEntries>(VirtAddr(directory.argument));
}

function numberedLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const entries = entriesOf(directory);
  const number = parseNumber(name);
  if (number < 0n || number > i64(LARGEST_NUMBER) || entries.next(u64(number)) !== number) {
    return i64(-ENOENT);
  }
  const wanted: NewInode = { mode: entries.mode, uid: directory.uid, gid: directory.gid, device: 0n, target: "" };
  const made = memoryInode(directory.mount, wanted);
  if (made === null) {
    return i64(-ENOMEM);
  }
  made.links.store(1);
  made.argument = u64(number);
  entries.complete(made, directory, name);
  return inodeResult(made);
}

function numberedList(directory: Ptr<Inode>, file: File, sink: DirectorySink): i64 {
  const entries = entriesOf(directory);
  if (file.position === 0n && sinkAdd(sink, ".", directory.number, 1n, S_IFDIR)) {
    file.position = 1n;
  }
  if (file.position === 1n && sinkAdd(sink, "..", directory.number, FIRST_CURSOR, S_IFDIR)) {
    file.position = FIRST_CURSOR;
  }
  while (file.position >= FIRST_CURSOR) {
    const number = entries.next(file.position - FIRST_CURSOR);
    const behind = u64.wrap(number) + FIRST_CURSOR + 1n;
    if (number < 0n || !sinkAdd(sink, `${number}`, u64(number) + entries.inodeBase, behind, entries.mode)) {
      break;
    }
    file.position = behind;
  }
  return sink.done > 0n ? i64(sink.done) : sink.error;
}

function numberedOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  return MEMORY_OPERATIONS.open(inode, file);
}

function numberedForget(inode: Ptr<Inode>): void {
  MEMORY_OPERATIONS.forget(inode);
}

const NUMBERED_OPERATIONS: InodeOperations = {
  lookup: numberedLookup,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: null,
  change: null,
  open: numberedOpen,
  list: numberedList,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: numberedForget,
};
