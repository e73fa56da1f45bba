/** `npm run bench -- threads`: what it costs that two threads take turns, on one processor and on two. */

import { compare, programPath } from "./compare.ts";
import type { Workload } from "./workload.ts";

const PARTS = ["futex", "create", "mutex", "pipe", "eventfd", "condition"];
const TIMEOUT_SECONDS = 60;

export async function benchThreads(): Promise<void> {
  await compare({
    name: "threads",
    title:
      "Threads: nanoseconds of one hand-over (half a round trip), one thread made and joined, one passage through a mutex",
    build: { threads: ["-pthread", "bench/programs/threads.c"] },
    workloads: PARTS.flatMap((part) => ["one", "two"].map((processors) => workloadOf(part, processors))),
    aimOf: () => ({ ratioAtMost: 1 }),
  });
}

/** Each part is a run of its own, so that one that cannot run leaves the others alone. */
function workloadOf(part: string, processors: string): Workload {
  return {
    name: `${part}, ${processors}`,
    command: () => [programPath("threads"), part, processors],
    processors: 2,
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}
