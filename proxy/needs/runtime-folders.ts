/**
 * The folders of the host that language runtimes read besides their libraries: which program, which folders, why. They are exported
 * read-only where they are there; everything else a program may ask for by --mount.
 *
 * A program is known by the name of its file. In a folder's name, "@" stands for the prefix that it is installed in (/usr of
 * /usr/bin/python3), "#" for the version at the end of its name (3.11 of python3.11). A name that ends in "/.." begins with a file: meant is
 * the folder where that file really lies.
 */

import { MountError, type MountList } from "../mounts.ts";
import { folderEnd, lastName, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { hostHasFile, hostHasFolder } from "./host-file.ts";
import { showFile, showPath } from "./show-path.ts";

/** What speaks TLS and checks certificates. */
const TLS = " python node nodejs perl ruby php openssl curl ";

/** What loads BLAS and LAPACK, of which a system may have several: links choose one. */
const LINEAR_ALGEBRA = " python octave-cli ";
const EMACS = " emacs emacs-nox emacs-gtk emacs-lucid ";
const OCAML = " ocaml ocamlrun ocamlc ocamlopt ";
const VIM = " vim vim.basic vim.tiny vim.nox vim.gtk ";
const JAVA = " java javac jshell jar javap ";

class RuntimeFolder {
  /** The file's name without its version, or several ones with blanks between and around them. */
  program!: string;
  folder!: string;
  reason!: string;
}

const FOLDERS: FixedArray<RuntimeFolder, 47> = fixedArray(
  { program: "python", folder: "@/lib/python#", reason: "Python's standard library" },
  { program: "python", folder: "@/lib/python3", reason: "Python packages of the distribution" },
  { program: "python", folder: "/usr/local/lib/python#", reason: "Python packages installed here" },
  { program: " python php tclsh ", folder: "/usr/share/zoneinfo", reason: "its time zones" },
  { program: " python sqlite lua ", folder: "/usr/share/terminfo", reason: "terminals for its prompt" },
  { program: " python sqlite lua ", folder: "/usr/lib/terminfo", reason: "terminals for its prompt" },
  { program: " node nodejs ", folder: "@/share/nodejs", reason: "modules that the distribution's Node.js loads" },
  { program: "node", folder: "@/lib/node_modules", reason: "modules installed for everybody" },
  { program: "perl", folder: "@/share/perl", reason: "Perl's standard library" },
  { program: "perl", folder: "@/share/perl5", reason: "Perl modules of the distribution" },
  { program: "perl", folder: "@/lib/x86_64-linux-gnu/perl", reason: "Perl's compiled modules" },
  { program: "perl", folder: "@/lib/x86_64-linux-gnu/perl-base", reason: "Perl's compiled modules" },
  { program: "perl", folder: "@/lib/x86_64-linux-gnu/perl5", reason: "Perl's compiled modules" },
  { program: "lua", folder: "@/share/lua", reason: "Lua modules" },
  { program: "ruby", folder: "@/lib/ruby", reason: "Ruby's standard library" },
  { program: "guile", folder: "@/share/guile", reason: "Guile's standard library" },
  { program: "guile", folder: "@/lib/x86_64-linux-gnu/guile", reason: "Guile's compiled library" },
  { program: "tclsh", folder: "@/share/tcltk", reason: "Tcl's library" },
  { program: JAVA, folder: "@/lib", reason: "Java's machine and modules" },
  { program: JAVA, folder: "@/conf", reason: "Java's settings" },
  { program: JAVA, folder: "@/lib/jvm.cfg/..", reason: "Java's settings" },
  { program: JAVA, folder: "@/lib/security/cacerts/..", reason: "certificates for Java" },
  { program: "php", folder: "/etc/php", reason: "PHP's settings" },
  { program: "php", folder: "@/lib/php", reason: "PHP's extensions" },
  { program: "php", folder: "@/share/php", reason: "PHP's library" },
  { program: "octave-cli", folder: "@/share/octave", reason: "Octave's functions" },
  { program: "gnuplot", folder: "@/share/gnuplot", reason: "gnuplot's files" },
  { program: "gawk", folder: "@/share/awk", reason: "gawk's library" },
  { program: "gawk", folder: "@/lib/x86_64-linux-gnu/gawk", reason: "gawk's extensions" },
  { program: "file", folder: "@/share/misc", reason: "what files look like" },
  { program: "file", folder: "@/lib/file", reason: "what files look like" },
  { program: EMACS, folder: "@/share/emacs", reason: "Emacs' own programs" },
  { program: EMACS, folder: "/etc/emacs", reason: "Emacs' settings" },
  { program: EMACS, folder: "@/share/emacsen-common", reason: "Emacs' own programs" },
  { program: EMACS, folder: "@/lib/emacs", reason: "Emacs' compiled programs" },
  { program: EMACS, folder: "@/libexec/emacs", reason: "Emacs' image" },
  { program: VIM, folder: "@/share/vim", reason: "Vim's scripts" },
  { program: OCAML, folder: "@/lib/ocaml", reason: "OCaml's standard library" },
  { program: "git", folder: "@/share/git-core", reason: "Git's templates" },
  { program: " mono mono-sgen ", folder: "@/lib/mono", reason: "Mono's libraries" },
  { program: " mono mono-sgen ", folder: "/etc/mono", reason: "Mono's settings" },
  { program: "sbcl", folder: "@/lib/sbcl", reason: "SBCL's image" },
  { program: LINEAR_ALGEBRA, folder: "/etc/alternatives", reason: "which BLAS and LAPACK the system uses" },
  { program: TLS, folder: "/usr/lib/ssl", reason: "settings of OpenSSL" },
  { program: TLS, folder: "/etc/ssl/certs", reason: "certificates of authorities" },
  { program: TLS, folder: "/usr/share/ca-certificates", reason: "certificates of authorities" },
  { program: TLS, folder: "/usr/local/share/ca-certificates", reason: "certificates of authorities" },
);

/** A file of the same kind, small enough for the boot module. */
const TLS_SETTINGS = "/etc/ssl/openssl.cnf";

const BLANK = 32;
const path: PathText = zeroed();
const real: PathText = zeroed();

/** Exports what the program at `program`, a path without links, is known to read. */
export function runtimeFoldersShow(list: MountList, program: string): MountError {
  const name = lastName(program);
  const version = versionStart(name);
  const prefix = program.slice(0, folderEnd(program.slice(0, folderEnd(program))));
  for (let i: u32 = 0; i < FOLDERS.length; i += 1) {
    const entry = FOLDERS[i];
    if (!isMeant(entry.program, name.slice(0, version))) continue;
    pathClear(path);
    for (let j: u32 = 0; j < entry.folder.length; j += 1) {
      const byte = entry.folder.byteAt(j);
      if (byte === 64) pathAdd(path, prefix);
      else if (byte === 35) pathAdd(path, name.slice(version, name.length));
      else pathAdd(path, entry.folder.slice(j, j + 1));
    }
    if (!isThere(entry.folder)) continue;
    const error = showPath(list, pathView(path), real, entry.reason);
    if (error !== MountError.None) return error;
  }
  return isMeant(TLS, name.slice(0, version)) ? showFile(list, TLS_SETTINGS, "settings of OpenSSL") : MountError.None;
}

/** Whether `path`, which the entry's folder became, is there. */
function isThere(folder: string): bool {
  if (folder.length < 3 || folder.slice(folder.length - 3, folder.length) !== "/..") return hostHasFolder(path);
  pathClear(real);
  pathAdd(real, pathView(path).slice(0, path.length - 3));
  return hostHasFile(real);
}

/** Whether the name is the entry's only one, or stands between two blanks of it. */
function isMeant(programs: string, name: string): bool {
  if (programs === name) return true;
  for (let i: u32 = 1; i + name.length < programs.length; i += 1) {
    const isWord = programs.byteAt(i - 1) === BLANK && programs.byteAt(i + name.length) === BLANK;
    if (isWord && name.length > 0 && programs.slice(i, i + name.length) === name) return true;
  }
  return false;
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
