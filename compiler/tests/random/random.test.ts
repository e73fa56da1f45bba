/**
 * Ten thousand random expressions over all integer widths, compiled and run, against exact results (generate.ts).
 *
 * Five programs of 2,000 cases each: optimised, unoptimised, checked, and checked under UndefinedBehaviorSanitizer. The seed is
 * fixed, so every run tests the same cases; BTSC_RANDOM_SEED=n tries others, and a failure names seed and case.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Case, generateCase, programOf, Random } from "./generate.ts";

const run = promisify(execFile);
const BTSC = fileURLToPath(new URL("../../bin/btsc", import.meta.url));
const CASES_PER_PROGRAM = 2000;
const SEED = BigInt(process.env.BTSC_RANDOM_SEED ?? "20261123");
const BUILDS: readonly (readonly string[])[] = [
  ["-O2"],
  ["-O0"],
  ["-O1", "--checked"],
  ["-O1", "--sanitize=undefined"],
  ["-O1", "--checked", "--sanitize=undefined"],
];

let directory = "";
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "btsc-random-"));
});
after(async () => {
  await rm(directory, { recursive: true, force: true });
});

function describe(seed: bigint, index: number, c: Case): string {
  const parameters = c.parameters.map((p) => `${p.name}: ${p.type} = ${p.value}`).join(", ");
  return `seed ${seed}, case ${index}: (${parameters}) => ${c.body.join(" ")} return ${c.result}`;
}

for (const [number, flags] of BUILDS.entries()) {
  const seed = SEED + BigInt(number);
  test(`${CASES_PER_PROGRAM} random expressions, ${flags.join(" ")}, seed ${seed}`, async () => {
    const random = new Random(seed);
    const cases = Array.from({ length: CASES_PER_PROGRAM }, () => generateCase(random));
    const source = path.join(directory, `random${number}.ts`);
    const program = path.join(directory, `random${number}`);
    await writeFile(source, programOf(cases));
    await run(BTSC, ["build", source, "-o", program, "--target", "host", "--root", directory, ...flags]);
    const { stdout, stderr } = await run(program, [], { maxBuffer: 1 << 24 });
    assert.equal(stderr, "", "no sanitizer report");
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, cases.length);
    for (const [index, c] of cases.entries()) {
      assert.equal(lines[index], `${index} ${c.expected}`, describe(seed, index, c));
    }
    assert.ok((await readFile(`${program}.c`)).length > 0);
  });
}
