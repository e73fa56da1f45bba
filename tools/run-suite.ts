/**
 * Runs one suite of tests/suites.ts and counts its cases. A suite that crashed, exceeded its time or ran nothing counts as one
 * failed case more, unless it reported failures itself: silence must never look like success.
 */

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Suite } from "../tests/suites.ts";

const DEFAULT_TIMEOUT_MINUTES = 10;
const TOTALS = /^(\d+) passed, (\d+) failed$/;

type Print = (line: string) => void;

export interface Totals {
  passed: number;
  failed: number;
}

export async function runSuite(suite: Suite, print: Print = console.log): Promise<Totals> {
  const command = commandOf(suite);
  if (command === undefined) {
    print(`  ${suite.files} holds no *.test.ts`);
    return { passed: 0, failed: 1 };
  }
  const { totals, problem } = await runCommand(command, suite.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES, print);
  if (problem !== undefined && totals.failed === 0) {
    print(`  ${problem}`);
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
  if (suite.filesAtOnce !== undefined) options.push(`--test-concurrency=${suite.filesAtOnce}`);
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
  print: Print,
): Promise<{ totals: Totals; problem: string | undefined }> {
  return new Promise((resolve) => {
    // Inside a test of its own, node:test would take this variable as a sign that it runs already.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const child = spawn(command[0] ?? "", command.slice(1), { stdio: [...stdio], env, detached: true });
    const endGroup = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
    const interrupted = () => {
      endGroup();
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    const finish = (problem: string | undefined) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      resolve({ totals, problem });
    };
    const totals: Totals = { passed: 0, failed: 0 };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup();
    }, timeoutMinutes * 60_000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = TOTALS.exec(line);
      if (match) {
        totals.passed = Number(match[1]);
        totals.failed = Number(match[2]);
      } else {
        print(line);
      }
    });
    child.on("error", (error) => finish(error.message));
    child.on("close", (status, signal) => {
      finish(problemOf(totals, timedOut ? timeoutMinutes : undefined, status, signal));
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
