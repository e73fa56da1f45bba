/**
 * The programs of apps/stress on this host as Linux processes, which tests the programs, and in guests with more processors than the host has.
 *
 * Each runs for a second here, after its warm-up rounds; `npm run stress` runs them for minutes. Whatever is lost shows either as a
 * counter that does not agree, which the program says, or as a run that never ends.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, assertOutcome } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT, run } from "./run.ts";

const FOLDER = "apps/stress";
const SECONDS = "1";
const CPUS = "8";
/** Each change of a mapping waits for all processors, which take turns on those of the host: with eight it takes minutes on a busy host. */
const FEWER_CPUS: Readonly<Record<string, string>> = {
  exec: "4",
  "file-mappings": "4",
  mappings: "4",
  transfers: "4",
  // The fewer there are, the more often a change meets a thread on its way from one to another.
  settings: "3",
};
const TIMEOUT_SECONDS = 240;
const AGREES = /^\d+ rounds, every count agrees\n$/;

const PROGRAMS = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith(".c"))
  .map((name) => basename(name, ".c"));

test("the stress programs have been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${FOLDER}/`], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  assert.ok(PROGRAMS.length > 0);
});

for (const libc of ["musl", "glibc"]) {
  describe(`stress with ${libc} on Linux`, () => {
    for (const name of PROGRAMS) {
      test(`linux: ${name}`, async () => {
        const program = join(ROOT, "build", FOLDER, `${name}-${libc}`);
        const onLinux = await run(program, [SECONDS], { timeoutSeconds: TIMEOUT_SECONDS });
        assertEnded(onLinux);
        assertOutcome(onLinux, { status: 0, stdout: AGREES });
      });
    }
  });
}

for (const isle of ISLES) {
  describe(`stress on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const [index, name] of PROGRAMS.entries()) {
      // The long run takes both C libraries of each.
      const libc = index % 2 === 0 ? "musl" : "glibc";
      test(`${isle}: ${name} (${libc})`, async () => {
        const program = join(ROOT, "build", FOLDER, `${name}-${libc}`);
        const env = { HERMIT_CPUS: FEWER_CPUS[name] ?? CPUS };
        const inGuest = await runOnIsle(isle, program, [SECONDS], { env, timeoutSeconds: TIMEOUT_SECONDS });
        assertOutcome(inGuest, { status: 0, stdout: AGREES });
        assertNothingLeftBehind(inGuest);
      });
    }
  });
}
