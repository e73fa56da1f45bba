/** `hermit run` and `hermit build`: the way from a source file to a program in the guest, and what a user may get wrong. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TCG_NOTICE } from "../../tests/boot/isles.ts";
import { hermit, ROOT, temporaryFolder } from "./hermit.ts";

const HELLO = join(ROOT, "build/apps/tests/hello-musl");
/** The tests of run need an isle; `hermit doctor` ends with 1 where there is none. */
const skip = hermit(["doctor"]).status === 0 ? false : "no isle works here";

test("run passes arguments, output and exit status through", { skip }, (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "p.c"), PROGRAM);
  assert.equal(hermit(["cc", "p.c", "-o", "p"], { cwd: folder }).status, 0);
  const { status, stdout, stderr } = hermit(["run", "./p", "--help", "a b"], { cwd: folder });
  assert.deepEqual([status, stdout, withoutNotice(stderr)], [42, "--help\na b\n", "to stderr\n"]);
});

/** What the program wrote: without KVM the proxy says first that QEMU emulates. */
function withoutNotice(stderr: string): string {
  return stderr.replace(TCG_NOTICE, "").replace(/^\n/, "");
}

test("run takes its options before the program", { skip }, () => {
  const { status, stdout } = hermit(["run", "--isle", "qemu", "--memory", "256M", "--cpus", "1", HELLO]);
  assert.equal(status, 0);
  assert.match(stdout, /^Hello World!!!\n/);
});

test("run --help shows how it is used", () => {
  const { status, stdout } = hermit(["run", "--help"]);
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: hermit run \[options\] PROGRAM/);
  for (const option of ["--isle", "--cpus", "--memory", "--verbose", "--help"]) {
    assert.match(stdout, new RegExp(`^ {2}${option}`, "m"));
  }
});

test("run of a missing program is one sentence and exit status 127", () => {
  const { status, stdout, stderr } = hermit(["run", "./no-such-program"]);
  assert.equal(status, 127);
  assert.equal(stdout, "");
  assert.match(stderr, /^hermit: .*no-such-program.*\n$/);
});

test("build makes a static program that Linux runs, and nothing else", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "sum.ts"), SUM);
  const { status, stdout, stderr } = hermit(["build", "sum.ts", "-o", "sum"], { cwd: folder });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  assert.deepEqual(readdirSync(folder).sort(), ["sum", "sum.ts"]);
  const run = spawnSync(join(folder, "sum"), ["x", "y"], { encoding: "utf8" });
  assert.deepEqual([run.status, run.stdout], [0, "sum 55, 2 arguments\n"]);
});

test("the same program runs in the guest", { skip }, (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "sum.ts"), SUM);
  assert.equal(hermit(["build", "--checked", "sum.ts", "-o", "sum"], { cwd: folder }).status, 0);
  const { status, stdout, stderr } = hermit(["run", "./sum", "x", "y"], { cwd: folder });
  assert.deepEqual([status, stdout, withoutNotice(stderr)], [0, "sum 55, 2 arguments\n", ""]);
});

test("build shows the compiler's message, leaves nothing, and keeps an older program", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "bad.ts"), 'const n: number = "text";\nconsole.log(n);\n');
  writeFileSync(join(folder, "old"), "older");
  const { status, stderr } = hermit(["build", "bad.ts", "-o", "bad"], { cwd: folder });
  assert.equal(status, 1);
  assert.match(stderr, /bad\.ts:1:7 - error TS2322/);
  assert.equal(hermit(["build", "bad.ts", "-o", "old"], { cwd: folder }).status, 1);
  assert.equal(existsSync(join(folder, "old")), true);
  assert.deepEqual(readdirSync(folder).sort(), ["bad.ts", "old"]);
});

const WRONG_PLACES = {
  "no/such/folder/sum": "there is no folder no/such/folder for the program; make it or choose another file with -o",
  ".": ". is a folder; name the file to write with -o",
  "./sum.ts": "./sum.ts is the source itself; choose another file with -o",
  "/proc/sum": "/proc/sum cannot be written: no such file or directory; choose another file with -o",
};

for (const [output, sentence] of Object.entries(WRONG_PLACES)) {
  test(`build says why it cannot write to ${output}`, (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, "sum.ts"), SUM);
    const { status, stdout, stderr } = hermit(["build", "sum.ts", "-o", output], { cwd: folder });
    assert.deepEqual([status, stdout, stderr], [1, "", `hermit: ${sentence}\n`]);
    assert.deepEqual(readdirSync(folder), ["sum.ts"]);
  });
}

test("build of a C file says which command compiles it", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "p.c"), PROGRAM);
  const { status, stderr } = hermit(["build", "p.c", "-o", "p"], { cwd: folder });
  assert.deepEqual([status, stderr], [1, "hermit: p.c is not a TypeScript file (.ts); `hermit cc` compiles C\n"]);
});

const PROGRAM = `#include <stdio.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) puts(argv[i]);
  fputs("to stderr\\n", stderr);
  return 42;
}
`;

const SUM = `let sum = 0;
for (let i = 1; i <= 10; i++) sum += i;
console.log(\`sum \${sum}, \${process.argv.length - 2} arguments\`);
`;
