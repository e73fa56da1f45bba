/** `npm run bench -- basic`: what single calls and first touches of memory cost, in cycles. */

import { readFileSync } from "node:fs";
import { type Aim, compare, programPath } from "./compare.ts";

const AIMS: readonly [RegExp, Aim][] = [
  [/^getpid, median/, { atMost: 20 }],
  [/^sched_yield, median/, { atMost: 100 }],
  [/^malloc of 1 MiB and free, median/, { ratioAtMost: 0.2 }],
  [/^first touch of .* memory used before, median/, { ratioAtMost: 0.2 }],
];

export async function benchBasic(): Promise<void> {
  await compare({
    name: "basic",
    title: "Calls and memory; in each run the fewest cycles and the median of its samples",
    notes: [
      `Transparent large pages of this Linux: ${largePages()}.`,
      "Touches are measured 2 MiB at a time. Memory used before: the program had it and gave it back, so the host need not supply it;",
      "the difference from fresh memory is the host's own page fault.",
    ],
    build: { basic: ["-O2", "bench/programs/basic.c"] },
    workloads: [{ name: "basic", command: () => [programPath("basic")], processors: 1 }],
    aimOf: (row) => AIMS.find(([pattern]) => pattern.test(row))?.[1],
    hasRatio: (row) => !row.includes("of it the host's page fault"),
  });
}

function largePages(): string {
  try {
    return readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8").trim();
  } catch {
    return "none";
  }
}
