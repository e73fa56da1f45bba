/** `npm run bench -- compute`: programs that compute and hardly call the system, with one thread and with two. */

import { compare, programPath } from "./compare.ts";
import type { Reading, Seen, Size, Workload } from "./workload.ts";

const THREADS = [1, 2];
const TIMEOUT_SECONDS = 300;

const SHA256_MIB: Readonly<Record<Size, number>> = { full: 1024, small: 8 };
const JACOBI: Readonly<Record<Size, readonly [string, string]>> = { full: ["1024", "400"], small: ["256", "10"] };
const MATRIX_ROWS: Readonly<Record<Size, string>> = { full: "1200", small: "160" };
/** Elements of an array, and times. */
const STREAM: Readonly<Record<Size, readonly [string, string]>> = { full: ["4000000", "20"], small: ["200000", "4"] };

export async function benchCompute(): Promise<void> {
  const openmp = ["-fopenmp", "-Wl,--no-warnings"];
  await compare({
    name: "compute",
    title: "Computation; rates and not times, so that more is better",
    build: {
      stream: [...openmp, "apps/programs/benchmarks/stream.c", "-lm"],
      jacobi: [...openmp, "bench/programs/jacobi.c"],
      "matrix-product": [...openmp, "bench/programs/matrix-product.c"],
      sha256: [...openmp, "bench/programs/sha256.c"],
    },
    workloads: THREADS.flatMap((threads) => [stream(threads), jacobi(threads), sha256(threads), matrix(threads)]),
    aimOf: () => ({ ratioAtLeast: 0.98 }),
  });
}

function withThreads(title: string, threads: number): string {
  return `${title}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

function common(threads: number) {
  return { processors: threads, timeoutSeconds: TIMEOUT_SECONDS };
}

function stream(threads: number): Workload {
  return {
    ...common(threads),
    name: withThreads("stream", threads),
    command: (size) => [programPath("stream"), ...STREAM[size]],
    env: { OMP_NUM_THREADS: String(threads) },
    read: ({ stdout }) =>
      [...stdout.matchAll(/^(Copy|Scale|Add|Triad): +([\d.]+)/gm)].map(([, kernel, rate]) => ({
        name: withThreads(`stream ${kernel?.toLowerCase()}`, threads),
        unit: "MB/s",
        value: Number(rate),
      })),
  };
}

function jacobi(threads: number): Workload {
  return {
    ...common(threads),
    name: withThreads("jacobi", threads),
    command: (size) => [programPath("jacobi"), ...JACOBI[size], String(threads)],
    read: perSecond(withThreads("jacobi", threads), "run/s"),
    answer: ({ stdout }) => stdout.trim(),
  };
}

function matrix(threads: number): Workload {
  return {
    ...common(threads),
    name: withThreads("matrix product", threads),
    command: (size) => [programPath("matrix-product"), MATRIX_ROWS[size], String(threads)],
    read: perSecond(withThreads("matrix product", threads), "run/s"),
    answer: ({ stdout }) => stdout.trim(),
  };
}

function sha256(threads: number): Workload {
  return {
    ...common(threads),
    name: withThreads("sha256", threads),
    command: (size) => [programPath("sha256"), String(SHA256_MIB[size]), String(threads)],
    read: ({ stdout }) =>
      [...stdout.matchAll(/^rate\tMiB\/s\t([\d.]+)$/gm)].map(([, rate]) => ({
        name: withThreads("sha256", threads),
        unit: "MiB/s",
        value: Number(rate),
      })),
    answer: ({ stdout }) => /^digest \w+$/m.exec(stdout)?.[0] ?? "no digest",
  };
}

/** For programs that say on stderr how many milliseconds their computation took. */
function perSecond(name: string, unit: string): (seen: Seen) => Reading[] {
  return ({ stderr }) =>
    [...stderr.matchAll(/^([\d.]+) ms$/gm)].map(([, milliseconds]) => ({
      name,
      unit,
      value: 1000 / Number(milliseconds),
    }));
}
