/**
 * What the host changes in an export while a program runs: in one that can be written it is seen at once, in a read-only one within a second
 * (docs/files.md). And how little the program's opening and reading costs: exits are counted, not timed.
 */

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const ASKS = join(ROOT, "build/apps/files-tests/asks");
const FEW = 100;
const MANY = 600;
/** What an open, read, close of a small file, or a removal, may cost: one exit, and another where a busy host lets an answer become too old. */
const MOST_EXITS_EACH = 2;
/** A file of 16 MiB that is read at random is fetched in pieces of 128 KiB, once the guest has noticed. */
const RANDOM_BYTES = 16 << 20;
const RANDOM_READS = 6000;
const MOST_RANDOM_EXITS = 250;
/** To make a file, to write to it and to close it, and more where a busy host lets answers become too old; to find two names and rename; to find that a name is free and make a folder. */
const MOST_EXITS_MADE = 5;
const MOST_EXITS_RENAMED = 4;
const MOST_EXITS_FOLDER = 3;
const SEEN_WITHIN_MS = 10_000;

test("the program has been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/files-tests/asks"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(build.status, 0, build.stderr);
});

/** A guest that is asked line by line. */
class Guest {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(isle: Isle, folder: string, mode: "ro" | "rw", mounts: readonly string[] = []) {
    const args = ["--no-default-mounts", "--mount", `${folder}:/data:${mode}`, ...mounts, ASKS];
    this.#child = spawn(PROXY, args, { env: { ...process.env, ...environmentOf(isle) }, stdio: "pipe" });
    this.#child.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async ask(question: string): Promise<string> {
    this.#child.stdin.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    assert.ok(done !== true, `the guest ended instead of answering "${question}"`);
    return value;
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    const status = await new Promise((resolve) => this.#child.once("exit", resolve));
    assert.equal(status, 0);
  }
}

for (const isle of ISLES) {
  describe(`what the host changes, on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test("is seen at once where the program may write", () => seenAtOnce(isle));
    test("is seen soon in a read-only export", () => seenSoon(isle));
  });
}

async function seenAtOnce(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const at = (name: string) => join(scratch.folder, name);
  const guest = new Guest(isle, scratch.folder, "rw");
  assert.equal(await guest.ask("stat /data/f"), "No such file or directory");
  writeFileSync(at("f"), "first");
  assert.equal(await guest.ask("stat /data/f"), "5");
  assert.equal(await guest.ask("cat /data/f"), "first");
  writeFileSync(at("f"), "other");
  assert.equal(await guest.ask("cat /data/f"), "other");
  assert.equal(await guest.ask("open /data/f"), "open");
  assert.equal(await guest.ask("more"), "other");
  appendFileSync(at("f"), ", and more");
  assert.equal(await guest.ask("more"), ", and more");
  assert.equal(await guest.ask("more"), "");
  appendFileSync(at("f"), "!");
  assert.equal(await guest.ask("size"), "16");
  assert.equal(await guest.ask("more"), "!");
  writeFileSync(at("new"), "another file");
  renameSync(at("new"), at("f"));
  assert.equal(await guest.ask("cat /data/f"), "another file");
  assert.equal(await guest.ask("size"), "16");
  mkdirSync(at("d"));
  renameSync(at("f"), at("d/f"));
  assert.equal(await guest.ask("stat /data/f"), "No such file or directory");
  assert.equal(await guest.ask("cat /data/d/f"), "another file");
  renameSync(at("d"), at("e"));
  assert.equal(await guest.ask("cat /data/d/f"), "No such file or directory");
  writeFileSync(at("d"), "");
  assert.equal(await guest.ask("cat /data/d/f"), "Not a directory");
  rmSync(at("e"), { recursive: true });
  assert.equal(await guest.ask("cat /data/e/f"), "No such file or directory");
  await guest.end();
}

async function seenSoon(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const at = (name: string) => join(scratch.folder, name);
  const guest = new Guest(isle, scratch.folder, "ro");
  const becomes = async (question: string, answer: string) => {
    const deadline = Date.now() + SEEN_WITHIN_MS;
    let seen = await guest.ask(question);
    while (seen !== answer && Date.now() < deadline) {
      seen = await guest.ask(question);
    }
    assert.equal(seen, answer, question);
  };
  writeFileSync(at("f"), "first");
  assert.equal(await guest.ask("cat /data/f"), "first");
  assert.equal(await guest.ask("stat /data/none"), "No such file or directory");
  writeFileSync(at("none"), "here");
  await becomes("stat /data/none", "4");
  writeFileSync(at("f"), "second");
  await becomes("cat /data/f", "second");
  rmSync(at("f"));
  await becomes("stat /data/f", "No such file or directory");
  await guest.end();
}

describe("an exit", { skip: unavailable("uhyve") ?? false }, () => {
  test("is enough to open, read and close a file", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "one/two"), { recursive: true });
    writeFileSync(join(scratch.folder, "one/two/f"), "small");
    const reads = (count: number) => exitsOf(scratch.folder, `read ${count} /data/one/two/f\n`, "small\n");
    const each = (reads(MANY) - reads(FEW)) / (MANY - FEW);
    assert.ok(each <= MOST_EXITS_EACH, `${each} exits for each file`);
  });

  test("is not needed where a file that fits into memory is read at random", () => {
    using scratch = makeScratch();
    const words = new BigUint64Array(RANDOM_BYTES / 8).map((_, index) => BigInt(index));
    writeFileSync(join(scratch.folder, "f"), words);
    const exits = exitsOf(scratch.folder, `random ${RANDOM_READS} /data/f\n`, `${RANDOM_READS}\n`);
    assert.ok(exits <= MOST_RANDOM_EXITS, `${exits} exits for ${RANDOM_READS} reads`);
  });

  test("is enough to remove it; others want few", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "one/two"), { recursive: true });
    const made = exitsOf(scratch.folder, `make ${MANY} /data/one/two/f\n`, "done\n") / MANY;
    assert.ok(made <= MOST_EXITS_MADE, `${made} exits for each file that is made`);
    const renamed = exitsOf(scratch.folder, `rename ${MANY} /data/one/two/f\n`, "done\n") / MANY / 2;
    assert.ok(renamed < MOST_EXITS_RENAMED, `${renamed} exits for each file that is renamed`);
    const removed = exitsOf(scratch.folder, `remove ${MANY} /data/one/two/f\n`, "done\n") / MANY;
    assert.ok(removed < MOST_EXITS_EACH, `${removed} exits for each file that is removed`);
    assert.deepEqual(readdirSync(join(scratch.folder, "one/two")), []);
    const folders = exitsOf(scratch.folder, `folders ${MANY} /data/one/two/d\n`, "done\n") / MANY;
    assert.ok(folders < MOST_EXITS_FOLDER, `${folders} exits for each folder that is made`);
  });
});

describe("an export over a folder of another one", { skip: unavailable("uhyve") ?? false }, () => {
  test("has the files that are made below it, and what it hides has none", async () => {
    using below = makeScratch();
    using above = makeScratch();
    mkdirSync(join(below.folder, "over/f"), { recursive: true });
    mkdirSync(join(above.folder, "f"));
    const mounts = ["--mount", `${above.folder}:/data/over:rw`];
    const guest = new Guest("uhyve", below.folder, "rw", mounts);
    // The second time the guest knows what the names lead to.
    assert.equal(await guest.ask("make 2 /data/over/f/a"), "done");
    assert.equal(await guest.ask("make 2 /data/over/f/b"), "done");
    writeFileSync(join(below.folder, "over/f/b-1"), "hidden");
    assert.equal(await guest.ask("remove 2 /data/over/f/b"), "done");
    await guest.end();
    assert.deepEqual(readdirSync(join(above.folder, "f")).sort(), ["a-0", "a-1"]);
    assert.deepEqual(readdirSync(join(below.folder, "over/f")), ["b-1"]);
  });
});

/** How many exits a guest needs that is asked something and answers as it must. */
function exitsOf(folder: string, input: string, answer: string): number {
  const args = ["--time", "--no-default-mounts", "--mount", `${folder}:/data:rw`, ASKS];
  const result = spawnSync(PROXY, args, {
    input,
    encoding: "utf8",
    env: { ...process.env, ...environmentOf("uhyve") },
  });
  assert.equal(result.stdout, answer, result.stderr);
  const exits = /(\d+) exits to the monitor/.exec(result.stderr)?.[1];
  assert.ok(exits !== undefined, result.stderr);
  return Number(exits);
}
