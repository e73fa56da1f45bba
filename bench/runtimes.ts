/** `npm run bench -- runtimes`: the distribution's Python and Node.js, unmodified, in the guest and on Linux: start to exit, and computing. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Aim, compare } from "./compare.ts";
import { buildBare, FOLDER, ROOT } from "./measure.ts";
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
  buildBare("launch");
  const here = [PYTHON, NODE].filter(existsSync);
  await compare({
    name: "runtimes",
    title:
      "Python and Node.js of the distribution: milliseconds and memory from start to exit, and milliseconds of computing inside",
    notes: [
      "Starts are taken from outside: a machine is made and a runtime loaded from exports, beside a process that Linux starts.",
      ...[PYTHON, NODE].filter((each) => !existsSync(each)).map((each) => `${each} is not installed: left out.`),
    ],
    build: {},
    workloads: here.flatMap((program) => [startOf(program), computeOf(program)]),
    aimOf,
  });
}

/** Started by bench/bare/launch.ts, which says how long it took and how much memory of the host the process, or the guest's, had. */
function startOf(program: string): Workload {
  const what = program === PYTHON ? "python3 -c pass" : "node -e 0";
  const name = `start: ${what}`;
  return {
    name,
    command: () => [program, ...(program === PYTHON ? ["-c", "pass"] : ["-e", "0"])],
    // Reading the extra certificates of an environment, which a guest need not have, is not what is measured.
    env: { NODE_EXTRA_CA_CERTS: "" },
    cwd: DATA,
    processors: 1,
    wrapper: [join(FOLDER, "launch"), "1"],
    timeoutSeconds: TIMEOUT_SECONDS,
    read: ({ stdout }: Seen): Reading[] => {
      const [, elapsedNs, status, memoryKib] = /^(\d+) (\d+) (\d+)$/m.exec(stdout) ?? [];
      if (status !== "0") return [];
      return [
        { name, unit: "ms", value: Number(elapsedNs) / 1e6 },
        { name: `memory of the host, at most: ${what}`, unit: "MiB", value: Number(memoryKib) / 1024 },
      ];
    },
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
  if (row.startsWith("memory")) return undefined;
  return row.startsWith("start") ? { addedAtMost: 10 } : { ratioAtMost: 1 / 0.98 };
}
