/** Runs one suite of PYTHON_SUITES and compares what failed with what the list says. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PythonSuite } from "./python-suites.ts";

export const PYTHON = "/usr/bin/python3";
const TEST_PACKAGE = "/usr/lib/python3.11/test/test_struct.py";
export const FOLDER = fileURLToPath(new URL(".", import.meta.url));
export const SCRIPT = join(FOLDER, "python-suite.py");

/** Why the suites cannot run here, or false. */
export function pythonProblem(): string | false {
  if (!existsSync(PYTHON)) return `there is no ${PYTHON}`;
  return existsSync(TEST_PACKAGE) ? false : `there is no ${TEST_PACKAGE}: run tools/setup.sh --all`;
}

/** What a run of the suite printed that the list does not explain, one sentence each. */
export function unexplained(suite: PythonSuite, output: string): readonly string[] {
  const lines = output.split("\n");
  const counts = lines.find((line) => /^\d+ run, \d+ failed, \d+ errors, \d+ skipped$/.test(line));
  if (counts === undefined) return [`${suite.name} did not come to its end`];
  if (counts.startsWith("0 run")) return [`${suite.name} ran no test`];
  const excuses = suite.fails ?? [];
  return lines.filter((line) => {
    const [, test] = /^(?:ERROR|FAIL) (\S+) /.exec(line) ?? [];
    return test !== undefined && !excuses.some((excuse) => excuse.tests.test(test));
  });
}
