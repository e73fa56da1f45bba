/** `npm run bench -- malloc`: malloc and free in eight threads, some of it memory that another thread allocated. */

import { availableParallelism } from "node:os";
import { compare, programPath } from "./compare.ts";
import type { Size } from "./workload.ts";

const THREADS = 8;
const OPERATIONS: Readonly<Record<Size, number>> = { full: 1_000_000, small: 20_000 };

export async function benchMalloc(): Promise<void> {
  const processors = Math.min(THREADS, Math.max(2, availableParallelism()));
  await compare({
    name: "malloc",
    title: `malloc and free of 1 to 4096 bytes in ${THREADS} threads on ${processors} processors; more is better`,
    build: { malloc: ["-pthread", "bench/programs/malloc.c"] },
    workloads: [
      {
        name: "malloc and free",
        command: (size) => [programPath("malloc"), String(THREADS), String(OPERATIONS[size])],
        processors,
      },
    ],
    aimOf: () => ({ ratioAtLeast: 1 }),
  });
}
