/**
 * HERMIT_CORE: what gdb shows of a program that has crashed, and what is said when the file cannot be made or does not fit.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { cannotChangeDev } from "./host-without.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const CRASHING = join(PROGRAMS, "crash-threads-glibc");
const BLOCK_BYTES = 512;
/** Program, libraries' data, two stacks: far less than what is mapped. */
const MOST_BYTES_ON_DISK = 4 * 1024 * 1024;

const noGdb = spawnSync("gdb", ["--version"]).status === 0 ? undefined : "gdb is not installed";

for (const isle of ISLES) {
  describe(`core files on ${isle}`, { skip: noGdb ?? unavailable(isle) ?? false }, () => {
    for (const cpus of ["1", "2"]) {
      test(`${isle}: gdb shows every thread of a crash on ${cpus} processors`, async () => {
        using scratch = makeScratch();
        const core = join(scratch.folder, "core");
        const ended = await crash(isle, core, { HERMIT_CPUS: cpus });
        assert.equal(ended.status, 139, describeRun(ended));
        const said = ended.stderr.toString().split("\n");
        assert.match(said[0] ?? "", /^hermit: crash-threads-glibc died of SIGSEGV: /);
        assert.equal(said[1], `hermit: to see where, use: gdb ${CRASHING} ${core}`);
        assert.ok(statSync(core).blocks * BLOCK_BYTES < MOST_BYTES_ON_DISK, "what was never touched is a hole");
        const shown = gdb(
          CRASHING,
          core,
          "bt",
          "info threads",
          "p $_siginfo.si_signo",
          "p $_siginfo._sifields._sigfault.si_addr",
        );
        assert.match(shown, /terminated with signal SIGSEGV/, shown);
        assert.match(shown, /#0 .*descend \(depth=.*0\)(.*\n)+#4 .*crash_here \(\)(.*\n)+#5 .*main \(\)/, shown);
        assert.match(shown, /\* 1 .*LWP 2.*descend/, shown);
        assert.match(shown, /LWP 3.*wait_for_byte \(\)/, shown);
        assert.match(shown, /LWP 4.*spinner \(/, shown);
        assert.match(shown, /= 11\n.*= \(void \*\) 0x8\n/, shown);
        const kept = gdb(
          CRASHING,
          core,
          "thread apply 2 p/x $r12",
          "p touched_later[99999]",
          "p never_touched[200000]",
          "p ends[1]",
        );
        assert.match(kept, /= 0x5eed\n.*= 84 'T'\n.*= 0 '.*\n.*= 4\n/, kept);
      });
    }
    test(`${isle}: a program that aborts by itself, without threads`, async () => {
      using scratch = makeScratch();
      const core = join(scratch.folder, "core");
      const ended = await runOnIsle(isle, join(PROGRAMS, "abort-glibc"), [], { env: { HERMIT_CORE: core } });
      assert.equal(ended.status, 134, describeRun(ended));
      const shown = gdb(join(PROGRAMS, "abort-glibc"), core, "bt");
      assert.match(shown, /terminated with signal SIGABRT/, shown);
      assert.match(shown, /in abort \(\)\n#\d+ .* main \(\)/, shown);
    });
    test(`${isle}: no crash, no file; and one that was there stays as it was`, async () => {
      using scratch = makeScratch();
      const core = join(scratch.folder, "core");
      await runOnIsle(isle, join(PROGRAMS, "hello-musl"), [], { env: { HERMIT_CORE: core } });
      assert.deepEqual(readdirSync(scratch.folder), []);
      await runOnIsle(isle, join(PROGRAMS, "sleep-forever-glibc"), [], {
        env: { HERMIT_CORE: core },
        onOutput: { text: "sleeping\n", act: (child) => child.kill("SIGTERM") },
      });
      assert.deepEqual(readdirSync(scratch.folder), []);
      writeFileSync(core, "an older one");
      await runOnIsle(isle, join(PROGRAMS, "exit-status-musl"), ["3"], { env: { HERMIT_CORE: core } });
      assert.equal(statSync(core).size, "an older one".length);
    });
    test(`${isle}: a name that cannot work is an error before the program starts`, async () => {
      using scratch = makeScratch();
      const missing = join(scratch.folder, "no such folder/core");
      const ended = await crash(isle, missing, {});
      assert.equal(ended.status, 1, describeRun(ended));
      assert.equal(ended.stdout.toString(), "");
      assert.match(ended.stderr.toString(), /^hermit: HERMIT_CORE: .* cannot be written: it does not exist.*\n$/i);
      const folder = await crash(isle, "/dev/null", {});
      assert.equal(folder.status, 1, describeRun(folder));
      assert.match(folder.stderr.toString(), /^hermit: HERMIT_CORE: \/dev\/null is not a regular file\n$/);
    });
    test(`${isle}: a file system that is full`, { skip: cannotChangeDev() ?? false }, async () => {
      const script = 'mount -t tmpfs -o size=128k none /mnt && exec "$@"';
      const ended = await run("unshare", ["-m", "sh", "-c", script, "sh", PROXY, CRASHING], {
        env: { ...environmentOf(isle), HERMIT_CORE: "/mnt/core" },
      });
      assert.equal(ended.status, 139, describeRun(ended));
      const sentence = "hermit: the core file /mnt/core is not complete: there is no space left on its file system\n";
      assert.ok(ended.stderr.toString().endsWith(sentence), describeRun(ended));
      assert.ok(!existsSync("/mnt/core"));
      assertNothingLeftBehind(ended);
    });
  });
}

async function crash(isle: Isle, core: string, env: Readonly<Record<string, string>>): Promise<Run> {
  const ended = await runOnIsle(isle, CRASHING, [], { env: { ...env, HERMIT_CORE: core } });
  assertEnded(ended);
  assertNothingLeftBehind(ended);
  return ended;
}

function gdb(program: string, core: string, ...commands: readonly string[]): string {
  const args = [
    "-nx",
    "-batch",
    "-ex",
    "set max-value-size unlimited",
    ...commands.flatMap((command) => ["-ex", command]),
  ];
  const ended = spawnSync("gdb", [...args, program, core], { encoding: "utf8", timeout: 60_000 });
  return ended.stdout + ended.stderr;
}
