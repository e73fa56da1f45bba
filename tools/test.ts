/**
 * `npm test`: builds, runs the suites of tests/suites.ts one after the other, and adds up.
 *
 *     npm test                   everything
 *     npm test -- cli compiler   only these suites
 *
 * The last line is `N passed, N failed`, in test cases; the exit status is 1 if any failed. A suite that crashed, timed out or
 * ran nothing counts as one failed case, and so does a build that fails.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SUITES, type Suite } from "../tests/suites.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DEFAULT_TIMEOUT_MINUTES = 10;
const TOTALS = /^(\d+) passed, (\d+) failed$/;

interface Totals {
  passed: number;
  failed: number;
}

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

async function runSuite(suite: Suite): Promise<Totals> {
  const command = commandOf(suite);
  if (command === undefined) {
    console.log(`  ${suite.files} holds no *.test.ts`);
    return { passed: 0, failed: 1 };
  }
  const { totals, problem } = await runCommand(command, suite.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES);
  if (problem !== undefined && totals.failed === 0) {
    console.log(`  ${problem}`);
    return { ...totals, failed: 1 };
  }
  return totals;
}

function commandOf(suite: Suite): readonly string[] | undefined {
  if (suite.command !== undefined) {
    return suite.command;
  }
  const files = testFilesUnder(suite.files ?? "");
  const options = ["--import", "tsx", "--test", "--test-reporter=./tools/test-reporter.mjs"];
  return files.length > 0 ? [process.execPath, ...options, ...files] : undefined;
}

function testFilesUnder(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        return entry.name === "fixtures" ? [] : testFilesUnder(path);
      }
      return entry.name.endsWith(".test.ts") ? [path] : [];
    });
}

/** Runs a suite in a process group of its own, so that its end at the time limit leaves nothing behind. */
function runCommand(
  command: readonly string[],
  timeoutMinutes: number,
): Promise<{ totals: Totals; problem: string | undefined }> {
  return new Promise((resolve) => {
    const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const totals: Totals = { passed: 0, failed: 0 };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }, timeoutMinutes * 60_000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = TOTALS.exec(line);
      if (match) {
        totals.passed = Number(match[1]);
        totals.failed = Number(match[2]);
      } else {
        console.log(line);
      }
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ totals, problem: error.message });
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ totals, problem: problemOf(totals, timedOut ? timeoutMinutes : undefined, status, signal) });
    });
  });
}

function problemOf(
  totals: Totals,
  exceededMinutes: number | undefined,
  status: number | null,
  signal: string | null,
): string | undefined {
  if (exceededMinutes !== undefined) {
    return `took longer than ${exceededMinutes} minutes and was ended`;
  }
  if (signal !== null) {
    return `ended by ${signal}`;
  }
  if (status !== 0) {
    return `ended with exit status ${status}`;
  }
  return totals.passed + totals.failed === 0 ? "ran no test" : undefined;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`test: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
