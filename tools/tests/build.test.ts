/** The door of the build: it opens when contents change, and stays shut when only times do. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Stands for tools/build.ts: notes that it ran, copies the one source, fails when the source says so. */
const BUILDER = `import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
appendFileSync("build/runs", "x");
writeFileSync("build/.outputs.json", JSON.stringify(["build/out"]));
copyFileSync("abi/a.ts", "build/out");
process.exit(readFileSync("abi/a.ts", "utf8").includes("broken") ? 3 : 0);
`;

interface Workspace {
  readonly source: string;
  readonly output: string;
  build(): number | null;
  runs(): number;
}

function workspace(context: TestContext): Workspace {
  const root = mkdtempSync(join(tmpdir(), "build-"));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "tools"));
  mkdirSync(join(root, "abi"));
  copyFileSync(join(ROOT, "tools/build.mjs"), join(root, "tools/build.mjs"));
  writeFileSync(join(root, "tools/build.ts"), BUILDER);
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "abi/a.ts"), "one");
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return {
    source: join(root, "abi/a.ts"),
    output: join(root, "build/out"),
    build: () => spawnSync(process.execPath, [join(root, "tools/build.mjs")]).status,
    runs: () => readFileSync(join(root, "build/runs"), "utf8").length,
  };
}

test("builds once, and again only when a content changes", (context) => {
  const { source, build, runs } = workspace(context);
  assert.equal(build(), 0);
  assert.equal(build(), 0);
  assert.equal(runs(), 1);
  utimesSync(source, 1, 1);
  assert.equal(build(), 0);
  assert.equal(runs(), 1);
  writeFileSync(source, "two");
  assert.equal(build(), 0);
  assert.equal(runs(), 2);
});

test("a new file, a removed file and a removed output count", (context) => {
  const { source, output, build, runs } = workspace(context);
  build();
  writeFileSync(`${source}.more`, "");
  build();
  assert.equal(runs(), 2);
  rmSync(`${source}.more`);
  build();
  assert.equal(runs(), 3);
  rmSync(output);
  build();
  assert.equal(runs(), 4);
  assert.equal(existsSync(output), true);
});

test("a build that fails is tried again, and its exit status passes through", (context) => {
  const { source, build, runs } = workspace(context);
  writeFileSync(source, "broken");
  assert.equal(build(), 3);
  assert.equal(build(), 3);
  assert.equal(runs(), 2);
  writeFileSync(source, "mended");
  assert.equal(build(), 0);
});

test("the lock of a build that died does not stop the next", (context) => {
  const { output, build } = workspace(context);
  build();
  const dead = spawnSync("true");
  writeFileSync(join(output, "../.lock"), String(dead.pid));
  rmSync(output);
  assert.equal(build(), 0);
});
