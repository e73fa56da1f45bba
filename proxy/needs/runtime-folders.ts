/**
 * The folders of the host that language runtimes read besides their libraries: which program, which folders, why. They are exported
 * read-only where they are there; everything else a program may ask for by --mount.
 *
 * A program is known by the name of its file. In a folder's name, "@" stands for the prefix that it is installed in (/usr of
 * /usr/bin/python3), "#" for the version at the end of its name (3.11 of python3.11).
 */

import { MountError, type MountList } from "../mounts.ts";
import { hostHasFolder, type PathText, pathAdd, pathClear, pathView } from "./host-file.ts";
import { folderEnd, lastName } from "./libraries.ts";
import { showPath } from "./show-path.ts";

class RuntimeFolder {
  /** The file's name without its version. */
  program!: string;
  folder!: string;
  reason!: string;
}

const FOLDERS: FixedArray<RuntimeFolder, 16> = fixedArray(
  { program: "python", folder: "@/lib/python#", reason: "Python's standard library" },
  { program: "python", folder: "@/lib/python3", reason: "Python packages of the distribution" },
  { program: "python", folder: "/usr/local/lib/python#", reason: "Python packages installed here" },
  { program: "python", folder: "/usr/share/zoneinfo", reason: "time zones for Python" },
  { program: "python", folder: "/usr/share/terminfo", reason: "terminals for Python's prompt" },
  { program: "node", folder: "@/share/nodejs", reason: "modules that the distribution's Node.js loads" },
  { program: "node", folder: "@/lib/node_modules", reason: "modules installed for everybody" },
  { program: "nodejs", folder: "@/share/nodejs", reason: "modules that the distribution's Node.js loads" },
  { program: "perl", folder: "@/share/perl", reason: "Perl's standard library" },
  { program: "perl", folder: "@/share/perl5", reason: "Perl modules of the distribution" },
  { program: "perl", folder: "@/lib/x86_64-linux-gnu", reason: "Perl's compiled modules" },
  { program: "lua", folder: "@/share/lua", reason: "Lua modules" },
  { program: "ruby", folder: "@/lib/ruby", reason: "Ruby's standard library" },
  { program: "guile", folder: "@/share/guile", reason: "Guile's standard library" },
  { program: "tclsh", folder: "@/share/tcltk", reason: "Tcl's library" },
  { program: "sqlite", folder: "/usr/share/terminfo", reason: "terminals for sqlite's prompt" },
);

const path: PathText = zeroed();
const real: PathText = zeroed();

/** Exports what the program at `program`, a path without links, is known to read. */
export function runtimeFoldersShow(list: MountList, program: string): MountError {
  const name = lastName(program);
  const version = versionStart(name);
  const prefix = program.slice(0, folderEnd(program.slice(0, folderEnd(program))));
  for (let i: u32 = 0; i < FOLDERS.length; i += 1) {
    const entry = FOLDERS[i];
    if (entry.program !== name.slice(0, version)) continue;
    pathClear(path);
    for (let j: u32 = 0; j < entry.folder.length; j += 1) {
      const byte = entry.folder.byteAt(j);
      if (byte === 64) pathAdd(path, prefix);
      else if (byte === 35) pathAdd(path, name.slice(version, name.length));
      else pathAdd(path, entry.folder.slice(j, j + 1));
    }
    if (!hostHasFolder(path)) continue;
    const error = showPath(list, pathView(path), real, entry.reason);
    if (error !== MountError.None) return error;
  }
  return MountError.None;
}

/** Where the digits and dots at the end of a name begin. */
function versionStart(name: string): u32 {
  let start = name.length;
  while (start > 0 && isVersionByte(name.byteAt(start - 1))) start -= 1;
  return start;
}

function isVersionByte(byte: u8): bool {
  return byte === 46 || (byte >= 48 && byte <= 57);
}
