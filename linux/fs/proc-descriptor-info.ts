/** /proc/self/fdinfo: a file for each open descriptor, with the position and the flags of its description. */

import { ENOENT, ENOMEM } from "../../abi/errno.ts";
import { O_CLOEXEC, S_IFREG } from "../../abi/linux-files.ts";
import { heapFree } from "../../kernel/mm/heap.ts";
import { fdClosesOnExec, fdGetAny } from "../descriptors.ts";
import type { DirectorySink } from "./directory-sink.ts";
import { type File, fileFlags, filePut } from "./file.ts";
import { type Inode, type InodeOperations, type InodeResult, inodeResult } from "./inode.ts";
import { MEMORY_OPERATIONS, memoryInode } from "./memory-fs.ts";
import { numberedList } from "./numbered-list.ts";
import { descriptorNamed, nextDescriptor } from "./proc-links.ts";
import { put, putByte, type Text } from "./text.ts";

const DIGIT_ZERO = 48;

function writeInfo(text: Text, argument: u64): void {
  const file = fdGetAny(i32(argument));
  if (file === null) {
    return;
  }
  const closes = fdClosesOnExec(i32(argument)) > 0n;
  put(text, `pos:\t${file.position}\nflags:\t0`);
  putOctal(text, fileFlags(file) | (closes ? O_CLOEXEC : 0));
  const inode = file.inode;
  put(text, `\nmnt_id:\t${inode === null ? 0n : inode.mount.device}\nino:\t${inode === null ? 0n : inode.number}\n`);
  filePut(file);
}

function putOctal(text: Text, value: u32): void {
  let shift: u32 = 30;
  while (shift > 0 && value >> shift === 0) {
    shift -= 3;
  }
  for (;;) {
    putByte(text, u8(((value >> shift) & 7) + DIGIT_ZERO));
    if (shift === 0) {
      return;
    }
    shift -= 3;
  }
}

function infoLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const fd = descriptorNamed(name);
  if (fd < 0n) {
    return i64(-ENOENT);
  }
  const made = memoryInode(directory.mount, {
    mode: S_IFREG | 0o444,
    uid: directory.uid,
    gid: directory.gid,
    device: 0n,
    target: "",
  });
  if (made === null) {
    return i64(-ENOMEM);
  }
  made.operations = addressOf(INFO_OPERATIONS);
  made.generate = writeInfo;
  made.argument = u64(fd);
  made.links.store(1);
  return inodeResult(made);
}

function infoList(directory: Ptr<Inode>, file: File, sink: DirectorySink): i64 {
  return numberedList(directory, file, sink, { next: nextDescriptor, inodeBase: 0x3_0000n, kind: S_IFREG });
}

function infoOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  return MEMORY_OPERATIONS.open(inode, file);
}

function directoryForget(inode: Ptr<Inode>): void {
  MEMORY_OPERATIONS.forget(inode);
}

/** The file system leaves the contents of generated files, which have none, alone. */
function infoForget(inode: Ptr<Inode>): void {
  heapFree(pointerAt<u8>(inode.detail));
  MEMORY_OPERATIONS.forget(inode);
}

function noLookup(_directory: Ptr<Inode>, _name: string): InodeResult {
  return i64(-ENOENT);
}

const INFO_OPERATIONS: InodeOperations = {
  lookup: noLookup,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: null,
  change: null,
  open: infoOpen,
  list: null,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: infoForget,
};

export const DESCRIPTOR_INFO_OPERATIONS: InodeOperations = {
  lookup: infoLookup,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: null,
  change: null,
  open: infoOpen,
  list: infoList,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: directoryForget,
};
