/**
 * The demonstration behind `npm start`: boots a TypeScript program and a C program, each in a virtual machine of its own, and
 * shows their output, which isle ran them and why, and the milliseconds from starting the proxy to its exit.
 *
 * Plain JavaScript so that a second `npm start` pays for no translation. HERMIT_VERBOSE=1 makes the proxy say on stderr
 * `hermit: isle NAME: REASON`; everything else it says there (the kernel's log) is shown only when a program fails.
 */

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PROXY = "build/bin/proxy";
const TIMEOUT_MS = 60_000;
const PROGRAMS = [
  { source: "examples/hello.ts", how: "compiled by btsc", path: "build/examples/hello" },
  { source: "apps/tests/hello.c", how: "compiled by gcc, static glibc", path: "build/apps/tests/hello-glibc" },
];

function main() {
  process.chdir(ROOT);
  for (const path of [PROXY, ...PROGRAMS.map((program) => program.path)]) {
    if (!existsSync(path)) {
      console.error(`demo: ${path} is missing; \`npm run build\` says why`);
      return 1;
    }
  }
  const results = PROGRAMS.map(demonstrate);
  return results.every((passed) => passed) ? 0 : 1;
}

function demonstrate({ source, how, path }) {
  const kibibytes = Math.ceil(statSync(path).size / 1024);
  console.log(`\n${source} (${how}, ${kibibytes} KiB)`);
  const env = { ...process.env, HERMIT_VERBOSE: "1" };
  const startNs = process.hrtime.bigint();
  const result = spawnSync(PROXY, [path], {
    env,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const elapsedMs = Number(process.hrtime.bigint() - startNs) / 1e6;
  for (const line of result.stdout.trimEnd().split("\n")) {
    console.log(`  | ${line}`);
  }
  const isle = /^hermit: isle (.+)$/m.exec(result.stderr)?.[1] ?? "not named by the proxy";
  console.log(`  isle ${isle}`);
  console.log(`  ${elapsedMs.toFixed(1)} ms from start to exit, exit status ${result.status ?? result.signal}`);
  if (result.status !== 0) {
    console.error(result.error ? `demo: ${result.error.message}` : result.stderr);
  }
  return result.status === 0;
}

process.exitCode = main();
