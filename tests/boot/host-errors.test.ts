/**
 * Errors of the host's file systems reach the program in the guest by name: a full one, a read-only one, what its user may not do, two exports
 * that are not one file system, a file that becomes shorter while the guest has it mapped, and a broken disk, which a FUSE server plays.
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { cannotChangeDev, runAsNobody } from "./host-without.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const TARGET = "apps/files-tests/host-errors";
const PROGRAM = join(ROOT, "build", TARGET);
const REFUSES = "apps/files-tests/refuses";
const ASKS = "apps/files-tests/asks";
const BROKEN_DISK = "apps/files-tests/broken-disk";
const BROKEN_FILE = "apps/files-tests/broken-file";
/** Linux's numbers of the calls, and what they are called. */
const SYNCS = { fsync: 74, fdatasync: 75 } as const;
const PAGE_BYTES = 4096;
/** As the program has it. */
const MAP_BYTES = 16 << 20;
const isRoot = process.getuid?.() === 0;

before(() => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/files-tests/"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(build.status, 0, build.stderr);
});

for (const isle of ISLES) {
  describe(`errors of the host on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test("a full file system", (context) => tellsFull(isle, context));
    test("a read-only file system in an export that may be written", (context) => tellsReadOnly(isle, context));
    test("a read-only export", () => refusesToWrite(isle));
    test("what the host's user may not do", (context) => tellsForbidden(isle, context));
    test("names in two exports", () => keepsExportsApart(isle));
    test("a broken disk", (context) => tellsBroken(isle, context));
    test("a file that is cut off on the host while it is mapped", () => tellsCutOff(isle));
  });
}

describe("a host that cannot sync", { skip: unavailable("uhyve") ?? false }, () => {
  for (const [name, call] of Object.entries(SYNCS)) {
    test(`the error of ${name} is that call's, and of no other`, async () => {
      using scratch = makeScratch();
      writeFileSync(join(scratch.folder, "f"), "x");
      const args = [PROXY, "--no-default-mounts", "--mount", `${scratch.folder}:/data:rw`, join(ROOT, "build", ASKS)];
      const stdin = "open /data/f\nfsync\nfdatasync\n";
      const options = { env: environmentOf("uhyve"), stdin };
      const result = await run(join(ROOT, "build", REFUSES), [String(call), ...args], options);
      const of = (other: string) => (other === name ? "Input/output error" : "synced");
      assert.equal(result.stdout.toString(), `open\n${of("fsync")}\n${of("fdatasync")}\n`, describeRun(result));
    });
  }
});

interface Wanted {
  readonly mounts: readonly string[];
  readonly args: readonly string[];
  readonly asNobody?: boolean;
  readonly more?: RunOptions;
}

async function runWith(isle: Isle, { mounts, args, asNobody, more }: Wanted): Promise<Run> {
  const all = ["--no-default-mounts", ...mounts.flatMap((mount) => ["--mount", mount]), PROGRAM, ...args];
  const options = { ...more, env: environmentOf(isle) };
  const result = asNobody ? await runAsNobody(all, options) : await run(PROXY, all, options);
  assertEnded(result);
  return result;
}

async function answers(isle: Isle, wanted: Wanted, lines: readonly string[]): Promise<void> {
  const result = await runWith(isle, wanted);
  assert.equal(result.stdout.toString("latin1"), lines.map((line) => `${line}\n`).join(""), describeRun(result));
}

/** Each of the calls on `/data/file` and on new names beside it, and what it answers. */
async function answersEach(
  isle: Isle,
  wanted: Omit<Wanted, "args">,
  each: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [command, answer] of Object.entries(each)) {
    const path = command === "create" || command === "mkdir" ? "/data/new" : "/data/file";
    await answers(isle, { ...wanted, args: [command, path] }, [`${command}: ${answer}`]);
  }
}

/** Mounts something below a scratch folder for as long as `use` takes; false if this user may not. */
async function withMount(folder: string, args: readonly string[], use: () => Promise<void>): Promise<boolean> {
  if (!isRoot || spawnSync("mount", [...args, folder]).status !== 0) {
    return false;
  }
  try {
    await use();
  } finally {
    spawnSync("umount", [folder]);
  }
  return true;
}

/** QEMU's server writes what there is room for and then answers ENOSPC alone; ours says how much it was. */
async function tellsFull(isle: Isle, context: TestContext): Promise<void> {
  using scratch = makeScratch();
  const mounted = await withMount(scratch.folder, ["-t", "tmpfs", "-o", "size=256k", "tmpfs"], async () => {
    const args = ["fill", "/data/file"];
    const lines = [
      "write: ENOSPC",
      `${isle === "qemu" ? "longer" : "not longer"} than was written`,
      "fsync: ok",
      "close: ok",
      "unlink: ok",
    ];
    await answers(isle, { mounts: [`${scratch.folder}:/data:rw`], args }, lines);
  });
  if (!mounted) {
    context.skip("this user may not mount a small tmpfs");
  }
}

async function tellsReadOnly(isle: Isle, context: TestContext): Promise<void> {
  using scratch = makeScratch();
  const folder = join(scratch.folder, "folder");
  mkdirSync(folder);
  writeFileSync(join(folder, "file"), "kept");
  const mounted = await withMount(folder, ["--bind", folder], async () => {
    const remounted = spawnSync("mount", ["-o", "remount,bind,ro", folder]);
    assert.equal(remounted.status, 0, String(remounted.stderr));
    const all = { open: "EROFS", create: "EROFS", mkdir: "EROFS", unlink: "EROFS", chmod: "EROFS", truncate: "EROFS" };
    await answersEach(isle, { mounts: [`${folder}:/data:rw`] }, all);
  });
  if (!mounted) {
    context.skip("this user may not mount a folder read-only");
  }
}

async function refusesToWrite(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  writeFileSync(join(scratch.folder, "file"), "kept");
  const all = { open: "EROFS", create: "EROFS", mkdir: "EROFS", unlink: "EROFS", chmod: "EROFS", truncate: "EROFS" };
  await answersEach(isle, { mounts: [`${scratch.folder}:/data:ro`] }, all);
}

async function tellsForbidden(isle: Isle, context: TestContext): Promise<void> {
  const reason = cannotChangeDev();
  if (reason !== undefined) {
    context.skip(reason);
    return;
  }
  using scratch = makeScratch();
  writeFileSync(join(scratch.folder, "file"), "kept");
  chmodSync(join(scratch.folder, "file"), 0o644);
  const all = {
    open: "EACCES",
    create: "EACCES",
    mkdir: "EACCES",
    unlink: "EACCES",
    chmod: "EPERM",
    truncate: "EACCES",
  };
  await answersEach(isle, { mounts: [`${scratch.folder}:/data:rw`], asNobody: true }, all);
}

async function keepsExportsApart(isle: Isle): Promise<void> {
  using first = makeScratch();
  using second = makeScratch();
  writeFileSync(join(first.folder, "file"), "kept");
  const mounts = [`${first.folder}:/first:rw`, `${second.folder}:/second:rw`];
  for (const command of ["link", "rename"]) {
    await answers(isle, { mounts, args: [command, "/first/file", "/second/file"] }, [`${command}: EXDEV`]);
    await answers(isle, { mounts, args: [command, "/first/file", "/tmp/file"] }, [`${command}: EXDEV`]);
  }
  assert.ok(existsSync(join(first.folder, "file")) && !existsSync(join(second.folder, "file")));
}

/** The program sees what it sees on Linux: how far the file can be read, EIO, and SIGBUS in mappings. Nothing reads as zeros. */
async function tellsBroken(isle: Isle, context: TestContext): Promise<void> {
  using scratch = makeScratch();
  const [disk, file] = [join(ROOT, "build", BROKEN_DISK), join(ROOT, "build", BROKEN_FILE)];
  const server = spawn(disk, [scratch.folder], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const [said] = await once(server.stdout, "data");
  try {
    if (String(said) !== "mounted\n") {
      context.skip(`this user may not mount a FUSE server: ${said}`);
      return;
    }
    const onLinux = await run(file, [scratch.folder]);
    const args = ["--no-default-mounts", "--mount", `${scratch.folder}:/data:rw`, file, "/data"];
    const inGuest = await run(PROXY, args, { env: environmentOf(isle) });
    assert.match(onLinux.stdout.toString(), /EIO.*SIGBUS/s, describeRun(onLinux));
    assert.equal(inGuest.stdout.toString(), onLinux.stdout.toString(), describeRun(inGuest));
  } finally {
    server.stdin.end();
    await ended;
  }
}

/** What the guest has read it may still show; pages that it asks for now are not there any more. */
async function tellsCutOff(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const file = join(scratch.folder, "file");
  writeFileSync(file, "x".repeat(MAP_BYTES));
  const more: RunOptions = {
    stdin: "open",
    onOutput: {
      text: "mapped\n",
      act: (child) => {
        truncateSync(file, PAGE_BYTES);
        child.stdin?.end("go on\n");
      },
    },
  };
  const lines = ["first page: x", "mapped", "first page: x", "last page: SIGBUS"];
  await answers(isle, { mounts: [`${scratch.folder}:/data:rw`], args: ["map", "/data/file"], more }, lines);
}
