/** `npm run bench -- openmp`: what OpenMP's constructs cost, by the programs of apps/programs/openmpbench with short settings. */

import { compare, programPath } from "./compare.ts";
import type { Seen, Size, Workload } from "./workload.ts";

const PROGRAMS = ["syncbench", "taskbench", "schedbench", "arraybench"];
const THREADS = 2;
const FOLDER = "apps/programs/openmpbench";
const TIMEOUT_SECONDS = 240;
const SETTINGS: Readonly<Record<Size, readonly string[]>> = {
  full: ["--outer-repetitions", "10", "--test-time", "1000", "--delay-time", "0.1"],
  small: ["--outer-repetitions", "2", "--test-time", "20", "--delay-time", "0.1"],
};

export async function benchOpenmp(): Promise<void> {
  const options = ["-fopenmp", "-Wl,--no-warnings"];
  const sources = (program: string) => [`${FOLDER}/${program}.c`, `${FOLDER}/common.c`, "-lm"];
  await compare({
    name: "openmp",
    title: `OpenMP with ${THREADS} threads: microseconds that a construct adds to its body`,
    notes: [
      "A difference of two measurements: near zero its sign and ratio are noise, and without a positive number there is no ratio.",
    ],
    build: Object.fromEntries(PROGRAMS.map((program) => [program, [...options, ...sources(program)]])),
    workloads: PROGRAMS.map(workloadOf),
  });
}

function workloadOf(program: string): Workload {
  return {
    name: program,
    command: (size) => [programPath(program), ...SETTINGS[size]],
    env: { OMP_NUM_THREADS: String(THREADS) },
    processors: THREADS,
    timeoutSeconds: TIMEOUT_SECONDS,
    read: ({ stdout }: Seen) =>
      [...stdout.matchAll(/^(.*) overhead = (-?[\d.]+) microseconds/gm)].map(([, construct, value]) => ({
        name: `${program} ${construct}`,
        unit: "µs",
        value: Number(value),
      })),
  };
}
