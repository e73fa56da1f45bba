/**
 * Compiles test programs of bare TypeScript for this host, with checks at run time and under AddressSanitizer and UBSan, and runs
 * them; those called threads.ts under ThreadSanitizer. Each ends with the line `N passed, N failed` (compiler/std/testing.ts); the last line here adds them up.
 *
 *     node --import tsx tools/bare-test.ts                        every main.ts and threads.ts in a folder tests of the bare folders
 *     node --import tsx tools/bare-test.ts drivers/tests/main.ts  only these
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { build, PLAIN_BUILD, profileFor } from "../compiler/src/driver.ts";

const FOLDERS = ["compiler/std", "nucleus", "kernel", "net", "drivers", "linux", "uhyve", "proxy", "isle"];
const TOTALS = /^(\d+) passed, (\d+) failed$/m;
const PROGRAMS = ["main.ts", "threads.ts"];
const TIMEOUT_MS = 300_000;

let passed = 0;
let failed = 0;
const named = process.argv.slice(2);
for (const entry of named.length > 0 ? named : FOLDERS.flatMap(testProgramsUnder)) {
  const totals = await runTests(entry);
  passed += totals.passed;
  failed += totals.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function runTests(entry: string): Promise<{ passed: number; failed: number }> {
  const output = `build/tests/${entry.replace(/\.ts$/, "").replaceAll("/", "-")}`;
  const { ok, messages } = build(
    {
      ...PLAIN_BUILD,
      entry,
      output,
      target: "host",
      checked: true,
      sanitize: entry.endsWith("/threads.ts") ? ["thread"] : ["address", "undefined"],
      optimise: "1",
      root: process.cwd(),
      embedFolder: resolve("build"),
      cc: process.env.CC ?? "gcc",
      profile: await profileFor("host"),
    },
    false,
  );
  if (!ok) {
    console.log(`  ${entry} does not compile\n${messages.join("\n")}`);
    return { passed: 0, failed: 1 };
  }
  const run = spawnSync(output, { encoding: "utf8", timeout: TIMEOUT_MS });
  const match = TOTALS.exec(run.stdout);
  const totals = { passed: Number(match?.[1] ?? 0), failed: Number(match?.[2] ?? 0) };
  const crashed = match === null || (run.status !== 0 && totals.failed === 0);
  if (crashed || totals.failed > 0) {
    console.log(run.stdout.replace(/^ok .*\n/gm, "").replace(TOTALS, ""));
    console.log(run.stderr);
    console.log(`  ${entry} ended with ${run.signal ?? run.status}`);
  }
  return { passed: totals.passed, failed: totals.failed + (crashed ? 1 : 0) };
}

function testProgramsUnder(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const programs = PROGRAMS.map((program) => `${folder}/${name}/${program}`).filter(existsSync);
      return name === "tests" && programs.length > 0 ? programs : testProgramsUnder(`${folder}/${name}`);
    });
}
