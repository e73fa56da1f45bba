/**
 * Runs a benchmark's programs on Linux and in the guest in turns, round after round, so that a slow minute of the host falls on
 * both; prints a table for each guest and writes build/bench/NAME.json. Nothing here passes or fails, and nothing is made up: a
 * program that cannot run has a row that says why, in its own words.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { formatComparison } from "./format.ts";
import { FOLDER, output, type Spread, spreadOf } from "./measure.ts";
import { guestsHere, LINUX, type Place } from "./places.ts";
import { type Outcome, runWorkload, type Size, type Workload } from "./workload.ts";

const DEFAULT_ROUNDS = 5;

/** What the guest should reach: a number of its own, or a bound of guest / Linux. */
export interface Aim {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly ratioAtMost?: number;
  readonly ratioAtLeast?: number;
  /** The guest's number is at most so much more than Linux's. */
  readonly addedAtMost?: number;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** A sentence or more that the reader of the table needs. */
  readonly notes?: readonly string[];
  /** Each becomes the file of its name in build/bench, static, for Linux and guest alike. */
  readonly build: Readonly<Record<string, readonly string[]>>;
  readonly workloads: readonly Workload[];
  /** The aim of a row, by its name. */
  readonly aimOf?: (row: string) => Aim | undefined;
  /** Rows whose quotient has no meaning, as a difference of two measurements has none. */
  readonly hasRatio?: (row: string) => boolean;
}

/** A side of a row: numbers, or why there are none; both when only some runs failed. */
export interface Side {
  readonly spread?: Spread;
  readonly failure?: string;
  readonly failedRuns: number;
}

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly linux: Side;
  readonly guest: Side;
  readonly ratio?: number;
  readonly aim?: Aim;
}

export interface Comparison {
  readonly guest: string;
  readonly isEmulated: boolean;
  readonly size: Size;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

export async function compare(benchmark: Benchmark): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, args] of Object.entries(benchmark.build)) {
    output(["gcc", "-O3", "-static", ...args, "-o", programPath(name)]);
  }
  const guests = guestsHere();
  if (guests.length === 0) throw new Error("no isle runs here: see ./bin/hermit doctor");
  const load = loadavg()[0] ?? Number.NaN;
  const comparisons = guests.map((guest) => measure(benchmark, guest));
  const host = `${cpus().length} CPUs, ${cpus()[0]?.model ?? "unknown"}, Linux ${output(["uname", "-r"]).trim()}`;
  const report = { name: benchmark.name, host, load, date: new Date().toISOString(), comparisons };
  writeFileSync(join(FOLDER, `${benchmark.name}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`${benchmark.title}\n${host}, load ${load.toFixed(2)}`);
  for (const note of benchmark.notes ?? []) console.log(note);
  for (const comparison of comparisons) console.log(`\n${formatComparison(comparison)}`);
}

export function programPath(name: string): string {
  return join(FOLDER, `${name}-static`);
}

function measure(benchmark: Benchmark, guest: Place): Comparison {
  const size: Size = guest.isEmulated || process.env.BENCH_SIZE === "small" ? "small" : "full";
  const rounds = Number(process.env.BENCH_ROUNDS ?? DEFAULT_ROUNDS);
  if (!(rounds >= 1)) throw new Error("BENCH_ROUNDS: the number of rounds must be at least 1");
  const runs = benchmark.workloads.map((): Runs => ({ linux: [], guest: [] }));
  for (let round = 0; round < rounds; round++) {
    benchmark.workloads.forEach((workload, i) => {
      const { linux = [], guest: inGuest = [] } = runs[i] ?? {};
      // The order changes, so that neither always finds the caches that the other one left.
      const turns: [Place, Outcome[]][] = [
        [LINUX, linux],
        [guest, inGuest],
      ];
      for (const [place, outcomes] of round % 2 === 0 ? turns : turns.toReversed()) {
        // What failed in the first round is not tried again.
        if (round === 0 || outcomes[0]?.failure === undefined) outcomes.push(runWorkload(workload, place, size));
      }
    });
  }
  const rows = benchmark.workloads.flatMap((workload, i) => rowsOf(benchmark, workload, runs[i] ?? noRuns));
  return { guest: guest.name, isEmulated: guest.isEmulated, size, rounds, rows };
}

interface Runs {
  readonly linux: Outcome[];
  readonly guest: Outcome[];
}

const noRuns: Runs = { linux: [], guest: [] };

function rowsOf(benchmark: Benchmark, workload: Workload, runs: Runs): Row[] {
  const checked = { linux: runs.linux, guest: runs.guest.map((outcome) => checkAnswer(outcome, runs.linux)) };
  const readings = [...checked.linux, ...checked.guest].flatMap((outcome) => outcome.readings);
  const units = new Map(readings.map(({ name, unit }) => [name, unit]));
  if (units.size === 0) units.set(workload.name, "");
  return [...units].map(([name, unit], i) => {
    // A run that printed everything and failed then is a failure, too: the last row says it.
    const isLast = i === units.size - 1;
    const linux = sideOf(checked.linux, name, isLast);
    const guest = sideOf(checked.guest, name, isLast);
    const ratio = benchmark.hasRatio?.(name) === false ? undefined : quotient(guest.spread, linux.spread);
    const aim = benchmark.aimOf?.(name);
    return { name, unit, linux, guest, ...(ratio !== undefined && { ratio }), ...(aim && { aim }) };
  });
}

/** Both sides must have computed the same. */
function checkAnswer(outcome: Outcome, linux: readonly Outcome[]): Outcome {
  const expected = linux.find((each) => each.answer !== undefined)?.answer;
  if (outcome.answer === undefined || expected === undefined || outcome.answer === expected) return outcome;
  return { readings: [], failure: `it computed "${outcome.answer}", Linux "${expected}"` };
}

function sideOf(outcomes: readonly Outcome[], name: string, isLast: boolean): Side {
  const values = outcomes.flatMap((outcome) => outcome.readings.filter((each) => each.name === name));
  const isMissing = ({ readings }: Outcome): boolean => !readings.some((each) => each.name === name);
  const failed = outcomes.filter((outcome) => isMissing(outcome) || (isLast && outcome.failure !== undefined));
  const failure = failed.find((outcome) => outcome.failure !== undefined)?.failure;
  return {
    ...(values.length > 0 && { spread: spreadOf(values.map(({ value }) => value)) }),
    ...(failed.length > 0 && { failure: failure ?? "the program did not print it" }),
    failedRuns: failed.length,
  };
}

function quotient(guest: Spread | undefined, linux: Spread | undefined): number | undefined {
  if (guest === undefined || linux === undefined || !(guest.median > 0) || !(linux.median > 0)) return undefined;
  return guest.median / linux.median;
}
