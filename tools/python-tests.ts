/**
 * `npm run test:python`: every suite of tests/runtimes/python-suites.ts in a guest, which takes most of an hour where QEMU emulates.
 *
 *     npm run test:python -- test_io test_os      these suites only
 *     npm run test:python -- --native test_io     on Linux, to see what passes there
 *
 * HERMIT_ISLE and its kin choose the isle as everywhere.
 */

import { spawnSync } from "node:child_process";
import { PROXY } from "../tests/boot/run.ts";
import { FOLDER, PYTHON, pythonProblem, SCRIPT, unexplained } from "../tests/runtimes/python-run.ts";
import { PYTHON_SUITES, type PythonSuite } from "../tests/runtimes/python-suites.ts";

const NATIVE = "--native";
const SUITE_MS = 15 * 60 * 1000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

function main(args: readonly string[]): number {
  const isNative = args[0] === NATIVE;
  const names = isNative ? args.slice(1) : args;
  const problem = pythonProblem();
  if (problem !== false) throw new Error(problem);
  const unknown = names.find((name) => !PYTHON_SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) throw new Error(`there is no suite "${unknown}" in tests/runtimes/python-suites.ts`);
  const chosen = PYTHON_SUITES.filter(({ name }) => names.length === 0 || names.includes(name));
  const passed = chosen.filter((suite) => passes(suite, isNative ? [] : [PROXY])).length;
  console.log(`${passed} passed, ${chosen.length - passed} failed`);
  return passed === chosen.length ? 0 : 1;
}

/** `runner`: what the interpreter is started by. */
function passes(suite: PythonSuite, runner: readonly string[]): boolean {
  const [command = PYTHON, ...args] = [...runner, PYTHON, SCRIPT, suite.name];
  const started = Date.now();
  const { stdout } = spawnSync(command, args, {
    cwd: FOLDER,
    encoding: "utf8",
    timeout: SUITE_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const problems = unexplained(suite, stdout);
  console.log(`${suite.name}: ${stdout.trim().split("\n").at(-1)} (${Math.round((Date.now() - started) / 1000)} s)`);
  for (const problem of problems) console.log(`  ${problem}`);
  return problems.length === 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`python-tests: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
