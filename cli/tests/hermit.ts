/** Runs the real `bin/hermit` for the tests of the command line interface. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const HERMIT = join(ROOT, "bin/hermit");

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: string;
}

export function hermit(args: readonly string[], { cwd = ROOT, env = {}, command = HERMIT }: Options = {}): Outcome {
  const { NO_COLOR: _, FORCE_COLOR: __, HERMIT_CC: ___, ...inherited } = process.env;
  return spawnSync(command, args, { cwd, env: { ...inherited, ...env }, encoding: "utf8" });
}

/** A folder that disappears with the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermit-cli-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
