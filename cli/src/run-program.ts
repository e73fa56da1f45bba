/** Starts other programs on behalf of the user: same terminal, exit status passed through. */

import { spawnSync } from "node:child_process";
import { accessSync, constants as fileConstants } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { errorCode, UserError } from "./user-error.ts";

const NOT_FOUND_STATUS = 127;

/**
 * Runs a program with our stdin, stdout and stderr. Answers its exit status; 128 + n when signal n ended it, as shells do.
 * `installHint` completes the sentence for a program that is not there.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  installHint: string,
  env: NodeJS.ProcessEnv = process.env,
): number {
  const result = spawnSync(command, args, { stdio: "inherit", env });
  if (errorCode(result.error) === "ENOENT") {
    console.error(`hermit: ${command} was not found; ${installHint}`);
    return NOT_FOUND_STATUS;
  }
  if (result.error) {
    throw new UserError(`${command} could not be started: ${result.error.message}`);
  }
  return result.signal === null ? (result.status ?? 1) : 128 + constants.signals[result.signal];
}

/** Whether the shell would find this program. */
export function isInPath(name: string): boolean {
  const folders = name.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), fileConstants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
