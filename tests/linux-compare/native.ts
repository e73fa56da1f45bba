/**
 * Runs a test program as a Linux process: the yardstick for what the guest must do.
 */

import { join } from "node:path";
import { programPath, type TestCase, type TestProgram, type Variant } from "../../apps/tests/manifest.ts";
import { ROOT, type Run, run } from "../boot/run.ts";

/** `extraEnv`: what the run in the guest had besides, so that a program that prints its environment prints the same. */
export function runNatively(
  program: TestProgram,
  variant: Variant,
  testCase: TestCase,
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return run(join(ROOT, programPath(program, variant)), testCase.linuxArgs ?? testCase.args ?? [], {
    env: { ...extraEnv, ...testCase.env },
    ...(testCase.stdin === undefined ? {} : { stdin: testCase.stdin }),
    timeoutSeconds: testCase.timeoutSeconds ?? 60,
  });
}
