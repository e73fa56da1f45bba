/** The original's programs (apps/programs) on every isle: arguments and outputs as there. */

import { describe, test } from "node:test";
import { missingFor, PROGRAM_CASES } from "../../apps/programs/manifest.ts";
import { ISLES } from "../../apps/tests/manifest.ts";
import { unavailable } from "./isles.ts";
import { checkOnIsle } from "./original-programs.ts";

for (const isle of ISLES) {
  describe(`the original's programs on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    for (const programCase of PROGRAM_CASES) {
      const title = `${isle}: ${programCase.program}: ${programCase.title}`;
      test(title, { skip: missingFor(programCase) ?? false }, () => checkOnIsle(isle, programCase));
    }
  });
}
