/**
 * What `proxy --probe` says about this host: JSON, one object a line, integers only. The proxy measures because it has the
 * monitor inside: a virtual machine with one vCPU runs a short loop in guest ring 0 and again in ring 3.
 *
 *     {"probe":"kvm","status":"ok","apiVersion":12,"errno":0}         status: ok | absent | denied | unusable
 *     {"probe":"ring0","status":"ok","iterations":1000,"elapsedNs":1204000}
 *     {"probe":"ring3","status":"ok","iterations":100000,"elapsedNs":51000}     status: ok | failed
 *     {"probe":"isle","isle":"uhyve","reason":"KVM works here"}
 *
 * Objects with another `probe` are skipped, so that the proxy may learn to say more.
 */

import { spawnSync } from "node:child_process";

export interface KvmProbe {
  readonly status: "ok" | "absent" | "denied" | "unusable";
  readonly apiVersion: number;
  readonly errno: number;
}

export interface RingProbe {
  readonly status: "ok" | "failed";
  readonly iterations: number;
  readonly elapsedNs: number;
}

export interface IsleProbe {
  readonly isle: string;
  readonly reason: string;
}

export interface HostProbe {
  readonly kvm?: KvmProbe;
  readonly ring0?: RingProbe;
  readonly ring3?: RingProbe;
  readonly isle?: IsleProbe;
}

const TIMEOUT_MS = 10_000;
const PROBES = new Set(["kvm", "ring0", "ring3", "isle"]);

/** Runs the probe; an empty answer if the proxy cannot do it. */
export function probeHost(proxy: string): HostProbe {
  const result = spawnSync(proxy, ["--probe"], { encoding: "utf8", timeout: TIMEOUT_MS });
  return parseProbe(result.stdout ?? "");
}

export function parseProbe(text: string): HostProbe {
  const found: Record<string, unknown> = {};
  for (const line of text.split("\n").filter((each) => each.startsWith("{"))) {
    const { probe, ...facts } = parseLine(line);
    if (typeof probe === "string" && PROBES.has(probe)) {
      found[probe] = facts;
    }
  }
  return found as HostProbe;
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
