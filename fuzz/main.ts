/**
 * Fuzzing of everything that reads what another party wrote: each program of fuzz/bare is compiled by btsc with run-time checks and
 * by clang with libFuzzer, AddressSanitizer and UBSan.
 *
 *     npm run fuzz                             every target for five minutes
 *     npm run fuzz -- --seconds 60 NAME...     these targets for a minute each
 *     node --import tsx fuzz/main.ts --short   the suite of `npm test`: a fixed number of runs from a fixed seed
 *
 * Long runs end with random system calls in guests (fuzz/guest, the name is "syscalls"); their short run is tests/boot/syscall-fuzz.test.ts.
 *
 * The corpus of long runs grows in build/fuzz/corpus; inputs that once failed are kept in fuzz/seeds/NAME and run first, always.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, PLAIN_BUILD, profileFor } from "../compiler/src/driver.ts";
import { fuzzSyscalls } from "./guest/run.ts";
import { writeSeeds } from "./seeds.ts";

const SHORT_RUNS = 50_000;
const SHORT_SEED = 20_261_123;
const LONG_SECONDS = 300;
/** Frames are at most 64 KiB: a little more reaches every bound. */
const MAX_INPUT_BYTES = 70_000;
const GUEST_TARGET = "syscalls";

const { values, positionals } = parseArgs({
  options: { short: { type: "boolean", default: false }, seconds: { type: "string", default: String(LONG_SECONDS) } },
  allowPositionals: true,
});
const targets = readdirSync("fuzz/bare")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => basename(name, ".ts"))
  .filter((name) => positionals.length === 0 || positionals.includes(name));
const isGuestFuzzed = positionals.includes(GUEST_TARGET) || (positionals.length === 0 && !values.short);
if (targets.length === 0 && !isGuestFuzzed) {
  throw new Error(`no fuzz target of that name; there are: ${readdirSync("fuzz/bare").join(" ")} ${GUEST_TARGET}`);
}
let passed = 0;
for (const name of targets) {
  passed += (await fuzz(name)) ? 1 : 0;
}
if (isGuestFuzzed) {
  passed += fuzzSyscalls(Number(values.seconds)) ? 1 : 0;
}
const total = targets.length + (isGuestFuzzed ? 1 : 0);
console.log(`${passed} passed, ${total - passed} failed`);
process.exitCode = passed === total ? 0 : 1;

async function fuzz(name: string): Promise<boolean> {
  const program = `build/fuzz/${name}`;
  const { ok, messages } = build(
    {
      ...PLAIN_BUILD,
      entry: `fuzz/bare/${name}.ts`,
      output: program,
      target: "host",
      checked: true,
      sanitize: ["address", "undefined", "fuzzer"],
      optimise: "1",
      root: process.cwd(),
      embedFolder: resolve("build"),
      cc: process.env.CC ?? "clang-14",
      profile: await profileFor("host"),
    },
    false,
  );
  if (!ok) {
    console.log(`${name} does not compile\n${messages.join("\n")}`);
    return false;
  }
  return run(name, program);
}

function run(name: string, program: string): boolean {
  const corpus = values.short ? `build/fuzz/short/${name}` : `build/fuzz/corpus/${name}`;
  const seeds = `fuzz/seeds/${name}`;
  // A short run must not depend on what earlier ones have found. (libFuzzer adds to its first folder, so the seeds are never that.)
  if (values.short) {
    rmSync(corpus, { recursive: true, force: true });
  }
  mkdirSync(corpus, { recursive: true });
  writeSeeds(name, corpus);
  const limit = values.short ? [`-runs=${SHORT_RUNS}`, `-seed=${SHORT_SEED}`] : [`-max_total_time=${values.seconds}`];
  const folders = existsSync(seeds) ? [corpus, seeds] : [corpus];
  const options = [...limit, `-max_len=${MAX_INPUT_BYTES}`, `-artifact_prefix=build/fuzz/${name}-`, "-close_fd_mask=3"];
  const result = spawnSync(program, [...options, "-verbosity=0", "-print_final_stats=1", ...folders], {
    encoding: "utf8",
  });
  const executed = /number_of_executed_units: (\d+)/.exec(result.stderr)?.[1];
  if (result.status === 0 && executed !== undefined) {
    console.log(`${name}: ${executed} inputs`);
    return true;
  }
  console.log(
    `${name} failed (${result.signal ?? result.status}); the input is in build/fuzz/${name}-*\n${result.stderr}`,
  );
  return false;
}
