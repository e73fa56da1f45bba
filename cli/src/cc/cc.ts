/**
 * `hermit cc`, `hermit c++`, `hermit fc`: the system's compilers, with what makes the result a HermitCore program: linked statically,
 * EI_OSABI 0x42. `__hermit__` is defined, `<hermit/syscall.h>` is found, and libhermit.a is linked behind the program's own libraries.
 *
 * Static glibc has had pthreads in libc.a since 2.34, so `-static` is all that threads, OpenMP and exceptions need in C and C++;
 * languages.ts says what Fortran needs besides.
 */

import { existsSync, statSync } from "node:fs";
import { INCLUDE, LIBRARIES } from "../paths.ts";
import { runProgram } from "../run-program.ts";
import { type CompilerCall, readCompilerCall } from "./arguments.ts";
import { markExecutable } from "./elf.ts";
import type { Language } from "./languages.ts";

const DEFINITIONS = ["-D__hermit__=1", "-isystem", INCLUDE];

/** Answers the exit status of the compiler. */
export function compile(language: Language, args: readonly string[]): number {
  const compiler = process.env[language.variable] || language.compiler;
  const call = readCompilerCall(args);
  const before = fingerprint(call.output);
  const hint =
    compiler === language.compiler
      ? `install it with: sudo apt-get install ${language.packages}`
      : `${language.variable} names it; install it or name another compiler`;
  const status = runProgram(compiler, [...DEFINITIONS, ...args, ...call.extra, ...librariesOf(language, call)], hint);
  // A call like `hermit cc --version` links nothing: only a file that this call wrote is marked.
  const after = fingerprint(call.output);
  if (status === 0 && call.linksProgram && after !== undefined && after !== before) {
    markExecutable(call.output);
  }
  return status;
}

/** Behind everything else, so that whatever the program brings itself comes first. */
function librariesOf(language: Language, call: CompilerCall): string[] {
  if (!call.linksLibraries) {
    return [];
  }
  const wanted = (language.wanted ?? []).map((name) => `-Wl,--undefined=${name}`);
  return existsSync(`${LIBRARIES}/libhermit.a`) ? [...wanted, `-L${LIBRARIES}`, "-lhermit"] : wanted;
}

function fingerprint(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false, bigint: true });
  return file && `${file.ino} ${file.size} ${file.mtimeNs}`;
}
