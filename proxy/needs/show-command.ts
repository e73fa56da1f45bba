/** The names under which a program was called: its script, and the links from what was typed to its file. */

import type { Command } from "../command.ts";
import { MountError, type MountList, mountsCover } from "../mounts.ts";
import { folderEnd, type PathText, pathView } from "../path-text.ts";
import { showLinks, showPath } from "./show-path.ts";

const real: PathText = zeroed();

/** `program` is the file without links. A script that no export shows is shown with its folder, read-only. */
export function showCommand(list: MountList, command: Command, program: string): MountError {
  const typed = pathView(command.path);
  // A program that is shown by its own name has the links to it made; the file itself comes with the module.
  if (typed.length > 0 && typed.byteAt(0) === 47 && typed !== program) {
    const linked = showLinks(list, typed, real, "the program");
    if (linked !== MountError.None) return linked;
  }
  const script = pathView(command.script);
  if (script.length === 0 || script.byteAt(0) !== 47 || mountsCover(list, script) !== null) return MountError.None;
  const end = folderEnd(script);
  return end === 0 ? MountError.None : showPath(list, script.slice(0, end), real, "the script's folder");
}
