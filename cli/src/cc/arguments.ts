/**
 * Reads a gcc command line as far as `hermit cc` must understand it: whether it links an executable, and into which file.
 *
 * gcc is asked nothing and nothing is rewritten: `-static` and our library are added at the end. Whether a link really happened is decided
 * later by looking at the output (cc.ts), so unknown options cannot mislead this.
 */

import { readFileSync } from "node:fs";

/** Options whose value is the next argument, among those where mistaking the value for an option would matter. */
const OPTIONS_WITH_VALUE = new Set(
  "-D -U -I -L -l -include -imacros -isystem -idirafter -iquote -iprefix -isysroot -x -T -u -z -e -MF -MT -MQ -Xlinker -Xassembler -Xpreprocessor -aux-info -wrapper -B -A -G -specs --param".split(
    " ",
  ),
);
/** Options after which gcc does not link, or links something that is not a program. */
const NOT_A_PROGRAM = new Set(["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r", "-shared", "-###"]);
const NO_LIBRARIES = new Set(["-nostdlib", "-nodefaultlibs", "-nolibc"]);
const STATIC_OPTIONS = new Set(["-static", "-static-pie", "--static", "--static-pie"]);
const MAX_RESPONSE_DEPTH = 8;

export interface CompilerCall {
  readonly linksProgram: boolean;
  /** A call without an input (`gcc -v`) must not become a link by a library that is added. */
  readonly linksLibraries: boolean;
  readonly output: string;
  /** What to append so that the result is a HermitCore program. */
  readonly extra: readonly string[];
}

export function readCompilerCall(args: readonly string[]): CompilerCall {
  const words = expandResponseFiles(args, 0);
  let output = "a.out";
  let linksProgram = true;
  let isStatic = false;
  let hasInput = false;
  let wantsLibraries = true;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "-o") {
      index += 1;
      output = words[index] ?? output;
    } else if (word.startsWith("-o") && word.length > 2) {
      output = word.slice(2);
    } else if (OPTIONS_WITH_VALUE.has(word)) {
      index += 1;
    } else if (NOT_A_PROGRAM.has(word)) {
      linksProgram = false;
    } else if (STATIC_OPTIONS.has(word)) {
      isStatic = true;
    } else if (NO_LIBRARIES.has(word)) {
      wantsLibraries = false;
    } else if (word === "-" || !word.startsWith("-")) {
      hasInput = true;
    }
  }
  const linksLibraries = linksProgram && hasInput && wantsLibraries;
  return { linksProgram, linksLibraries, output, extra: linksProgram && !isStatic ? ["-static"] : [] };
}

/** `@file` stands for the words in the file (gcc, "Overall Options"); one that cannot be read stands for itself. */
function expandResponseFiles(args: readonly string[], depth: number): string[] {
  return args.flatMap((word) => {
    if (!word.startsWith("@") || depth >= MAX_RESPONSE_DEPTH) {
      return [word];
    }
    try {
      return expandResponseFiles(splitWords(readFileSync(word.slice(1), "utf8")), depth + 1);
    } catch {
      return [word];
    }
  });
}

/** Words separated by white space, with quotes and backslashes as in a shell without expansion. */
function splitWords(text: string): string[] {
  const pattern = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
  return [...text.matchAll(pattern)].map(([word]) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_, escaped, double, single) =>
      String(escaped ?? double?.replace(/\\(.)/gs, "$1") ?? single),
    ),
  );
}
