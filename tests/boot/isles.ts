/**
 * Which isles this machine can run, and how a program is started on one.
 *
 * A machine without KVM or without QEMU is no failure, but it is never silent: every test that needs the isle is shown as
 * skipped, with the sentence that `unavailable` gives. Whether KVM *works* is not asked here; if /dev/kvm can be opened, uhyve
 * must run or say why, and that is what the tests are for.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "./run.ts";

type Environment = Readonly<Record<string, string>>;

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
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isThere = folders.some((folder) => existsSync(join(folder, "qemu-system-x86_64")));
  return isThere ? undefined : "qemu-system-x86_64 is not installed";
}

/** What the proxy says, in one line, when QEMU has to do without KVM. */
export const TCG_NOTICE = /^hermit: .*emulates the processor \(TCG\).*$/m;

let usesKvm: boolean | undefined;

/** Whether QEMU uses KVM on this machine, as the proxy found out. */
export function qemuUsesKvm(): boolean {
  if (usesKvm === undefined) {
    const hello = join(ROOT, "build/apps/tests/hello-musl");
    const env = { ...process.env, HERMIT_ISLE: "qemu" };
    usesKvm = !TCG_NOTICE.test(spawnSync(PROXY, [hello], { env, encoding: "utf8", timeout: 60_000 }).stderr);
  }
  return usesKvm;
}

/** Where QEMU cannot use KVM, this keeps the proxy from saying so in every test; bad-hosts.test.ts looks at the notice. */
export function environmentOf(isle: Isle): Environment {
  return isle === "qemu" && !qemuUsesKvm() ? { HERMIT_ISLE: isle, HERMIT_KVM: "0" } : { HERMIT_ISLE: isle };
}

/** `proxy PROGRAM ARGS` with HERMIT_ISLE set. */
export function runOnIsle(
  isle: Isle,
  program: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Run> {
  return run(PROXY, [program, ...args], { ...options, env: { ...environmentOf(isle), ...options.env } });
}
