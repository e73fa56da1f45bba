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
import { environmentOf, qemuUsesKvm, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run } from "./run.ts";

const CONCURRENCY = 2;

test("the proxy has been built", () => {
  assert.ok(existsSync(PROXY), `${PROXY} is missing; \`npm run build\` says why`);
});

interface Machine {
  readonly name: string;
  readonly isle: Isle;
  readonly env: Readonly<Record<string, string>>;
  /** Why it is not tried here. */
  readonly skip: string | false;
}

const MACHINES: readonly Machine[] = [
  ...ISLES.map((isle) => {
    const skip: string | false = unavailable(isle) ?? false;
    return { name: isle, isle, env: skip === false ? environmentOf(isle) : {}, skip };
  }),
  { name: "qemu without KVM", isle: "qemu", env: { HERMIT_ISLE: "qemu", HERMIT_KVM: "0" }, skip: withoutKvmProblem() },
];

function withoutKvmProblem(): string | false {
  const none: string | false = "QEMU cannot use KVM here, so all tests on it are without";
  return unavailable("qemu") ?? (qemuUsesKvm() ? false : none);
}

for (const machine of MACHINES) {
  describe(`programs on ${machine.name}`, { concurrency: CONCURRENCY, skip: machine.skip }, () => {
    for (const program of PROGRAMS) {
      for (const testCase of program.cases) {
        for (const variant of variantsOf(program, testCase)) {
          const title = `${machine.name}: ${program.name}-${variant}: ${testCase.title}`;
          test(title, () => check(machine, program, variant, testCase));
        }
      }
    }
  });
}

async function check(machine: Machine, program: TestProgram, variant: Variant, testCase: TestCase): Promise<void> {
  const path = join(ROOT, programPath(program, variant));
  const memory = testCase.memory === undefined ? {} : { HERMIT_MEM: testCase.memory };
  const inGuest = await runOnIsle(machine.isle, path, testCase.args, {
    env: { ...machine.env, ...testCase.env, ...memory },
    ...(testCase.stdin === undefined ? {} : { stdin: testCase.stdin }),
    timeoutSeconds: testCase.timeoutSeconds ?? 60,
  });
  assertOutcome(inGuest, guestOutcome(testCase));
  assertNothingLeftBehind(inGuest);
  testCase.verify?.(inGuest);
  if (testCase.compare !== false) {
    const onLinux = await runNatively(program, variant, testCase, { ...machine.env, ...memory });
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
