/**
 * `npm run stress`: the programs of apps/stress, with both C libraries, in guests with more processors than this machine has.
 *
 *     npm run stress -- 10              ten minutes, divided among all programs (5 if not given)
 *     npm run stress -- 3 locks         these programs only
 *
 * HERMIT_ISLE chooses the isle as everywhere, HERMIT_CPUS the number of processors (8). Every run gets a seed of its own, which
 * is printed; a run that has not ended three minutes after its time waits for something that was lost, and counts as failed.
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { STRESS_FOLDER } from "./targets.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DEFAULT_MINUTES = 5;
const LEAST_SECONDS = 5;
const END_SECONDS = 180;

function main(args: readonly string[]): number {
  process.chdir(ROOT);
  const [minutesText = String(DEFAULT_MINUTES), ...names] = args;
  const minutes = Number(minutesText);
  if (!(minutes > 0)) {
    throw new Error(`"${minutesText}" is no number of minutes; usage: npm run stress -- [MINUTES [PROGRAM...]]`);
  }
  const programs = selectPrograms(names);
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${STRESS_FOLDER}/`], { stdio: "inherit" });
  if (build.status !== 0) {
    throw new Error("the programs could not be built");
  }
  const variants = programs.flatMap((name) => [`${name}-musl`, `${name}-glibc`]);
  const seconds = Math.max(LEAST_SECONDS, Math.round((minutes * 60) / variants.length));
  const passed = variants.filter((variant) => runOne(variant, seconds)).length;
  console.log(`${passed} passed, ${variants.length - passed} failed`);
  return passed === variants.length ? 0 : 1;
}

function selectPrograms(names: readonly string[]): readonly string[] {
  const all = readdirSync(STRESS_FOLDER)
    .filter((name) => name.endsWith(".c"))
    .map((name) => basename(name, ".c"));
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no program "${unknown}"; the programs are: ${all.join(" ")}`);
  }
  return names.length > 0 ? names : all;
}

function runOne(variant: string, seconds: number): boolean {
  const seed = String(Date.now() % 1_000_000);
  const env = { HERMIT_CPUS: "8", ...process.env };
  const result = spawnSync("build/bin/proxy", [`build/${STRESS_FOLDER}/${variant}`, String(seconds), seed], {
    env,
    encoding: "utf8",
    timeout: (seconds + END_SECONDS) * 1000,
    killSignal: "SIGKILL",
  });
  const how = result.error === undefined ? `ended with ${result.signal ?? result.status}` : "did not end in time";
  console.log(`${variant}, ${seconds} s, seed ${seed}: ${result.stdout.trim()}${result.status === 0 ? "" : ` ${how}`}`);
  if (result.status !== 0) {
    console.log(result.stderr);
  }
  return result.status === 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`stress: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
