/** Help texts, bad input, colours, and that bin/hermit works from anywhere. */

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HERMIT, hermit, ROOT, temporaryFolder } from "./hermit.ts";

const COMMANDS = ["run", "build", "cc", "c\\+\\+", "fc", "go", "doctor", "binfmt"];

test("--help names every command and ends with 0", () => {
  const { status, stdout, stderr } = hermit(["--help"]);
  assert.equal(status, 0);
  assert.equal(stderr, "");
  for (const command of COMMANDS) {
    assert.match(stdout, new RegExp(`^ {2}${command} `, "m"));
  }
});

test("--version shows the version of the package", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { status, stdout, stderr } = hermit(["--version"]);
  assert.deepEqual([status, stdout, stderr], [0, `${version}\n`, ""]);
});

for (const command of COMMANDS.filter((name) => name !== "run")) {
  test(`${command} --help shows how it is used`, () => {
    const { status, stdout } = hermit([command.replaceAll("\\", ""), "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^Usage: hermit ${command}`));
  });
}

test("without a command the help goes to stderr with exit status 1", () => {
  const { status, stdout, stderr } = hermit([]);
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: hermit /);
});

test("an unknown command is one sentence, with the likely one", () => {
  const { status, stderr } = hermit(["doctr"]);
  assert.equal(status, 1);
  assert.equal(stderr, "hermit: unknown command 'doctr'\n(Did you mean doctor?)\n");
});

test("an unknown option is refused", () => {
  const { status, stderr } = hermit(["doctor", "--jsn"]);
  assert.equal(status, 1);
  assert.match(stderr, /^hermit: unknown option '--jsn'/);
});

test("build needs an output", () => {
  const { status, stderr } = hermit(["build", "x.ts"]);
  assert.equal(status, 1);
  assert.equal(stderr, "hermit: required option '-o, --output <file>' not specified\n");
});

test("build of a missing file is one sentence", () => {
  const { status, stdout, stderr } = hermit(["build", "no-such.ts", "-o", "out"]);
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.equal(stderr, "hermit: no-such.ts does not exist; give the path of a TypeScript file\n");
});

test("build of a folder is one sentence", () => {
  const { status, stderr } = hermit(["build", "cli", "-o", "out"]);
  assert.equal(status, 1);
  assert.equal(stderr, "hermit: cli is not a file; give the path of a TypeScript file\n");
});

test("a reader that stops early is no error", () => {
  const { stdout, stderr } = hermit(["-c", `"$0" cc --help | head -n 1`, HERMIT], { command: "sh" });
  assert.equal(stdout, "Usage: hermit cc GCC-ARGUMENTS...\n");
  assert.equal(stderr, "");
});

test("colours only when they are wanted", () => {
  const escapeCode = String.fromCharCode(27);
  assert.ok(!hermit(["doctr"]).stderr.includes(escapeCode));
  assert.ok(hermit(["doctr"], { env: { FORCE_COLOR: "1" } }).stderr.includes(escapeCode));
  assert.ok(!hermit(["doctr"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }).stderr.includes(escapeCode));
});

test("works from another folder and through symbolic links", (context) => {
  const folder = temporaryFolder(context);
  symlinkSync(HERMIT, join(folder, "first"));
  symlinkSync("first", join(folder, "second"));
  for (const command of [HERMIT, join(folder, "second"), "./second"]) {
    const { status, stdout } = hermit(["--help"], { cwd: folder, command });
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: hermit /);
  }
});

test("found in PATH", (context) => {
  const folder = temporaryFolder(context);
  symlinkSync(HERMIT, join(folder, "hermit"));
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { status, stdout } = hermit(["-c", "hermit --help"], { cwd: folder, command: "sh", env });
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: hermit /);
});

test("says what to do when nothing is built", (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, "bin"));
  const command = join(folder, "bin/hermit");
  copyFileSync(HERMIT, command);
  for (const args of [["run", "x"], ["doctor"]]) {
    const { status, stderr } = hermit(args, { command });
    assert.equal(status, 1);
    assert.equal(stderr, `hermit: nothing is built yet; run \`npm run build\` in ${folder}\n`);
  }
});
