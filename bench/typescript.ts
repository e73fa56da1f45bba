/**
 * `npm run bench -- typescript`: programs of the application profile on many cores beside the same programs in C with OpenMP
 * (gcc -O3), natively on Linux. Each program measures its own computation; both of a pair run in turns, so that a slow minute
 * falls on both. Prints a table, writes build/bench/typescript.json. What they compute must be equal; the times are for comparison
 * within one run.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { FOLDER, output, ROOT, summarise, type Times, table } from "./measure.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? "15");
const TIMEOUT_MS = 120_000;

interface Workload {
  readonly name: string;
  /** The TypeScript program; its peer is bench/programs/NAME.c. */
  readonly source: string;
  readonly peer: string;
  /** Arguments before the number of threads. */
  readonly args: readonly string[];
}

const WORKLOADS: readonly Workload[] = [
  { name: "Jacobi, 1024 x 1024, 100 steps", source: "examples/jacobi.ts", peer: "jacobi", args: ["1024", "100"] },
  { name: "matrix product, 600 x 600", source: "examples/matrix-product.ts", peer: "matrix-product", args: ["600"] },
  {
    name: "10,000 loops of 1,000 additions",
    source: "bench/programs/parallel-loop.ts",
    peer: "parallel-loop",
    args: ["1000", "10000"],
  },
];

interface Row {
  readonly workload: string;
  readonly threads: number;
  readonly typescript: Times;
  readonly c: Times;
}

export async function benchTypeScript(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const { source, peer } of WORKLOADS) {
    output(["compiler/bin/btsc", "build", source, "--target", "app", "-o", join(FOLDER, `${peer}-typescript`)]);
    output(["gcc", "-O3", "-fopenmp", `bench/programs/${peer}.c`, "-o", join(FOLDER, `${peer}-c`)]);
  }
  const threadCounts = availableParallelism() > 2 ? [1, 2, availableParallelism()] : [1, 2];
  const rows = WORKLOADS.flatMap((workload) => threadCounts.map((threads) => measurePair(workload, threads)));
  const host = `${cpus().length} CPUs, ${cpus()[0]?.model ?? "unknown"}, ${output(["gcc", "--version"]).split("\n")[0]}`;
  const load = loadavg()[0] ?? Number.NaN;
  writeFileSync(
    join(FOLDER, "typescript.json"),
    `${JSON.stringify({ host, load, rounds: ROUNDS, rows }, undefined, 2)}\n`,
  );
  console.log(`${host}, load ${load.toFixed(2)}\n\n${format(rows)}`);
}

function measurePair(workload: Workload, threads: number): Row {
  const samples: { typescript: number[]; c: number[] } = { typescript: [], c: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const ours = run(workload, "typescript", threads);
    const theirs = run(workload, "c", threads);
    if (ours.result !== theirs.result)
      throw new Error(`${workload.name}: TypeScript computes "${ours.result}", C "${theirs.result}"`);
    samples.typescript.push(ours.milliseconds);
    samples.c.push(theirs.milliseconds);
  }
  return { workload: workload.name, threads, typescript: summarise(samples.typescript), c: summarise(samples.c) };
}

function run(workload: Workload, language: string, threads: number): { result: string; milliseconds: number } {
  const program = join(FOLDER, `${workload.peer}-${language}`);
  const env = { ...process.env, SHOW_TIME: "1" };
  const { status, signal, stdout, stderr } = spawnSync(program, [...workload.args, String(threads)], {
    cwd: ROOT,
    env,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}: ${stderr}`);
  return { result: stdout.trim(), milliseconds: Number(/([\d.]+) ms/.exec(stderr)?.[1]) };
}

function format(rows: readonly Row[]): string {
  const cell = ({ medianMs, minMs, maxMs }: Times): string =>
    `${medianMs.toFixed(2)} (${minMs.toFixed(2)}-${maxMs.toFixed(2)})`;
  const head = [
    `milliseconds, ${ROUNDS} runs`,
    "threads",
    "TypeScript: median (range)",
    "C: median (range)",
    "C / TypeScript",
    "of the fastest",
  ];
  return table([
    head,
    ...rows.map(({ workload, threads, typescript, c }) => [
      workload,
      String(threads),
      cell(typescript),
      cell(c),
      (c.medianMs / typescript.medianMs).toFixed(2),
      (c.minMs / typescript.minMs).toFixed(2),
    ]),
  ]);
}
