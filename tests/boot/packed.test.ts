/**
 * `hermit pack`: one file that the proxy runs, that QEMU and GRUB boot without a proxy, and that says so when it is damaged.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEnded, describeRun } from "./expect.ts";
import { grubProblem, makeGrubDisk } from "./grub.ts";
import { availableIsles, runOnIsle, unavailable } from "./isles.ts";
import { ROOT, type Run, run } from "./run.ts";
import { makeScratch, type Scratch, writeProgram } from "./scratch.ts";

const HERMIT = join(ROOT, "bin/hermit");
const SHOW_ARGUMENTS = join(ROOT, "build/apps/tests/hello-musl");
const QEMU = ["-accel", "tcg", "-m", "256M", "-display", "none", "-no-reboot", "-serial", "stdio", "-nodefaults"];

function pack(scratch: Scratch, args: readonly string[], name = "app.hermit"): string {
  const image = join(scratch.folder, name);
  const { status, stderr } = spawnSync(HERMIT, ["pack", "-o", image, ...args], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return image;
}

describe("packed images", () => {
  for (const isle of availableIsles()) {
    test(`${isle}: the proxy runs it; arguments of the run follow those that were packed`, async () => {
      using scratch = makeScratch();
      const image = pack(scratch, [SHOW_ARGUMENTS, "one"]);
      const ended = await runOnIsle(isle, image, ["two"]);
      assertEnded(ended);
      const lines = ended.stdout.toString().trim().split("\n");
      assert.deepEqual(lines.slice(-2), ["argv[1] = one", "argv[2] = two"], describeRun(ended));
    });

    test(`${isle}: a damaged image is named as such, wherever the damage is`, async () => {
      using scratch = makeScratch();
      const image = readFileSync(pack(scratch, [SHOW_ARGUMENTS]));
      const start = filesStart(image);
      for (let step = 0; step < 8; step += 1) {
        const damaged = Buffer.from(image);
        const at = start + Math.floor(((image.length - start) * step) / 8);
        damaged[at] = (damaged[at] as number) ^ 0x10;
        const ended = await runOnIsle(isle, writeProgram(scratch, "damaged", damaged), []);
        assert.equal(ended.status, 1, describeRun(ended));
        assert.match(ended.stderr.toString(), /the packed image is damaged/, `at byte ${at}`);
        assert.equal(ended.stdout.length, 0);
      }
    });
  }

  for (const isle of availableIsles()) {
    test(`${isle}: packed files are there, can be changed in the guest, and the host's stay as they are`, async () => {
      using scratch = makeScratch();
      const data = join(scratch.folder, "data");
      mkdirSync(join(data, "deep/er"), { recursive: true });
      writeFileSync(join(data, "text"), "packed text\n");
      writeFileSync(join(data, "deep/er/large"), Buffer.alloc(3 * 4096 + 5, "x"));
      writeFileSync(join(data, "empty"), "");
      symlinkSync("../text", join(data, "deep/link"));
      const program = compile(scratch, READ_FILES);
      const ended = await runOnIsle(isle, pack(scratch, ["--mount", `${data}:/data`, program]), []);
      assertEnded(ended);
      assert.equal(ended.stdout.toString(), READ_FILES_PRINTS, describeRun(ended));
      assert.equal(readFileSync(join(data, "text"), "utf8"), "packed text\n");
    });
  }

  test("a truncated image, one of another version and the kernel itself are refused before a machine starts", async () => {
    using scratch = makeScratch();
    const image = readFileSync(pack(scratch, [SHOW_ARGUMENTS]));
    const cases: Array<[Buffer, RegExp]> = [
      [image.subarray(0, image.length - 4096), /is a packed image that is damaged/],
      [image.subarray(0, filesStart(image)), /is a packed image that is damaged/],
      [withVersion(image), /was packed by another version of hermit; pack the program again/],
      [readFileSync(join(ROOT, "build/kernel/hermit.elf")), /is the kernel itself, without a program/],
    ];
    for (const [bytes, sentence] of cases) {
      const { status, stderr } = spawnSync(HERMIT, ["run", writeProgram(scratch, "image", bytes)], {
        encoding: "utf8",
      });
      assert.equal(status, 1, stderr);
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split("\n").length, 1);
    }
  });

  test("what cannot be packed is one sentence, and no file is left", () => {
    using scratch = makeScratch();
    const image = join(scratch.folder, "app.hermit");
    for (const [args, sentence] of [
      [["no-such-program"], /no-such-program was not found/],
      [["--mount", `${scratch.folder}/missing:/data`, SHOW_ARGUMENTS], /missing/],
    ] as const) {
      const { status, stderr } = spawnSync(HERMIT, ["pack", "-o", image, ...args], { encoding: "utf8" });
      assert.equal(status, 1, stderr);
      assert.match(stderr, sentence);
      assert.throws(() => readFileSync(image), /ENOENT/);
    }
  });
});

function compile(scratch: Scratch, source: string): string {
  const file = join(scratch.folder, "program.c");
  const program = join(scratch.folder, "program");
  writeFileSync(file, source);
  const { status, stderr } = spawnSync(HERMIT, ["cc", "-O1", file, "-o", program], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return program;
}

/** Reads what was packed, changes it, cuts it, makes it longer, removes it. */
const READ_FILES = `
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static void show(const char* path) {
  static char bytes[65536];
  int file = open(path, O_RDONLY);
  long count = file < 0 ? -1 : read(file, bytes, sizeof bytes);
  unsigned sum = 0;
  for (long i = 0; i < count; i++) sum = sum * 31 + (unsigned char)bytes[i];
  printf("%s: %ld bytes, sum %u\\n", path, count, sum);
  close(file);
}
int main(void) {
  show("/data/text");
  show("/data/deep/link");
  show("/data/empty");
  show("/data/deep/er/large");
  int file = open("/data/deep/er/large", O_RDWR);
  pwrite(file, "y", 1, 5000);
  ftruncate(file, 9000);
  ftruncate(file, 12000);
  show("/data/deep/er/large");
  char* mapped = mmap(0, 12000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  mapped[0] = 'z';
  printf("%c%c%c%d\\n", mapped[0], mapped[5000], mapped[8999], mapped[9000]);
  show("/data/deep/er/large");
  file = open("/data/text", O_WRONLY | O_APPEND);
  write(file, "more", 4);
  show("/data/text");
  struct stat status;
  int removed = unlink("/data/empty");
  printf("%d %d\\n", removed, stat("/data/empty", &status));
  int moved = rename("/data/text", "/data/deep/text");
  printf("%d %d\\n", moved, stat("/data/deep/text", &status));
}
`;

function sumOf(text: string): number {
  return [...Buffer.from(text, "latin1")].reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0);
}

const LARGE = "x".repeat(3 * 4096 + 5);
const CHANGED = `${"x".repeat(5000)}y${"x".repeat(3999)}${"\0".repeat(3000)}`;
const READ_FILES_PRINTS = `/data/text: 12 bytes, sum ${sumOf("packed text\n")}
/data/deep/link: 12 bytes, sum ${sumOf("packed text\n")}
/data/empty: 0 bytes, sum 0
/data/deep/er/large: 12293 bytes, sum ${sumOf(LARGE)}
/data/deep/er/large: 12000 bytes, sum ${sumOf(CHANGED)}
zyx0
/data/deep/er/large: 12000 bytes, sum ${sumOf(`z${CHANGED.slice(1)}`)}
/data/text: 16 bytes, sum ${sumOf("packed text\nmore")}
0 -1
0 0
`;

describe("packed images without a proxy", { skip: unavailable("qemu") ?? false }, () => {
  const SAID = "argv[2] = b c";
  for (const machine of ["pc", "q35", "microvm"]) {
    test(`${machine}: QEMU boots it and its output is on the serial port`, async () => {
      using scratch = makeScratch();
      const image = pack(scratch, [SHOW_ARGUMENTS, "a", "b c"]);
      assertSaid(await boot(["-machine", machine, "-kernel", image], SAID), SAID);
    });
  }

  test("GRUB boots it", { skip: grubProblem() }, async () => {
    using scratch = makeScratch();
    const image = pack(scratch, [SHOW_ARGUMENTS, "a", "b c"]);
    const disk = makeGrubDisk(scratch, image);
    assertSaid(await boot(["-machine", "pc", "-cdrom", disk], SAID), SAID);
  });
});

/** microvm cannot be turned off: every machine is ended when it has said what it should. */
function boot(args: readonly string[], text: string): Promise<Run> {
  const onOutput = { text, act: (child: ChildProcess) => void child.kill("SIGTERM") };
  return run("qemu-system-x86_64", [...QEMU, ...args], { onOutput });
}

function assertSaid(ended: Run, text: string): void {
  assertEnded(ended);
  assert.ok(
    ended.stdout
      .toString()
      .split("\n")
      .map((line) => line.trim())
      .includes(text),
    describeRun(ended),
  );
}

/** Where the files begin: the last segment's module, one page of header behind it. */
function filesStart(image: Buffer): number {
  const count = image.readUInt16LE(56);
  return Number(image.readBigUInt64LE(64 + (count - 1) * 56 + 8)) + 4096;
}

/** The word behind the magic number of the image's header. */
function withVersion(image: Buffer): Buffer {
  const changed = Buffer.from(image);
  const at = changed.indexOf(Buffer.from("\0HERMITK", "latin1")) + 8;
  changed.writeUInt32LE(changed.readUInt32LE(at) + 1, at);
  return changed;
}
