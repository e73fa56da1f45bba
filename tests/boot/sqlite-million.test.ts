/**
 * sqlite3 of the distribution in the guest, on a database in the working directory: a million rows in one transaction with a write-ahead log, an
 * index over them, and the integrity check, first in the guest and then by sqlite3 on Linux. On uhyve only: QEMU's emulation takes minutes.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const SQLITE = "/usr/bin/sqlite3";
const ROWS = 1_000_000;
const SUMS = `PRAGMA integrity_check; SELECT count(*), sum(c), max(b) FROM t;`;
const SCRIPT = `PRAGMA journal_mode=WAL;
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  INSERT INTO t SELECT i, 'row ' || i, i * 7919 % 1000003 FROM n;
COMMIT;
CREATE INDEX c ON t(c);
${SUMS}
`;
/** What sqlite3 prints for them on Linux. */
const PRINTS = `ok\n${ROWS}|500000523754|row 999999\n`;

const problem = existsSync(SQLITE) ? unavailable("uhyve") : `there is no ${SQLITE}: run tools/setup.sh --all`;

test("a million rows, and Linux finds them whole", { skip: problem ?? false }, async () => {
  using scratch = makeScratch();
  const database = join(scratch.folder, "rows.db");
  const inFolder = ["-c", 'cd "$0" && exec "$@"', scratch.folder, PROXY, SQLITE, "rows.db"];
  const inGuest = await run("/bin/sh", inFolder, { env: environmentOf("uhyve"), stdin: SCRIPT, timeoutSeconds: 200 });
  assertEnded(inGuest);
  assert.equal(inGuest.stdout.toString(), `wal\n${PRINTS}`, describeRun(inGuest));
  assert.equal(inGuest.status, 0, describeRun(inGuest));
  assert.equal(spawnSync(SQLITE, [database, SUMS], { encoding: "utf8" }).stdout, PRINTS);
});
