/** `hermit cc`, with the real compiler: what it adds, what it leaves alone, and what it passes through. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readCompilerCall } from "../src/cc/arguments.ts";
import { ELFOSABI_HERMIT, header } from "./elf-header.ts";
import { hermit, type Outcome, temporaryFolder } from "./hermit.ts";

const ET_REL = 1;
const ET_EXEC = 2;
const ET_DYN = 3;

const HELLO = `#include <stdio.h>
#ifndef WORD
#define WORD "hello"
#endif
int main(void) { puts(WORD); return 7; }
`;

function workspace(context: TestContext): { folder: string; cc: (...args: string[]) => Outcome } {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "hello.c"), HELLO);
  return { folder, cc: (...args) => hermit(["cc", ...args], { cwd: folder }) };
}

test("links statically, marks the program, and Linux still runs it", (context) => {
  const { folder, cc } = workspace(context);
  const { status, stdout, stderr } = cc("-O2", "hello.c", "-o", "hello");
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  assert.deepEqual(header(join(folder, "hello")), { osabi: ELFOSABI_HERMIT, type: ET_EXEC, hasInterpreter: false });
  const run = spawnSync(join(folder, "hello"), { encoding: "utf8" });
  assert.equal(run.stdout, "hello\n");
  assert.equal(run.status, 7);
});

test("the default output is a.out", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("hello.c").status, 0);
  assert.equal(header(join(folder, "a.out")).osabi, ELFOSABI_HERMIT);
});

test("the output may be joined to -o", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("hello.c", "-ojoined").status, 0);
  assert.equal(header(join(folder, "joined")).osabi, ELFOSABI_HERMIT);
});

test("-static-pie stays position-independent", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("-static-pie", "-fPIE", "hello.c", "-o", "pie").status, 0);
  assert.deepEqual(header(join(folder, "pie")), { osabi: ELFOSABI_HERMIT, type: ET_DYN, hasInterpreter: false });
});

test("-c leaves the object file alone, and linking it later marks the program", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("-c", "hello.c", "-o", "hello.o").status, 0);
  assert.deepEqual(header(join(folder, "hello.o")), { osabi: 0, type: ET_REL, hasInterpreter: false });
  assert.equal(cc("hello.o", "-o", "hello").status, 0);
  assert.equal(header(join(folder, "hello")).osabi, ELFOSABI_HERMIT);
});

test("-shared makes an ordinary library", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("-shared", "-fPIC", "hello.c", "-o", "hello.so").status, 0);
  assert.equal(header(join(folder, "hello.so")).osabi, 0);
});

test("-S and -E pass through", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc("-S", "hello.c").status, 0);
  assert.match(readFileSync(join(folder, "hello.s"), "utf8"), /main:/);
  assert.match(cc("-E", "hello.c").stdout, /int main\(void\)/);
});

test("arguments with spaces and quotes arrive unchanged", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(cc('-DWORD="two  words $HOME"', "hello.c", "-o", "hello").status, 0);
  assert.equal(spawnSync(join(folder, "hello"), { encoding: "utf8" }).stdout, "two  words $HOME\n");
});

test("options in a response file count", (context) => {
  const { folder, cc } = workspace(context);
  writeFileSync(join(folder, "options"), `-o "from file"\n`);
  assert.equal(cc("hello.c", "@options").status, 0);
  assert.equal(header(join(folder, "from file")).osabi, ELFOSABI_HERMIT);
});

test("an older a.out is not touched by a call that links nothing", (context) => {
  const { folder, cc } = workspace(context);
  assert.equal(spawnSync("gcc", ["hello.c"], { cwd: folder }).status, 0);
  const before = readFileSync(join(folder, "a.out"));
  assert.match(cc("--version").stdout, /Free Software Foundation/);
  assert.equal(cc("-fsyntax-only", "hello.c").status, 0);
  assert.deepEqual(readFileSync(join(folder, "a.out")), before);
});

test("the compiler's exit status and messages pass through, and nothing is left", (context) => {
  const { folder, cc } = workspace(context);
  writeFileSync(join(folder, "bad.c"), "int main(void) { return x; }\n");
  const { status, stderr } = cc("bad.c", "-o", "bad");
  assert.equal(status, 1);
  assert.match(stderr, /bad\.c:1:25: error: .x. undeclared/);
  assert.equal(existsSync(join(folder, "bad")), false);
});

test("the source may come from stdin and the output may be a device", (context) => {
  const { folder } = workspace(context);
  const command = `printf 'int main(void){return 3;}' | "$0" cc -x c - -o three && ./three; echo $?; "$0" cc hello.c -o /dev/null; echo $?`;
  const { stdout } = hermit(["-c", command, new URL("../../bin/hermit", import.meta.url).pathname], {
    cwd: folder,
    command: "sh",
  });
  assert.equal(stdout, "3\n0\n");
});

test("HERMIT_CC names another compiler", (context) => {
  const { folder } = workspace(context);
  const env = { HERMIT_CC: "musl-gcc" };
  assert.equal(hermit(["cc", "hello.c", "-o", "hello"], { cwd: folder, env }).status, 0);
  assert.equal(header(join(folder, "hello")).osabi, ELFOSABI_HERMIT);
});

test("a missing compiler is one sentence and exit status 127", (context) => {
  const { folder } = workspace(context);
  const { status, stderr } = hermit(["cc", "hello.c"], { cwd: folder, env: { HERMIT_CC: "no-such-cc" } });
  assert.equal(status, 127);
  assert.equal(stderr, "hermit: no-such-cc was not found; HERMIT_CC names it; install it or name another compiler\n");
});

test("without gcc, the sentence says how to install it", (context) => {
  const { folder } = workspace(context);
  mkdirSync(join(folder, "bin"));
  symlinkSync(process.execPath, join(folder, "bin/node"));
  const { status, stderr } = hermit(["cc", "hello.c"], { cwd: folder, env: { PATH: join(folder, "bin") } });
  assert.equal(status, 127);
  assert.equal(stderr, "hermit: gcc was not found; install it with: sudo apt-get install gcc libc6-dev\n");
});

test("a 32-bit program is refused", (context) => {
  const { folder, cc } = workspace(context);
  writeFileSync(join(folder, "tiny.s"), ".globl _start\n_start: hlt\n");
  const { status, stderr } = cc("-m32", "-nostdlib", "tiny.s", "-o", "tiny");
  assert.equal(status, 1);
  assert.equal(
    stderr,
    "hermit: tiny is not an x86-64 program; HermitCore runs only these (is there a -m32 or another target?)\n",
  );
});

test("reads the command line as gcc does", () => {
  const links = { linksProgram: true, linksLibraries: true };
  assert.deepEqual(readCompilerCall(["a.c"]), { ...links, output: "a.out", extra: ["-static"] });
  assert.deepEqual(readCompilerCall(["a.c", "-static", "-o", "x"]), { ...links, output: "x", extra: [] });
  assert.equal(readCompilerCall(["-v"]).linksLibraries, false);
  assert.equal(readCompilerCall(["-nostdlib", "a.c"]).linksLibraries, false);
  assert.equal(readCompilerCall(["-c", "a.c"]).linksLibraries, false);
  assert.deepEqual(readCompilerCall(["a.c", "-o", "x", "-oy"]).output, "y");
  // -c is the value of -include and of -D here, not the option.
  assert.equal(readCompilerCall(["-include", "-c", "a.c"]).linksProgram, true);
  assert.equal(readCompilerCall(["-D", "-c", "a.c"]).linksProgram, true);
  assert.equal(readCompilerCall(["-MD", "-c", "a.c"]).linksProgram, false);
});
