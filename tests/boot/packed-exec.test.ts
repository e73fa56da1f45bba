/**
 * Packed programs that start others in their place: whatever can be executed in a packed folder has its interpreter and libraries in the image,
 * too, and so has what --program names; nothing is exported from the host.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const HERMIT = join(ROOT, "bin/hermit");
const STARTER = `#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  if (argc > 1) execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 1;
}
`;
const TOOL = `#include <stdio.h>
int part(void);
int main(int argc, char **argv) {
  printf("tool %d %s\\n", part(), argc > 1 ? argv[1] : "");
  return 0;
}
`;

/** What the starter is told to start, and what comes out. */
const STARTS: ReadonlyArray<readonly [title: string, command: readonly string[], stdout: string]> = [
  ["a program with a library beside it", ["/data/bin/tool", "x"], "tool 42 x\n"],
  ["a script, and the program that it starts", ["/data/script", "y z"], "tool 42 y z\n"],
  ["a script whose interpreter is found in PATH", ["/data/by-env", "a"], "by-env a\n"],
  ["a program of --program", ["basename", "/some/name"], "name\n"],
];

for (const isle of ISLES) {
  describe(`packed programs that start others, on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: ${STARTS.map(([title]) => title).join("; ")}`, async () => {
      using scratch = makeScratch();
      makeFiles(scratch);
      const { status, stderr, image } = pack(scratch, ["--program", "basename"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^\S+app: \S+\n$/, "and nothing else is said");
      for (const [, command, stdout] of STARTS) {
        const ended = await run(PROXY, ["--no-default-mounts", image, ...command], { env: environmentOf(isle) });
        assertEnded(ended);
        assert.equal(ended.stdout.toString(), stdout, describeRun(ended));
        assert.equal(ended.status, 0, describeRun(ended));
      }
    });
  });
}

describe("packing programs that start others", () => {
  test("a program whose library is not here is named, and packed as it is", () => {
    using scratch = makeScratch();
    makeFiles(scratch);
    rmSync(join(scratch.folder, "files/lib/libpart.so"));
    const { status, stderr } = pack(scratch, []);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^hermit: \S+files\/bin\/tool will not run in the image: the library libpart\.so, .*\n\S+app: \S+\n$/,
    );
  });

  test("a program of --program that is not here is an error", () => {
    using scratch = makeScratch();
    makeFiles(scratch);
    const { status, stderr } = pack(scratch, ["--program", "no-such-program"]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^hermit: no-such-program was not found/);
  });

  test("a script of a folder of programs comes without its neighbours", () => {
    using scratch = makeScratch();
    makeFiles(scratch);
    const { status, stderr } = pack(scratch, ["--program", "ldd"]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /app: \d(\.\d)?M\n$/, "a few MiB and not all of /usr/bin");
  });
});

function pack({ folder }: Scratch, args: readonly string[]) {
  const image = join(folder, "app");
  const all = ["pack", "-o", image, "--mount", `${join(folder, "files")}:/data`, ...args, "./starter"];
  return { image, ...spawnSync(HERMIT, all, { cwd: folder, encoding: "utf8" }) };
}

/** A static program that starts others, and a folder with these. */
function makeFiles({ folder }: Scratch): void {
  mkdirSync(join(folder, "files/bin"), { recursive: true });
  mkdirSync(join(folder, "files/lib"));
  writeFileSync(join(folder, "starter.c"), STARTER);
  writeFileSync(join(folder, "tool.c"), TOOL);
  writeFileSync(join(folder, "part.c"), "int part(void) { return 42; }\n");
  for (const args of [
    ["-static", "starter.c", "-o", "starter"],
    ["-shared", "-fPIC", "part.c", "-o", "files/lib/libpart.so"],
    ["tool.c", "-o", "files/bin/tool", "-Lfiles/lib", "-lpart", "-Wl,-rpath,$ORIGIN/../lib"],
  ]) {
    const { status, stderr } = spawnSync("gcc", args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  for (const [name, text] of [
    ["script", '#!/bin/sh\nexec /data/bin/tool "$1"\n'],
    ["by-env", '#!/usr/bin/env sh\necho "by-env $1"\n'],
    ["no-program", "nobody asks what this is\n"],
  ] as const) {
    writeFileSync(join(folder, "files", name), text);
    chmodSync(join(folder, "files", name), 0o755);
  }
}
