/**
 * What a program that draws on a terminal reads of it: the description that TERM names (terminfo(5)), if one of its libraries is that which
 * reads them. It is one small file, so it comes with the boot module. Programs that load such a library later have the whole folders
 * (runtime-folders.ts).
 */

import { MountError, type MountList } from "../mounts.ts";
import { type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { environmentValue } from "../strings.ts";
import { hostHasFile } from "./host-file.ts";
import type { Libraries } from "./libraries.ts";
import { showFile } from "./show-path.ts";

/** How the names of the libraries begin: ncurses may have terminfo's part in a library of its own, or not. */
const READERS: FixedArray<string, 3> = fixedArray("libtinfo.so", "libncurses.so", "libncursesw.so");
/** Where the library looks, in its order. */
const PLACES: FixedArray<string, 4> = fixedArray(
  "/etc/terminfo/",
  "/lib/terminfo/",
  "/usr/share/terminfo/",
  "/usr/lib/terminfo/",
);
const REASON = "the terminal";
const SLASH = 47;

const path: PathText = zeroed();

/** Shows the description of the terminal to a program that draws on it. */
export function terminalShow(list: MountList, libraries: Libraries, environment: Ptr<u64>): MountError {
  const terminal = environmentValue(environment, "TERM");
  if (terminal.length === 0 || terminal.byteAt(0) === SLASH || !readsDescriptions(libraries)) return MountError.None;
  for (let i: u32 = 0; i < PLACES.length; i += 1) {
    pathClear(path);
    pathAdd(path, PLACES[i]);
    pathAdd(path, terminal.slice(0, 1));
    pathAdd(path, "/");
    pathAdd(path, terminal);
    if (!path.isTooLong && hostHasFile(path)) return showFile(list, pathView(path), REASON);
  }
  return MountError.None;
}

function readsDescriptions(libraries: Libraries): bool {
  for (let i: u32 = 0; i < libraries.count; i += 1) {
    const name = libraries.found[i].name;
    for (let j: u32 = 0; j < READERS.length; j += 1) {
      const start = READERS[j];
      if (name.length >= start.length && name.slice(0, start.length) === start) return true;
    }
  }
  return false;
}
