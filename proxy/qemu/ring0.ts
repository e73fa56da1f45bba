/**
 * Whether a guest of QEMU can do with this host's KVM. Where the host emulates guest ring 0 (uhyve/ring-probe.ts) it cannot: timer interrupts
 * do not reach a guest there that computes (docs/decisions/0004-qemu-isle.md). No flag says so; a short loop in a machine of one page does.
 */

import { type Machine, MachineError } from "../../uhyve/machine.ts";
import { ringProbeCreate, ringProbeEnd, ringProbeRun } from "../../uhyve/ring-probe.ts";

/** Emulated, one iteration takes more than a microsecond, and less than a nanosecond otherwise. */
const ITERATIONS = 200;
const EMULATED_NS = 200n;

const probed: Machine = zeroed();

/** Also false where nothing can be measured: then QEMU finds out. */
export function ring0IsEmulated(): bool {
  const isMade = ringProbeCreate(probed) === MachineError.None;
  const elapsedNs: u64 = isMade ? ringProbeRun(probed, 0, ITERATIONS) : 0n;
  ringProbeEnd(probed);
  return elapsedNs > u64(ITERATIONS) * EMULATED_NS;
}
