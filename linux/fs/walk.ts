/**
 * From a path to an inode: names one after the other, links followed, mounts crossed, permissions checked.
 *
 * The walk holds a reference to the directory it stands in and, at the end, to what it found. A link's target takes the place of its name
 * in a text of the walk's own, which the heap provides when it gets long. No recursion, at most MOST_LINKS links.
 */

import { EACCES, EFAULT, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EXDEV } from "../../abi/errno.ts";
import {
  PATH_MAX,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  X_OK,
} from "../../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { userString } from "../../kernel/mm/user-access.ts";
import { NameKind, type PathName, pathIsAbsolute, pathName } from "./core/path.ts";
import { directoryPassable, inodePermits } from "./credentials.ts";
import { type File, filePut } from "./file.ts";
import { type Inode, inodeIsDirectory, inodeIsLink, inodeKeep, inodeOf, inodePut, type OpenWish } from "./inode.ts";
import { rootInode } from "./mounts.ts";
import { directoryAbove } from "./places.ts";
import { magicFile } from "./proc-links.ts";

const MOST_LINKS = 40;
const INLINE_BYTES = 256n;

export class Walk {
  /** What happens with a link at the end, and RESOLVE_*. */
  follows!: bool;
  /** The name itself is meant (to make, remove or rename it): a link at the end is not followed, and what a slash behind it means the caller says. */
  isForName!: bool;
  /** A file is to be made if there is none (O_CREAT): a slash behind its name is refused whatever the name leads to. */
  isForFile!: bool;
  resolve!: u32;
  wish!: OpenWish;
  /** The walk's text: inline, or on the heap when it is long. */
  text!: string;
  long!: Ptr<u8> | null;
  links!: u32;
  start!: Ptr<Inode> | null;
  // What was found; references of the walk.
  parent!: Ptr<Inode> | null;
  inode!: Ptr<Inode> | null;
  /** Behind a magic link of /proc/self/fd that leads to something without an inode. */
  file!: Ptr<File> | null;
  /** The last name in `parent`; empty if the path ends with a directory by itself ("/", ".", ".."). */
  name!: string;
  lastKind!: NameKind;
  /** A slash stands behind the last name. */
  hasSlash!: bool;
  inline!: Bytes<256>;
}

/** Gives back what the walk holds. */
export function walkEnd(walk: Walk): void {
  if (walk.parent !== null) {
    inodePut(walk.parent);
    walk.parent = null;
  }
  if (walk.inode !== null) {
    inodePut(walk.inode);
    walk.inode = null;
  }
  if (walk.file !== null) {
    filePut(walk.file);
    walk.file = null;
  }
  if (walk.long !== null) {
    heapFree(walk.long);
    walk.long = null;
  }
}

/** Reads the application's path: its length, -EFAULT, -ENAMETOOLONG or -ENOMEM. */
export function walkText(walk: Walk, address: u64): i64 {
  const inline = elements(walk.inline);
  let length = userString(sliceOf(inline, INLINE_BYTES), VirtAddr(address));
  if (length >= 0n) {
    walk.text = stringOf(inline, length);
    return length;
  }
  if (length === i64(-EFAULT)) {
    return length;
  }
  const long = heapAlloc(u64(PATH_MAX));
  if (long === null) {
    return i64(-ENOMEM);
  }
  walk.long = long;
  length = userString(sliceOf(long, u64(PATH_MAX)), VirtAddr(address));
  if (length >= 0n) {
    walk.text = stringOf(long, length);
  }
  return length;
}

/**
 * Walks `walk.text` from `start` (which the caller keeps). 0n with `inode` or `file` set, or with both null if only the last name is
 * missing; otherwise a negative errno.
 */
export function walkRun(walk: Walk, start: Ptr<Inode>): i64 {
  if (walk.text.length === 0) {
    return i64(-ENOENT);
  }
  if (pathIsAbsolute(walk.text) && (walk.resolve & RESOLVE_BENEATH) !== 0) {
    return i64(-EXDEV);
  }
  walk.start = start;
  let current = inodeKeep(pathIsAbsolute(walk.text) ? topOf(walk) : start);
  let from: u32 = 0;
  const name: PathName = zeroed();
  for (;;) {
    pathName(walk.text, from, name);
    from = name.next;
    const result = stepInto(walk, current, name);
    if (result === STEP_DONE) {
      return 0n;
    }
    if (result < 0n) {
      inodePut(current);
      return result;
    }
    if (result === STEP_LINK) {
      from = 0;
      if (pathIsAbsolute(walk.text)) {
        if (mayNotJump(walk, current)) {
          inodePut(current);
          return i64(-EXDEV);
        }
        inodePut(current);
        current = inodeKeep(topOf(walk));
      }
    } else if (result !== STEP_STAY) {
      inodePut(current);
      current = inodeOf(result);
    }
  }
}

/** Results of a step besides an inode's address: */
const STEP_DONE = 1n;
const STEP_STAY = 2n;
const STEP_LINK = 3n;

/** Whether a link must not lead to the root from here. */
function mayNotJump(walk: Walk, current: Ptr<Inode>): bool {
  const leaves = (walk.resolve & RESOLVE_NO_XDEV) !== 0 && virtAddr(current.mount) !== virtAddr(topOf(walk).mount);
  return leaves || (walk.resolve & RESOLVE_BENEATH) !== 0;
}

/** Where "/" leads. */
function topOf(walk: Walk): Ptr<Inode> {
  return (walk.resolve & RESOLVE_IN_ROOT) !== 0 ? walk.start! : rootInode();
}

/** One name: a negative errno, one of the results above, or the next directory with a reference. Takes over `current` when done. */
function stepInto(walk: Walk, current: Ptr<Inode>, name: PathName): i64 {
  if (name.kind === NameKind.None) {
    return finish(walk, null, current, name);
  }
  if (!inodeIsDirectory(current)) {
    return i64(-ENOTDIR);
  }
  const isNamed = name.kind !== NameKind.Here && name.kind !== NameKind.Up;
  const permits = isNamed ? inodePermits(current, X_OK) : directoryPassable(current);
  if (permits !== 0n) {
    return permits;
  }
  switch (name.kind) {
    case NameKind.TooLong:
      return i64(-ENAMETOOLONG);
    case NameKind.Here:
      return name.isLast ? finish(walk, null, current, name) : STEP_STAY;
    case NameKind.Up:
      return up(walk, current, name);
    default:
      return plain(walk, current, name);
  }
}

function finish(walk: Walk, parent: Ptr<Inode> | null, inode: Ptr<Inode> | null, name: PathName): i64 {
  walk.parent = parent;
  walk.inode = inode;
  walk.name = parent === null ? "" : name.name;
  walk.lastKind = name.kind;
  walk.hasSlash = name.hasSlash;
  return STEP_DONE;
}

function up(walk: Walk, current: Ptr<Inode>, name: PathName): i64 {
  const isTop = virtAddr(current) === virtAddr(topOf(walk));
  if ((walk.resolve & RESOLVE_BENEATH) !== 0 && (isTop || virtAddr(current) === virtAddr(walk.start))) {
    return i64(-EXDEV);
  }
  const above = isTop ? inodeKeep(current) : directoryAbove(current);
  if ((walk.resolve & RESOLVE_NO_XDEV) !== 0 && virtAddr(above.mount) !== virtAddr(current.mount)) {
    inodePut(above);
    return i64(-EXDEV);
  }
  if (!name.isLast) {
    return i64(u64(virtAddr(above)));
  }
  inodePut(current);
  return finish(walk, null, above, name);
}

function lookup(walk: Walk, current: Ptr<Inode>, name: PathName): i64 {
  const along = current.operations.lookupAlong;
  if (along === null) {
    return current.operations.lookup(current, name.name);
  }
  // The path from the name on: the name is a part of it.
  const text = walk.text;
  const start = u32(virtAddr(name.name.data) - virtAddr(text.data));
  return along(current, name.name, text.slice(start, text.length), walk.wish);
}

function plain(walk: Walk, current: Ptr<Inode>, name: PathName): i64 {
  if (walk.isForFile && name.isLast && name.hasSlash) {
    return i64(-EISDIR);
  }
  const found = lookup(walk, current, name);
  if (found === i64(-ENOENT) && name.isLast) {
    return finish(walk, current, null, name);
  }
  if (found < 0n) {
    return found;
  }
  let child = inodeOf(found);
  if (inodeIsLink(child) && (!name.isLast || (!walk.isForName && (walk.follows || name.hasSlash)))) {
    return follow(walk, current, child, name);
  }
  const covered = child.covered;
  if (covered !== null) {
    if ((walk.resolve & RESOLVE_NO_XDEV) !== 0) {
      inodePut(child);
      return i64(-EXDEV);
    }
    inodePut(child);
    child = inodeKeep(covered.root!);
  }
  if (!name.isLast) {
    return i64(u64(virtAddr(child)));
  }
  if (name.hasSlash && !walk.isForName && !inodeIsDirectory(child)) {
    inodePut(child);
    return i64(-ENOTDIR);
  }
  return finish(walk, current, child, name);
}

/** A link is followed; the reference to it is given back. */
function follow(walk: Walk, current: Ptr<Inode>, link: Ptr<Inode>, name: PathName): i64 {
  walk.links++;
  const isRefused = (walk.resolve & RESOLVE_NO_SYMLINKS) !== 0 || walk.links > MOST_LINKS;
  const magic = isRefused ? null : magicFile(link);
  if (isRefused || (magic !== null && (walk.resolve & RESOLVE_NO_MAGICLINKS) !== 0)) {
    inodePut(link);
    if (magic !== null) {
      filePut(magic);
    }
    return i64(-ELOOP);
  }
  if (magic !== null) {
    inodePut(link);
    return followMagic(walk, current, magic, name);
  }
  const result = replaceText(walk, link, name);
  inodePut(link);
  return result < 0n ? result : STEP_LINK;
}

/** A link of /proc/self/fd leads to what the descriptor leads to, whatever its text says. */
function followMagic(walk: Walk, current: Ptr<Inode>, file: Ptr<File>, name: PathName): i64 {
  const inode = file.inode;
  if (inode !== null && !name.isLast) {
    void inodeKeep(inode);
    filePut(file);
    return i64(u64(virtAddr(inode)));
  }
  if (!name.isLast || (name.hasSlash && (inode === null || !inodeIsDirectory(inode)))) {
    filePut(file);
    return i64(-ENOTDIR);
  }
  walk.file = file;
  if (inode !== null) {
    void inodeKeep(inode);
  }
  inodePut(current);
  return finish(walk, null, inode, name);
}

/** The walk's text becomes the link's target and what stood behind its name: 0n, -ENOENT, -ENAMETOOLONG, -ENOMEM, ... */
function replaceText(walk: Walk, link: Ptr<Inode>, name: PathName): i64 {
  const read = link.operations.readLink;
  const fresh = read === null ? null : heapAlloc(u64(PATH_MAX));
  if (read === null || fresh === null) {
    return i64(read === null ? -EACCES : -ENOMEM);
  }
  const target = read(link, sliceOf(fresh, u64(PATH_MAX)));
  const rest = walk.text.slice(name.next, walk.text.length);
  const needs = u64(rest.length) + (name.hasSlash ? 1n : 0n);
  if (target <= 0n || u64(target) + needs >= u64(PATH_MAX)) {
    heapFree(fresh);
    return target < 0n ? target : i64(target === 0n ? -ENOENT : -ENAMETOOLONG);
  }
  let length = u64(target);
  if (name.hasSlash) {
    setAt(fresh, length, 47);
    length += 1n;
  }
  copyBytes(fresh.add(length), rest.data, u64(rest.length));
  length += u64(rest.length);
  if (walk.long !== null) {
    heapFree(walk.long);
  }
  walk.long = fresh;
  walk.text = stringOf(fresh, length);
  return 0n;
}
