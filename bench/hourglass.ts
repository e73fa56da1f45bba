/**
 * `npm run bench -- hourglass`: for how long a thread that never gives way is kept from running. Linux and guest run on the same
 * processor, one after the other: taskset pins the program, or the whole monitor with its guest. `BENCH_CPU` chooses it; a
 * processor that the host keeps free of other work (isolcpus) is the right one.
 */

import { mkdirSync, readFileSync } from "node:fs";
import { compare, programPath } from "./compare.ts";
import { FOLDER, output } from "./measure.ts";
import type { Reading, Seen, Size } from "./workload.ts";

const SECONDS: Readonly<Record<Size, number>> = { full: 4, small: 2 };
/** A gap is what takes this long or longer. */
const THRESHOLD_US = 1;
/** hg keeps no more gaps than these; beyond them their sum is not known. */
const MAX_LISTED = 65_536;
const SOURCE = "apps/programs/benchmarks/hg.c";

export async function benchHourglass(): Promise<void> {
  const cpu = process.env.BENCH_CPU ?? lastAllowedCpu();
  const threshold = Math.round((ticksPerSecond() / 1e6) * THRESHOLD_US);
  const wrapper = ["taskset", "-c", cpu];
  await compare({
    name: "hourglass",
    title: `Gaps of ${THRESHOLD_US} µs (${threshold} cycles) or longer in a loop that reads the time-stamp counter`,
    notes: [`Everything on CPU ${cpu}; processors that this host isolates: ${isolatedCpus()}.`],
    build: { hg: [SOURCE] },
    workloads: [
      {
        name: "hourglass",
        command: (size) => [
          programPath("hg"),
          "-d",
          String(SECONDS[size]),
          "-c",
          "-r",
          "list",
          "-t",
          String(threshold),
        ],
        processors: 1,
        wrapper,
        read: readGaps,
      },
    ],
    aimOf: (row) => (/^(gaps|longest)/.test(row) ? { ratioAtMost: 1 } : undefined),
  });
}

/** hg prints cycles; its own measurement of their frequency turns them into time. */
function readGaps({ stdout }: Seen): Reading[] {
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
  const microseconds = (cycles: number): number => cycles / (number(/^tps +: (\d+)/m) / 1e6);
  const count = number(/^# gaps +: (\d+)/m);
  const longest = number(/^Max +: (\d+)/m);
  if (Number.isNaN(count) || Number.isNaN(longest)) return [];
  const seconds = number(/^secs +: (\d+)/m);
  const lengths = [...stdout.matchAll(/^\d+\t(\d+)$/gm)].map(([, length]) => Number(length));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const readings = [
    { name: "gaps per second", unit: "gaps/s", value: count / seconds },
    { name: "longest gap", unit: "µs", value: microseconds(longest) },
  ];
  if (count <= MAX_LISTED)
    readings.push({ name: "all gaps, per second", unit: "µs/s", value: microseconds(total) / seconds });
  return readings;
}

function ticksPerSecond(): number {
  mkdirSync(FOLDER, { recursive: true });
  output(["gcc", "-O3", "-static", SOURCE, "-o", programPath("hg")]);
  return Number(/^tps +: (\d+)/m.exec(output([programPath("hg"), "-d", "1"]))?.[1]);
}

/** The last one, because interrupts and housekeeping prefer the first. */
function lastAllowedCpu(): string {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return list.split(/[,-]/).at(-1) ?? "0";
}

function isolatedCpus(): string {
  try {
    return readFileSync("/sys/devices/system/cpu/isolated", "utf8").trim() || "none";
  } catch {
    return "unknown";
  }
}
