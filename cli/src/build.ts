/**
 * `hermit build`: a TypeScript program becomes a static Linux ELF, by btsc with the application profile.
 *
 * btsc writes the C text beside its result and keeps a cache. The first is done in a temporary folder here and the second in this
 * installation, so that a user finds the program and nothing else.
 */

import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getSystemErrorMap } from "node:util";
import { BTSC, IS_REPOSITORY, ROOT, TSX } from "./paths.ts";
import { runProgram } from "./run-program.ts";
import { UserError } from "./user-error.ts";

const TYPESCRIPT = /\.[cm]?ts$/;

export interface BuildOptions {
  readonly output: string;
  readonly checked: boolean;
}

/** Answers the exit status of btsc. */
export function buildProgram(source: string, { output, checked }: BuildOptions): number {
  checkSource(source);
  checkOutput(source, output);
  if (!IS_REPOSITORY) {
    throw new UserError(
      "the TypeScript compiler is not part of this installation; use `bin/hermit build` in the repository",
    );
  }
  if (!existsSync(TSX)) {
    throw new UserError("the compiler's npm packages are not installed; run `npm ci` in the repository");
  }
  const folder = mkdtempSync(join(tmpdir(), "hermit-build-"));
  try {
    const result = join(folder, "program");
    const flags = checked ? ["--checked"] : [];
    const command = ["--import", TSX, BTSC, "build", source, "--target", "app", "-o", result, ...flags];
    const env = { ...process.env, BTSC_CACHE: `${ROOT}/build/.cache/btsc` };
    const status = runProgram(process.execPath, command, "reinstall Node.js", env);
    if (status === 0) {
      deliver(result, output);
    }
    return status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkSource(source: string): void {
  const file = statSync(source, { throwIfNoEntry: false });
  if (!file) {
    throw new UserError(`${source} does not exist; give the path of a TypeScript file`);
  }
  if (!file.isFile()) {
    throw new UserError(`${source} is not a file; give the path of a TypeScript file`);
  }
  if (!TYPESCRIPT.test(source)) {
    throw new UserError(`${source} is not a TypeScript file (.ts); \`hermit cc\` compiles C`);
  }
}

/** What can be known before the compiler works for nothing. */
function checkOutput(source: string, output: string): void {
  const folder = dirname(output);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`there is no folder ${folder} for the program; make it or choose another file with -o`);
  }
  const file = statSync(output, { throwIfNoEntry: false, bigint: true });
  if (file?.isDirectory()) {
    throw new UserError(`${output} is a folder; name the file to write with -o`);
  }
  const from = statSync(source, { bigint: true });
  if (file && file.ino === from.ino && file.dev === from.dev) {
    throw new UserError(`${output} is the source itself; choose another file with -o`);
  }
}

function deliver(result: string, output: string): void {
  try {
    // A program that is running must not be overwritten; replacing its file is allowed.
    rmSync(output, { force: true });
    copyFileSync(result, output);
    chmodSync(output, 0o755);
  } catch (error) {
    throw new UserError(`${output} cannot be written: ${reason(error)}; choose another file with -o`, {
      cause: error,
    });
  }
}

/** What a failed system call says to people. */
function reason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}
