/** The set-up script: silent and quick when all is there, one line that says what to run when it may not install. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function setup(path: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("/bin/sh", ["tools/setup.sh", ...args], { cwd: ROOT, encoding: "utf8", env: { PATH: path } });
}

/** A PATH with these programs only, where `id` says that we are not root. */
function poorPath(context: TestContext, programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "setup-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["dirname", "sort", "tr", "cat", ...programs]) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    symlinkSync(found, join(folder, name));
  }
  writeFileSync(join(folder, "id"), "#!/bin/sh\necho 1000\n", { mode: 0o755 });
  return folder;
}

test("says nothing when everything is there", () => {
  assert.deepEqual(pick(setup(process.env.PATH ?? "")), [0, "", ""]);
  assert.deepEqual(pick(setup(process.env.PATH ?? "", "--all")), [0, "", ""]);
});

test("without root and sudo, one line says which command to run", (context) => {
  const path = poorPath(context, ["gcc", "ld", "musl-gcc"]);
  const { status, stdout, stderr } = setup(path, "--all");
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^setup: Debian packages are missing; run: sudo apt-get update && sudo apt-get install --no-install-recommends (\S+ )*gdb (\S+ )*qemu-system-x86( \S+)*\n$/,
  );
  assert.doesNotMatch(stderr, /\b(gcc|binutils|musl-tools)\b/);
});

test("what only tests and other languages need is not asked of who runs the demo", (context) => {
  const path = poorPath(context, ["gcc", "ld", "musl-gcc"]);
  const { status, stderr } = setup(path);
  assert.equal(status, 1);
  assert.match(stderr, /--no-install-recommends qemu-system-x86\n$/);
});

function pick({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): unknown[] {
  return [status, stdout, stderr];
}
