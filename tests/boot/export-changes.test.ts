/**
 * What the host changes in an export while a program runs: in one that can be written it is seen at once, in a read-only one within a second
 * (docs/files.md). And how little the program's opening and reading costs: exits are counted, not timed.
 */

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
/** What an open, read, close of a small file may cost: one exit, and another where a busy host lets an answer become too old. */
const MOST_EXITS_EACH = 2;
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

  constructor(isle: Isle, folder: string, mode: "ro" | "rw") {
    const args = ["--no-default-mounts", "--mount", `${folder}:/data:${mode}`, ASKS];
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

describe("an exit for each file", { skip: unavailable("uhyve") ?? false }, () => {
  test("is enough to open, read and close it", () => {
    using scratch = makeScratch();
    mkdirSync(join(scratch.folder, "one/two"), { recursive: true });
    writeFileSync(join(scratch.folder, "one/two/f"), "small");
    const each = (exitsOf(scratch.folder, MANY) - exitsOf(scratch.folder, FEW)) / (MANY - FEW);
    assert.ok(each <= MOST_EXITS_EACH, `${each} exits for each file`);
  });
});

/** How many exits a guest needs that reads the file so often. */
function exitsOf(folder: string, count: number): number {
  const args = ["--time", "--no-default-mounts", "--mount", `${folder}:/data:rw`, ASKS];
  const input = `read ${count} /data/one/two/f\n`;
  const result = spawnSync(PROXY, args, {
    input,
    encoding: "utf8",
    env: { ...process.env, ...environmentOf("uhyve") },
  });
  assert.equal(result.stdout, "small\n", result.stderr);
  const exits = /(\d+) exits to the monitor/.exec(result.stderr)?.[1];
  assert.ok(exits !== undefined, result.stderr);
  return Number(exits);
}
