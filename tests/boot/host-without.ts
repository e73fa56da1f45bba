/**
 * Makes hosts that lack something, for one command only: a mount namespace with another /dev, or another PATH.
 *
 * Needs root (unshare, mount); where that is not given, `cannotChangeDev` says why and the tests are skipped with that reason.
 */

import { spawnSync } from "node:child_process";
import { PROXY, type Run, type RunOptions, run } from "./run.ts";

const NEW_DEV = "/mnt";
const NODES = "null zero full random urandom tty";

/** What /dev/kvm shall be inside. */
export type KvmNode = "absent" | "not KVM" | "not permitted" | "open to all";

const SHELL_STEPS: Readonly<Record<KvmNode, string>> = {
  absent: "true",
  "not KVM": `cp -a /dev/null ${NEW_DEV}/kvm`,
  "not permitted": `mknod ${NEW_DEV}/kvm c 10 232 && chmod 600 ${NEW_DEV}/kvm`,
  // Where this host has none the node opens nothing, as on a host without KVM.
  "open to all": `mknod ${NEW_DEV}/kvm c 10 232 && chmod 666 ${NEW_DEV}/kvm`,
};

const AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups";

/** Why no other /dev can be made here, or `undefined`. */
export function cannotChangeDev(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "needs root to give a program another /dev";
  }
  const tried = spawnSync("unshare", ["-m", "sh", "-c", `mount -t tmpfs none ${NEW_DEV}`], { encoding: "utf8" });
  return tried.status === 0 ? undefined : `no mount namespace can be made here: ${tried.stderr.trim()}`;
}

/** `ARGS` (a command and its arguments) in a namespace whose /dev holds little and, as kvm, what is asked for. */
export function runWithKvm(node: KvmNode, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const isNobody = node === "not permitted" || node === "open to all";
  const steps = [
    `mount -t tmpfs none ${NEW_DEV}`,
    `for node in ${NODES}; do cp -a /dev/$node ${NEW_DEV}/; done`,
    `mkdir ${NEW_DEV}/shm ${NEW_DEV}/pts`,
    SHELL_STEPS[node],
    `mount --move ${NEW_DEV} /dev`,
    isNobody ? `exec ${AS_NOBODY} "$@"` : 'exec "$@"',
  ];
  return run("unshare", ["-m", "sh", "-c", steps.join(" && "), "sh", ...args], options);
}

/** `proxy ARGS` as user and group nobody, who may use KVM if this host has it. */
export function runAsNobody(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runWithKvm("open to all", [PROXY, ...args], options);
}

/** `proxy ARGS` with a PATH in which nothing is found. */
export function runWithoutPath(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return run(PROXY, args, { ...options, env: { ...options.env, PATH: "/nowhere" } });
}
