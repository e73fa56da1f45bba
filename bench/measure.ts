/** Running programs and taking numbers, for the benchmarks. */

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
export const FOLDER = join(ROOT, "build/bench");
const TIMEOUT_MS = 300_000;

export type Environment = Readonly<Record<string, string>>;

export interface Times {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly runs: number;
}

export interface Timed {
  readonly command: readonly string[];
  readonly env?: Environment;
  /** The exit status of a good run. */
  readonly status?: number;
}

/** Builds programs of bench/bare into the folder of results. */
export function buildBare(...names: readonly string[]): void {
  for (const name of names) {
    output(["compiler/bin/btsc", "build", `bench/bare/${name}.ts`, "--musl", "-o", join(FOLDER, name)]);
  }
}

/** Runs a program to its end; its stdout. Fails unless it ends as it should. */
export function output(command: readonly string[], env: Environment = {}): string {
  const result = run(command, env);
  if (result.status !== 0) {
    throw new Error(`${command.join(" ")} ended with ${result.signal ?? result.status}: ${result.stderr}`);
  }
  return result.stdout;
}

function run(command: readonly string[], env: Environment) {
  const [program = "", ...args] = command;
  return spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 28,
  });
}

/**
 * Times each program `count` times by bench/bare/launch.ts, in rounds: first some runs of each, then some more of each, so that a
 * slow minute of the host falls on all of them.
 */
export function timePrograms(programs: ReadonlyMap<string, Timed>, count: number, rounds: number): Map<string, Times> {
  const samples = new Map<string, number[]>([...programs.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of programs) {
      samples.get(name)?.push(...timeProgram(name, program, Math.ceil(count / rounds)));
    }
  }
  return new Map([...samples].map(([name, times]) => [name, summarise(times)]));
}

function timeProgram(name: string, { command, env = {}, status = 0 }: Timed, count: number): number[] {
  const lines = output([join(FOLDER, "launch"), String(count), ...command], env)
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [elapsedNs = "", actual = ""] = line.split(" ");
    if (Number(actual) !== status) {
      throw new Error(`${name} ended with ${actual}, not ${status}`);
    }
    return Number(elapsedNs) / 1e6;
  });
}

export function summarise(times: number[]): Times {
  const { median, min, max } = spreadOf(times);
  return { medianMs: median, minMs: min, maxMs: max, runs: times.length };
}

/** Numbers of any unit: their median and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, samples };
}

/** Rows of text as an aligned table: the first column to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}
