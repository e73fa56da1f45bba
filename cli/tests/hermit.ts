/** Runs the real `bin/hermit` for the tests of the command line interface. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
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

/** What a developer's shell may have set and a test must not depend on. */
const CLEARED = new Set([
  "NO_COLOR",
  "FORCE_COLOR",
  "HERMIT_CC",
  "HERMIT_CXX",
  "HERMIT_FC",
  "HERMIT_GO",
  "HERMIT_GCCGO",
  "GOFLAGS",
  "CGO_ENABLED",
]);

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: string;
}

export function hermit(args: readonly string[], { cwd = ROOT, env = {}, command = HERMIT }: Options = {}): Outcome {
  const inherited = Object.entries(process.env).filter(([name]) => !CLEARED.has(name));
  return spawnSync(command, args, { cwd, env: { ...Object.fromEntries(inherited), ...env }, encoding: "utf8" });
}

/** A folder that disappears with the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermit-cli-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A PATH of these programs only. */
export function pathWith(folder: string, programs: readonly string[]): string {
  const bin = join(folder, "path");
  mkdirSync(bin);
  for (const name of programs) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    symlinkSync(name === "node" ? process.execPath : found, join(bin, name));
  }
  return bin;
}
