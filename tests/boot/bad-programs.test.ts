/**
 * Programs that cannot be run: one clear sentence on stderr, exit status 1 (127 for a missing one), nothing left behind.
 *
 * The sentence comes from whoever finds out first, the proxy or the loader in the guest; the user must not see a difference,
 * so every case runs on every isle.
 */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { buildElf, LEGAL_FILES, SPOILT_FILES } from "./elf-builder.ts";
import { assertNothingLeftBehind, assertOutcome, assertRefused } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";
import { copyProgram, makeScratch, writeProgram } from "./scratch.ts";

const HELLO_MUSL = join(ROOT, "build/apps/tests/hello-musl");
const HELLO_GLIBC = join(ROOT, "build/apps/tests/hello-glibc");
const NOBODY = 65534;
/** A boot on QEMU takes longer; fewer cut points there. */
const CUT_POINTS: Readonly<Record<Isle, number>> = { uhyve: 60, qemu: 6 };

test("the proxy without a program says how it is used", async () => {
  assertRefused(await run(PROXY, []), 1, /usage|program/i);
});

for (const isle of ISLES) {
  describe(`bad programs on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    for (const [name, make] of Object.entries(LEGAL_FILES)) {
      test(`${isle}: runs: ${name}`, async () => {
        using scratch = makeScratch();
        const ended = await runOnIsle(isle, writeProgram(scratch, "program", make()));
        assertOutcome(ended, { status: 0, stdout: "ok\n" });
        assertNothingLeftBehind(ended);
      });
    }
    for (const [name, make] of Object.entries(SPOILT_FILES)) {
      test(`${isle}: refused: ${name}`, async () => {
        using scratch = makeScratch();
        assertRefused(await runOnIsle(isle, writeProgram(scratch, "spoilt", make())), 1, /spoilt/);
      });
    }
    describePaths(isle);
    describeTruncation(isle);
  });
}

function describePaths(isle: Isle): void {
  test(`${isle}: a missing program`, async () => {
    assertRefused(await runOnIsle(isle, "/nowhere/at-all"), 127, /\/nowhere\/at-all/);
  });
  test(`${isle}: an empty name`, async () => {
    assertRefused(await runOnIsle(isle, ""), 127);
  });
  test(`${isle}: a path through a file`, async () => {
    assertRefused(await runOnIsle(isle, `${HELLO_MUSL}/hello`), 127, /hello-musl\/hello/);
  });
  test(`${isle}: a link that leads nowhere`, async () => {
    using scratch = makeScratch();
    const link = join(scratch.folder, "link");
    symlinkSync("gone", link);
    assertRefused(await runOnIsle(isle, link), 127, /link/);
  });
  test(`${isle}: a name longer than names may be`, async () => {
    assertRefused(await runOnIsle(isle, `/${"x".repeat(300)}`), 127);
  });
  test(`${isle}: a directory`, async () => {
    using scratch = makeScratch();
    const folder = join(scratch.folder, "folder");
    mkdirSync(folder);
    assertRefused(await runOnIsle(isle, folder), 1, /directory/);
  });
  test(`${isle}: a device`, async () => {
    assertRefused(await runOnIsle(isle, "/dev/null"), 1, /\/dev\/null/);
  });
  test(`${isle}: not executable`, async () => {
    using scratch = makeScratch();
    const path = writeProgram(scratch, "plain", readFileSync(HELLO_MUSL), 0o644);
    assertRefused(await runOnIsle(isle, path), 1, /execut/);
  });
  test(`${isle}: a program through a link and a relative path`, async () => {
    using scratch = makeScratch();
    copyProgram(scratch, HELLO_MUSL, "hello");
    const link = join(scratch.folder, "link");
    symlinkSync("./hello", link);
    const ended = await runOnIsle(isle, link);
    assertOutcome(ended, { status: 0, stdout: `Hello World!!!\nargv[0] = ${link}\n` });
  });
}

/** The section headers are the last thing in a file: without its last byte it is not whole, though nothing of it is loaded. */
function describeTruncation(isle: Isle): void {
  const count = CUT_POINTS[isle];
  test(`${isle}: a program cut off at any byte (${count} places)`, async () => {
    using scratch = makeScratch();
    const whole = readFileSync(HELLO_GLIBC);
    for (const length of cutPoints(whole.length, count)) {
      const path = writeProgram(scratch, `cut-at-${length}`, whole.subarray(0, length));
      assertRefused(await runOnIsle(isle, path), 1, new RegExp(`cut-at-${length}\\b`));
    }
  });
  test(`${isle}: the smallest program cut off at any byte`, async () => {
    using scratch = makeScratch();
    const whole = buildElf();
    for (const length of cutPoints(whole.length, count / 2)) {
      const path = writeProgram(scratch, `small-cut-at-${length}`, whole.subarray(0, length));
      assertRefused(await runOnIsle(isle, path), 1, new RegExp(`small-cut-at-${length}\\b`));
    }
  });
}

/** Where structures end, and places spread over the whole file; always also everything but the last byte. */
function cutPoints(size: number, count: number): number[] {
  const borders = [1, 3, 4, 16, 63, 64, 65, 120, 4095, 4096, size - 1, size - 64, size - 65];
  const spread = Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * size) / count));
  const wanted = count >= 20 ? [...borders, ...spread] : [64, size - 1, ...spread.slice(0, count - 2)];
  return [...new Set(wanted)].filter((length) => length > 0 && length < size).sort((a, b) => a - b);
}

test("a program that this user may not read", { skip: process.getuid?.() === 0 ? false : "needs root" }, async () => {
  using scratch = makeScratch();
  const proxy = copyProgram(scratch, PROXY, "proxy");
  const secret = writeProgram(scratch, "secret", readFileSync(HELLO_MUSL), 0o711);
  assert.equal(statSync(secret).uid, 0);
  assertRefused(await run(proxy, [secret], { uid: NOBODY }), 1, /secret/);
});
