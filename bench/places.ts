/**
 * Where a benchmark's program runs: on this Linux, and in the guest on the isles that this host offers. That is uhyve where KVM works,
 * else QEMU; with `BENCH_ISLE=uhyve` or `qemu` the one that is asked for. QEMU's place is named by the accelerator that it uses,
 * because a processor that QEMU emulates (TCG) is many times slower than the real one and its ratios say nothing about the kernel.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Environment, ROOT } from "./measure.ts";

const PROXY = join(ROOT, "build/bin/proxy");
const HELLO = join(ROOT, "build/apps/tests/hello-musl");
const START_TIMEOUT_MS = 60_000;
const GUEST_MEMORY = "1G";

export interface Place {
  readonly name: string;
  /** Set for the guest; Linux has none. */
  readonly proxy?: string;
  readonly env: Environment;
  /** The processor is emulated, so everything gets its small size and no aim applies. */
  readonly isEmulated: boolean;
}

export const LINUX: Place = { name: "Linux", env: {}, isEmulated: false };

/** The command that runs the program in this place, and the environment that it needs there. */
export function commandIn(
  place: Place,
  program: readonly string[],
  processors: number,
  options: readonly string[] = [],
): { command: string[]; env: Environment } {
  if (place.proxy === undefined) return { command: [...program], env: {} };
  return { command: [place.proxy, ...options, ...program], env: { ...place.env, HERMIT_CPUS: String(processors) } };
}

/** The guests to measure here; empty, with the reasons on stderr, when there is none. */
export function guestsHere(): Place[] {
  const wanted = process.env.BENCH_ISLE ?? "";
  if (wanted !== "" && wanted !== "uhyve" && wanted !== "qemu") {
    throw new Error(`BENCH_ISLE: there is no isle "${wanted}"; use uhyve or qemu`);
  }
  const candidates = wanted === "" ? ["uhyve", "qemu"] : [wanted];
  for (const isle of candidates) {
    const place = tryIsle(isle);
    if (place !== undefined) return [place];
  }
  return [];
}

function tryIsle(isle: string): Place | undefined {
  const env = { HERMIT_ISLE: isle, HERMIT_MEM: GUEST_MEMORY };
  const { status, signal, stderr } = spawnSync(PROXY, [HELLO], {
    env: { ...process.env, ...env, HERMIT_VERBOSE: "1" },
    encoding: "utf8",
    timeout: START_TIMEOUT_MS,
  });
  if (status !== 0) {
    console.error(`left out: isle ${isle} ended with ${signal ?? status} here`);
    return undefined;
  }
  if (isle === "uhyve") return { name: "uhyve", proxy: PROXY, env, isEmulated: false };
  const accelerator = /-accel (\w+)/.exec(stderr)?.[1] ?? "unknown accelerator";
  const name = `QEMU, ${accelerator.toUpperCase()}`;
  return { name, proxy: PROXY, env, isEmulated: accelerator !== "kvm" };
}
