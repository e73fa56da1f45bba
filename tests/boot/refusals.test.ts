/**
 * What the guest does not offer is refused so that programs can say it: no notifications of changed files (inotify). tail says so and looks by
 * itself; Node.js's fs.watch throws an error with the call's name, and fs.watchFile, which looks by itself, works.
 */

import assert from "node:assert/strict";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type RunOptions, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const TAIL = "/usr/bin/tail";
const NODE = "/usr/bin/node";
const WATCH = `const fs = require("fs");
try { fs.watch("."); } catch (error) { console.log(error.message); }
fs.watchFile("log", { interval: 20 }, (now) => { console.log("now", now.size); process.exit(3); });
setTimeout(() => fs.appendFileSync("log", "second"), 50);`;

for (const isle of ISLES) {
  describe(`refusals on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: tail -f says that it has to look by itself, and does`, { skip: missing(TAIL) }, async () => {
      using scratch = makeScratch();
      const log = join(scratch.folder, "log");
      writeFileSync(log, "first line\n");
      const ended = await runIn(scratch.folder, [TAIL, "-f", "-s", "0.05", "log"], {
        env: environmentOf(isle),
        onOutput: {
          text: "first line\n",
          act: (child) => {
            child.stdout?.on("data", (chunk: Buffer) => {
              if (chunk.toString().includes("second line")) child.kill("SIGTERM");
            });
            appendFileSync(log, "second line\n");
          },
        },
      });
      assert.equal(ended.stdout.toString(), "first line\nsecond line\n", describeRun(ended));
      assert.match(ended.stderr.toString(), /inotify cannot be used, reverting to polling: Function not implemented/);
      assert.equal(ended.status, 143);
    });
    test(`${isle}: fs.watch of Node.js throws, fs.watchFile works`, { skip: missing(NODE) }, async () => {
      using scratch = makeScratch();
      writeFileSync(join(scratch.folder, "log"), "first");
      const ended = await runIn(scratch.folder, [NODE, "-e", WATCH], { env: environmentOf(isle), timeoutSeconds: 150 });
      const said = "ENOSYS: function not implemented, watch '.'\nnow 11\n";
      assert.equal(ended.stdout.toString(), said, describeRun(ended));
      assert.equal(ended.status, 3);
    });
  });
}

function missing(program: string): string | false {
  return existsSync(program) ? false : `there is no ${program}: run tools/setup.sh --all`;
}

function runIn(folder: string, command: readonly string[], options: RunOptions) {
  return run("/bin/sh", ["-c", 'cd "$0" && exec "$@"', folder, PROXY, ...command], options);
}
