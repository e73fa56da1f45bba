/**
 * `hermit pack` of programs that load modules at run time: what the modules need is in the image, too, so that it runs without an export.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const HERMIT = join(ROOT, "bin/hermit");
const PYTHON = "/usr/bin/python3";
const PERL = "/usr/bin/perl";
const ENOUGH = { HERMIT_MEM: "1G" };

const MODULES = `import sqlite3, ssl, ctypes, decimal, lzma, bz2, zlib, hashlib, readline, asyncio, time, locale
print(sqlite3.connect(":memory:").execute("select 6 * 7").fetchone(), ssl.OPENSSL_VERSION, decimal.Decimal("0.1") * 3)
print(ctypes.CDLL(None).abs(-5), len(ssl.create_default_context().get_ca_certs()), hashlib.new("sha256", b"x").hexdigest())
print(time.localtime(1720000000).tm_zone, locale.setlocale(locale.LC_ALL, ""))`;
const PERL_MODULES = `use POSIX qw(setlocale LC_ALL floor); use Digest::MD5 qw(md5_hex); use List::Util qw(sum); use Encode;
print md5_hex("x"), sum(1 .. 4), floor(2.5), length(encode("UTF-8", chr 228)), setlocale(LC_ALL, ""), "\\n";`;

const WHOLE = `#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *module = dlopen("/modules/module.so", RTLD_NOW);
  int (*value)(void) = module ? (int (*)(void))dlsym(module, "value") : 0;
  if (!value) return puts(dlerror()), 1;
  printf("%d\\n", value());
  return 0;
}
`;

for (const isle of ISLES) {
  describe(`modules of packed programs on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: a module's own library, found by its RUNPATH, is packed`, async () => {
      using scratch = makeScratch();
      compile(scratch);
      const image = pack(scratch, ["--mount", `${join(scratch.folder, "modules")}:/modules`, "--", "./whole"]);
      assertPrints(await runImage(image, environmentOf(isle)), "42\n");
    });
  });
}

describe("runtimes without any export", { skip: unavailable("uhyve") ?? false }, () => {
  for (const [program, code] of [
    [PYTHON, ["-c", MODULES]],
    [PERL, ["-e", PERL_MODULES]],
  ] as const) {
    test(`${program} loads its modules`, { skip: existsSync(program) ? false : `there is no ${program}` }, async () => {
      using scratch = makeScratch();
      const onLinux = await run(program, [...code], { env: { LANG: "C.UTF-8", TZ: "Asia/Tokyo" } });
      assert.equal(onLinux.status, 0, describeRun(onLinux));
      const image = pack(scratch, ["--", program, ...code]);
      const env = { ...environmentOf("uhyve"), ...ENOUGH, LANG: "C.UTF-8", TZ: "Asia/Tokyo" };
      assertPrints(await runImage(image, env), onLinux.stdout.toString());
    });
  }
});

function runImage(image: string, env: Readonly<Record<string, string>>): Promise<Run> {
  return run(PROXY, ["--no-default-mounts", image], { env, timeoutSeconds: 120 });
}

function assertPrints(ended: Run, stdout: string): void {
  assertEnded(ended);
  assert.equal(ended.stdout.toString(), stdout, describeRun(ended));
  assert.equal(ended.stderr.toString(), "");
  assert.equal(ended.status, 0);
}

function pack({ folder }: Scratch, args: readonly string[]): string {
  const image = join(folder, "app.hermit");
  const { status, stderr } = spawnSync(HERMIT, ["pack", "-o", image, ...args], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return image;
}

/** A program, a module that it opens, and a library in another folder that only the module names. */
function compile({ folder }: Scratch): void {
  for (const name of ["modules", "libraries"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "part.c"), "int part(void) { return 42; }\n");
  writeFileSync(join(folder, "module.c"), "int part(void);\nint value(void) { return part(); }\n");
  writeFileSync(join(folder, "whole.c"), WHOLE);
  for (const args of [
    ["-shared", "-fPIC", "part.c", "-o", "libraries/libpart.so"],
    [
      "-shared",
      "-fPIC",
      "module.c",
      "-o",
      "modules/module.so",
      "-Llibraries",
      "-lpart",
      `-Wl,-rpath,${folder}/libraries`,
    ],
    ["whole.c", "-o", "whole", "-ldl"],
  ]) {
    const { status, stderr } = spawnSync("gcc", args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
}
