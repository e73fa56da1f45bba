/** Builds programs of the application profile, and runs them natively and under Node. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileProgram } from "../../src/compile.ts";
import { build, PLAIN_BUILD, profileFor } from "../../src/driver.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SHIM = path.join(ROOT, "compiler/std/node-shim.ts");
const MAX_OUTPUT_BYTES = 256 << 20;

export const scratch = fs.mkdtempSync(path.join(tmpdir(), "btsc-app-"));
const profile = await profileFor("app");

export interface Ran {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function write(name: string, text: string): string {
  const file = path.join(scratch, name);
  fs.writeFileSync(file, text);
  return file;
}

export function compile(entry: string, { checked = false, optimise = "2" } = {}): string {
  const output = path.join(scratch, `${path.basename(entry, ".ts")}${checked ? "-checked" : ""}.elf`);
  const result = build(
    {
      ...PLAIN_BUILD,
      entry,
      target: "app",
      output,
      checked,
      sanitize: [],
      optimise,
      root: path.dirname(entry),
      embedFolder: scratch,
      cc: process.env.CC ?? "gcc",
      profile,
    },
    false,
  );
  assert.deepEqual(result.messages, [], entry);
  return output;
}

/** `line CODE` of every diagnostic. */
export function diagnostics(entry: string): string[] {
  const options = { target: "app" as const, checked: false, root: scratch, embedFolder: scratch };
  return compileProgram([entry], options, profile, false).diagnostics.map(
    (d) => `${(d.source?.getLineAndCharacterOfPosition(d.start).line ?? 0) + 1} ${d.code}`,
  );
}

function spawn(command: string, args: readonly string[]): Ran {
  const run = spawnSync(command, args, { encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES, cwd: ROOT });
  return { status: run.status, signal: run.signal, stdout: run.stdout, stderr: run.stderr };
}

export const runNative = (executable: string, args: readonly string[] = []): Ran => spawn(executable, args);

export const runNode = (entry: string, args: readonly string[] = []): Ran =>
  spawn(process.execPath, ["--import", "tsx", "--import", pathToFileURL(SHIM).href, entry, ...args]);

/** The same output and exit status, compiled and under Node. */
export function assertSame(entry: string, args: readonly string[] = []): void {
  const native = runNative(compile(entry), args);
  const node = runNode(entry, args);
  assert.equal(native.stderr, node.stderr);
  assert.equal(native.stdout, node.stdout);
  assert.equal(native.status, node.status);
}
