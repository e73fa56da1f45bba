/** A program by its name, found as execvp(3) finds it: in the folders of PATH, a regular file that may be executed. */

import { EACCES, ENOENT } from "../abi/errno.ts";
import { SYS_faccessat } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { hostHasFile } from "./needs/host-file.ts";
import { type PathText, pathAdd, pathClear } from "./path-text.ts";
import { environmentValue } from "./strings.ts";

const X_OK = 1;
const AT_FDCWD = -100;
/** Entries of PATH that are looked at. */
const MAX_PATH_ENTRIES = 256;

/** Puts where the program lies into `path`; false with `error` set to -ENOENT, or to -EACCES if something of the name may not be executed. */
export function findProgram(name: string, environment: Ptr<u64>, path: PathText, error: Ptr<i32>): bool {
  error.value = -ENOENT;
  if (hasSlash(name)) return isExecutableIn("", name, path, error);
  const folders = environmentValue(environment, "PATH");
  let start: u32 = 0;
  for (let entry: u32 = 0; entry < MAX_PATH_ENTRIES && start <= folders.length; entry += 1) {
    let end = start;
    while (end < folders.length && folders.byteAt(end) !== 0x3a) end += 1;
    if (isExecutableIn(folders.slice(start, end), name, path, error)) return true;
    start = end + 1;
  }
  return false;
}

export function hasSlash(text: string): bool {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (text.byteAt(i) === 0x2f) return true;
  }
  return false;
}

/** An empty folder is the working directory. */
function isExecutableIn(folder: string, name: string, path: PathText, error: Ptr<i32>): bool {
  pathClear(path);
  pathAdd(path, folder);
  if (folder.length > 0) pathAdd(path, "/");
  pathAdd(path, name);
  if (path.isTooLong) return false;
  const place = callPointer(elements(path.bytes));
  const result = linuxCall(SYS_faccessat, u64.wrap(AT_FDCWD), place, u64(X_OK));
  if (result === 0n && hostHasFile(path)) return true;
  // A folder of the name may be entered, not executed.
  if (result === 0n || result === i64(-EACCES)) error.value = -EACCES;
  return false;
}
