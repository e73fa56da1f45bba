/**
 * `npm run stress:files`: what the boot tests do with files for seconds, for minutes: random operations against models, with ever new seeds,
 * and guests that are killed in the middle of transactions.
 *
 *     npm run stress:files -- 10              ten minutes (5 if not given)
 *     npm run stress:files -- 10 kills        killed guests only; "models": random operations only
 *
 * HERMIT_ISLE and HERMIT_KVM choose the isle as everywhere. Every round prints its seed or its moment; the first failure ends the run and
 * leaves its files where it says.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareTrees } from "../tests/boot/compare-trees.ts";
import { JOURNALS, runRound, VICTIMS } from "../tests/boot/rows.ts";
import { FILES_TESTS_FOLDER } from "./targets.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PROXY = join(ROOT, "build/bin/proxy");
const PROGRAMS = join(ROOT, "build", FILES_TESTS_FOLDER);
const DEFAULT_MINUTES = 5;
const PARTS: readonly string[] = ["both", "kills", "models"];
const MODELS = ["one-file", "names"];
const OPERATIONS = "10000";
/** QEMU's server and emulated processor take minutes for it on a busy host. */
const ROUND_SECONDS = 900;
const MOST_DELAY_MS = 300;
/** Rounds that one database goes through before the next one begins. */
const ROUNDS_OF_A_DATABASE = 12;

async function main(args: readonly string[]): Promise<number> {
  process.chdir(ROOT);
  const minutes = Number(args[0] ?? DEFAULT_MINUTES);
  const part = args[1] ?? "both";
  if (!(minutes > 0) || !PARTS.includes(part)) {
    throw new Error(`usage: npm run stress:files -- [MINUTES [${PARTS.join("|")}]]`);
  }
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${FILES_TESTS_FOLDER}/`], { stdio: "inherit" });
  if (build.status !== 0) throw new Error("the programs could not be built");
  const endMs = Date.now() + minutes * 60_000;
  let passed = 0;
  for (let round = 0; Date.now() < endMs; round += 1) {
    if (part !== "kills") passed += runModels(String(Math.floor(Math.random() * 2 ** 31)));
    if (part !== "models") passed += await killRounds(JOURNALS[round % JOURNALS.length] ?? "wal", endMs);
  }
  console.log(`${passed} passed, 0 failed`);
  return 0;
}

/** How many. */
function runModels(seed: string): number {
  for (const program of MODELS) runModel(program, seed);
  return MODELS.length;
}

/** The same numbers on Linux and in an export: one line of output, and one tree of files. */
function runModel(name: string, seed: string): void {
  const program = join(PROGRAMS, name);
  const [linux, exported] = [newFolder(), newFolder()];
  const expected = output([program, seed, OPERATIONS, linux]);
  const seen = output([PROXY, "--mount", `${exported}:/data:rw`, program, seed, OPERATIONS, "/data"]);
  const differences = compareTrees(linux, exported);
  if (seen !== expected || differences.length > 0) {
    throw new Error(
      `${name}, seed ${seed}: "${seen}" instead of "${expected}"; ${differences.join("; ")}; ${linux} ${exported}`,
    );
  }
  console.log(`${name}, seed ${seed}: ${seen.trim()}`);
  for (const folder of [linux, exported]) rmSync(folder, { recursive: true });
}

function output(command: readonly string[]): string {
  const [file = "", ...args] = command;
  const { status, signal, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", timeout: ROUND_SECONDS * 1000 });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${signal ?? status}: ${stderr}`);
  return stdout;
}

/** Kills guests that write to one database; how many. */
async function killRounds(journal: string, endMs: number): Promise<number> {
  const folder = newFolder();
  let count = 0;
  while (count < ROUNDS_OF_A_DATABASE && Date.now() < endMs) {
    const victim = VICTIMS[count % VICTIMS.length] ?? "proxy";
    const delayMs = Math.floor(Math.random() * MOST_DELAY_MS);
    const rows = join(PROGRAMS, "rows");
    const env = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const { committed } = await runRound({
      proxy: PROXY,
      rows,
      folder,
      journal,
      victim,
      rowsFirst: 1 + (count % 4),
      delayMs,
      env,
    });
    console.log(`${journal}, ${victim} killed after ${delayMs} ms: all ${committed} rows are there`);
    count += 1;
  }
  rmSync(folder, { recursive: true });
  return count;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "hermit-stress-"));
}

process.exitCode = await main(process.argv.slice(2));
