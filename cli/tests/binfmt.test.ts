/**
 * `hermit binfmt`: the registration line, and the real thing where this host lets root have it and nothing is registered, which
 * the tests would replace.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseEntry, registrationLine } from "../src/binfmt/registration.ts";
import { HERMIT, hermit, ROOT, temporaryFolder } from "./hermit.ts";

const FOLDER = "/proc/sys/fs/binfmt_misc";
const PROXY = join(ROOT, "build/bin/proxy");
const isRoot = process.geteuid?.() === 0;

test("the line for the kernel", () => {
  assert.deepEqual(registrationLine("/opt/hermit/bin/proxy"), {
    line: String.raw`:hermit:M:0:\x7fELF\x02\x01\x01\x42::/opt/hermit/bin/proxy:`,
  });
});

test("paths that the kernel would misread are refused", () => {
  assert.match(JSON.stringify(registrationLine(`/${"x".repeat(127)}`)), /longer than the 127 bytes/);
  assert.ok("line" in registrationLine(`/${"x".repeat(126)}`));
  assert.match(JSON.stringify(registrationLine("/a:b")), /colon/);
});

test("reads what the kernel shows", () => {
  const text = "enabled\ninterpreter /opt/hermit/bin/proxy\nflags: \noffset 0\nmagic 7f454c4602010142\n";
  assert.deepEqual(parseEntry(text), { enabled: true, interpreter: "/opt/hermit/bin/proxy" });
});

test("an unknown action is refused", () => {
  const { status, stderr } = hermit(["binfmt", "instal"]);
  assert.equal(status, 1);
  assert.match(stderr, /^hermit: unknown command 'instal'/);
});

const whyNot = skipReason();

test("install, status and remove on the real kernel", { skip: whyNot ?? false }, (context) => {
  const mounted = existsSync(`${FOLDER}/register`);
  context.after(() => cleanUp(mounted));
  assert.deepEqual(pick(hermit(["binfmt", "install"])), [0, `HermitCore programs now start through ${PROXY}\n`, ""]);
  assert.match(readFileSync(`${FOLDER}/hermit`, "utf8"), /magic 7f454c4602010142/);
  assert.deepEqual(pick(hermit(["binfmt", "install"])), [0, `HermitCore programs now start through ${PROXY}\n`, ""]);
  assert.deepEqual(pick(hermit(["binfmt", "status"])), [0, `registered: ${PROXY}\n`, ""]);
  assert.deepEqual(pick(hermit(["binfmt", "remove"])), [
    0,
    "HermitCore programs are no longer started through the proxy\n",
    "",
  ]);
  assert.deepEqual(pick(hermit(["binfmt", "remove"])), [0, "nothing is registered\n", ""]);
  assert.deepEqual(pick(hermit(["binfmt", "status"])), [
    1,
    "not registered; `hermit binfmt install` registers the proxy\n",
    "",
  ]);
});

test("a program of `hermit cc` starts through the proxy", { skip: whyNot ?? false }, (context) => {
  const mounted = existsSync(`${FOLDER}/register`);
  context.after(() => cleanUp(mounted));
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "where.c"), WHERE);
  assert.equal(hermit(["cc", "where.c", "-o", "where"], { cwd: folder }).status, 0);
  assert.doesNotMatch(spawnSync("./where", { cwd: folder, encoding: "utf8" }).stdout, /HermitCore/);
  assert.equal(hermit(["binfmt", "install"]).status, 0);
  const { stdout, status } = spawnSync("./where", ["a b"], { cwd: folder, encoding: "utf8" });
  assert.match(stdout, /^.*HermitCore.*\n\.\/where\na b\n$/);
  assert.equal(status, 5);
});

test("without root, one sentence says what to do", {
  skip: isRoot && !canDropRoot() && "cannot become another user",
}, () => {
  const result = isRoot ? asNobody(["binfmt", "install"]) : hermit(["binfmt", "install"]);
  assert.equal(result.status, 1);
  assert.equal(result.stderr, "hermit: only root may change binfmt_misc; run this again with sudo\n");
});

/** Prints the version of the system it runs on and its arguments. */
const WHERE = `#include <stdio.h>
#include <sys/utsname.h>
int main(int argc, char **argv) {
  struct utsname name;
  uname(&name);
  puts(name.version);
  for (int i = 0; argc > 1 && i < argc; i++) puts(argv[i]);
  return 5;
}
`;

function cleanUp(wasMounted: boolean): void {
  hermit(["binfmt", "remove"]);
  if (!wasMounted) {
    spawnSync("umount", [FOLDER]);
  }
}

function pick({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): unknown[] {
  return [status, stdout, stderr];
}

function skipReason(): string | undefined {
  if (!isRoot) {
    return "needs root";
  }
  if (!existsSync(PROXY)) {
    return "the proxy is not built";
  }
  if (existsSync(`${FOLDER}/hermit`)) {
    return "this machine has a registration of HermitCore";
  }
  if (existsSync(`${FOLDER}/register`)) {
    return undefined;
  }
  const mount = spawnSync("mount", ["-t", "binfmt_misc", "binfmt_misc", FOLDER], { encoding: "utf8" });
  if (mount.status !== 0) {
    return `this host does not let root mount binfmt_misc: ${mount.stderr?.trim()}`;
  }
  spawnSync("umount", [FOLDER]);
  return undefined;
}

function canDropRoot(): boolean {
  return spawnSync("setpriv", ["--reuid=65534", "--clear-groups", HERMIT, "--help"]).status === 0;
}

function asNobody(args: string[]): { status: number | null; stderr: string } {
  return spawnSync("setpriv", ["--reuid=65534", "--clear-groups", HERMIT, ...args], { encoding: "utf8" });
}
