/** The OpenMP benchmarks: every construct is measured and reported; what the numbers are depends on the machine. */

import assert from "node:assert/strict";
import type { Seen } from "../tests/manifest.ts";
import type { ProgramCase } from "./manifest.ts";

const CHUNKS = [1, 2, 4, 8, 16, 32, 64, 128];
const SIZES = [1, 9, 81, 729, 6561, 59049];

/** In the order in which they are reported. */
const CONSTRUCTS: Readonly<Record<string, readonly string[]>> = {
  syncbench: [
    "PARALLEL",
    "FOR",
    "PARALLEL FOR",
    "BARRIER",
    "SINGLE",
    "CRITICAL",
    "LOCK/UNLOCK",
    "ORDERED",
    "ATOMIC",
    "REDUCTION",
  ],
  taskbench: [
    "PARALLEL TASK",
    "MASTER TASK",
    "MASTER TASK BUSY SLAVES",
    "CONDITIONAL TASK",
    "TASK WAIT",
    "TASK BARRIER",
    "NESTED TASK",
    "NESTED MASTER TASK",
    "BRANCH TASK TREE",
    "LEAF TASK TREE",
  ],
  schedbench: ["STATIC", ...["STATIC", "DYNAMIC", "GUIDED"].flatMap((kind) => CHUNKS.map((n) => `${kind} ${n}`))],
  arraybench: SIZES.flatMap((n) => ["PRIVATE", "FIRSTPRIVATE", "COPYPRIVATE", "COPYIN"].map((kind) => `${kind} ${n}`)),
};

/** Enough to see every construct once, as little work as that takes. */
const QUICK = ["--outer-repetitions", "2", "--test-time", "20", "--delay-time", "0.1"];

function verifyReport(program: string, threads: number): (seen: Seen) => void {
  return (seen) => {
    const text = seen.stdout.toString();
    assert.match(
      text,
      new RegExp(`^Running OpenMP benchmark version 3\\.0\n\t${threads} thread\\(s\\)\n\t2 outer repetitions\n`),
    );
    const overheads = [...text.matchAll(/^(.*) overhead = -?\d+\.\d+ microseconds \+\/- \d+\.\d+$/gm)];
    assert.deepEqual(
      overheads.map(([, name]) => name),
      CONSTRUCTS[program],
    );
  };
}

function casesOf(program: string): ProgramCase[] {
  const common = { program, args: QUICK, linux: { status: 0 }, timeoutSeconds: 180 };
  return [
    { ...common, title: "one thread", env: { OMP_NUM_THREADS: "1" }, verify: verifyReport(program, 1) },
    {
      ...common,
      title: "two threads",
      env: { OMP_NUM_THREADS: "2", HERMIT_CPUS: "2" },
      needs: ["threads"],
      verify: verifyReport(program, 2),
    },
  ];
}

export const MICRO_BENCHMARKS: readonly ProgramCase[] = [
  ...Object.keys(CONSTRUCTS).flatMap(casesOf),
  { program: "syncbench", title: "help", args: ["-h"], linux: { status: 0, stdout: /^usage: syncbench / } },
  {
    program: "syncbench",
    title: "there is no --help",
    args: ["--help"],
    linux: { status: 1, stdout: "", stderr: /unrecognized option '--help'\nusage: syncbench / },
  },
  {
    program: "taskbench",
    title: "a time that is none",
    args: ["--test-time", "soon"],
    linux: { status: 1, stdout: "", stderr: /^usage: taskbench / },
  },
];
