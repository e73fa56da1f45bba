/** `hermit go`, with the real go command, and with gccgo where only that is found. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ELFOSABI_HERMIT, header } from "./elf-header.ts";
import { hermit, pathWith, temporaryFolder } from "./hermit.ts";

const ET_EXEC = 2;
const A_PROGRAM = { osabi: ELFOSABI_HERMIT, type: ET_EXEC, hasInterpreter: false };
const GOROUTINES = `package main

import "fmt"

func main() {
	answers := make(chan int)
	for i := 0; i < 100; i++ {
		go func(n int) { answers <- n }(i)
	}
	sum := 0
	for i := 0; i < 100; i++ {
		sum += <-answers
	}
	fmt.Println(sum)
}
`;

function workspace(context: TestContext): string {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "sum.go"), GOROUTINES);
  return folder;
}

function assertProgram(path: string): void {
  assert.deepEqual(header(path), A_PROGRAM);
  const { status, stdout } = spawnSync(path, { encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, "4950\n"]);
}

test("builds a static program, marks it, and Linux still runs it", (context) => {
  const folder = workspace(context);
  const { status, stdout, stderr } = hermit(["go", "build", "-o", "program", "sum.go"], { cwd: folder });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  assertProgram(join(folder, "program"));
});

test("Go chooses the name of the program, also in a module whose path needs quotes", (context) => {
  const folder = join(workspace(context), "a module's folder");
  mkdirSync(folder);
  writeFileSync(join(folder, "main.go"), GOROUTINES);
  writeFileSync(join(folder, "go.mod"), "module example.com/adder\n\ngo 1.18\n");
  assert.equal(hermit(["go", "build"], { cwd: folder }).status, 0);
  assertProgram(join(folder, "adder"));
});

test("every program of a build is marked, and the user's own flags count", (context) => {
  const folder = workspace(context);
  for (const name of ["one", "two"]) {
    mkdirSync(join(folder, "cmd", name), { recursive: true });
    writeFileSync(join(folder, "cmd", name, "main.go"), `// +build chosen\n\n${GOROUTINES}`);
  }
  writeFileSync(join(folder, "go.mod"), "module example.com/several\n\ngo 1.18\n");
  mkdirSync(join(folder, "bin"));
  const env = { GOFLAGS: "-tags=chosen" };
  const { status, stderr } = hermit(["go", "build", "-o", "bin/", "./cmd/..."], { cwd: folder, env });
  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(join(folder, "bin")).sort(), ["one", "two"]);
  assertProgram(join(folder, "bin/one"));
  assertProgram(join(folder, "bin/two"));
});

test("cgo stays off, so nothing is linked dynamically", (context) => {
  const folder = workspace(context);
  writeFileSync(join(folder, "c.go"), 'package main\n\nimport "C"\n\nfunc main() {}\n');
  const { status, stderr } = hermit(["go", "build", "c.go"], { cwd: folder, env: { CGO_ENABLED: "1" } });
  assert.equal(status, 1);
  assert.match(stderr, /no Go source files|build constraints exclude all Go files/);
});

test("Go's messages and exit status pass through, and other subcommands work", (context) => {
  const folder = workspace(context);
  writeFileSync(join(folder, "bad.go"), "package main\n\nfunc main() { x }\n");
  const { status, stderr } = hermit(["go", "build", "bad.go"], { cwd: folder });
  assert.equal(status, 2);
  assert.match(stderr, /bad\.go:3:15: undefined: x/);
  assert.match(hermit(["go", "version"]).stdout, /^go version go1/);
  assert.equal(hermit(["go", "run", "sum.go"], { cwd: folder }).stdout, "4950\n");
});

test("without any Go compiler, one sentence says what to install", (context) => {
  const folder = workspace(context);
  const env = { PATH: pathWith(folder, ["node"]) };
  const { status, stderr } = hermit(["go", "build", "sum.go"], { cwd: folder, env });
  assert.equal(status, 127);
  assert.equal(stderr, "hermit: go was not found; install it with: sudo apt-get install golang-go\n");
});

const hasGccgo = spawnSync("gccgo", ["--version"]).status === 0;

test("gccgo alone builds files", { skip: hasGccgo ? false : "gccgo is not installed" }, (context) => {
  const folder = workspace(context);
  const env = { PATH: pathWith(folder, ["node", "gccgo", "as", "ld"]) };
  assert.equal(hermit(["go", "build", "sum.go"], { cwd: folder, env }).status, 0);
  assertProgram(join(folder, "sum"));
  assert.equal(hermit(["go", "build", "-o", "other", "sum.go"], { cwd: folder, env }).status, 0);
  assertProgram(join(folder, "other"));
  const { status, stderr } = hermit(["go", "test", "./..."], { cwd: folder, env });
  assert.equal(status, 1);
  assert.equal(
    stderr,
    "hermit: go was not found, and gccgo alone only does `hermit go build [-o FILE] FILE.go...`; for more, install go with: sudo apt-get install golang-go\n",
  );
});
