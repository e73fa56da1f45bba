/**
 * A path of the host as a program in the guest shall find it: what lies there is exported, and the symbolic links on the way are made.
 *
 * Links are followed by hand, name by name, because each must be there in the guest; an export that shows the path already has the links
 * that lie in it.
 */

import {
  isBelow,
  MountError,
  type MountList,
  mountsAddFile,
  mountsAddLink,
  mountsAddPlace,
  mountsCover,
  mountsFind,
} from "../mounts.ts";
import { folderEnd, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { hostHasFile, hostMap, hostReadLink } from "./host-file.ts";

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/** What goes through the boot module: ldconfig's cache of a large system is the largest. */
const MAX_FILE_BYTES = 0x10_0000n;

const file: PathText = zeroed();
const fileReal: PathText = zeroed();
const done: PathText = zeroed();
const target: PathText = zeroed();
const rest: PathText = zeroed();
const scratch: PathText = zeroed();

/**
 * Puts where `path`, which is absolute, really lies into `real`, and adds to the list the links that lead there. MountError.TooLong also stands
 * for links that go in circles.
 */
export function showLinks(list: MountList, path: string, real: PathText, reason: string): MountError {
  pathClear(done);
  pathClear(rest);
  pathAdd(rest, path);
  let links: u32 = 0;
  while (rest.length > 0) {
    const text = pathView(rest);
    const start = nameStart(text);
    const cut = firstName(text);
    if (start === text.length) break;
    if (walkName(text.slice(start, cut))) {
      dropFront(cut);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return MountError.TooLong;
    const added = addLink(list, pathView(scratch), pathView(target), reason);
    if (added !== MountError.None) return added;
    goOnWith(cut);
  }
  pathClear(real);
  pathAdd(real, pathView(done));
  return done.isTooLong || rest.isTooLong || real.isTooLong ? MountError.TooLong : MountError.None;
}

/** One name further from `done`, which has no links, so that ".." is the name before. False: there is a link at `scratch`, to `target`. */
function walkName(name: string): bool {
  if (name === ".") return true;
  if (name === "..") {
    const parent = folderEnd(pathView(done));
    done.length = parent;
    done.bytes[parent] = 0;
    return true;
  }
  pathClear(scratch);
  pathAdd(scratch, pathView(done));
  pathAdd(scratch, "/");
  pathAdd(scratch, name);
  if (hostReadLink(scratch, target)) return false;
  pathClear(done);
  pathAdd(done, pathView(scratch));
  return true;
}

/** The same for what the program may do without: it gives way where there is no room. */
export function showOptional(list: MountList, path: string, real: PathText, reason: string): MountError {
  const before = list.count;
  const error = showPath(list, path, real, reason);
  for (let i = before; i < list.count; i += 1) list.mounts[i].isOptional = list.mounts[i].mayBeWider;
  return error;
}

/** Exports what lies at `path`, read-only at its own place, unless an export shows it already. */
export function showPath(list: MountList, path: string, real: PathText, reason: string): MountError {
  const linked = showLinks(list, path, real, reason);
  if (linked !== MountError.None || real.length === 0) return linked;
  // What the user has mounted at that very place stays.
  if (mountsCover(list, pathView(real)) !== null || mountsFind(list, pathView(real)) !== null) return MountError.None;
  const added = mountsAddPlace(list, pathView(real), true, reason);
  if (added === MountError.None) list.mounts[list.count - 1].mayBeWider = true;
  return added;
}

/** A small file of the host at its own path, as it is now; one that is not there, not readable or not small is left out. */
export function showFile(list: MountList, path: string, reason: string): MountError {
  pathClear(file);
  pathAdd(file, path);
  if (!hostHasFile(file)) return MountError.None;
  const contents = hostMap(file);
  if (contents.length === 0n || contents.length > MAX_FILE_BYTES) return MountError.None;
  const linked = showLinks(list, path, fileReal, reason);
  return linked === MountError.None ? mountsAddFile(list, pathView(fileReal), contents, reason) : linked;
}

/** A link that an export shows need not be made. */
function addLink(list: MountList, path: string, to: string, reason: string): MountError {
  const shown = mountsCover(list, path);
  if (shown !== null && isBelow(path, shown.guest)) return MountError.None;
  return mountsAddLink(list, path, to, reason);
}

/** Where the first name of a path begins, and where it ends. */
function nameStart(path: string): u32 {
  let start: u32 = 0;
  while (start < path.length && path.byteAt(start) === 47) start += 1;
  return start;
}

function firstName(path: string): u32 {
  let end = nameStart(path);
  while (end < path.length && path.byteAt(end) !== 47) end += 1;
  return end;
}

function dropFront(count: u32): void {
  pathClear(scratch);
  pathAdd(scratch, pathView(rest).slice(count, rest.length));
  pathClear(rest);
  pathAdd(rest, pathView(scratch));
}

/** The link's target takes the place of its name; it goes on from the directory that the link is in, or from the root. */
function goOnWith(cut: u32): void {
  pathClear(scratch);
  pathAdd(scratch, pathView(target));
  pathAdd(scratch, pathView(rest).slice(cut, rest.length));
  pathClear(rest);
  pathAdd(rest, pathView(scratch));
  if (target.length > 0 && target.bytes[0] === 47) pathClear(done);
}
