/**
 * `npm run stress:ng`: every stressor of apps/stress-ng/stressors.ts, on Linux and in a guest, with as many operations as asked for.
 *
 *     npm run stress:ng -- 1000               1000 operations of each (100 if not given)
 *     npm run stress:ng -- 1000 futex mmap    these only
 *
 * HERMIT_ISLE chooses the isle (uhyve), HERMIT_CPUS the number of processors (2). One that fails on Linux too says nothing about the guest: it
 * is named and not counted.
 */

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { STRESSORS, type Stressor } from "../apps/stress-ng/stressors.ts";
import { ISLES, type Isle } from "../apps/tests/manifest.ts";
import { assertStressed, runStressor, stressNgIsMissing } from "../tests/boot/stress-ng.ts";
import { STRESS_NG_FOLDER } from "./targets.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DEFAULT_OPERATIONS = 100;
const DEFAULT_CPUS = 2;

type Ending = "passed" | "failed" | "failed on Linux";

async function main(args: readonly string[]): Promise<number> {
  process.chdir(ROOT);
  const operations = Number(args[0] ?? DEFAULT_OPERATIONS);
  const isle = ISLES.find((name) => name === (process.env.HERMIT_ISLE ?? "uhyve"));
  if (!(operations >= 1) || isle === undefined) {
    throw new Error("usage: npm run stress:ng -- [OPERATIONS [STRESSOR...]], with HERMIT_ISLE=uhyve or qemu");
  }
  const missing = stressNgIsMissing();
  if (missing !== false) throw new Error(`${missing}; run: sh tools/setup.sh --all`);
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${STRESS_NG_FOLDER}/`], { stdio: "inherit" });
  if (build.status !== 0) throw new Error("the library could not be built");
  const endings: Ending[] = [];
  for (const stressor of select(args.slice(1))) {
    const ending = await runBoth(isle, stressor, operations);
    console.log(`${stressor.name}: ${ending}`);
    endings.push(ending);
  }
  const failed = endings.filter((ending) => ending === "failed").length;
  console.log(`${endings.filter((ending) => ending === "passed").length} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function select(names: readonly string[]): readonly Stressor[] {
  const unknown = names.find((name) => !STRESSORS.some((stressor) => stressor.name === name));
  if (unknown !== undefined) throw new Error(`apps/stress-ng/stressors.ts has no stressor "${unknown}"`);
  return names.length > 0 ? STRESSORS.filter(({ name }) => names.includes(name)) : STRESSORS;
}

async function runBoth(isle: Isle, stressor: Stressor, operations: number): Promise<Ending> {
  if ((await problem("linux", stressor, operations)) !== undefined) return "failed on Linux";
  const inGuest = await problem(isle, stressor, operations);
  if (inGuest !== undefined) console.log(inGuest);
  return inGuest === undefined ? "passed" : "failed";
}

async function problem(where: Isle | "linux", stressor: Stressor, operations: number): Promise<string | undefined> {
  const cpus = Number(process.env.HERMIT_CPUS ?? DEFAULT_CPUS);
  try {
    assertStressed(await runStressor(where, stressor, operations, cpus), stressor);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`stress-ng: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
