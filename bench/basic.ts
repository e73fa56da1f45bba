/** `npm run bench -- basic`: what single calls and first touches of memory cost, in cycles. */

import { readFileSync } from "node:fs";
import { type Aim, compare, programPath } from "./compare.ts";

const PARTS = ["calls", "small-pages", "populated-pages", "large-pages"];

const AIMS: readonly [RegExp, Aim][] = [
  [/^getpid, median/, { atMost: 20 }],
  [/^sched_yield, median/, { atMost: 100 }],
  [/^malloc of 1 MiB and free, median/, { ratioAtMost: 0.2 }],
  [/^first touch of \S+ \S+, memory used before, median/, { ratioAtMost: 0.2 }],
];

export async function benchBasic(): Promise<void> {
  await compare({
    name: "basic",
    title: "Calls and memory; in each run the fewest cycles and the median of its samples",
    notes: [
      `Transparent large pages of this Linux: ${largePages()}.`,
      "Touches are measured 2 MiB at a time. Memory used before: the program had it and gave it back, so the host need not supply it.",
      "Where a hypervisor keeps tables of its own, it has a part in the touch and the munmap of malloc's page; what is untouched is without it.",
      "Host's page fault: fresh memory less memory used before; at most: should the system not have to clear what is fresh.",
    ],
    build: { basic: ["-O2", "bench/programs/basic.c"] },
    workloads: PARTS.map((part) => ({ name: part, command: () => [programPath("basic"), part], processors: 1 })),
    aimOf: (row) => AIMS.find(([pattern]) => pattern.test(row))?.[1],
    hasRatio: (row) => !row.startsWith("host's page fault"),
  });
}

function largePages(): string {
  try {
    return readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8").trim();
  } catch {
    return "none";
  }
}
