/**
 * Which isles this machine can run, and how a program is started on one.
 *
 * A machine without KVM or without QEMU is no failure, but it is never silent: every test that needs the isle is shown as
 * skipped, with the sentence that `unavailable` gives. Whether KVM *works* is not asked here; if /dev/kvm can be opened, uhyve
 * must run or say why, and that is what the tests are for.
 */

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { PROXY, type Run, type RunOptions, run } from "./run.ts";

/** Why tests on this isle cannot run here, or `undefined` if they can. */
export function unavailable(isle: Isle): string | undefined {
  return isle === "uhyve" ? kvmProblem() : qemuProblem();
}

export function availableIsles(): readonly Isle[] {
  return ISLES.filter((isle) => unavailable(isle) === undefined);
}

function kvmProblem(): string | undefined {
  if (!existsSync("/dev/kvm")) {
    return "this machine has no /dev/kvm";
  }
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "this user may not open /dev/kvm";
  }
}

function qemuProblem(): string | undefined {
  const wanted = process.env.HERMIT_QEMU ?? "qemu-system-x86_64";
  const folders = wanted.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, wanted))) ? undefined : `${wanted} is not installed`;
}

/** `proxy PROGRAM ARGS` with HERMIT_ISLE set. */
export function runOnIsle(
  isle: Isle,
  program: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Run> {
  return run(PROXY, [program, ...args], { ...options, env: { HERMIT_ISLE: isle, ...options.env } });
}
