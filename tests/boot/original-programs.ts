/** Runs a case of the original's programs, natively or on an isle, and checks what it showed. */

import { join } from "node:path";
import { LISTED_PROGRAMS } from "../../apps/programs/list.ts";
import type { ProgramCase } from "../../apps/programs/manifest.ts";
import type { Isle } from "../../apps/tests/manifest.ts";
import { assertNothingLeftBehind, assertOutcome } from "./expect.ts";
import { runOnIsle } from "./isles.ts";
import { ROOT, type RunOptions, run } from "./run.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;

function pathOf(programCase: ProgramCase): string {
  const program = LISTED_PROGRAMS.find(({ name }) => name === programCase.program);
  if (program === undefined) {
    throw new Error(`${programCase.program} is not in programs.txt`);
  }
  return join(ROOT, program.output);
}

function optionsOf({ env = {}, stdin, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, endAfter }: ProgramCase): RunOptions {
  const ending: Pick<RunOptions, "onOutput"> =
    endAfter === undefined ? {} : { onOutput: { text: endAfter, act: (child) => void child.kill("SIGTERM") } };
  return { env, timeoutSeconds, ...(stdin === undefined ? {} : { stdin }), ...ending };
}

export async function checkNatively(programCase: ProgramCase): Promise<void> {
  const seen = await run(pathOf(programCase), programCase.args ?? [], optionsOf(programCase));
  assertOutcome(seen, programCase.linux);
  programCase.verify?.(seen);
}

export async function checkOnIsle(isle: Isle, programCase: ProgramCase): Promise<void> {
  const seen = await runOnIsle(isle, pathOf(programCase), programCase.args ?? [], optionsOf(programCase));
  assertOutcome(seen, { ...programCase.linux, ...programCase.guest });
  assertNothingLeftBehind(seen);
  programCase.verify?.(seen);
}
