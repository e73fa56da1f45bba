/**
 * From what the user types to the program that is run, and what of the host it sees: PATH, scripts, libraries, mounts. What is missing is
 * named before a machine starts.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "./run.ts";
import { makeScratch, writeProgram } from "./scratch.ts";

const PROXY = join(ROOT, "build/bin/proxy");
const HELLO = join(ROOT, "build/apps/tests/hello-musl");

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The sentence and the exit status of a run that ends before a machine starts. */
function refused(args: readonly string[], { cwd = "/", env = {} }: Options = {}): [number | null, string] {
  const { status, stdout, stderr } = spawnSync(PROXY, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(stdout, "");
  return [status, stderr];
}

/** What would be run and shown, an object a line. */
function plan(args: readonly string[], { cwd = "/", env = {} }: Options = {}): Array<Record<string, string>> {
  const { status, stdout, stderr } = spawnSync(PROXY, ["--plan", ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((text) => JSON.parse(text));
}

function argumentsOf(items: ReadonlyArray<Record<string, string>>): string[] {
  return items.flatMap(({ plan: kind, text }) => (kind === "argument" ? [text as string] : []));
}

/** A shared library and a program that needs it, compiled here. */
function compileWithLibrary(folder: string, flags: readonly string[]): void {
  writeFileSync(join(folder, "part.c"), "int part(void) { return 7; }\n");
  writeFileSync(join(folder, "whole.c"), "int part(void); int main(void) { return part(); }\n");
  mkdirSync(join(folder, "lib"), { recursive: true });
  for (const args of [
    ["-shared", "-fPIC", "part.c", "-o", "lib/libpart.so"],
    ["whole.c", "-o", "whole", "-Llib", "-lpart", ...flags],
  ]) {
    const { status, stderr } = spawnSync("gcc", args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
}

describe("the program", () => {
  test("a name without a slash is looked up in PATH, then in the working directory", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "bin"));
    copyFileSync(HELLO, join(scratch.folder, "bin/one-of-path"));
    copyFileSync(HELLO, join(scratch.folder, "here"));
    const options = { cwd: scratch.folder, env: { PATH: join(scratch.folder, "bin") } };
    assert.equal(plan(["one-of-path"], options)[0]?.path, join(scratch.folder, "bin/one-of-path"));
    assert.equal(plan(["here"], options)[0]?.path, join(scratch.folder, "here"));
    assert.deepEqual(refused(["nowhere"], options), [127, "hermit: nowhere was not found\n"]);
  });

  test("a folder of that name in PATH is passed over", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "first/tool"), { recursive: true });
    mkdirSync(join(scratch.folder, "second"));
    copyFileSync(HELLO, join(scratch.folder, "second/tool"));
    const env = { PATH: `${join(scratch.folder, "first")}:${join(scratch.folder, "second")}` };
    assert.equal(plan(["tool"], { env })[0]?.path, join(scratch.folder, "second/tool"));
  });

  test("a FIFO is refused, and not waited for", () => {
    using scratch = makeScratch();
    const fifo = join(scratch.folder, "fifo");
    assert.equal(spawnSync("mkfifo", ["-m", "755", fifo]).status, 0);
    const [status, said] = refused([fifo]);
    assert.equal(status, 1);
    assert.match(said, /fifo is not a regular file, so it cannot be a program/);
  });

  test("a script leads to its interpreter, with one argument, its path and its own arguments", () => {
    using scratch = makeScratch();
    const script = writeProgram(scratch, "script", `#!${HELLO} a  b\nrest\n`);
    const second = writeProgram(scratch, "second", `#!${script}\n`);
    assert.deepEqual(argumentsOf(plan([script, "x"])), [HELLO, "a  b", script, "x"]);
    assert.deepEqual(argumentsOf(plan([second, "x"])), [HELLO, "a  b", script, second, "x"]);
    const byEnv = writeProgram(scratch, "by-env", "#!/usr/bin/env one-of-path\n");
    mkdirSync(join(scratch.folder, "bin"));
    copyFileSync(HELLO, join(scratch.folder, "bin/one-of-path"));
    const env = { PATH: join(scratch.folder, "bin") };
    assert.deepEqual(argumentsOf(plan([byEnv, "x"], { env })), ["one-of-path", byEnv, "x"]);
  });

  test("scripts that cannot run are refused with the reason", () => {
    using scratch = makeScratch();
    for (const [text, status, sentence] of [
      ["#!/no/such/interpreter\n", 127, /the interpreter \/no\/such\/interpreter of the script \S+ was not found/],
      [`#!${HELLO}\r\n`, 1, /ends with a carriage return; save the script with Unix line ends/],
      ["#!\n", 1, /names no interpreter/],
      [`#!${"x".repeat(300)}\n`, 1, /longer than the 255 bytes/],
    ] as const) {
      const [ended, said] = refused([writeProgram(scratch, "script", text)]);
      assert.equal(ended, status, said);
      assert.match(said, sentence);
      assert.equal(said.trim().split("\n").length, 1);
    }
    const loop = join(scratch.folder, "loop");
    writeProgram(scratch, "loop", `#!${loop}\n`);
    assert.match(refused([loop])[1], /too many scripts are interpreted by scripts/);
  });
});

describe("libraries", () => {
  test("are found as the loader finds them, and their folders are shown read-only", () => {
    using scratch = makeScratch();
    compileWithLibrary(scratch.folder, ["-Wl,-rpath,$ORIGIN/lib"]);
    const items = plan([join(scratch.folder, "whole")]);
    const library = items.find(({ path }) => path?.endsWith("libpart.so"));
    assert.deepEqual(library, { plan: "library", path: join(scratch.folder, "lib/libpart.so") });
    compileWithLibrary(scratch.folder, []);
    const env = { LD_LIBRARY_PATH: join(scratch.folder, "lib") };
    assert.ok(plan([join(scratch.folder, "whole")], { env }).some(({ path }) => path?.endsWith("lib/libpart.so")));
  });

  test("one that is missing is named, with who needs it", () => {
    using scratch = makeScratch();
    compileWithLibrary(scratch.folder, []);
    const program = join(scratch.folder, "whole");
    const [status, said] = refused([program], { env: { LD_LIBRARY_PATH: "" } });
    assert.equal(status, 1);
    assert.equal(
      said,
      `hermit: the library libpart.so, which ${program} needs, was not found; install it, or say where it is with LD_LIBRARY_PATH\n`,
    );
  });

  test("a missing loader is named", () => {
    using scratch = makeScratch();
    compileWithLibrary(scratch.folder, ["-Wl,--dynamic-linker=/no/such/loader.so"]);
    const [status, said] = refused([join(scratch.folder, "whole")]);
    assert.equal(status, 1);
    assert.match(said, /^hermit: the loader \/no\/such\/loader\.so of \S+ was not found; install the C library/);
  });
});

describe("mounts", () => {
  for (const [mount, sentence] of [
    ["data", /"data" is not HOST:GUEST\[:ro\|rw\]; write for instance --mount \.\/data:\/data:rw/],
    ["/no/such:/data", /the host's part of "\/no\/such:\/data" cannot be reached: it does not exist \(error 2\)/],
    ["/dev/null:/data", /is neither a folder nor a regular file/],
    ["/usr:data", /does not begin with a slash/],
    ["/usr:/a/../b", /has "\.\." in it/],
    ["/usr:/", /nothing can be mounted on \//],
    ["/usr:/proc/self", /nothing can be mounted on \//],
    ["/usr:/a:r", /"\/usr:\/a:r" is not HOST:GUEST\[:ro\|rw\]/],
    [`/usr:/${"x".repeat(5000)}`, /longer than 4095 bytes/],
    [`/usr:/${"x".repeat(256)}`, /or a name in it than 255/],
  ] as const) {
    test(`${mount.slice(0, 40)} is refused`, () => {
      const [status, said] = refused(["--mount", mount, HELLO]);
      assert.equal(status, 1, said);
      assert.match(said, sentence);
      assert.equal(said.trim().split("\n").length, 1);
    });
  }

  test("two at one place, and too many, are refused", () => {
    const twice = refused(["--mount", "/usr:/a", "--mount=/etc:/a/", HELLO]);
    assert.equal(twice[0], 1);
    assert.match(twice[1], /something is mounted at that path of the guest already/);
    const many = Array.from({ length: 70 }, (_, index) => `--mount=/usr:/m${index}`);
    assert.match(refused([...many, HELLO])[1], /more than 64 mounts are too many/);
  });

  test("the working directory is shown, unless it is not wanted or is everything", () => {
    using scratch = makeScratch();
    const mountsOf = (args: readonly string[], cwd: string) =>
      plan([...args, HELLO], { cwd }).filter(({ plan: kind }) => kind === "mount");
    const here = scratch.folder;
    assert.deepEqual(mountsOf([], here), [{ plan: "mount", host: here, guest: here }]);
    assert.deepEqual(mountsOf(["--no-default-mounts"], here), []);
    assert.deepEqual(mountsOf([], "/"), []);
    assert.deepEqual(mountsOf(["--mount", `/usr:${here}`], here), [{ plan: "mount", host: "/usr", guest: here }]);
  });
});
