/**
 * Files of the host in the guest: what Debian's busybox reads, makes, moves and removes in an export is what the host has afterwards, and what
 * the host refuses is refused with the host's reason.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { cannotChangeDev, runAsNobody } from "./host-without.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, type RunOptions, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const BUSYBOX = "/bin/busybox";
const ENTRIES = 10_000;
const LARGE_BYTES = 5_000_001;
const isRoot = process.getuid?.() === 0;

/** busybox with `folder` of the host at /data. */
async function busybox(isle: Isle, folder: string, args: readonly string[], more: Options = {}): Promise<Run> {
  const mount = `${folder}:/data:${more.mode ?? "rw"}`;
  const options = ["--no-default-mounts", "--mount", mount, BUSYBOX];
  const inGuest = { ...more, env: environmentOf(isle) };
  const all = [...options, ...args];
  const result = more.user === "nobody" ? await runAsNobody(all, inGuest) : await run(PROXY, all, inGuest);
  assertEnded(result);
  return result;
}

type Options = RunOptions & { readonly mode?: "ro" | "rw"; readonly user?: "nobody" };

async function prints(isle: Isle, folder: string, args: readonly string[], more: Options = {}): Promise<string> {
  const result = await busybox(isle, folder, args, more);
  assert.equal(result.status, 0, describeRun(result));
  return result.stdout.toString("latin1");
}

async function fails(
  isle: Isle,
  folder: string,
  args: readonly string[],
  why: RegExp,
  more: Options = {},
): Promise<void> {
  const result = await busybox(isle, folder, args, more);
  assert.notEqual(result.status, 0, describeRun(result));
  assert.match(result.stderr.toString("latin1"), why);
}

function pattern(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) {
    content[i] = (i * 7 + (i >> 8)) & 255;
  }
  return content;
}

for (const isle of ISLES) {
  const problem = existsSync(BUSYBOX) ? unavailable(isle) : "there is no /bin/busybox";
  describe(`files of an export on ${isle}`, { skip: problem ?? false }, () => {
    test("a large file is read whole, in order and from the middle", () => readsLarge(isle));
    test("what is written, appended and copied is the host's at once", () => writes(isle));
    test("names are made, moved, linked and removed", () => changesNames(isle));
    test(`a folder of ${ENTRIES} names is listed whole`, () => listsMany(isle));
    test("new files have what the user's umask leaves of their modes", () => obeysUmask(isle));
    test("links that lead around in circles end with the host's error", () => followsCircles(isle));
    test("a read-only export cannot be changed", () => refusesWrites(isle));
    test("a full file system of the host is told as such", (context) => tellsFull(isle, context));
    test("what the host's user may not read or change is refused", (context) => refusesOthers(isle, context));
    test("mounts are listed with their paths", () => listsMounts(isle));
  });
}

async function readsLarge(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const content = pattern(LARGE_BYTES);
  writeFileSync(join(scratch.folder, "large"), content);
  const sum = createHash("md5").update(content).digest("hex");
  assert.match(await prints(isle, scratch.folder, ["md5sum", "/data/large"]), new RegExp(`^${sum} `));
  const part = ["dd", "if=/data/large", "bs=1000", "skip=3001", "count=2", "status=none"];
  assert.equal(await prints(isle, scratch.folder, part), content.subarray(3_001_000, 3_003_000).toString("latin1"));
  const big = ["dd", "if=/data/large", "bs=3000000", "status=none"];
  assert.equal(await prints(isle, scratch.folder, big), content.toString("latin1"));
}

async function writes(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const at = (name: string) => join(scratch.folder, name);
  const content = pattern(300_000);
  await prints(isle, scratch.folder, ["dd", "of=/data/new", "bs=70000", "status=none"], { stdin: content });
  assert.deepEqual(readFileSync(at("new")), content);
  await prints(isle, scratch.folder, ["tee", "-a", "/data/new"], { stdin: "more\n" });
  assert.deepEqual(readFileSync(at("new")), Buffer.concat([content, Buffer.from("more\n")]));
  await prints(isle, scratch.folder, ["cp", "-p", "/data/new", "/data/copy"]);
  assert.deepEqual(readFileSync(at("copy")), readFileSync(at("new")));
  assert.equal(Math.floor(statSync(at("copy")).mtimeMs / 1000), Math.floor(statSync(at("new")).mtimeMs / 1000));
  await prints(isle, scratch.folder, ["truncate", "-s", "10", "/data/copy"]);
  assert.deepEqual(readFileSync(at("copy")), content.subarray(0, 10));
  await prints(isle, scratch.folder, ["chmod", "640", "/data/copy"]);
  assert.equal(statSync(at("copy")).mode & 0o7777, 0o640);
}

async function changesNames(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const at = (name: string) => join(scratch.folder, name);
  writeFileSync(at("a"), "content\n");
  await prints(isle, scratch.folder, ["mkdir", "-p", "/data/one/two/three"]);
  await prints(isle, scratch.folder, ["mv", "/data/a", "/data/one/two/b"]);
  await prints(isle, scratch.folder, ["ln", "/data/one/two/b", "/data/hard"]);
  await prints(isle, scratch.folder, ["ln", "-s", "one/two/b", "/data/soft"]);
  assert.equal(readFileSync(at("one/two/b"), "utf8"), "content\n");
  assert.equal(statSync(at("hard")).ino, statSync(at("one/two/b")).ino);
  assert.equal(readlinkSync(at("soft")), "one/two/b");
  assert.equal(await prints(isle, scratch.folder, ["cat", "/data/soft"]), "content\n");
  assert.equal(await prints(isle, scratch.folder, ["readlink", "/data/soft"]), "one/two/b\n");
  await fails(isle, scratch.folder, ["rmdir", "/data/one"], /Directory not empty/);
  await prints(isle, scratch.folder, ["rm", "-r", "/data/one", "/data/soft"]);
  assert.deepEqual(readdirSync(scratch.folder), ["hard"]);
}

async function obeysUmask(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  for (const umask of ["077", "002"]) {
    const mount = `${scratch.folder}:/data:rw`;
    const applets = `"$0" --mount ${mount} ${BUSYBOX} touch /data/f${umask} && "$0" --mount ${mount} ${BUSYBOX} mkdir /data/d${umask}`;
    const made = await run("/bin/sh", ["-c", `umask ${umask}; ${applets}`, PROXY], { env: environmentOf(isle) });
    assert.equal(made.status, 0, describeRun(made));
    const modeOf = (name: string) => lstatSync(join(scratch.folder, name)).mode & 0o777;
    assert.equal(modeOf(`f${umask}`), 0o666 & ~Number.parseInt(umask, 8));
    assert.equal(modeOf(`d${umask}`), 0o777 & ~Number.parseInt(umask, 8));
  }
}

async function listsMany(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const names = Array.from({ length: ENTRIES }, (_, i) => `entry-with-a-name-of-some-length-${i}`);
  for (const name of names) {
    writeFileSync(join(scratch.folder, name), "");
  }
  const listed = (await prints(isle, scratch.folder, ["ls", "/data"])).trimEnd().split("\n");
  assert.deepEqual(listed, names.toSorted());
}

async function followsCircles(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  symlinkSync("second", join(scratch.folder, "first"));
  symlinkSync("first", join(scratch.folder, "second"));
  await fails(isle, scratch.folder, ["cat", "/data/first"], /Too many levels of symbolic links|Symbolic link loop/);
  await fails(isle, scratch.folder, ["cat", `/data/${"n".repeat(256)}`], /File name too long|Filename too long/);
}

async function refusesWrites(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  writeFileSync(join(scratch.folder, "file"), "kept");
  const ro = { mode: "ro" } as const;
  assert.equal(await prints(isle, scratch.folder, ["cat", "/data/file"], ro), "kept");
  await fails(isle, scratch.folder, ["touch", "/data/new"], /Read-only file system/, ro);
  await fails(isle, scratch.folder, ["tee", "/data/file"], /Read-only file system/, { ...ro, stdin: "lost" });
  await fails(isle, scratch.folder, ["rm", "-f", "/data/file"], /Read-only file system/, ro);
  await fails(isle, scratch.folder, ["mkdir", "/data/folder"], /Read-only file system/, ro);
  assert.equal(readFileSync(join(scratch.folder, "file"), "utf8"), "kept");
  assert.deepEqual(readdirSync(scratch.folder), ["file"]);
}

async function tellsFull(isle: Isle, context: TestContext): Promise<void> {
  using scratch = makeScratch();
  const small = join(scratch.folder, "small");
  mkdirSync(small);
  const mounted = isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]).status === 0;
  if (!mounted) {
    context.skip("this user may not mount a small tmpfs");
    return;
  }
  try {
    const fill = ["dd", "if=/dev/zero", "of=/data/file", "bs=10000", "count=100"];
    await fails(isle, small, fill, /No space left on device/);
    assert.ok(lstatSync(join(small, "file")).size >= 200_000);
  } finally {
    spawnSync("umount", [small]);
  }
}

async function refusesOthers(isle: Isle, context: TestContext): Promise<void> {
  const reason = cannotChangeDev();
  if (reason !== undefined) {
    context.skip(reason);
    return;
  }
  using scratch = makeScratch();
  const secret = join(scratch.folder, "secret");
  writeFileSync(secret, "secret");
  chmodSync(secret, 0o600);
  mkdirSync(join(scratch.folder, "closed"), { mode: 0o700 });
  const other = { user: "nobody" } as const;
  await fails(isle, scratch.folder, ["cat", "/data/secret"], /Permission denied/, other);
  await fails(isle, scratch.folder, ["ls", "/data/closed"], /Permission denied/, other);
  await fails(isle, scratch.folder, ["touch", "/data/new"], /Permission denied/, other);
  await fails(isle, scratch.folder, ["chmod", "777", "/data/secret"], /Operation not permitted/, other);
  assert.equal(statSync(secret).mode & 0o7777, 0o600);
}

async function listsMounts(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  assert.match(await prints(isle, scratch.folder, ["cat", "/proc/mounts"]), /^\S+ \/data 9p rw,/m);
  const ro = { mode: "ro" } as const;
  assert.match(await prints(isle, scratch.folder, ["cat", "/proc/self/mountinfo"], ro), / \/ \/data ro,\S* - 9p /);
}
