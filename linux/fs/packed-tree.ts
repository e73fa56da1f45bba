/**
 * The files of a packed image (`hermit pack`) in the root file system: each directory gets its names when it is first looked at, and a
 * file's pages are the image's own until somebody writes to them.
 *
 * What the image brings takes the place of what the kernel would make (/etc/hosts, ...); directories that both have are one.
 */

import type { ModuleFile } from "../../abi/boot-info.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../abi/linux-files.ts";
import {
  programFilesPhys,
  programModule,
  programPackedBytes,
  programPackedCount,
  programPackedFile,
} from "../program.ts";
import { type Inode, inodeIsDirectory, inodeOf, inodePut } from "./inode.ts";
import { memoryMake, memoryMakeDirectory } from "./memory-fs.ts";
import { memoryBorrow } from "./memory-pages.ts";

/** Puts the image's root into the root directory, which has its own directories already. */
export function packedTreeInto(root: Ptr<Inode>): void {
  if (programPackedCount() > 0) {
    merge(root, programPackedFile(0));
  }
}

/** InodeOperations of directories come here when they are first looked at; the inode's argument says which one it is. */
function fillPacked(directory: Ptr<Inode>): void {
  const file = programPackedFile(u32(directory.argument));
  for (let i: u32 = 0; i < file.childCount; i++) {
    make(directory, file.firstChild + i);
  }
}

/** As deep as directories of both go; the table's order bounds it. */
function merge(directory: Ptr<Inode>, file: Ptr<ModuleFile>): void {
  for (let i: u32 = 0; i < file.childCount; i++) {
    const index = file.firstChild + i;
    const child = programPackedFile(index);
    const found = directory.operations.lookup(directory, nameOf(child));
    if (found < 0n) {
      make(directory, index);
      continue;
    }
    const present = inodeOf(found);
    if (inodeIsDirectory(present) && (child.mode & S_IFMT) === S_IFDIR) {
      // Where a file system is mounted (/tmp) the files belong there.
      merge(present.covered === null ? present : present.covered.root!, child);
    } else if (!inodeIsDirectory(present)) {
      void directory.operations.unlink!(directory, nameOf(child), false);
      make(directory, index);
    }
    inodePut(present);
  }
}

function nameOf(file: Ptr<ModuleFile>): string {
  const bytes = programPackedBytes(u64(file.nameOffset), u64(file.nameBytes));
  return stringOf(bytes.data, bytes.length);
}

function make(directory: Ptr<Inode>, index: u32): void {
  const file = programPackedFile(index);
  const made =
    (file.mode & S_IFMT) === S_IFDIR
      ? memoryMakeDirectory(directory, nameOf(file), file.mode & 0o7777, fillPacked)
      : makeFile(directory, file);
  if (made === null) {
    // A name that is there twice, or no memory: the file is not there, which is what the program will say.
    return;
  }
  made.argument = u64(index);
  made.accessNs = file.modifyNs;
  made.modifyNs = file.modifyNs;
  made.changeNs = file.modifyNs;
}

function makeFile(directory: Ptr<Inode>, file: Ptr<ModuleFile>): Ptr<Inode> | null {
  const data = programPackedBytes(file.dataOffset, file.dataBytes);
  const made = memoryMake(directory, nameOf(file), {
    mode: file.mode,
    uid: programModule().uid,
    gid: programModule().gid,
    device: 0n,
    target: (file.mode & S_IFMT) === S_IFLNK ? stringOf(data.data, data.length) : "",
  });
  if (made !== null && (file.mode & S_IFMT) === S_IFREG) {
    memoryBorrow(made, programFilesPhys() + file.dataOffset, file.dataBytes);
  }
  return made;
}
