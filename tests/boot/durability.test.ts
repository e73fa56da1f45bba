/**
 * Nothing is lost: guests that write rows in transactions are ended at random moments, and every row that was committed is there.
 *
 * Each journal has one database that goes through all rounds, so a round also recovers what the one before left. The moments are
 * random, and a failure names its own; `npm run stress:files` does hundreds of rounds.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { JOURNALS, runRound, VICTIMS } from "./rows.ts";
import { PROXY, ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const FOLDER = "apps/files-tests";
const ROUNDS = 12;
const MOST_DELAY_MS = 300;

test("the programs have been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${FOLDER}/`], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
});

for (const isle of ISLES) {
  describe(`nothing is lost on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const journal of JOURNALS) {
      test(`${isle}: journal ${journal}, ${ROUNDS} guests ended in the middle`, { timeout: 300_000 }, async () => {
        using scratch = makeScratch();
        let before = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const victim = VICTIMS[round % VICTIMS.length] ?? "proxy";
          const { committed, found } = await runRound({
            proxy: PROXY,
            rows: join(ROOT, "build", FOLDER, "rows"),
            folder: scratch.folder,
            journal,
            victim,
            rowsFirst: 1 + (round % 4),
            delayMs: Math.floor(Math.random() * MOST_DELAY_MS),
            env: environmentOf(isle),
          });
          assert.ok(committed > before, `round ${round} went on behind row ${before}`);
          before = found;
        }
      });
    }
  });
}
