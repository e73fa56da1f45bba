/**
 * What the boot module asks for (abi/boot-info.ts): exports of the host, links, and the program's file, each at its path.
 *
 * Directories above a path are made where the guest's own file system is; in an export they must be there. Shorter paths come first,
 * so an export may lie over a directory of another one. What cannot be mounted ends the program: it would see other files than its user meant.
 */

import { type ModuleMount, ModuleMountFlag, ModuleMountKind } from "../../abi/boot-info.ts";
import { EEXIST, EINVAL, EIO, ENOENT, ENOMEM, ENOTDIR } from "../../abi/errno.ts";
import { S_IFDIR, S_IFLNK, S_IFREG, V9FS_MAGIC } from "../../abi/linux-files.ts";
import { channelSay } from "../../drivers/channel/channel.ts";
import { errnoName } from "../core/trace-names.ts";
import { endProgram } from "../process-end.ts";
import {
  programModule,
  programMount,
  programMountName,
  programMountPath,
  programName,
  programWorkingDirectory,
} from "../program.ts";
import { NameKind, type PathName, pathName } from "./core/path.ts";
import { heapTextMake } from "./heap-text.ts";
import { homePath, isBelow } from "./home.ts";
import { type Inode, inodeIsDirectory, inodeKeep, inodeOf, inodePut, inodeResult } from "./inode.ts";
import { inodeIsMemory, memoryEnter, memoryMake, memoryMakeDirectory } from "./memory-fs.ts";
import { memoryFill } from "./memory-pages.ts";
import { mountListAdd } from "./mount-list.ts";
import { ninepAskAhead, ninepAttach, ninepExpect } from "./ninep/attach.ts";
import { programInode } from "./program-file.ts";

let start: Ptr<Inode> | null = null;

/** The directory that the program starts in; null: the root, or nothing is mounted yet. */
export function tableStart(): Ptr<Inode> | null {
  return start;
}

/** Mounts everything below the root. Called once, before any program sees the tree. */
export function mountTable(root: Ptr<Inode>): void {
  const count = programModule().mountCount;
  for (let i: u32 = 0; i < count; i++) {
    const mount = programMount(i)!;
    if (mount.kind === ModuleMountKind.Export) {
      ninepExpect(programMountName(mount));
    }
  }
  ninepAskAhead();
  let length: u32 = 0;
  let done: u32 = 0;
  // Paths in the order of their lengths: every round does those of the shortest that is left.
  while (done < count) {
    const next = shortestFrom(length + 1);
    if (next === u32.MAX) {
      break;
    }
    length = next;
    for (let i: u32 = 0; i < count; i++) {
      const mount = programMount(i)!;
      if (mount.pathBytes === length) {
        mountOne(root, mount);
        done++;
      }
    }
  }
  makeHome(root);
  const working = programWorkingDirectory();
  const found = working.length === 0 ? i64(-ENOENT) : findAlong(root, working, false);
  if (found >= 0n) {
    start = inodeOf(found);
  }
}

/** Where a mount shows that part of the tree the home is what it shows there, or nothing. */
function makeHome(root: Ptr<Inode>): void {
  const home = homePath();
  if (home.length === 0) {
    return;
  }
  const count = programModule().mountCount;
  for (let i: u32 = 0; i < count; i++) {
    const mount = programMount(i)!;
    if (mount.kind === ModuleMountKind.Export && isBelow(home, programMountPath(mount))) {
      return;
    }
  }
  const found = findAlong(root, home, false);
  if (found >= 0n) {
    inodePut(inodeOf(found));
    return;
  }
  const made = findAlong(root, home, true);
  if (made >= 0n) {
    const directory = inodeOf(made);
    directory.uid = programModule().uid;
    directory.gid = programModule().gid;
    inodePut(directory);
  }
}

/** The smallest length of a path that is not below `least`; u32.MAX: none. */
function shortestFrom(least: u32): u32 {
  let shortest: u32 = u32.MAX;
  const count = programModule().mountCount;
  for (let i: u32 = 0; i < count; i++) {
    const bytes = programMount(i)!.pathBytes;
    shortest = bytes >= least && bytes < shortest ? bytes : shortest;
  }
  return shortest;
}

function mountOne(root: Ptr<Inode>, mount: Ptr<ModuleMount>): void {
  const path = programMountPath(mount);
  const cut = lastSlash(path);
  const name = path.slice(cut + 1, path.length);
  const directory = name.length === 0 ? i64(-EINVAL) : findAlong(root, path.slice(0, cut), true);
  let result = directory;
  if (directory >= 0n) {
    const parent = inodeOf(directory);
    switch (mount.kind) {
      case ModuleMountKind.Export:
        result = mountExport(parent, name, path, mount);
        break;
      case ModuleMountKind.Link:
        result = makeLink(parent, name, programMountName(mount));
        break;
      case ModuleMountKind.Program:
        result = makeProgram(parent, name);
        break;
      case ModuleMountKind.File:
        result = makeFile(parent, name, bytesOf(programMountName(mount)));
        break;
      default:
        result = i64(-EINVAL);
    }
  }
  // The program runs from the module: its file, or a link to it, may lie where an export shows something else.
  if (result < 0n && mount.kind === ModuleMountKind.Export) {
    refuse(path, result);
  }
}

function lastSlash(path: string): u32 {
  let cut: u32 = 0;
  for (let i: u32 = 0; i < path.length; i++) {
    cut = path.byteAt(i) === 47 ? i : cut;
  }
  return cut;
}

/** What a name in a directory leads to, with what is mounted on it: an InodeResult. */
function lookup(directory: Ptr<Inode>, name: string): i64 {
  const found = directory.operations.lookup(directory, name);
  if (found < 0n) {
    return found;
  }
  const covered = inodeOf(found).covered;
  if (covered === null) {
    return found;
  }
  inodePut(inodeOf(found));
  return inodeResult(inodeKeep(covered.root!));
}

/** The directory at the end of a path without links, made if `makes`: an InodeResult. */
function findAlong(root: Ptr<Inode>, path: string, makes: bool): i64 {
  let current = inodeKeep(root);
  let from: u32 = 0;
  const name: PathName = zeroed();
  for (;;) {
    pathName(path, from, name);
    from = name.next;
    if (name.kind === NameKind.None) {
      return inodeResult(current);
    }
    let found = name.kind === NameKind.Plain ? lookup(current, name.name) : i64(-EINVAL);
    if (found === i64(-ENOENT) && makes && inodeIsMemory(current)) {
      const made = memoryMakeDirectory(current, name.name, 0o755, null);
      found = made === null ? i64(-ENOMEM) : inodeResult(inodeKeep(made));
    }
    inodePut(current);
    if (found < 0n) {
      return found;
    }
    current = inodeOf(found);
    if (!inodeIsDirectory(current)) {
      inodePut(current);
      return i64(-ENOTDIR);
    }
  }
}

function mountExport(parent: Ptr<Inode>, name: string, path: string, wanted: Ptr<ModuleMount>): i64 {
  const mount = mountListAdd("9p", path, V9FS_MAGIC, null);
  mount.isReadOnly = (wanted.flags & u32(ModuleMountFlag.ReadOnly)) !== 0;
  const attached = ninepAttach(mount, programMountName(wanted));
  if (attached !== 0n) {
    return attached;
  }
  const top = mount.root!;
  const found = mountPoint(parent, name, inodeIsDirectory(top));
  if (found < 0n) {
    return found;
  }
  const covered = inodeOf(found);
  mount.covers = covered;
  covered.covered = mount;
  // References that stay as long as the machine runs.
  top.parent = inodeKeep(parent);
  top.name = heapTextMake(name);
  return 0n;
}

/** The place that an export lies over: an InodeResult, whose reference the mount keeps. */
function mountPoint(parent: Ptr<Inode>, name: string, isDirectory: bool): i64 {
  const found = parent.operations.lookup(parent, name);
  if (found >= 0n) {
    const inode = inodeOf(found);
    // What is mounted there already (/tmp) is hidden.
    return inodeIsDirectory(inode) === isDirectory ? found : i64(-ENOTDIR);
  }
  if (found !== i64(-ENOENT) || !inodeIsMemory(parent)) {
    return found;
  }
  const mode: u32 = isDirectory ? S_IFDIR | 0o755 : S_IFREG | 0o644;
  const made = memoryMake(parent, name, { mode, uid: 0, gid: 0, device: 0n, target: "" });
  return made === null ? i64(-ENOMEM) : inodeResult(inodeKeep(made));
}

function makeLink(parent: Ptr<Inode>, name: string, target: string): i64 {
  const refusal = refusalToMake(parent, name);
  if (refusal !== 0n) {
    return refusal;
  }
  const made = memoryMake(parent, name, { mode: S_IFLNK | 0o777, uid: 0, gid: 0, device: 0n, target });
  return made === null ? i64(-ENOMEM) : 0n;
}

function makeFile(parent: Ptr<Inode>, name: string, contents: Slice<u8>): i64 {
  const refusal = refusalToMake(parent, name);
  if (refusal !== 0n) {
    return refusal;
  }
  const made = memoryMake(parent, name, { mode: S_IFREG | 0o644, uid: 0, gid: 0, device: 0n, target: "" });
  return made === null || !memoryFill(made, contents) ? i64(-ENOMEM) : 0n;
}

/** Whether a name can be made in a directory: what is there already stays. */
function refusalToMake(parent: Ptr<Inode>, name: string): i64 {
  if (!inodeIsMemory(parent)) {
    return i64(-EIO);
  }
  const found = lookup(parent, name);
  if (found >= 0n) {
    inodePut(inodeOf(found));
    return i64(-EEXIST);
  }
  return found === i64(-ENOENT) ? 0n : found;
}

function makeProgram(parent: Ptr<Inode>, name: string): i64 {
  if (!inodeIsMemory(parent)) {
    // An export has the directory, and with it the file itself.
    return 0n;
  }
  const refusal = refusalToMake(parent, name);
  if (refusal !== 0n) {
    return refusal === i64(-EEXIST) ? 0n : refusal;
  }
  const inode = programInode(parent.mount);
  if (inode === null) {
    return i64(-ENOMEM);
  }
  const entered = memoryEnter(parent, name, inode);
  inodePut(inode);
  return entered ? 0n : i64(-ENOMEM);
}

function refuse(path: string, error: i64): never {
  const why =
    error === i64(-ENOENT)
      ? ": the mount that this path lies in has no such place; make it there, or choose another path"
      : ` (${errnoName(u64(-error))})`;
  channelSay(2, `hermit: ${programName()}: ${path} cannot be mounted${why}\n`);
  endProgram(1);
}
