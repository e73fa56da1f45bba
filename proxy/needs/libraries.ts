/**
 * The interpreter and the libraries of a dynamically linked program, found on the host as its own loader will find them (ld.so(8)), so that
 * what is missing is named before a machine is made, and the folders where they lie can be exported.
 *
 * What LD_PRELOAD names comes first. Order for each name: RPATH of the object (where it has no RUNPATH) and of the program,
 * LD_LIBRARY_PATH, RUNPATH, the cache of ldconfig, the folders that loaders know. musl's loader has no cache and other folders.
 */

import { MountError, type MountList } from "../mounts.ts";
import { folderEnd, lastName, PATH_BYTES, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { environmentValue } from "../strings.ts";
import { type ElfNeeds, elfNeedsRead } from "./elf-needs.ts";
import { hostHasFile, hostMap } from "./host-file.ts";
import { cacheFind } from "./library-cache.ts";
import { showFile, showLinks, showPath } from "./show-path.ts";

export const MAX_LIBRARIES = 256;
const GLIBC_FOLDERS = "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib";
const MUSL_FOLDERS = "/lib:/usr/local/lib:/usr/lib";
const REASON = "the program's libraries";
const CACHE = "/etc/ld.so.cache";
const CACHE_REASON = "where libraries are";

export enum NeedError {
  None = 0,
  /** PT_INTERP names a file that is not there: `name`. */
  NoInterpreter = 1,
  /** `name` is nowhere; `wantedBy` needs it. */
  NoLibrary = 2,
  TooMany = 3,
  /** The list of mounts has no room or a path is too long. */
  Mount = 4,
}

class Library {
  name!: string;
  /** As it was found, for the loader finds it so, too. */
  path!: PathText;
}

export class Libraries {
  found!: FixedArray<Library, 256>;
  count!: u32;
  isMusl!: bool;
  /** The libraries are only to be named: no folder is exported for them. */
  isPlan!: bool;
  /** More is shown than what programs need as a rule. */
  isCacheWanted!: bool;
  /** A library is found by the cache of ldconfig alone. */
  isCacheNeeded!: bool;
  name!: string;
  wantedBy!: string;
  mountError!: MountError;
}

const needs: ElfNeeds = zeroed();
const programNeeds: ElfNeeds = zeroed();
const candidate: PathText = zeroed();
const real: PathText = zeroed();
const folderPlace: PathText = zeroed();
/** The folders of the library before: as it was found, and where it really lies. */
const askedFolder: PathText = zeroed();
const realFolder: PathText = zeroed();
let cache: Slice<u8> = zeroed();
let hasCache = false;

/** Finds everything that the program, `file` at `path`, needs, and exports where it lies. */
export function librariesFind(
  libraries: Libraries,
  list: MountList,
  file: Slice<u8>,
  path: string,
  environment: Ptr<u64>,
): NeedError {
  elfNeedsRead(file, programNeeds);
  if (programNeeds.interpreter.length === 0) return NeedError.None;
  libraries.isMusl = isMuslLoader(programNeeds.interpreter);
  libraries.name = programNeeds.interpreter;
  pathClear(candidate);
  pathAdd(candidate, programNeeds.interpreter);
  if (!hostHasFile(candidate)) return NeedError.NoInterpreter;
  let error = take(libraries, list, "");
  if (error === NeedError.None) error = findPreloaded(libraries, list, path, environment);
  if (error === NeedError.None) error = findAll(libraries, list, programNeeds, path, environment);
  if (error === NeedError.None) error = findFrom(0, libraries, list, environment);
  return error === NeedError.None ? showCache(libraries, list) : error;
}

/**
 * The cache itself is for glibc's loader, where it could find by it alone what is shown: a library that the program needs, or one in a folder that
 * somebody asked for. Others do without its pages.
 */
function showCache(libraries: Libraries, list: MountList): NeedError {
  if (libraries.isMusl || !(libraries.isCacheWanted || libraries.isCacheNeeded)) return NeedError.None;
  libraries.mountError = showFile(list, CACHE, CACHE_REASON);
  return libraries.mountError === MountError.None ? NeedError.None : NeedError.Mount;
}

/**
 * Finds what a shared object needs that the same program loads at run time, besides what is found already. An object whose libraries are not
 * there cannot be loaded on this host either, so that is no error.
 */
export function librariesFindFor(
  libraries: Libraries,
  list: MountList,
  path: string,
  environment: Ptr<u64>,
): NeedError {
  pathClear(candidate);
  pathAdd(candidate, path);
  const first = libraries.count;
  elfNeedsRead(hostMap(candidate), needs);
  const error = findAll(libraries, list, needs, path, environment);
  const more = error === NeedError.None ? findFrom(first, libraries, list, environment) : error;
  return more === NeedError.NoLibrary ? NeedError.None : more;
}

/** LD_PRELOAD, whose names stand apart by spaces or colons. The loader goes on without one that is not there, and says so itself. */
function findPreloaded(libraries: Libraries, list: MountList, path: string, environment: Ptr<u64>): NeedError {
  const names = environmentValue(environment, "LD_PRELOAD");
  let start: u32 = 0;
  let error = NeedError.None;
  while (start < names.length && error === NeedError.None) {
    let end = start;
    while (end < names.length && names.byteAt(end) !== 32 && names.byteAt(end) !== 58) end += 1;
    const name = names.slice(start, end);
    if (end > start && !isKnown(libraries, name) && find(libraries, programNeeds, name, path, environment)) {
      error = take(libraries, list, name);
    }
    start = end + 1;
  }
  return error;
}

/** Libraries need libraries: the list grows while it is gone through. The first entry is the interpreter. */
function findFrom(first: u32, libraries: Libraries, list: MountList, environment: Ptr<u64>): NeedError {
  let error = NeedError.None;
  for (let i = first; i < libraries.count && error === NeedError.None; i += 1) {
    const library = libraries.found[i].path;
    elfNeedsRead(hostMap(library), needs);
    error = findAll(libraries, list, needs, pathView(library), environment);
  }
  return error;
}

function findAll(
  libraries: Libraries,
  list: MountList,
  wanted: ElfNeeds,
  wantedBy: string,
  environment: Ptr<u64>,
): NeedError {
  for (let i: u32 = 0; i < wanted.neededCount; i += 1) {
    const name = wanted.needed[i];
    if (name.length === 0 || isKnown(libraries, name)) continue;
    if (!find(libraries, wanted, name, wantedBy, environment)) {
      libraries.name = name;
      libraries.wantedBy = wantedBy;
      return NeedError.NoLibrary;
    }
    const error = take(libraries, list, name);
    if (error !== NeedError.None) return error;
  }
  return NeedError.None;
}

/** Loaders load a name once; the loader itself is a library, too. */
function isKnown(libraries: Libraries, name: string): bool {
  for (let i: u32 = 0; i < libraries.count; i += 1) {
    if (libraries.found[i].name === name) return true;
  }
  return libraries.isMusl ? name === "libc.so" : name === lastName(programNeeds.interpreter);
}

/** Puts the library's path into `candidate`. */
function find(libraries: Libraries, wanted: ElfNeeds, name: string, wantedBy: string, environment: Ptr<u64>): bool {
  if (indexOf(name, 47) < name.length) {
    pathClear(candidate);
    pathAdd(candidate, name);
    return hostHasFile(candidate);
  }
  if (wanted.runpath.length === 0) {
    if (findIn(wanted.rpath, name, wantedBy)) return true;
    if (programNeeds.runpath.length === 0 && findIn(programNeeds.rpath, name, wantedBy)) return true;
  }
  if (findIn(environmentValue(environment, "LD_LIBRARY_PATH"), name, wantedBy)) return true;
  if (findIn(wanted.runpath, name, wantedBy)) return true;
  if (libraries.isMusl) return findIn(MUSL_FOLDERS, name, wantedBy);
  if (!findInCache(name)) return findIn(GLIBC_FOLDERS, name, wantedBy);
  const path = pathView(candidate);
  libraries.isCacheNeeded = libraries.isCacheNeeded || !isAmong(path.slice(0, folderEnd(path)), GLIBC_FOLDERS);
  return true;
}

/** Whether a folder is one of several that are separated by colons. */
function isAmong(folder: string, folders: string): bool {
  let start: u32 = 0;
  while (start < folders.length) {
    const end = start + indexOf(folders.slice(start, folders.length), 58);
    if (folders.slice(start, end) === folder) return true;
    start = end + 1;
  }
  return false;
}

function findInCache(name: string): bool {
  if (!hasCache) {
    pathClear(candidate);
    pathAdd(candidate, CACHE);
    cache = hostMap(candidate);
    hasCache = true;
  }
  pathClear(candidate);
  pathAdd(candidate, cacheFind(cache, name));
  return candidate.length > 0 && hostHasFile(candidate);
}

/** Looks in folders that are separated by colons; $ORIGIN is the folder of the object that asks. */
function findIn(folders: string, name: string, wantedBy: string): bool {
  let start: u32 = 0;
  while (start < folders.length) {
    let end = start;
    while (end < folders.length && folders.byteAt(end) !== 58) end += 1;
    if (end > start) {
      pathClear(candidate);
      addExpanded(candidate, folders.slice(start, end), wantedBy);
      pathAdd(candidate, "/");
      pathAdd(candidate, name);
      if (hostHasFile(candidate)) return true;
    }
    start = end + 1;
  }
  return false;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how ld.so(8) spells it
const ORIGINS: FixedArray<string, 2> = fixedArray("$ORIGIN", "${ORIGIN}");

function addExpanded(path: PathText, text: string, wantedBy: string): void {
  let i: u32 = 0;
  while (i < text.length) {
    const length = originAt(text, i);
    pathAdd(path, length > 0 ? wantedBy.slice(0, folderEnd(wantedBy)) : text.slice(i, i + 1));
    i += length > 0 ? length : 1;
  }
}

/** Bytes of "$ORIGIN" in either form, if it stands there. */
function originAt(text: string, start: u32): u32 {
  for (let i: u32 = 0; i < ORIGINS.length; i += 1) {
    const length = ORIGINS[i].length;
    if (text.length - start >= length && text.slice(start, start + length) === ORIGINS[i]) return length;
  }
  return 0;
}

/** Remembers `candidate` and exports its folder, and what its links lead to. */
function take(libraries: Libraries, list: MountList, name: string): NeedError {
  if (libraries.count === MAX_LIBRARIES) return NeedError.TooMany;
  const library = libraries.found[libraries.count];
  libraries.count += 1;
  library.name = name;
  pathClear(library.path);
  pathAdd(library.path, pathView(candidate));
  const path = pathView(library.path);
  if (path.byteAt(0) !== 47 || libraries.isPlan) return NeedError.None;
  let error = MountError.None;
  // Where the loader is looked for is often a folder of one link; where libraries are, the folder has the links in it.
  if (name.length > 0) error = showFolder(list, path, askedFolder);
  if (error === MountError.None) error = showLinks(list, path, real, REASON);
  if (error === MountError.None) error = showFolder(list, pathView(real), realFolder);
  libraries.mountError = error;
  return error === MountError.None ? NeedError.None : NeedError.Mount;
}

/** Exports the folder that a file lies in, but never the root. Most libraries lie where the last one did, `shown`, and that is there. */
function showFolder(list: MountList, path: string, shown: PathText): MountError {
  const folder = path.slice(0, folderEnd(path));
  if (folder.length === 0 || folder === pathView(shown)) return MountError.None;
  pathClear(shown);
  pathAdd(shown, folder);
  return showPath(list, pathView(shown), folderPlace, REASON);
}

function indexOf(text: string, byte: u8): u32 {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (text.byteAt(i) === byte) return i;
  }
  return text.length;
}

function isMuslLoader(path: string): bool {
  const name = lastName(path);
  return name.length > 7 && name.slice(0, 7) === "ld-musl";
}

staticAssert(PATH_BYTES === 4096, "a Library holds the longest path");
