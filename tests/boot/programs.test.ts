/**
 * Every program of apps/tests, in every variant, on every isle: it must show what the manifest says, and the same as on Linux.
 *
 * Two runs at a time at most: the machine that runs this may have two cores, and a guest is busy with more than one.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  guestOutcome,
  ISLES,
  type Isle,
  PROGRAMS,
  programPath,
  type TestCase,
  type TestProgram,
  type Variant,
  variantsOf,
} from "../../apps/tests/manifest.ts";
import { runNatively } from "../linux-compare/native.ts";
import { assertNothingLeftBehind, assertOutcome, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run } from "./run.ts";

const CONCURRENCY = 2;

test("the proxy has been built", () => {
  assert.ok(existsSync(PROXY), `${PROXY} is missing; \`npm run build\` says why`);
});

for (const isle of ISLES) {
  describe(`programs on ${isle}`, { concurrency: CONCURRENCY, skip: unavailable(isle) ?? false }, () => {
    for (const program of PROGRAMS) {
      for (const testCase of program.cases) {
        for (const variant of variantsOf(program, testCase)) {
          test(`${isle}: ${program.name}-${variant}: ${testCase.title}`, () => check(isle, program, variant, testCase));
        }
      }
    }
  });
}

async function check(isle: Isle, program: TestProgram, variant: Variant, testCase: TestCase): Promise<void> {
  const path = join(ROOT, programPath(program, variant));
  const memory = testCase.memory === undefined ? {} : { HERMIT_MEM: testCase.memory };
  const inGuest = await runOnIsle(isle, path, testCase.args, {
    env: { ...testCase.env, ...memory },
    ...(testCase.stdin === undefined ? {} : { stdin: testCase.stdin }),
    timeoutSeconds: testCase.timeoutSeconds ?? 60,
  });
  assertOutcome(inGuest, guestOutcome(testCase));
  assertNothingLeftBehind(inGuest);
  testCase.verify?.(inGuest);
  if (testCase.compare !== false) {
    const onLinux = await runNatively(program, variant, testCase, { HERMIT_ISLE: isle, ...memory });
    assertSameOutput(inGuest, onLinux, testCase);
  }
}

function assertSameOutput(inGuest: Run, onLinux: Run, testCase: TestCase): void {
  assert.equal(inGuest.status, onLinux.status, `exit status in the guest and on Linux\n${describeRun(inGuest)}`);
  const comparable = testCase.compare || ((stdout: string) => stdout);
  assert.equal(
    comparable(inGuest.stdout.toString("latin1")),
    comparable(onLinux.stdout.toString("latin1")),
    "stdout in the guest and on Linux",
  );
  if (testCase.guest?.stderr === undefined) {
    assert.equal(
      inGuest.stderr.toString("latin1"),
      onLinux.stderr.toString("latin1"),
      "stderr in the guest and on Linux",
    );
  }
}
