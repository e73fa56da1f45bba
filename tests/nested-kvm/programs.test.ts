/**
 * Every program of apps/tests on uhyve, on a KVM that QEMU's TCG emulates: hardware semantics without hardware (tools/nested-kvm).
 *
 * Not a part of `npm test`: `npm run test:nested-kvm`. All cases run in one boot of the nested host, one after the other; each
 * test here waits for its own outcome.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  guestOutcome,
  PROGRAMS,
  programPath,
  type TestCase,
  type TestProgram,
  type Variant,
  variantsOf,
} from "../../apps/tests/manifest.ts";
import { type Job, type Outcome, runNested, shellWord } from "../../tools/nested-kvm/host.ts";
import { assertOutcome } from "../boot/expect.ts";
import { PROXY, ROOT, type Run } from "../boot/run.ts";

/** What a case may take on Linux's own clock, times this: the guest's processor is emulated. */
const SLOWER = 2;
/** `HERMIT_CPUS=4 npm run test:nested-kvm` gives every guest four processors. */
const CPUS = process.env.HERMIT_CPUS === undefined ? {} : { HERMIT_CPUS: process.env.HERMIT_CPUS };

/** `NESTED_CPUS=2` gives the nested host two. */
const NESTED_CPUS = Number(process.env.NESTED_CPUS ?? 1);

interface Entry {
  readonly title: string;
  readonly job: Job;
  readonly testCase: TestCase;
  readonly outcome: PromiseWithResolvers<Run>;
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

const files = new Map([["bin/proxy", PROXY]]);
const entries: Entry[] = [];

for (const program of PROGRAMS) {
  for (const testCase of program.cases) {
    for (const variant of variantsOf(program, testCase)) {
      entries.push(entryOf(program, testCase, variant));
    }
  }
}

function entryOf(program: TestProgram, testCase: TestCase, variant: Variant): Entry {
  const path = programPath(program, variant);
  // One that was not built fails its own cases only.
  if (existsSync(join(ROOT, path))) files.set(path, join(ROOT, path));
  return {
    title: `${program.name}-${variant}: ${testCase.title}`,
    job: {
      script: scriptOf(testCase, path),
      timeoutSeconds: (testCase.timeoutSeconds ?? 60) * SLOWER,
      ...(testCase.stdin === undefined ? {} : { stdin: testCase.stdin }),
    },
    testCase,
    outcome: withResolvers(),
  };
}

function scriptOf(testCase: TestCase, path: string): string {
  const memory = testCase.memory === undefined ? {} : { HERMIT_MEM: testCase.memory };
  const environment = { PATH: "/bin", TMPDIR: "/tmp", HERMIT_ISLE: "uhyve", ...CPUS, ...testCase.env, ...memory };
  const pairs = Object.entries(environment).map(([name, value]) => shellWord(`${name}=${value}`));
  const words = [`/${path}`, ...(testCase.args ?? [])].map(shellWord);
  return `exec env -i ${pairs.join(" ")} /bin/proxy ${words.join(" ")}`;
}

function withResolvers(): PromiseWithResolvers<Run> {
  let resolve: PromiseWithResolvers<Run>["resolve"] = () => {};
  let reject: PromiseWithResolvers<Run>["reject"] = () => {};
  const promise = new Promise<Run>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => {}); // its test looks at it later
  return { promise, resolve, reject };
}

function settle(index: number, outcome: Outcome | null, lastWords: string): void {
  const { outcome: settled, job } = entries[index] as Entry;
  if (outcome === null) {
    settled.reject(new Error(`the whole nested machine stopped; its console ended with\n${lastWords}`));
    return;
  }
  const timedOut = outcome.elapsedMs >= (job.timeoutSeconds ?? 0) * 1000;
  settled.resolve({ ...outcome, timedOut, leftBehind: [], startedAtMs: Date.now() - outcome.elapsedMs });
}

describe("programs on uhyve, on nested KVM", () => {
  runNested(
    entries.map(({ job }) => job),
    { files, cpuCount: NESTED_CPUS, onOutcome: settle },
  ).catch((error: Error) => {
    for (const { outcome } of entries) outcome.reject(error);
  });
  for (const { title, testCase, outcome } of entries) {
    test(title, async () => {
      const run = await outcome.promise;
      assertOutcome(run, guestOutcome(testCase));
      testCase.verify?.(run);
    });
  }
  test("there is something to run", () => assert.ok(entries.length > 0));
});
