/** A program file that the guest's memory cannot hold is refused with a sentence; one that just fits runs. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertOutcome, assertRefused } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";
import { copyProgram, makeScratch } from "./scratch.ts";

const PADDING = Buffer.alloc(20_000_000);

for (const isle of ISLES) {
  describe(`a program of 20 MB on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: is refused where memory is 16 MiB, and runs where it is 32 MiB`, async () => {
      using scratch = makeScratch();
      const program = copyProgram(scratch, join(ROOT, "build/apps/tests/hello-musl"), "large");
      appendFileSync(program, PADDING);
      assertRefused(
        await runOnIsle(isle, program, [], { env: { HERMIT_MEM: "16M" } }),
        1,
        /does not fit.*--memory \d+M/,
      );
      assertOutcome(await runOnIsle(isle, program, [], { env: { HERMIT_MEM: "32M" } }), { status: 0, stdout: /Hello/ });
    });
  });
}
