/**
 * `npm test`: builds, runs the suites of tests/suites.ts one after the other, and adds up.
 *
 *     npm test                   everything
 *     npm test -- cli compiler   only these suites
 *
 * The last line is `N passed, N failed`, in test cases; the exit status is 1 if any failed. A suite that crashed, timed out or
 * ran nothing counts as one failed case, and so does a build that fails.
 */

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SUITES, type Suite } from "../tests/suites.ts";
import { runSuite, type Totals } from "./run-suite.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

async function main(names: readonly string[]): Promise<number> {
  process.chdir(ROOT);
  const suites = selectSuites(names);
  const totals: Totals = { passed: 0, failed: 0 };
  if (spawnSync(process.execPath, ["tools/build.mjs"], { stdio: "inherit" }).status !== 0) {
    console.log("the build failed");
    totals.failed += 1;
  }
  for (const suite of suites) {
    const startMs = Date.now();
    console.log(`\n${suite.name}: ${suite.why}`);
    const { passed, failed } = await runSuite(suite);
    const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
    console.log(`${suite.name}: ${passed} passed, ${failed} failed in ${seconds} s`);
    totals.passed += passed;
    totals.failed += failed;
  }
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed > 0 ? 1 : 0;
}

function selectSuites(names: readonly string[]): readonly Suite[] {
  for (const name of names) {
    if (!SUITES.some((suite) => suite.name === name)) {
      throw new Error(`there is no suite "${name}"; the suites are: ${SUITES.map((suite) => suite.name).join(" ")}`);
    }
  }
  return names.length === 0 ? SUITES : SUITES.filter((suite) => names.includes(suite.name));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`test: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
