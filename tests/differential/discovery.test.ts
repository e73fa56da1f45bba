/**
 * What the comment lines of a differential program mean, and how differences are shown: a line that was misread or a difference
 * that was not seen would let the other test of this folder pass for nothing.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { listDifferentialPrograms, parseProgram } from "../../apps/differential/programs.ts";
import { ROOT } from "../boot/run.ts";
import { compareText } from "./compare-text.ts";

const INCLUDE = '#include "differ.h"\n';

test("a program without lines of its own runs once, with musl, on one processor", () => {
  const program = parseProgram("group/name", `/* Text. */\n${INCLUDE}// cpus: 9\n`);
  assert.deepEqual(program.libcs, ["musl"]);
  assert.deepEqual(program.cpuCounts, [1]);
  assert.deepEqual(
    [program.args, program.memory, program.stdin, program.difference],
    [[], undefined, undefined, undefined],
  );
});

test("lines say with what and how a program runs", () => {
  const lines = "// libc: both\n// cpus: 1 2 4\n// args: a b\n// mem: 1G\n// stdin: some text\n";
  const program = parseProgram("group/name", lines + INCLUDE);
  assert.deepEqual(program.libcs, ["musl", "glibc"]);
  assert.deepEqual(program.cpuCounts, [1, 2, 4]);
  assert.deepEqual([program.args, program.memory, program.stdin], [["a", "b"], "1G", "some text\n"]);
});

test("an expected difference has a reason and an output", () => {
  const lines = "// differs: there is one process\n// guest| first\n// guest|\n// guest-status: 3\n";
  const { difference } = parseProgram("group/name", lines + INCLUDE);
  assert.deepEqual(difference, { reason: "there is one process", stdout: "first\n\n", status: 3 });
  assert.throws(() => parseProgram("group/name", `// guest| text\n${INCLUDE}`), /not why/);
});

test("what is not known is an error", () => {
  assert.throws(() => parseProgram("group/name", `// cpu: 2\n${INCLUDE}`), /cpu:" means nothing/);
  assert.throws(() => parseProgram("group/name", `// libc: uclibc\n${INCLUDE}`), /uclibc/);
});

test("every program of the repository can be read and says what it shows", () => {
  for (const { name, cpuCounts } of listDifferentialPrograms(ROOT)) {
    assert.match(name, /^[a-z0-9]+\/[a-z0-9-]+$/);
    assert.ok(cpuCounts.length > 0 && cpuCounts.every((count) => Number.isInteger(count) && count > 0), name);
  }
});

test("a missing line shows as that line with its surroundings", () => {
  assert.equal(compareText("a\nb\n", "a\nb\n"), "");
  assert.equal(compareText("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n5\n6\n"), "  2\n  3\n- 4\n  5\n  6");
  assert.equal(compareText("same\n", "other\n"), "- same\n+ other\n  ");
  assert.equal(compareText("", "more\n"), "+ more\n  ");
});
