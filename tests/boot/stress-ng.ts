/**
 * One stressor of the distribution's stress-ng, as a Linux process or in a guest, with the library of apps/stress-ng in both.
 *
 * A stressor ends when it has done its operations; its own time limit is longer than the harness waits. stress-ng reports success even when
 * it could not start what it was asked for, so the run counts only if its log says that the stressor began and ended.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Stressor } from "../../apps/stress-ng/stressors.ts";
import type { Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { runOnIsle } from "./isles.ts";
import { ROOT, type Run, run } from "./run.ts";

export const STRESS_NG = "/usr/bin/stress-ng";
const LIBRARY = join(ROOT, "build/apps/stress-ng/fork-in-place.so");
const TIMEOUT_SECONDS = 120;
const OWN_TIMEOUT = String(2 * TIMEOUT_SECONDS);
/** Some refuse root, and as root others would reach for the host's settings. */
const NOBODY = 65534;
/** Lines of stress-ng that say that something went wrong, or was left out. */
const COMPLAINT = /^stress-ng: (?:fail|error|warn): .*$|^fork-in-place: .*$|^.*(?:skipp|prematurely).*$/gm;

export function stressNgIsMissing(): string | false {
  return existsSync(STRESS_NG) ? false : "stress-ng is not installed";
}

export function runStressor(
  isle: Isle | "linux",
  { name, options = [] }: Stressor,
  operations: number,
  cpus = 2,
): Promise<Run> {
  const wanted = [`--${name}`, "1", `--${name}-ops`, String(operations), ...options];
  const args = ["--verbose", "--verify", "--no-rand-seed", ...wanted, "--timeout", OWN_TIMEOUT, "--temp-path"];
  const env = { LD_PRELOAD: LIBRARY, PATH: "/usr/bin:/bin", HOME: "/" };
  const user = process.getuid?.() === 0 ? { uid: NOBODY } : {};
  const timeoutSeconds = TIMEOUT_SECONDS;
  return isle === "linux"
    ? run(STRESS_NG, [...args, "."], { env, timeoutSeconds, ...user })
    : runOnIsle(isle, STRESS_NG, [...args, "/tmp"], { env: { ...env, HERMIT_CPUS: String(cpus) }, timeoutSeconds });
}

/** The stressor did all its operations and found nothing wrong. */
export function assertStressed(seen: Run, { name }: Stressor): void {
  assertEnded(seen);
  const text = seen.stdout.toString() + seen.stderr.toString();
  assert.deepEqual(text.match(COMPLAINT) ?? [], [], describeRun(seen));
  assert.match(text, new RegExp(`${name}: exited \\[\\d+\\] \\(instance 0\\)`), describeRun(seen));
  assert.equal(seen.status, 0, describeRun(seen));
  assertNothingLeftBehind(seen);
}
