/**
 * The folders of the host that language runtimes read besides their libraries: which program, which folders, why. They are exported
 * read-only where they are there (a small file comes as a copy); everything else a program may ask for by --mount.
 *
 * A program is known by the name of its file, or by the libraries that it has. In a folder's name, "@" stands for the prefix that it is installed in (/usr of
 * /usr/bin/python3), "#" for the version at the end of its name (3.11 of python3.11). A name that ends in "/.." begins with a file: meant is
 * the folder where that file really lies.
 */

import { MountError, type MountList } from "../mounts.ts";
import { folderEnd, lastName, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { hostHasFile, hostHasFolder } from "./host-file.ts";
import type { Libraries } from "./libraries.ts";
import { showFile, showOptional, showPath } from "./show-path.ts";
import { versionStart } from "./version.ts";

/** What speaks TLS and checks certificates. */
const TLS = " python node nodejs perl ruby php openssl curl ";

/** What loads BLAS and LAPACK, of which a system may have several: links choose one. */
const LINEAR_ALGEBRA = " python octave-cli ";
const EMACS = " emacs emacs-nox emacs-gtk emacs-lucid ";
const OCAML = " ocaml ocamlrun ocamlc ocamlopt ";
const VIM = " vim vim.basic vim.tiny vim.nox vim.gtk ";
/** What is asked about other terminals than the one that it runs on. */
const TERMINALS = " tput infocmp toe ";
/** cc1, without what looks like a version, and its kin: too large to be looked through for the folders that they name. */
const COMPILERS = " cc cc1plus ";
const JAVA = " java javac jshell jar javap ";

/** What draws text; Graphviz does that by a library that it loads at run time. */
const FONTS = " libfontconfig libgvc ";

class RuntimeFolder {
  /** The file's name without its version, or several ones with blanks between and around them. */
  program!: string;
  folder!: string;
  reason!: string;
}

const FOLDERS: FixedArray<RuntimeFolder, 54> = fixedArray(
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
  { program: TERMINALS, folder: "/etc/terminfo", reason: "terminals" },
  { program: TERMINALS, folder: "/lib/terminfo", reason: "terminals" },
  { program: TERMINALS, folder: "/usr/share/terminfo", reason: "terminals" },
  { program: COMPILERS, folder: "/usr/include", reason: "headers" },
  { program: COMPILERS, folder: "/usr/local/include", reason: "headers" },
  { program: "units", folder: "/var/lib/units", reason: "rates of exchange" },
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
  { program: TLS, folder: "/etc/ssl/openssl.cnf", reason: "settings of OpenSSL" },
  { program: TLS, folder: "/etc/ssl/certs", reason: "certificates of authorities" },
  { program: TLS, folder: "/usr/share/ca-certificates", reason: "certificates of authorities" },
  { program: TLS, folder: "/usr/local/share/ca-certificates", reason: "certificates of authorities" },
);

/** The same for libraries that bring a runtime, or read files themselves, into whatever program has them. */
const OF_LIBRARIES: FixedArray<RuntimeFolder, 34> = fixedArray(
  { program: "libpython", folder: "@/lib/python#", reason: "Python's standard library" },
  { program: "libpython", folder: "@/lib/python3", reason: "Python packages of the distribution" },
  { program: "libpython", folder: "/usr/local/lib/python#", reason: "Python packages installed here" },
  { program: "libperl", folder: "@/share/perl", reason: "Perl's standard library" },
  { program: "libperl", folder: "@/share/perl5", reason: "Perl modules of the distribution" },
  { program: "libperl", folder: "/etc/perl", reason: "Perl's settings" },
  { program: "libruby-", folder: "@/lib/ruby", reason: "Ruby's standard library" },
  { program: "libguile-", folder: "@/share/guile", reason: "Guile's standard library" },
  { program: "libtcl", folder: "@/share/tcltk", reason: "Tcl's library" },
  { program: "libphp", folder: "/etc/php", reason: "PHP's settings" },
  { program: "libphp", folder: "@/lib/php", reason: "PHP's extensions" },
  { program: "libR", folder: "@/lib/R", reason: "R's packages" },
  { program: "libR", folder: "@/share/R", reason: "R's files" },
  { program: "libR", folder: "/etc/R", reason: "R's settings" },
  { program: FONTS, folder: "/etc/fonts", reason: "which fonts there are" },
  { program: FONTS, folder: "@/share/fontconfig", reason: "which fonts there are" },
  { program: FONTS, folder: "@/share/fonts", reason: "fonts" },
  { program: FONTS, folder: "/usr/local/share/fonts", reason: "fonts" },
  { program: FONTS, folder: "/var/cache/fontconfig", reason: "which fonts there are" },
  { program: "libgs", folder: "@/share/ghostscript", reason: "Ghostscript's programs" },
  { program: "libgs", folder: "/var/lib/ghostscript", reason: "Ghostscript's fonts" },
  { program: "libgs", folder: "@/share/color", reason: "profiles of colours" },
  { program: "libgs", folder: "@/share/poppler", reason: "character maps" },
  { program: "libpoppler", folder: "@/share/poppler", reason: "character maps" },
  { program: "libmagic", folder: "@/share/misc", reason: "what files look like" },
  { program: "libmagic", folder: "@/lib/file", reason: "what files look like" },
  { program: "libaspell", folder: "@/lib/aspell", reason: "dictionaries" },
  { program: "libaspell", folder: "/var/lib/aspell", reason: "dictionaries" },
  { program: "libqalculate", folder: "@/share/qalculate", reason: "units and functions" },
  { program: "libMagickCore-6.Q", folder: "/etc/ImageMagick-6", reason: "ImageMagick's settings" },
  { program: "libMagickCore-6.Q", folder: "@/share/ImageMagick-6", reason: "ImageMagick's files" },
  { program: "libpaper", folder: "/etc/papersize", reason: "the size of paper" },
  { program: "libxml", folder: "/etc/xml", reason: "where document types are" },
  { program: "libxml", folder: "@/share/xml", reason: "document types" },
);

const BLANK = 32;
const path: PathText = zeroed();
const real: PathText = zeroed();

/** Exports what the program at `program`, an absolute path, is known to read. */
export function runtimeFoldersShow(list: MountList, program: string): MountError {
  const name = lastName(program);
  const prefix = program.slice(0, folderEnd(program.slice(0, folderEnd(program))));
  return showAll(list, sliceOf(elements(FOLDERS), u64(FOLDERS.length)), prefix, name, false);
}

/** Whether it is known what the program reads: then its text need not be searched for it. */
export function runtimeIsKnown(program: string): bool {
  const name = lastName(program);
  for (const entry of FOLDERS) {
    if (isMeant(entry.program, name.slice(0, versionStart(name)))) return true;
  }
  return false;
}

/** Exports what the program's libraries are known to read. */
export function libraryFoldersShow(list: MountList, libraries: Libraries): MountError {
  const entries = sliceOf(elements(OF_LIBRARIES), u64(OF_LIBRARIES.length));
  let error = MountError.None;
  for (let i: u32 = 0; i < libraries.count && error === MountError.None; i += 1) {
    const name = libraries.found[i].name;
    const place = pathView(libraries.found[i].path);
    const prefix = place.slice(0, find(place, "/lib/"));
    const own = name.slice(0, find(name, ".so"));
    error = showAll(list, entries, prefix === "" ? "/usr" : prefix, own, true);
  }
  return error;
}

/** Exports the folders of the entries that are meant by a name with its version. */
function showAll(
  list: MountList,
  entries: Slice<RuntimeFolder>,
  prefix: string,
  name: string,
  isOptional: bool,
): MountError {
  const version = versionStart(name);
  for (const entry of entries) {
    if (!isMeant(entry.program, name.slice(0, version))) continue;
    pathClear(path);
    for (let j: u32 = 0; j < entry.folder.length; j += 1) {
      const byte = entry.folder.byteAt(j);
      if (byte === 64) pathAdd(path, prefix);
      else if (byte === 35) pathAdd(path, name.slice(version, name.length));
      else pathAdd(path, entry.folder.slice(j, j + 1));
    }
    if (!isThere(entry.folder)) continue;
    if (hostHasFile(path)) {
      const copied = showFile(list, pathView(path), entry.reason);
      if (copied !== MountError.None) return copied;
      continue;
    }
    const error = isOptional
      ? showOptional(list, pathView(path), real, entry.reason)
      : showPath(list, pathView(path), real, entry.reason);
    if (error !== MountError.None) return error;
  }
  return MountError.None;
}

/** Where `part` first stands in the text, or the text's end. */
function find(text: string, part: string): u32 {
  for (let i: u32 = 0; i + part.length <= text.length; i += 1) {
    if (text.slice(i, i + part.length) === part) return i;
  }
  return text.length;
}

/** Whether `path`, which the entry's folder became, is there. */
function isThere(folder: string): bool {
  if (folder.length < 3 || folder.slice(folder.length - 3, folder.length) !== "/..") {
    return hostHasFolder(path) || hostHasFile(path);
  }
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
