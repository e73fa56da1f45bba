/**
 * Folders of the host that programs of the system read and that nobody had to list: those with the program's own name, and those that
 * stand in its text. Runtimes, which read more than that, have a table (runtime-folders.ts).
 *
 *     /usr/bin/NAME                  /usr/share/NAME, /usr/lib/NAME, /usr/libexec/NAME, /etc/NAME, /etc/NAME.conf; also without a version at the end of NAME
 *     /usr/lib/NAME/.../program      /usr/lib/NAME
 *     "/usr/share/NAME/..."          as a string in the program or script: /usr/share/NAME and /etc/NAME; and so in /usr/lib, /usr/libexec and /usr/local
 *
 * Text is looked through only of what lies in /usr, where only the system's administrator puts files, and only for folders there, which systems let
 * everybody read: a program from elsewhere cannot ask for anything by what it has in it.
 */

import { isBelow, isReadable, MAX_MOUNT_LIST, MountError, type MountList } from "../mounts.ts";
import { folderEnd, lastName, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { type ElfPart, elfPartsRead } from "./elf-needs.ts";
import { hostHasFile, hostHasFolder } from "./host-file.ts";
import { showFile, showOptional } from "./show-path.ts";
import { versionStart } from "./version.ts";

const SYSTEM = "/usr";
const OWN_REASON = "files of the program";
const NAMED_REASON = "a folder that the program names";
/** Larger ones are runtimes. */
const MAX_TEXT_BYTES = 0x40_0000n;
const MAX_NAME_BYTES = 64;
/** What is left for the folders that come after these. */
const SPARE_MOUNTS = 16;

const PROGRAM_FOLDERS: FixedArray<string, 3> = fixedArray("bin", "sbin", "games");
const OWN_PLACES: FixedArray<string, 3> = fixedArray("/share/", "/lib/", "/libexec/");
const SETTINGS = "/etc/";
const SETTINGS_ENDS: FixedArray<string, 3> = fixedArray(".conf", ".cfg", "rc");
/** Behind "/usr/". */
const NAMED_PLACES: FixedArray<string, 5> = fixedArray("share/", "lib/", "libexec/", "local/share/", "local/lib/");
/** What is large, and for people; catalogues of messages are shown with the locale. */
const NOT_READ: FixedArray<string, 6> = fixedArray("doc", "debug", "man", "info", "locale", "x86_64-linux-gnu");
/** Headers have no folder of a name between. */
const HEADERS = "include";

const wanted: PathText = zeroed();
const real: PathText = zeroed();

/** Exports what has the name of the program or script at `path`. */
export function ownFoldersShow(list: MountList, path: string): MountError {
  const folder = path.slice(0, folderEnd(path));
  if (!isOneOf(elements(PROGRAM_FOLDERS), PROGRAM_FOLDERS.length, lastName(folder))) return homeShow(list, path);
  const above = folder.slice(0, folderEnd(folder));
  const prefix = above === "" ? SYSTEM : above;
  const name = lastName(path);
  const short = name.slice(0, versionStart(name));
  const error = showOwn(list, prefix, name);
  return error === MountError.None && short !== name && short !== "" ? showOwn(list, prefix, short) : error;
}

function showOwn(list: MountList, prefix: string, name: string): MountError {
  for (let i: u32 = 0; i < OWN_PLACES.length; i += 1) {
    const error = showThree(list, prefix, OWN_PLACES[i], name, OWN_REASON);
    if (error !== MountError.None) return error;
  }
  return prefix === SYSTEM ? showSettings(list, name) : MountError.None;
}

/** A folder, or a small file. */
function showSettings(list: MountList, name: string): MountError {
  let error = showThree(list, SETTINGS, name, "", OWN_REASON);
  for (let i: u32 = 0; i < SETTINGS_ENDS.length && error === MountError.None; i += 1) {
    pathClear(wanted);
    pathAdd(wanted, SETTINGS);
    pathAdd(wanted, name);
    pathAdd(wanted, SETTINGS_ENDS[i]);
    if (hostHasFile(wanted)) error = showFile(list, pathView(wanted), OWN_REASON);
  }
  return error;
}

/** A program that lies among its files: /usr/lib/NAME. */
function homeShow(list: MountList, path: string): MountError {
  for (let i: u32 = 1; i < OWN_PLACES.length; i += 1) {
    const start = SYSTEM.length + OWN_PLACES[i].length;
    pathClear(real);
    pathAdd(real, SYSTEM);
    pathAdd(real, OWN_PLACES[i].slice(0, OWN_PLACES[i].length - 1));
    if (!isBelow(path, pathView(real))) continue;
    const name = nameAt(bytesOf(path), u64(start));
    const isFolder = start + name.length < path.length && path.byteAt(start + name.length) === 47;
    return isFolder && !isNotRead(name) ? showThree(list, SYSTEM, OWN_PLACES[i], name, OWN_REASON) : MountError.None;
  }
  return MountError.None;
}

/** Exports the folders that the program or script `file` at `path` names. */
export function namedFoldersShow(list: MountList, path: string, file: Slice<u8>): MountError {
  if (!isBelow(path, SYSTEM)) return MountError.None;
  const isScript = file.length > 1n && at(file, 0n) === 35 && at(file, 1n) === 33;
  return isScript ? showNamedIn(list, file) : showNamedInElf(list, file);
}

/** In the constants; linkers of old put them beside the code, and then there are no others. */
function showNamedInElf(list: MountList, file: Slice<u8>): MountError {
  const parts: FixedArray<ElfPart, 8> = zeroed();
  const count = u32(elfPartsRead(file, sliceOf(elements(parts), u64(parts.length))));
  let hasConstants = false;
  for (let i: u32 = 0; i < count; i += 1) hasConstants = hasConstants || !parts[i].isCode;
  let error = MountError.None;
  for (let i: u32 = 0; i < count && error === MountError.None; i += 1) {
    if (parts[i].isCode !== hasConstants) error = showNamedIn(list, parts[i].bytes);
  }
  return error;
}

function showNamedIn(list: MountList, text: Slice<u8>): MountError {
  if (text.length > MAX_TEXT_BYTES) return MountError.None;
  let error = MountError.None;
  let position = nextSystemPath(text, 0n);
  while (position < text.length && error === MountError.None) {
    error = showNamed(list, text, position);
    position = nextSystemPath(text, position);
  }
  return error;
}

/** Where the next "/usr/" ends, or the end of the text. Only every fifth byte is looked at as long as it is none of these four (Horspool's search). */
function nextSystemPath(text: Slice<u8>, from: u64): u64 {
  let last = from + 4n;
  while (last < text.length) {
    const byte = at(text, last);
    if (byte === 47) {
      if (stringOf(text.data.add(last - 4n), 4n) === SYSTEM) return last + 1n;
      last += 4n;
    } else if (byte === 114) last += 1n;
    else if (byte === 115) last += 2n;
    else if (byte === 117) last += 3n;
    else last += 5n;
  }
  return text.length;
}

/** The folder that the text names behind "/usr/". */
function showNamed(list: MountList, text: Slice<u8>, position: u64): MountError {
  if (startsWith(text, position, HEADERS)) return showThree(list, SYSTEM, "/", HEADERS, NAMED_REASON);
  for (let i: u32 = 0; i < NAMED_PLACES.length; i += 1) {
    const place = NAMED_PLACES[i];
    if (!startsWith(text, position, place)) continue;
    const name = nameAt(text, position + u64(place.length));
    if (name.length === 0 || isNotRead(name)) return MountError.None;
    const error = showThree(list, `${SYSTEM}/`, place, name, NAMED_REASON);
    // Files of such a folder that administrators change are links to there.
    return error === MountError.None ? showThree(list, SETTINGS, name, "", NAMED_REASON) : error;
  }
  return MountError.None;
}

/** Exports the folder whose path is these three in a row, if it is there and may be read. */
function showThree(list: MountList, first: string, second: string, third: string, reason: string): MountError {
  pathClear(wanted);
  pathAdd(wanted, first);
  pathAdd(wanted, second);
  pathAdd(wanted, third);
  const hasRoom = list.count < u32(MAX_MOUNT_LIST - SPARE_MOUNTS);
  if (!hasRoom || !hostHasFolder(wanted) || !isReadable(pathView(wanted))) return MountError.None;
  return showOptional(list, pathView(wanted), real, reason);
}

function startsWith(text: Slice<u8>, position: u64, start: string): bool {
  const length = u64(start.length);
  return position + length <= text.length && stringOf(text.data.add(position), length) === start;
}

/** The name that begins there, as such folders are spelt: no template (%s), no pattern. */
function nameAt(text: Slice<u8>, position: u64): string {
  let length: u64 = 0n;
  while (length < u64(MAX_NAME_BYTES) && position + length < text.length && isNameByte(at(text, position + length))) {
    length += 1n;
  }
  const name = stringOf(text.data.add(position), length);
  return name === "." || name === ".." ? "" : name;
}

function isNameByte(byte: u8): bool {
  const isLetter = (byte | 32) >= 97 && (byte | 32) <= 122;
  return isLetter || (byte >= 48 && byte <= 57) || byte === 45 || byte === 46 || byte === 43 || byte === 95;
}

function isNotRead(name: string): bool {
  return isOneOf(elements(NOT_READ), NOT_READ.length, name);
}

function isOneOf(names: Ptr<string>, count: u32, name: string): bool {
  for (let i: u32 = 0; i < count; i += 1) {
    if (names[i] === name) return true;
  }
  return false;
}
