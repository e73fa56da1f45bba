/**
 * The options that `hermit run` and the proxy share, and how they stand to the HERMIT_ variables: options win, the first argument
 * that is no option is the program, and everything behind it is the program's.
 */

import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertNothingLeftBehind, assertOutcome, assertRefused, describeRun } from "./expect.ts";
import { availableIsles, environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type RunOptions, run } from "./run.ts";
import { copyProgram, makeScratch } from "./scratch.ts";

const HERMIT = join(ROOT, "bin/hermit");
const HELLO = join(ROOT, "build/apps/tests/hello-musl");
/** Any isle that works here. */
const FIRST_ISLE = environmentOf(availableIsles()[0] ?? "uhyve");
const noIsle = availableIsles().length === 0 ? "no isle works here" : false;

function greeting(...args: string[]): { status: number; stdout: string } {
  const lines = [HELLO, ...args].map((argument, index) => `argv[${index}] = ${argument}\n`);
  return { status: 0, stdout: `Hello World!!!\n${lines.join("")}` };
}

/** The isle comes by option here. */
function withoutIsle(isle: Isle): RunOptions {
  const { HERMIT_ISLE: _, ...env } = environmentOf(isle);
  return { env };
}

for (const isle of ISLES) {
  describe(`options on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: --isle, --cpus, --memory`, async () => {
      const ended = await run(
        PROXY,
        ["--isle", isle, "--cpus", "1", "--memory", "64M", HELLO, "one"],
        withoutIsle(isle),
      );
      assertOutcome(ended, greeting("one"));
      assertNothingLeftBehind(ended);
    });
    test(`${isle}: joined by an equals sign, and through bin/hermit run`, async () => {
      assertOutcome(await run(HERMIT, ["run", `--isle=${isle}`, "--memory=64M", HELLO], withoutIsle(isle)), greeting());
    });
    test(`${isle}: --verbose says which isle runs the program`, async () => {
      const ended = await run(PROXY, ["--verbose", "--isle", isle, HELLO], withoutIsle(isle));
      assertOutcome(ended, { ...greeting(), stderr: new RegExp(`^hermit: isle ${isle}\\b`, "m") });
    });
    test(`${isle}: an option wins over a variable`, async () => {
      const other = isle === "qemu" ? "uhyve" : "qemu";
      const env = { HERMIT_ISLE: other, HERMIT_VERBOSE: "1" };
      const ended = await run(PROXY, ["--isle", isle, HELLO], { env });
      assertOutcome(ended, { ...greeting(), stderr: new RegExp(`^hermit: isle ${isle}\\b`, "m") });
    });
  });
}

test("what stands behind the program is the program's", { skip: noIsle }, async () => {
  assertOutcome(
    await run(PROXY, [HELLO, "--isle", "nowhere", "--help"], { env: FIRST_ISLE }),
    greeting("--isle", "nowhere", "--help"),
  );
});

test("behind -- stands the program, whatever it is called", { skip: noIsle }, async () => {
  using scratch = makeScratch();
  copyProgram(scratch, HELLO, "--hello");
  const ended = await run("sh", ["-c", 'cd "$1" && exec "$2" -- --hello', "sh", scratch.folder, PROXY], {
    env: FIRST_ISLE,
  });
  assertOutcome(ended, { status: 0, stdout: "Hello World!!!\nargv[0] = --hello\n" });
});

test("/proc/self/exe is absolute and without links, AT_EXECFN is as given", { skip: noIsle }, async () => {
  using scratch = makeScratch();
  const path = realpathSync(copyProgram(scratch, join(ROOT, "build/apps/tests/self-path-musl"), "self"));
  const script = 'cd "$1" && ln -s self link && mkdir sub && cd sub && "$2" .././link && .././link';
  const ended = await run("sh", ["-c", script, "sh", scratch.folder, PROXY], { env: FIRST_ISLE });
  // The second is Linux's own answer.
  assertOutcome(ended, { status: 0, stdout: `${path}\n.././link\n`.repeat(2) });
});

test("--help explains itself on stdout", async () => {
  const ended = await run(PROXY, ["--help"]);
  assert.equal(ended.status, 0, describeRun(ended));
  for (const word of ["--isle", "--cpus", "--memory", "--verbose", "HERMIT_ISLE", "HERMIT_MEM"]) {
    assert.ok(ended.stdout.includes(word), `the help does not name ${word}`);
  }
  assert.equal(ended.stderr.toString(), "");
});

const WRONG_OPTIONS: readonly (readonly [readonly string[], RegExp])[] = [
  [["--no-such-option", HELLO], /--no-such-option/],
  [["--isle"], /--isle/],
  [["--isle", "moon", HELLO], /moon/],
  [["--cpus", "0", HELLO], /--cpus/],
  [["--cpus", "many", HELLO], /many/],
  [["--memory", "1K", HELLO], /--memory/],
  [["--memory", "much", HELLO], /much/],
  [["--memory=", HELLO], /--memory/],
  [["--verbose"], /program/],
  [["--"], /program/],
];

for (const [args, sentence] of WRONG_OPTIONS) {
  test(`refused: ${args.join(" ").replace(HELLO, "PROGRAM")}`, async () => {
    assertRefused(await run(PROXY, args), 1, sentence);
  });
}
