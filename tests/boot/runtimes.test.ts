/**
 * Programs of the distribution as they are, with their runtimes: suites of Python's own tests, and programs in many languages
 * (tests/runtimes/programs.ts), whose output and exit status are compared with a run on Linux.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { PROGRAMS, type Program } from "../runtimes/programs.ts";
import { FOLDER, PYTHON, pythonProblem, SCRIPT, unexplained } from "../runtimes/python-run.ts";
import { PYTHON_SUITES } from "../runtimes/python-suites.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, type RunOptions, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const LOCAL = { TZ: "UTC", LC_ALL: "C", TMPDIR: "/tmp" };

describe("Python's own tests", { skip: pythonProblem() }, () => {
  for (const isle of ISLES) {
    for (const suite of PYTHON_SUITES.filter(({ isQuick }) => isQuick === true)) {
      test(`${isle}: ${suite.name}`, { skip: unavailable(isle) ?? false }, async () => {
        const seen = await runIn(FOLDER, [PROXY, PYTHON, SCRIPT, suite.name], {
          env: environmentOf(isle),
          timeoutSeconds: 200,
        });
        assertEnded(seen);
        assert.deepEqual(unexplained(suite, seen.stdout.toString()), [], describeRun(seen));
      });
    }
  }
});

describe("programs of the distribution", () => {
  for (const isle of ISLES) {
    for (const program of PROGRAMS) {
      const skip = unavailable(isle) ?? missing(program);
      test(`${isle}: ${program.name}`, { skip }, () => compare(isle, program));
    }
  }
});

function missing({ command, needs }: Program): string | false {
  const lost = [command[0], ...(needs ?? [])].find((file) => file.startsWith("/") && !existsSync(file));
  return lost === undefined ? false : `there is no ${lost}: run tools/setup.sh --all`;
}

async function compare(isle: Isle, program: Program): Promise<void> {
  using onLinuxFiles = prepare(program);
  using inGuestFiles = prepare(program);
  const env = { ...environmentOf(isle), ...LOCAL, ...program.env };
  const options = { env, stdin: program.stdin ?? "", timeoutSeconds: 200 };
  const mounts = (program.mounts ?? []).flatMap((mount) => ["--mount", mount]);
  const onLinux = await runIn(onLinuxFiles.folder, program.command, options);
  const inGuest = await runIn(inGuestFiles.folder, [PROXY, ...mounts, ...program.command], options);
  assertEnded(inGuest);
  assert.equal(inGuest.stdout.toString(), onLinux.stdout.toString(), describeRun(inGuest));
  assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
}

/** A guest's program finds itself in the folder that the proxy was started in. */
function runIn(folder: string, command: readonly string[], options: RunOptions): Promise<Run> {
  return run("/bin/sh", ["-c", 'cd "$0" && exec "$@"', folder, ...command], options);
}

function prepare({ files, build }: Program): Scratch {
  const scratch = makeScratch();
  for (const name of files ?? []) copyFileSync(join(FOLDER, name), join(scratch.folder, name));
  for (const [command, ...args] of build ?? []) {
    const { status, stderr } = spawnSync(command, args, { cwd: scratch.folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  return scratch;
}
