/**
 * One program of a benchmark, and what one run of it in one place gave: readings, or why there are none. A program prints a line
 * `name TAB unit TAB value` for each number (bench/programs/report.h); for one that prints something else the workload says how to read it.
 * A run that ends badly keeps what it had printed and gives the program's own last words as the reason.
 */

import { spawnSync } from "node:child_process";
import { ROOT } from "./measure.ts";
import { commandIn, type Place } from "./places.ts";

const DEFAULT_TIMEOUT_SECONDS = 120;
const MAX_REASON_LENGTH = 160;

export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** Full for real processors, small for emulated ones and for a quick look (`BENCH_SIZE=small`). */
export type Size = "full" | "small";

export interface Workload {
  /** Names the row when a run gave no reading. */
  readonly name: string;
  readonly command: (size: Size) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the root of the repository. */
  readonly cwd?: string;
  /** Options of the proxy, in front of the program. */
  readonly guestOptions?: readonly string[];
  /** Of the guest. */
  readonly processors: number;
  /** A command that starts the program, on Linux and around the guest's monitor alike, as taskset does. */
  readonly wrapper?: readonly string[];
  readonly timeoutSeconds?: number;
  readonly read?: (seen: Seen) => Reading[];
  /** What must be equal in all places; a different answer is a failure, however fast it came. */
  readonly answer?: (seen: Seen) => string;
}

export interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end, with what starts it. */
  readonly elapsedMs: number;
}

export interface Outcome {
  readonly readings: readonly Reading[];
  readonly failure?: string;
  readonly answer?: string;
}

export function runWorkload(workload: Workload, place: Place, size: Size): Outcome {
  const { command, env } = commandIn(place, workload.command(size), workload.processors, workload.guestOptions);
  const [file = "", ...args] = [...(workload.wrapper ?? []), ...command];
  const seconds = workload.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const startedMs = performance.now();
  const ended = spawnSync(file, args, {
    cwd: workload.cwd ?? ROOT,
    env: { ...process.env, ...workload.env, ...env },
    encoding: "utf8",
    timeout: seconds * 1000,
    maxBuffer: 1 << 26,
  });
  const result = { ...ended, elapsedMs: performance.now() - startedMs };
  const read = workload.read ?? readLines;
  if (result.error !== undefined && "code" in result.error && result.error.code === "ETIMEDOUT") {
    return { readings: read(result), failure: `no end within ${seconds} s` };
  }
  if (result.error !== undefined) return { readings: [], failure: result.error.message };
  if (result.status !== 0) {
    const reason = lastWords(result.stderr, `it ended with ${result.signal ?? `status ${result.status}`}`);
    return { readings: read(result), failure: reason };
  }
  const readings = read(result);
  return readings.length === 0
    ? { readings, failure: lastWords(result.stderr, "it printed no number") }
    : { readings, ...(workload.answer && { answer: workload.answer(result) }) };
}

export function readLines({ stdout }: Seen): Reading[] {
  return [...stdout.matchAll(/^([^\t\n]+)\t([^\t\n]+)\t(-?[\d.]+)$/gm)].map(([, name = "", unit = "", value]) => ({
    name,
    unit,
    value: Number(value),
  }));
}

function lastWords(stderr: string, otherwise: string): string {
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return (last === "" ? otherwise : last).slice(0, MAX_REASON_LENGTH);
}
