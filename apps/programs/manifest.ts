/**
 * How each of the original's programs is run in the tests, and what it must show, on Linux and in the guest alike.
 *
 * Times, addresses and the order of threads differ between runs, so patterns and `verify` say what must hold. Long programs get
 * small arguments; the defaults are the original's. Every program of programs.txt has a case (a test sees to it).
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Outcome, Seen, TestCase } from "../tests/manifest.ts";
import { MICRO_BENCHMARKS } from "./manifest-openmpbench.ts";

/** What a program needs of the guest beyond a single thread. */
export type Feature = "threads" | "handlers";

/** What the kernel cannot do yet, and so which cases are shown as skipped in the guest. */
export const MISSING: Partial<Record<Feature, string>> = {};

export interface ProgramCase extends Omit<TestCase, "variants" | "compare" | "whyDifferent"> {
  readonly program: string;
  readonly needs?: readonly Feature[];
  /** For a program without an end: SIGTERM as soon as this was printed. */
  readonly endAfter?: string;
}

/** Both systems report an end by SIGTERM so. */
const ENDED_BY_SIGTERM = 143;
const BAD_USAGE: Outcome = { status: 1, stdout: "", stderr: /^usage: / };

const IN_PARALLEL = { env: { OMP_NUM_THREADS: "2", HERMIT_CPUS: "2" }, needs: ["threads"] } as const;
const ALONE = { env: { OMP_NUM_THREADS: "1" } } as const;

function firstWordOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim().split(/\s/)[0];
  } catch {
    return undefined;
  }
}

const HOST_NAME = firstWordOf("/etc/hostname");
const HOST_NAME_LINE = HOST_NAME ? `Hostname: ${/\W/.test(HOST_NAME) ? "\\S+" : HOST_NAME}\\n` : "";
const UNABLE = /^(Unable to open file \/(etc\/hostname|tmp\/test\.txt)\n){0,2}$/;

/** `lines` is what must have been printed, each once, in any order. */
function assertLines(text: string, lines: readonly string[]): void {
  assert.deepEqual(text.trimEnd().split("\n").sort(), [...lines].sort());
}

function verifyThreads(seen: Seen): void {
  assertLines(seen.stdout.toString(), [
    "Hello form main thread! id = -1",
    "Create thread 0",
    "Create thread 1",
    "Hello thread!!! id = 0",
    "Hello thread!!! id = 1",
  ]);
}

function verifySignals(threads: number): (seen: Seen) => void {
  return (seen) => {
    const text = seen.stdout.toString().replace(/\(task ID: [1-9]\d*\)/g, "(task ID: N)");
    const ids = [...seen.stdout.toString().matchAll(/task ID: (\d+)/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, threads, "every thread has an id of its own");
    const each = Array.from({ length: threads }, (_, i) => [
      `Create thread ${i}`,
      `[${i}] Hello (task ID: N)`,
      `Send signal to thread ${i}`,
      `[${i}] Received signal 16`,
      `[${i}] I'm done`,
      `Thread ${i} is done`,
    ]);
    assertLines(text, [...each.flat(), "Wait for all threads to finish", "All done"]);
  };
}

function verifyMultithreadedMalloc(seen: Seen): void {
  const each = [0, 1].map((i) => [
    `In main: creating thread ${i}`,
    `Hello World! It's me, thread ${i}!`,
    `malloc_stats from thread ${i}:`,
  ]);
  assertLines(seen.stdout.toString(), [...each.flat(), "All threads completed successfully"]);
}

function verifyPi(tolerance: number): (seen: Seen) => void {
  return (seen) => {
    const [, text] = /^Pi : (.*)$/m.exec(seen.stdout.toString()) ?? [];
    assert.ok(Math.abs(Number(text) - Math.PI) < tolerance, `Pi is ${text}`);
  };
}

const PI_OUTPUT =
  /^num_steps : \d+\nPi : 3\.14159\d*\nTime : \S+\nAlloc : \d+\nTotal Alloc : \d+\nSys : \d+\nLookups : \d+\n$/;
const RATE = " +\\d+\\.\\d +\\d\\.\\d{6} +\\d\\.\\d{6} +\\d\\.\\d{6}\n";

function streamOutput(threads: number): RegExp {
  const table = ["Copy:", "Scale:", "Add:", "Triad:"].map((name) => name + RATE).join("");
  return new RegExp(
    `^-+\nSTREAM version \\$Revision: 5\\.10 \\$\n[\\s\\S]*Array size = 20000 [\\s\\S]*Number of Threads counted = ${threads}\n` +
      `-+\nFunction +Best Rate MB/s +Avg time +Min time +Max time\n${table}-+\nSolution Validates: .*\n-+\n$`,
  );
}

const MEASURED = ["getpid", "sched_yield", "malloc", "the first page access"];
const BASIC_OUTPUT = new RegExp(
  `^Determine systems performance\n=+\n${MEASURED.map((what) => `Average time for ${what}: \\d+ cycles\n`).join("")}$`,
);

/** The numbers are glibc's: its rand() fills the matrix. */
function jacobiOutput(error: string, iterations: number): RegExp {
  return new RegExp(
    "^generate_empty_matrix\\(\\) done\\.\\.\\.\nstart calculation\\.\\.\\.\nCheck the result\\.\\.\\.\n" +
      `maximal error is ${error.replace(".", "\\.")}\n\nmatrix size: 128 x 128\nnumber of iterations: ${iterations}\n` +
      "calculation time: \\d+\\.\\d+ s\n$",
  );
}

const GAPS = "tps +: \\d+\nsecs +: 1\nthreshold : \\d+ cycles\n# loops +: \\d+\n# gaps +: \\d+\n";
const GAP_TIMES = (unit: string) => `Min +: \\d+ ${unit}\nAvg +: \\d+\\.\\d ${unit}\nMax +: \\d+ ${unit}\n`;

const TESTS: readonly ProgramCase[] = [
  {
    program: "hello",
    title: "greets, receives a signal, reads and writes files",
    args: ["one", "two words"],
    needs: ["handlers"],
    linux: {
      status: 0,
      stdout: new RegExp(
        `^Hello World!!!\nargv\\[0\\] = .*/hello\nargv\\[1\\] = one\nargv\\[2\\] = two words\nReceive signal with number 10\n${HOST_NAME_LINE}$`,
      ),
      stderr: HOST_NAME ? "" : UNABLE,
    },
    guest: {
      stdout:
        /^Hello World!!!\nargv\[0\] = .*\/hello\nargv\[1\] = one\nargv\[2\] = two words\nReceive signal with number 10\n(Hostname: \S+\n)?$/,
      stderr: UNABLE,
    },
  },
  { program: "hello++", title: "greets", linux: { status: 0, stdout: "Hello World from g++!!!\n" } },
  { program: "hellof", title: "greets", linux: { status: 0, stdout: " HelloWorld from gfortran!\n" } },
  {
    program: "jacobi",
    title: "stops at the first check",
    args: ["1e9"],
    timeoutSeconds: 120,
    linux: { status: 0, stdout: jacobiOutput("3.720542", 5000) },
  },
  {
    program: "argv_envp",
    title: "shows arguments and environment",
    args: ["--flag", "value with spaces"],
    env: { GREETING: "good morning" },
    linux: {
      status: 0,
      stdout:
        /^argc: 3\n {2}argv\[0\]: .*\/argv_envp\n {2}argv\[1\]: --flag\n {2}argv\[2\]: value with spaces\nenviron: 0x[0-9a-f]+\n([\s\S]*\n)?GREETING=good morning\n/,
    },
  },
  {
    program: "thr_hello",
    title: "greets from each thread",
    needs: ["threads"],
    linux: { status: 0 },
    verify: verifyThreads,
  },
  {
    program: "test-malloc",
    title: "2000 blocks",
    args: ["2000"],
    linux: { status: 0, stdout: "", stderr: /^Arena 0:\n[\s\S]*Total \(incl\. mmap\):\n/ },
  },
  {
    program: "test-malloc-mt",
    title: "two threads",
    needs: ["threads"],
    linux: { status: 0, stderr: /Total \(incl\. mmap\):/ },
    verify: verifyMultithreadedMalloc,
  },
  {
    program: "signals",
    title: "two threads",
    needs: ["threads", "handlers"],
    linux: { status: 0 },
    verify: verifySignals(2),
  },
  {
    program: "signals",
    title: "nine threads on two processors",
    args: ["9"],
    env: { HERMIT_CPUS: "2" },
    needs: ["threads", "handlers"],
    linux: { status: 0 },
    verify: verifySignals(9),
  },
  { program: "signals", title: "no threads", args: ["0"], linux: BAD_USAGE },
  {
    program: "allocator",
    title: "holds 16 MiB",
    args: ["16M"],
    endAfter: "Sleeping ...1!\n",
    linux: {
      status: ENDED_BY_SIGTERM,
      stdout: /^Allocating 16777216 bytes\nSleeping \.\.\.0!\nSleeping \.\.\.1!\n/,
    },
  },
  { program: "allocator", title: "without a size", linux: { ...BAD_USAGE, status: 255 } },
  { program: "allocator", title: "a size that is none", args: ["16Q"], linux: { ...BAD_USAGE, status: 255 } },
  {
    program: "allocator",
    title: "more than there is",
    args: ["64P"],
    linux: { status: 255, stderr: "72057594037927936 bytes could not be allocated\n" },
  },
  {
    program: "endless",
    title: "counts in one thread",
    ...ALONE,
    endAfter: "Counter 1\n",
    linux: { status: ENDED_BY_SIGTERM, stdout: /^Counter 0\nCounter 1\n/ },
  },
  {
    program: "endless",
    title: "counts in two threads",
    ...IN_PARALLEL,
    endAfter: "Counter 1\n",
    linux: { status: ENDED_BY_SIGTERM, stdout: /^Counter 0\nCounter 0\nCounter 1\n/ },
  },
  {
    program: "pi",
    title: "a thousand steps",
    args: ["1000"],
    needs: ["threads"],
    linux: { status: 0, stdout: PI_OUTPUT },
    verify: verifyPi(1e-6),
  },
  {
    program: "pi",
    title: "a million steps on two processors",
    env: { HERMIT_CPUS: "2" },
    needs: ["threads"],
    timeoutSeconds: 120,
    linux: { status: 0, stdout: PI_OUTPUT },
    verify: verifyPi(1e-12),
  },
  { program: "pi", title: "too few steps", args: ["99"], needs: ["threads"], linux: BAD_USAGE },
];

const BENCHMARKS: readonly ProgramCase[] = [
  {
    program: "basic",
    title: "measures",
    args: ["1000"],
    timeoutSeconds: 120,
    linux: { status: 0, stdout: BASIC_OUTPUT },
  },
  {
    program: "hg",
    title: "one second",
    args: ["-d", "1"],
    linux: { status: 0, stdout: new RegExp(`^${GAPS}${GAP_TIMES("ns")}$`) },
  },
  {
    program: "hg",
    title: "a histogram in cycles, from one cycle on",
    args: ["-d", "1", "-c", "-r", "hist", "-b", "7", "-t", "1"],
    linux: { status: 0, stdout: new RegExp(`^${GAPS}${GAP_TIMES("cycles")}(\\d+\t\\d+\n){7}$`) },
  },
  {
    program: "hg",
    title: "a list of all gaps",
    args: ["-d", "1", "-r", "list", "-t", "1"],
    linux: { status: 0, stdout: new RegExp(`^${GAPS}${GAP_TIMES("ns")}(\\d+\t\\d+\n)+$`) },
  },
  { program: "hg", title: "help", args: ["-h"], linux: { status: 0, stdout: /^usage: hg / } },
  { program: "hg", title: "an unknown report", args: ["-r", "pie"], linux: BAD_USAGE },
  { program: "hg", title: "no time at all", args: ["-d", "0"], linux: BAD_USAGE },
  {
    program: "stream",
    title: "one thread",
    args: ["20000", "3"],
    ...ALONE,
    linux: { status: 0, stdout: streamOutput(1) },
  },
  {
    program: "stream",
    title: "two threads",
    args: ["20000", "3"],
    ...IN_PARALLEL,
    linux: { status: 0, stdout: streamOutput(2) },
  },
  { program: "stream", title: "nothing to do", args: ["0"], linux: BAD_USAGE },
];

const CHECKS: readonly ProgramCase[] = [
  {
    program: "hermit-calls",
    title: "checks HermitCore's calls",
    stdin: "*",
    linux: { status: 0, stdout: /^written\nhermit-calls: \d+ checks passed\n$/ },
  },
  {
    program: "hermit-threads",
    title: "checks HermitCore's calls between threads",
    env: { HERMIT_CPUS: "2" },
    needs: ["threads", "handlers"],
    linux: { status: 0, stdout: /^hermit-threads: \d+ checks passed\n$/ },
  },
  {
    program: "hermit-threads",
    title: "a signal that no thread's handler takes ends the program",
    args: ["unhandled"],
    needs: ["handlers"],
    linux: { status: 138, stdout: "", stderr: "Caught unhandled signal 10, terminating\n" },
  },
];

export const PROGRAM_CASES: readonly ProgramCase[] = [...TESTS, ...BENCHMARKS, ...MICRO_BENCHMARKS, ...CHECKS];

/** Why this case cannot run in the guest yet. */
export function missingFor(programCase: ProgramCase): string | undefined {
  return programCase.needs?.map((feature) => MISSING[feature]).find((reason) => reason !== undefined);
}
