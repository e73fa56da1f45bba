/** `hermit build`: a TypeScript program becomes a static Linux ELF, by btsc with the application profile. */

import { existsSync, statSync } from "node:fs";
import { BTSC, TSX } from "./paths.ts";
import { runProgram } from "./run-program.ts";
import { UserError } from "./user-error.ts";

export interface BuildOptions {
  readonly output: string;
  readonly checked: boolean;
  readonly sanitize: boolean;
}

/** Answers the exit status of btsc. */
export function buildProgram(source: string, options: BuildOptions): number {
  const file = statSync(source, { throwIfNoEntry: false });
  if (!file) {
    throw new UserError(`${source} does not exist; give the path of a TypeScript file`);
  }
  if (!file.isFile()) {
    throw new UserError(`${source} is not a file; give the path of a TypeScript file`);
  }
  if (!existsSync(TSX)) {
    throw new UserError("the compiler's npm packages are not installed; run `npm ci` in the repository");
  }
  const flags = [...(options.checked ? ["--checked"] : []), ...(options.sanitize ? ["--sanitize"] : [])];
  const command = ["build", source, "--target", "app", "-o", options.output, ...flags];
  return runProgram(process.execPath, ["--import", TSX, BTSC, ...command], "reinstall Node.js");
}
