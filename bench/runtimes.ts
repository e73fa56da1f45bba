/** `npm run bench -- runtimes`: the distribution's Python and Node.js, unmodified, in the guest and on Linux: start to exit, and computing. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Aim, compare } from "./compare.ts";
import { FOLDER, ROOT } from "./measure.ts";
import type { Reading, Seen, Size, Workload } from "./workload.ts";

const DATA = join(FOLDER, "runtimes-data");
const PYTHON = "/usr/bin/python3";
const NODE = "/usr/bin/node";
const TIMEOUT_SECONDS = 300;
const SIZES: Readonly<Record<string, Readonly<Record<Size, number>>>> = {
  [PYTHON]: { full: 5_000_000, small: 50_000 },
  [NODE]: { full: 1000, small: 60 },
};

export async function benchRuntimes(): Promise<void> {
  mkdirSync(DATA, { recursive: true });
  const here = [PYTHON, NODE].filter(existsSync);
  await compare({
    name: "runtimes",
    title: "Python and Node.js of the distribution: milliseconds from start to exit, and of computing inside",
    notes: [
      "Starts are taken from outside: a machine is made and a runtime loaded from exports, beside a process that Linux starts.",
      ...[PYTHON, NODE].filter((each) => !existsSync(each)).map((each) => `${each} is not installed: left out.`),
    ],
    build: {},
    workloads: here.flatMap((program) => [startOf(program), computeOf(program)]),
    aimOf,
  });
}

function startOf(program: string): Workload {
  const name = program === PYTHON ? "start: python3 -c pass" : "start: node -e 0";
  return {
    name,
    command: () => [program, ...(program === PYTHON ? ["-c", "pass"] : ["-e", "0"])],
    cwd: DATA,
    processors: 1,
    timeoutSeconds: TIMEOUT_SECONDS,
    read: ({ elapsedMs }: Seen): Reading[] => [{ name, unit: "ms", value: elapsedMs }],
  };
}

function computeOf(program: string): Workload {
  const script = join(ROOT, "bench/programs", program === PYTHON ? "compute.py" : "compute.mjs");
  return {
    name: script,
    command: (size) => [program, script, String(SIZES[program]?.[size] ?? 1)],
    // Shown to the guest beside the working directory.
    guestOptions: ["--mount", `${join(ROOT, "bench/programs")}:${join(ROOT, "bench/programs")}`],
    cwd: DATA,
    processors: 1,
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

function aimOf(row: string): Aim | undefined {
  return row.startsWith("start") ? undefined : { ratioAtMost: 1 / 0.98 };
}
