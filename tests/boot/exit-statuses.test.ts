/**
 * Every exit status from 0 to 255 comes out of the guest unchanged. On uhyve all of them; on QEMU, where a start takes longer,
 * those at the borders are in the manifest.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const PROGRAM = join(ROOT, "build/apps/tests/exit-status-musl");

test("uhyve: exit statuses 0 to 255", { skip: unavailable("uhyve") ?? false }, async () => {
  const wrong: string[] = [];
  for (let status = 0; status < 256; status += 1) {
    const ended = await runOnIsle("uhyve", PROGRAM, ["exit", String(status)]);
    if (ended.status !== status || ended.stderr.length > 0) {
      wrong.push(`${status} came out as ${ended.status} ${ended.stderr}`);
    }
  }
  assert.deepEqual(wrong, []);
});
