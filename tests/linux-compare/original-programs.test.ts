/** The original's programs (apps/programs) on Linux: what their manifest promises; and none of the list is forgotten by it. */

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { after, describe, test } from "node:test";
import { LISTED_PROGRAMS } from "../../apps/programs/list.ts";
import { PROGRAM_CASES } from "../../apps/programs/manifest.ts";
import { checkNatively } from "../boot/original-programs.ts";

const GREETING_FILE = "/tmp/test.txt";
const hadGreetingFile = existsSync(GREETING_FILE);

test("every program of the list has a case, and every case a program", () => {
  const listed = LISTED_PROGRAMS.map(({ name }) => name);
  assert.deepEqual([...new Set(PROGRAM_CASES.map(({ program }) => program))].sort(), [...listed].sort());
});

describe("the original's programs on Linux", { concurrency: 2 }, () => {
  after(() => {
    if (!hadGreetingFile) {
      rmSync(GREETING_FILE, { force: true });
    }
  });
  for (const programCase of PROGRAM_CASES) {
    test(`linux: ${programCase.program}: ${programCase.title}`, async () => {
      await checkNatively(programCase);
      if (programCase.program === "hello") {
        assert.equal(readFileSync(GREETING_FILE, "utf8"), "Hello World!!!\n");
      }
    });
  }
});
