/**
 * How many exits the start of a large program costs on uhyve, by what it consists of: exports attached to, directories listed, libraries mapped.
 * Exits are counted, not timed. The guest has as many processors as the host, so that no thread of the monitor watches its queue and makes
 * exits unneeded (decision 0014).
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const ASKS = join(ROOT, "build/apps/files-tests/asks");
const FEW = 100;
const MANY = 600;
/** A guest has 64 at most; on a larger host the attendant makes the numbers smaller. */
const CPUS = String(Math.min(availableParallelism(), 64));
/** On a busy host an answer may become too old to count. */
const SOME_MORE = 2;

test("the program has been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/files-tests/asks"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(build.status, 0, build.stderr);
});

describe("an exit", { skip: unavailable("uhyve") ?? false }, () => {
  test("opens a directory and lists it", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "d"));
    for (let i = 0; i < 50; i++) writeFileSync(join(scratch.folder, `d/file-${i}`), "");
    const exits = (count: number) => exitsOf([scratch.folder], `names ${count} /data0/d`, "50");
    const each = (exits(MANY) - exits(FEW)) / (MANY - FEW);
    assert.ok(each < 2, `${each} exits for each listing`);
  });

  test("reads a file behind a link, and another looks at the link", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "d"));
    writeFileSync(join(scratch.folder, "d/f"), "text");
    symlinkSync("f", join(scratch.folder, "d/l"));
    const exits = (count: number) => exitsOf([scratch.folder], `read ${count} /data0/d/l`, "text");
    const each = (exits(MANY) - exits(FEW)) / (MANY - FEW);
    assert.ok(each < 3, `${each} exits for each reading`);
  });

  test("attaches to all exports", () => {
    using scratch = makeScratch();
    const folders = Array.from({ length: 12 }, (_, i) => join(scratch.folder, `${i}`));
    for (const folder of folders) mkdirSync(folder);
    const exits = (count: number) => exitsOf(folders.slice(0, count), "names 1 /data0", "0");
    const more = exits(12) - exits(2);
    assert.ok(more <= SOME_MORE, `${more} exits for ten exports more`);
  });

  test("brings 256 KiB of a library that a program maps", () => {
    using scratch = makeScratch();
    const pages = 256;
    writeFileSync(join(scratch.folder, "small"), new Uint8Array(4096).fill(1));
    writeFileSync(join(scratch.folder, "large"), new Uint8Array(pages * 4096).fill(1));
    const exits = (name: string, sum: number) => exitsOf([scratch.folder], `map /data0/${name}`, `${sum}`);
    const more = exits("large", pages) - exits("small", 1);
    assert.ok(more <= pages / 64 + SOME_MORE, `${more} exits for ${pages} pages`);
  });
});

/** How many exits a guest needs that is asked one thing, and answers as it should; the folders are /data0, /data1 and so on. */
function exitsOf(folders: readonly string[], question: string, answer: string): number {
  const mounts = folders.flatMap((folder, i) => ["--mount", `${folder}:/data${i}:rw`]);
  const result = spawnSync(PROXY, ["--time", "--cpus", CPUS, "--no-default-mounts", ...mounts, ASKS], {
    input: `${question}\n`,
    encoding: "utf8",
    env: { ...process.env, ...environmentOf("uhyve") },
  });
  assert.equal(result.stdout, `${answer}\n`, result.stderr);
  const exits = /(\d+) exits to the monitor/.exec(result.stderr)?.[1];
  assert.ok(exits !== undefined, result.stderr);
  return Number(exits);
}
