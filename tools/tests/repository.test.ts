/** What every file of the repository must pass: both type checks, the linter and the formatter. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function passes(command: string, ...args: string[]): void {
  const result = spawnSync(`node_modules/.bin/${command}`, args, { cwd: ROOT, encoding: "utf8" });
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
}

test("ordinary TypeScript passes tsc", () => {
  passes("tsc", "-p", "tsconfig.json");
});

test("bare TypeScript passes stock tsc with the prelude", () => {
  passes("tsc", "-p", "tsconfig.bare.json");
});

test("programs for the application profile pass stock tsc with its prelude", () => {
  passes("tsc", "-p", "tsconfig.app.json");
});

test("every file is formatted and free of lint errors", () => {
  passes("biome", "check");
});

test("no registry is named in the lock file", () => {
  const lock = readFileSync(`${ROOT}/package-lock.json`, "utf8");
  assert.doesNotMatch(lock, /"resolved": "http/);
});
