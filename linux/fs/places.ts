/**
 * Where things lie: directories in their parents, which getcwd puts together and ".." follows, and open files in directories, for /proc.
 *
 * A file does not know its names, so each open description (and whatever else has to say where a file is) has a place of its own: the
 * directory and the name that it was opened by. The places of one file are a list of its inode, so that a rename finds those that it moves, and
 * a name that goes marks them. What the host renames is not seen; that it removed a file is (proc-links.ts).
 *
 *     a directory's parent and name     directoriesLock; written by file systems through directorySettle
 *     places of an inode                its placesLock
 */

import { ENOENT, ENOTDIR, ERANGE } from "../../abi/errno.ts";
import { NAME_MAX } from "../../abi/linux-files.ts";
import { type RwLock, readAcquire, writeAcquire } from "../../kernel/sync/rw-lock.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { heapText, heapTextFree, heapTextMake } from "./heap-text.ts";
import { type Inode, inodeIsDirectory, inodeKeep, inodePut } from "./inode.ts";
import { rootInode } from "./mounts.ts";

const SLASH = 47;

const directoriesLock: RwLock = zeroed();

/** All zero says nothing. */
export class Place {
  /** With a reference; null: the name is all there is to say. */
  parent!: Ptr<Inode> | null;
  /** heap-text.ts */
  name!: VirtAddr;
  /** The name leads to the file no more. */
  isGone!: bool;
  before!: Ptr<Place> | null;
  next!: Ptr<Place> | null;
}

// --- Directories -------------------------------------------------------------------------------------------------------------

/** Enters where a directory lies now. */
export function directorySettle(inode: Ptr<Inode>, parent: Ptr<Inode>, name: string): void {
  let text = heapTextMake(name);
  let above: Ptr<Inode> | null = inodeKeep(parent);
  {
    using _section = writeAcquire(directoriesLock);
    const before = inode.parent;
    const nameBefore = inode.name;
    inode.parent = above;
    inode.name = text;
    above = before;
    text = nameBefore;
  }
  heapTextFree(text);
  if (above !== null) {
    inodePut(above);
  }
}

/** Whether this is where the directory lies already. */
export function directoryIsAt(inode: Ptr<Inode>, parent: Ptr<Inode>, name: string): bool {
  using _section = readAcquire(directoriesLock);
  const above = inode.parent;
  return above !== null && virtAddr(above) === virtAddr(parent) && heapText(inode.name) === name;
}

/** The directory above with a reference for the caller; of one that has none, itself. */
export function directoryAbove(inode: Ptr<Inode>): Ptr<Inode> {
  using _section = readAcquire(directoriesLock);
  return inodeKeep(inode.parent ?? inode);
}

/** The absolute path of a directory into `buffer`: its length, -ENOENT if it was removed, -ENOTDIR, -ERANGE. */
export function directoryPath(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  if (!inodeIsDirectory(inode)) {
    return i64(-ENOTDIR);
  }
  return inode.isRemoved ? i64(-ENOENT) : pathBelow(inode, "", buffer);
}

/** The same wherever the directory is or last was. */
export function directoryLastPath(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  return pathBelow(inode, "", buffer);
}

/**
 * The path of `name` in a directory, or of the directory itself if the name is empty, wherever that is or last was: its length, -ERANGE, or
 * -ENOENT. Built from the end: moved to the buffer's beginning when all names are there.
 */
function pathBelow(directory: Ptr<Inode>, name: string, buffer: Slice<u8>): i64 {
  const root = rootInode();
  let start = buffer.length;
  if (name.length > 0) {
    if (u64(name.length) + 1n > start) {
      return i64(-ERANGE);
    }
    start = prepend(buffer, start, name);
  }
  {
    using _section = readAcquire(directoriesLock);
    let at0: Ptr<Inode> = directory;
    while (virtAddr(at0) !== virtAddr(root)) {
      const own = heapText(at0.name);
      const parent = at0.parent;
      if (own.length === 0 || parent === null) {
        return i64(-ENOENT);
      }
      if (u64(own.length) + 1n > start) {
        return i64(-ERANGE);
      }
      start = prepend(buffer, start, own);
      at0 = parent;
    }
  }
  if (start === buffer.length) {
    start = prepend(buffer, start, "");
  }
  moveBytes(buffer.data, buffer.data.add(start), buffer.length - start);
  return i64(buffer.length - start);
}

function prepend(buffer: Slice<u8>, start: u64, name: string): u64 {
  const place = start - u64(name.length);
  copyBytes(buffer.data.add(place), name.data, u64(name.length));
  setAt(buffer, place - 1n, SLASH);
  return place - 1n;
}

// --- Files -------------------------------------------------------------------------------------------------------------------

/** The inode lies at a name of a directory; a place that says something already stays as it is. Without memory it says nothing. */
export function placeSet(place: Ptr<Place>, inode: Ptr<Inode>, parent: Ptr<Inode>, name: string): void {
  enter(place, inode, parent, heapTextMake(name), false);
}

function enter(place: Ptr<Place>, inode: Ptr<Inode>, parent: Ptr<Inode> | null, text: VirtAddr, isGone: bool): void {
  if (text === 0n) {
    return;
  }
  {
    using _guard = lockAcquire(inode.placesLock);
    if (place.name === 0n) {
      place.name = text;
      place.parent = parent === null ? null : inodeKeep(parent);
      place.isGone = isGone;
      place.next = inode.places;
      place.before = null;
      if (place.next !== null) {
        place.next.before = place;
      }
      inode.places = place;
      return;
    }
  }
  heapTextFree(text);
}

/** The same place as another of the inode's. */
export function placeCopy(place: Ptr<Place>, from: Ptr<Place>, inode: Ptr<Inode>): void {
  let text: VirtAddr = 0n;
  let parent: Ptr<Inode> | null = null;
  let isGone: bool = false;
  {
    using _guard = lockAcquire(inode.placesLock);
    text = from.name === 0n ? 0n : heapTextMake(heapText(from.name));
    parent = from.parent === null ? null : inodeKeep(from.parent);
    isGone = from.isGone;
  }
  enter(place, inode, parent, text, isGone);
  if (parent !== null) {
    inodePut(parent);
  }
}

/** Something without a directory, which is called so; nobody else knows the place yet. */
export function placeSetName(place: Ptr<Place>, inode: Ptr<Inode>, name: string): void {
  enter(place, inode, null, heapTextMake(name), false);
}

/** Something that has a directory and had this name, as far as anybody is told. */
export function placeSetGone(place: Ptr<Place>, inode: Ptr<Inode>, parent: Ptr<Inode>, name: string): void {
  enter(place, inode, parent, heapTextMake(name), true);
}

/** Says nothing any more. */
export function placeDrop(place: Ptr<Place>, inode: Ptr<Inode>): void {
  if (place.name === 0n) {
    return;
  }
  {
    using _guard = lockAcquire(inode.placesLock);
    const before = place.before;
    if (before === null) {
      inode.places = place.next;
    } else {
      before.next = place.next;
    }
    if (place.next !== null) {
      place.next.before = before;
    }
  }
  heapTextFree(place.name);
  place.name = 0n;
  const parent = place.parent;
  place.parent = null;
  if (parent !== null) {
    inodePut(parent);
  }
}

/** The path into `buffer`: its length, 0n if the place says nothing, -ERANGE or -ENOENT. */
export function placePath(place: Ptr<Place>, inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const name: Bytes<256> = zeroed();
  let length: u64 = 0n;
  let parent: Ptr<Inode> | null = null;
  {
    using _guard = lockAcquire(inode.placesLock);
    const text = heapText(place.name);
    length = u64(text.length) < u64(name.length) ? u64(text.length) : u64(name.length);
    copyBytes(elements(name), text.data, length);
    parent = place.parent === null ? null : inodeKeep(place.parent);
  }
  if (parent === null) {
    length = length < buffer.length ? length : buffer.length;
    copyBytes(buffer.data, elements(name), length);
    return i64(length);
  }
  const result = pathBelow(parent, stringOf(elements(name), length), buffer);
  inodePut(parent);
  return result;
}

/** The file has lost a name: whoever opened it by that is told so. */
export function placesLose(inode: Ptr<Inode>, parent: Ptr<Inode>, name: string): void {
  using _guard = lockAcquire(inode.placesLock);
  let place = inode.places;
  while (place !== null) {
    place.isGone = place.isGone || isAt(place, parent, name);
    place = place.next;
  }
}

/** A name of the file has become another one. */
export function placesMove(inode: Ptr<Inode>, from: Ptr<Inode>, name: string, to: Ptr<Inode>, newName: string): void {
  // Parents that lose their last place here are none: the caller has references to both directories.
  using _guard = lockAcquire(inode.placesLock);
  let place = inode.places;
  while (place !== null) {
    const text: VirtAddr = isAt(place, from, name) ? heapTextMake(newName) : 0n;
    if (text !== 0n) {
      heapTextFree(place.name);
      place.name = text;
      place.parent = inodeKeep(to);
      inodePut(from);
    }
    place = place.next;
  }
}

function isAt(place: Ptr<Place>, parent: Ptr<Inode>, name: string): bool {
  const above = place.parent;
  return !place.isGone && above !== null && virtAddr(above) === virtAddr(parent) && heapText(place.name) === name;
}

staticAssert(NAME_MAX < 256, "a name fits where it is copied to");
