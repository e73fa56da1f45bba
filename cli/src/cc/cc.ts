/**
 * `hermit cc`: the system's compiler, with what makes the result a HermitCore program: linked statically, EI_OSABI 0x42.
 *
 * HERMIT_CC names another compiler (musl-gcc, g++, gfortran, clang): all of them take the same options here.
 */

import { statSync } from "node:fs";
import { runProgram } from "../run-program.ts";
import { readCompilerCall } from "./arguments.ts";
import { markExecutable } from "./elf.ts";

const DEFAULT_COMPILER = "gcc";
const INSTALL_DEFAULT = "install it with: sudo apt-get install gcc libc6-dev";
const CHECK_VARIABLE = "HERMIT_CC names it; install it or name another compiler";

/** Answers the exit status of the compiler. */
export function compile(args: readonly string[]): number {
  const compiler = process.env.HERMIT_CC || DEFAULT_COMPILER;
  const call = readCompilerCall(args);
  const before = fingerprint(call.output);
  const hint = compiler === DEFAULT_COMPILER ? INSTALL_DEFAULT : CHECK_VARIABLE;
  const status = runProgram(compiler, [...args, ...call.extra], hint);
  // A call like `hermit cc --version` links nothing: only a file that this call wrote is marked.
  const after = fingerprint(call.output);
  if (status === 0 && call.linksProgram && after !== undefined && after !== before) {
    markExecutable(call.output);
  }
  return status;
}

function fingerprint(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false, bigint: true });
  return file && `${file.ino} ${file.size} ${file.mtimeNs}`;
}
