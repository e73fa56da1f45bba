/**
 * Libraries that only ldconfig's cache names, as after `ldconfig` with a file in /etc/ld.so.conf.d: a program that needs one runs as on Linux, and
 * one that loads it at run time does if its folder is shown. The cache is made here and lies over the host's in a mount namespace.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { describeRun } from "./expect.ts";
import { cannotChangeDev } from "./host-without.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const LDCONFIG = "/sbin/ldconfig";
const WITH_CACHE = 'mount --bind "$1" /etc/ld.so.cache && shift && exec "$@"';
const LOADS = `#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *library = dlopen("libpart.so", RTLD_NOW);
  int (*part)(void) = library ? (int (*)(void))dlsym(library, "part") : 0;
  printf("%s\\n", part && part() == 7 ? "loaded" : dlerror());
  return 0;
}`;

const problem = cannotChangeDev() ?? (existsSync(LDCONFIG) ? undefined : `there is no ${LDCONFIG}`);

for (const isle of ISLES) {
  describe(`libraries of ldconfig's cache on ${isle}`, { skip: problem ?? unavailable(isle) ?? false }, () => {
    test("one that the program needs", () => findsNeeded(isle));
    test("one that it loads from a folder that was asked for", () => findsLoaded(isle));
  });
}

interface Made {
  readonly folder: string;
  readonly library: string;
  readonly cache: string;
}

/** The library in a folder of its own, a cache that names it beside those of the host, and the programs. */
function make(folder: string): Made {
  const [library, cache] = [join(folder, "far"), join(folder, "cache")];
  mkdirSync(library);
  writeFileSync(join(folder, "part.c"), "int part(void) { return 7; }\n");
  writeFileSync(join(folder, "needs.c"), "int part(void); int main(void) { return part(); }\n");
  writeFileSync(join(folder, "loads.c"), LOADS);
  writeFileSync(join(folder, "conf"), `${library}\ninclude /etc/ld.so.conf.d/*.conf\n`);
  for (const [program = "", ...args] of [
    ["gcc", "-shared", "-fPIC", "part.c", "-o", "far/libpart.so"],
    ["gcc", "needs.c", "-o", "needs", "-Lfar", "-lpart"],
    ["gcc", "loads.c", "-o", "loads"],
    [LDCONFIG, "-X", "-C", cache, "-f", "conf"],
  ]) {
    const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  return { folder, library, cache };
}

function runWithCache({ cache }: Made, command: readonly string[], isle?: Isle): Promise<Run> {
  const options = isle === undefined ? {} : { env: environmentOf(isle) };
  return run("unshare", ["-m", "sh", "-c", WITH_CACHE, "sh", cache, ...command], options);
}

async function findsNeeded(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const made = make(scratch.folder);
  const program = join(made.folder, "needs");
  assert.equal((await runWithCache(made, [program])).status, 7);
  const inGuest = await runWithCache(made, [PROXY, "--no-default-mounts", program], isle);
  assert.equal(inGuest.status, 7, describeRun(inGuest));
  const said = (await runWithCache(made, [PROXY, "--no-default-mounts", "--verbose", program], isle)).stderr.toString();
  assert.match(said, /\/etc\/ld\.so\.cache.*where libraries are/);
}

async function findsLoaded(isle: Isle): Promise<void> {
  using scratch = makeScratch();
  const made = make(scratch.folder);
  const program = join(made.folder, "loads");
  const mount = ["--mount", `${made.library}:${made.library}`];
  assert.equal((await runWithCache(made, [program])).stdout.toString(), "loaded\n");
  const inGuest = await runWithCache(made, [PROXY, "--no-default-mounts", ...mount, program], isle);
  assert.equal(inGuest.stdout.toString(), "loaded\n", describeRun(inGuest));
}
