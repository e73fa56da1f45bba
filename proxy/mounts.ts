/**
 * What of the host a guest sees, and where: the list of mounts of a run, checked before a machine is made.
 *
 *     --mount HOST:GUEST[:ro|rw]     a folder or file of this host at an absolute path of the guest, read-only unless it says rw
 *     by default                     the working directory at its own path, for reading and writing; not where it is "/", which would
 *                                    be everything
 *
 * Each mount is opened here, once, as a descriptor that only names it (O_PATH): what is checked is what the guest gets. A guest path has
 * no "..", is not "/" and does not lie in /proc, /sys or /dev, which are the guest's own; nor does it have a colon, so that a misspelt
 * mode (":r") does not become part of a name.
 */

import { ModuleMountKind } from "../abi/boot-info.ts";
import { ENAMETOOLONG } from "../abi/errno.ts";
import { NAME_MAX, O_CLOEXEC, O_PATH, S_IFDIR, S_IFMT, S_IFREG, Stat } from "../abi/linux-files.ts";
import { SYS_access, SYS_fstat, SYS_getcwd, SYS_open, SYS_readlink } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { PATH_BYTES, type PathText, pathAdd, pathClear, pathView } from "./path-text.ts";

export const MAX_MOUNT_LIST = 64;
const R_OK = 4n;
const X_OK = 1n;
/** All paths of a run together. */
const TEXT_BYTES = 0x4_0000;

export enum MountError {
  None = 0,
  /** Not HOST:GUEST[:ro|rw]. */
  Malformed = 1,
  /** The host's path cannot be opened: `errno` says why. */
  Unreachable = 2,
  /** Neither a folder nor a regular file. */
  WrongType = 3,
  GuestPathRelative = 4,
  GuestPathDots = 5,
  /** The root, or in one of the guest's own file systems. */
  GuestPathReserved = 6,
  Twice = 7,
  TooMany = 8,
  TooLong = 9,
}

export class Mount {
  kind!: ModuleMountKind;
  isReadOnly!: bool;
  isDirectory!: bool;
  /** Of an export at its own path that nobody asked for by name: a folder above it would do as well. */
  mayBeWider!: bool;
  /** Of an export: it is likely, but not certain, that the program reads it. */
  isOptional!: bool;
  /** Of an export: a descriptor that names it. */
  fd!: i32;
  /** Of an export or a file: where it lies, absolute and without links, with a NUL behind it. Of a link: its target. */
  host!: string;
  /** Of a file: what is in it. */
  contents!: Slice<u8>;
  guest!: string;
  /** Why it is there, for --verbose. */
  reason!: string;
}

export class MountList {
  mounts!: FixedArray<Mount, 64>;
  count!: u32;
  /** As the program shall see it; "": the root. */
  working!: string;
  /** What an error is about. */
  subject!: string;
  errno!: i32;
  text!: Bytes<0x40000>;
  textBytes!: u32;
}

/** Adds what an option asks for. */
export function mountsAddOption(list: MountList, option: string): MountError {
  list.subject = option;
  let end = option.length;
  let isReadOnly = true;
  if (endsWith(option, ":rw") || endsWith(option, ":ro")) {
    isReadOnly = endsWith(option, ":ro");
    end -= 3;
  }
  const cut = guestStart(option, end);
  if (cut === 0) return MountError.Malformed;
  const guest = option.slice(cut + 1, end);
  if (guest.length === 0 || hasColon(guest)) return MountError.Malformed;
  return mountsAddExport(list, option.slice(0, cut), guest, isReadOnly, "asked for");
}

/** Adds a folder or file of the host. */
export function mountsAddExport(
  list: MountList,
  host: string,
  guest: string,
  isReadOnly: bool,
  reason: string,
): MountError {
  const wanted: Wanted = { host, guest, isReadOnly, isPlace: false, reason };
  return addExport(list, wanted);
}

/** Adds a folder or file of the host whose path, absolute and without links, is its path in the guest, too. */
export function mountsAddPlace(list: MountList, path: string, isReadOnly: bool, reason: string): MountError {
  const wanted: Wanted = { host: path, guest: path, isReadOnly, isPlace: true, reason };
  return addExport(list, wanted);
}

class Wanted {
  host!: string;
  guest!: string;
  isReadOnly!: bool;
  /** The host's path is known to be absolute and without links. */
  isPlace!: bool;
  reason!: string;
}

function addExport(list: MountList, wanted: Wanted): MountError {
  const path = tidyPath(list, wanted.guest);
  const wrong = guestPathError(list, wanted.guest, path);
  if (wrong !== MountError.None) return wrong;
  const named = keepText(list, wanted.host);
  if (named.length === 0) return MountError.TooLong;
  const fd = linuxCall(SYS_open, callPointer(named.data), u64(O_PATH | O_CLOEXEC));
  if (fd < 0n) return unreachable(list, fd);
  const stat = new Stat();
  const looked = linuxCall(SYS_fstat, u64(fd), callPointer(stat));
  if (looked < 0n) return unreachable(list, looked);
  const type = stat.st_mode & S_IFMT;
  if (type !== S_IFDIR && type !== S_IFREG) return MountError.WrongType;
  const place = wanted.isPlace ? named : pathOf(list, i32(fd));
  if (place.length === 0) return unreachable(list, i64(-ENAMETOOLONG));
  const mount = next(list, ModuleMountKind.Export, path, wanted.reason);
  if (mount === null) return MountError.TooMany;
  mount.fd = i32(fd);
  mount.host = place;
  mount.isReadOnly = wanted.isReadOnly;
  mount.isDirectory = type === S_IFDIR;
  return MountError.None;
}

/** Adds a symbolic link, unless something is there already. */
export function mountsAddLink(list: MountList, path: string, target: string, reason: string): MountError {
  if (mountsFind(list, path) !== null) return MountError.None;
  const mount = next(list, ModuleMountKind.Link, keepText(list, path), reason);
  if (mount === null) return MountError.TooMany;
  mount.host = keepText(list, target);
  return MountError.None;
}

/** Adds a small file that comes with the boot module, at its own path, unless something shows it already. */
export function mountsAddFile(list: MountList, path: string, contents: Slice<u8>, reason: string): MountError {
  if (mountsFind(list, path) !== null || mountsCover(list, path) !== null) return MountError.None;
  const mount = next(list, ModuleMountKind.File, keepText(list, path), reason);
  if (mount === null) return MountError.TooMany;
  mount.host = mount.guest;
  mount.contents = contents;
  return MountError.None;
}

/** Adds the program's own file, unless an export shows it. */
export function mountsAddProgram(list: MountList, path: string): MountError {
  if (path.length === 0 || mountsCover(list, path) !== null) return MountError.None;
  return next(list, ModuleMountKind.Program, keepText(list, path), "the program") === null
    ? MountError.TooMany
    : MountError.None;
}

/** The working directory, for reading and writing, at its own path; what cannot be exported is left out. */
export function mountsAddWorking(list: MountList): MountError {
  const buffer: Bytes<4096> = zeroed();
  const length = linuxCall(SYS_getcwd, callPointer(elements(buffer)), u64(PATH_BYTES));
  // With its NUL; one that cannot be reached any more has no path that begins with a slash.
  if (length <= 2n || buffer[0] !== 47) return MountError.None;
  const path = keepText(list, stringOf(elements(buffer), u64(length) - 1n));
  if (path.length === 0) return MountError.TooLong;
  list.working = path;
  list.subject = path;
  if (mountsFind(list, path) !== null || isReserved(path) || !isReadable(path)) return MountError.None;
  return mountsAddPlace(list, path, false, "the working directory");
}

const EXPORT_NAME_BYTES = 3;
const EXPORT_NAMES =
  "m00m01m02m03m04m05m06m07m08m09m10m11m12m13m14m15m16m17m18m19m20m21m22m23m24m25m26m27m28m29m30m31m32m33m34m35m36m37m38m39m40m41m42m43m44m45m46m47m48m49m50m51m52m53m54m55m56m57m58m59m60m61m62m63";

/** What guest and server call the export at an index of the list: m00, m01, ... */
export function exportName(index: u32): string {
  return EXPORT_NAMES.slice(EXPORT_NAME_BYTES * index, EXPORT_NAME_BYTES * (index + 1));
}

/** A file server of the same user could not open it otherwise. The path has its NUL. */
export function isReadable(path: string): bool {
  return linuxCall(SYS_access, callPointer(path.data), R_OK | X_OK) === 0n;
}

/** The mount at a path of the guest, or null. */
export function mountsFind(list: MountList, guest: string): Mount | null {
  for (let i: u32 = 0; i < list.count; i += 1) {
    if (list.mounts[i].guest === guest) return list.mounts[i];
  }
  return null;
}

/** The export that shows the host's path under the same path in the guest, or null. */
export function mountsCover(list: MountList, path: string): Mount | null {
  for (let i: u32 = 0; i < list.count; i += 1) {
    const mount = list.mounts[i];
    const isSame = mount.kind === ModuleMountKind.Export && mount.guest === mount.host;
    if (isSame && (path === mount.guest || isBelow(path, mount.guest))) return mount;
  }
  return null;
}

/** Whether `path` lies below the directory `above`. */
export function isBelow(path: string, above: string): bool {
  return path.length > above.length && path.byteAt(above.length) === 47 && path.slice(0, above.length) === above;
}

/** A copy that stays, with a NUL behind it; "": no room. */
export function keepText(list: MountList, text: string): string {
  if (text.length >= PATH_BYTES || text.length + 1 > TEXT_BYTES - list.textBytes) return "";
  const place = elements(list.text).add(list.textBytes);
  copyBytes(place, text.data, u64(text.length));
  place[text.length] = 0;
  list.textBytes += text.length + 1;
  return stringOf(place, text.length);
}

function next(list: MountList, kind: ModuleMountKind, guest: string, reason: string): Mount | null {
  if (list.count === MAX_MOUNT_LIST || guest.length === 0) return null;
  const mount = list.mounts[list.count];
  list.count += 1;
  zero(mount);
  mount.kind = kind;
  mount.fd = -1;
  mount.guest = guest;
  mount.reason = reason;
  return mount;
}

function unreachable(list: MountList, result: i64): MountError {
  list.errno = i32(-result);
  return MountError.Unreachable;
}

/** Where the descriptor's file lies now. */
function pathOf(list: MountList, fd: i32): string {
  const link = `/proc/self/fd/${fd}\0`;
  const buffer: Bytes<4096> = zeroed();
  const length = linuxCall(SYS_readlink, callPointer(link.data), callPointer(elements(buffer)), u64(PATH_BYTES));
  if (length <= 0n || length >= i64(PATH_BYTES)) return "";
  return keepText(list, stringOf(elements(buffer), u64(length)));
}

/** The colon in front of the guest's path, which begins with a slash: the last one that can be it, else the last one; 0: none. */
function guestStart(option: string, end: u32): u32 {
  let last: u32 = 0;
  let lastWithSlash: u32 = 0;
  for (let i: u32 = 1; i < end; i += 1) {
    if (option.byteAt(i) !== 58) continue;
    last = i;
    if (i + 1 < end && option.byteAt(i + 1) === 47) lastWithSlash = i;
  }
  return lastWithSlash === 0 ? last : lastWithSlash;
}

function hasColon(text: string): bool {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (text.byteAt(i) === 58) return true;
  }
  return false;
}

function endsWith(text: string, end: string): bool {
  return text.length >= end.length && text.slice(text.length - end.length, text.length) === end;
}

/** Without doubled slashes, "." and a slash at the end; "": too long, or nothing is left. */
function tidyPath(list: MountList, path: string): string {
  pathClear(tidied);
  let start: u32 = 0;
  while (start < path.length) {
    let end = start;
    while (end < path.length && path.byteAt(end) !== 47) end += 1;
    const name = path.slice(start, end);
    if (name.length > 0 && name !== ".") {
      pathAdd(tidied, "/");
      pathAdd(tidied, name);
    }
    start = end + 1;
  }
  return tidied.isTooLong ? "" : keepText(list, pathView(tidied));
}

const tidied: PathText = zeroed();

function guestPathError(list: MountList, asked: string, path: string): MountError {
  if (asked.length === 0 || asked.byteAt(0) !== 47) return MountError.GuestPathRelative;
  if (asked.length >= u32(PATH_BYTES) || hasLongName(asked)) return MountError.TooLong;
  if (hasDots(path)) return MountError.GuestPathDots;
  if (path.length === 0 || isReserved(path)) return MountError.GuestPathReserved;
  return mountsFind(list, path) === null ? MountError.None : MountError.Twice;
}

/** Names are at most as long as Linux's. */
function hasLongName(path: string): bool {
  let start: u32 = 0;
  for (let i: u32 = 0; i < path.length; i += 1) {
    if (path.byteAt(i) === 47) start = i + 1;
    else if (i - start === NAME_MAX) return true;
  }
  return false;
}

function hasDots(path: string): bool {
  for (let i: u32 = 0; i + 3 <= path.length; i += 1) {
    if (path.slice(i, i + 3) === "/.." && (i + 3 === path.length || path.byteAt(i + 3) === 47)) return true;
  }
  return false;
}

function isReserved(path: string): bool {
  return isIn(path, "/proc") || isIn(path, "/sys") || isIn(path, "/dev");
}

function isIn(path: string, directory: string): bool {
  return path === directory || isBelow(path, directory);
}
