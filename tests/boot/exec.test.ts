/**
 * Programs of the distribution that start another one in their place: env, shells, nice and their like, and scripts, once on Linux and once in a
 * guest; what is not visible there; the trace; and the end of a program that does not fit.
 *
 * What execve does to a process is in apps/differential/exec, and that nothing adds up in apps/stress/exec.c.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { buildElf, ElfType, SegmentFlag, SegmentType } from "./elf-builder.ts";
import { assertEnded, assertOutcome, describeRun } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, run } from "./run.ts";
import { makeScratch, type Scratch, writeProgram } from "./scratch.ts";

const ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C" };
const TIMEOUT_SECONDS = 240;

interface Case {
  readonly command: readonly string[];
  readonly needs?: string;
  readonly shows: RegExp;
}

/** Each ends in the guest as on Linux: status, output and messages. */
const CASES: readonly Case[] = [
  { command: ["env", "-i", "A=1", "sh", "-c", 'echo "$A $0"; exec echo done'], shows: /^1 sh\ndone\n$/ },
  { command: ["env", "A=b", "printenv", "A"], shows: /^b\n$/ },
  { command: ["env", "no-such-program"], shows: /^$/ },
  { command: ["nice", "-n", "3", "nice", "-n", "2", "echo", "nice"], shows: /^nice\n$/ },
  { command: ["stdbuf", "-o0", "echo", "unbuffered"], shows: /^unbuffered\n$/ },
  { command: ["taskset", "1", "echo", "on one processor"], shows: /^on one processor\n$/ },
  { command: ["chrt", "-b", "0", "echo", "in a batch"], shows: /^in a batch\n$/ },
  { command: ["busybox", "env", "-i", "X=y", "env"], needs: "/usr/bin/busybox", shows: /^X=y\n$/ },
  {
    command: ["nice", "-n", "1", "busybox", "echo", "applet"],
    needs: "/usr/bin/busybox",
    shows: /^applet\n$/,
  },
  {
    command: ["busybox", "sh", "-c", "cd /usr; exec busybox pwd"],
    needs: "/usr/bin/busybox",
    shows: /^\/usr\n$/,
  },
  { command: ["dash", "-c", "umask 027; exec dash -c 'umask; exec /usr/bin/env -i /usr/bin/env'"], shows: /^0027\n$/ },
  { command: ["sh", "-c", "exec ./script one two"], shows: /^x \.\/second \.\/script one two\n$/ },
  { command: ["sh", "-c", "exec ./not-executable"], shows: /^$/ },
  {
    command: ["env", "python3", "-c", "import os; print(6 * 7, flush=True); os.execvp('echo', ['echo', 'again'])"],
    needs: "/usr/bin/python3",
    shows: /^42\nagain\n$/,
  },
];

for (const isle of ISLES) {
  describe(`programs that start others on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const each of CASES) {
      const isMissing = each.needs !== undefined && !existsSync(each.needs);
      const skip = isMissing ? `${each.needs} is not installed` : false;
      test(`${isle}: ${each.command.join(" ")}`, { skip }, () => compare(isle, each));
    }

    test(`${isle}: what is not visible is not found`, async () => {
      // Only folders of its own libraries are shown to a program that is not known to start others.
      const ended = await inGuest(isle, undefined, ["perl", "-e", 'exec "/usr/bin/env" or print "$!\\n"']);
      assertOutcome(ended, { status: 0, stdout: "No such file or directory\n" });
    });

    test(`${isle}: a program that wants a second process is refused`, async () => {
      const ended = await inGuest(isle, undefined, ["timeout", "5", "true"]);
      assert.equal(ended.status, 125, describeRun(ended));
      assert.match(ended.stderr.toString(), /fork.*Function not implemented/);
      const said = ended.stderr
        .toString()
        .split("\n")
        .filter((line) => line.startsWith("hermit: "));
      assert.deepEqual(said, [
        "hermit: timeout wants to start another process (fork), but there is one in a guest: ENOSYS",
      ]);
    });

    test(`${isle}: the trace shows both programs`, async () => {
      const ended = await inGuest(isle, undefined, ["env", "-i", "A=b", "/usr/bin/echo", "traced"], {
        HERMIT_STRACE: "1",
      });
      const trace = ended.stderr.toString();
      assert.equal(ended.stdout.toString(), "traced\n", describeRun(ended));
      assert.match(
        trace,
        /^execve\("\/usr\/bin\/echo", \["\/usr\/bin\/echo", "traced"\], 0x[0-9a-f]+ \/\* 1 var \*\/\) = 0$/m,
      );
      const failed = await inGuest(isle, undefined, ["env", "-i", "./missing"], { HERMIT_STRACE: "1" });
      assert.match(
        failed.stderr.toString(),
        /^execve\("\.\/missing", \["\.\/missing"\], 0x[0-9a-f]+ \/\* 0 vars \*\/\) = -1 ENOENT$/m,
      );
    });

    test(`${isle}: a program that does not fit ends the machine with a sentence`, async () => {
      using scratch = makeScratch();
      const path = writeProgram(scratch, "huge", hugeProgram());
      const ended = await inGuest(isle, scratch, ["env", path]);
      assert.equal(ended.status, 137, describeRun(ended));
      assert.match(ended.stderr.toString(), /^hermit: huge died of SIGKILL: .*does not fit into memory\n$/);
    });

    test(`${isle}: 200 programs in a row lose no page, thread or descriptor`, async () => {
      const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/stress/exec-musl"], { cwd: ROOT });
      assert.equal(build.status, 0);
      const program = join(ROOT, "build/apps/stress/exec-musl");
      const ended = await runOnIsle(isle, program, ["0"], {
        env: { HERMIT_CPUS: "1" },
        timeoutSeconds: TIMEOUT_SECONDS,
      });
      assertOutcome(ended, { status: 0, stdout: "220 rounds, every count agrees\n" });
    });
  });
}

/** Zeros of 64 TiB behind the code: there are so many addresses, but not where position-independent programs lie. */
function hugeProgram(): Uint8Array {
  const code = { type: SegmentType.Load, flags: SegmentFlag.Read | SegmentFlag.Execute, alignment: 0x1000n };
  const zeros = { type: SegmentType.Load, flags: SegmentFlag.Read | SegmentFlag.Write, alignment: 0x1000n };
  return buildElf({
    header: { type: ElfType.Dynamic, entry: 64n + 2n * 56n },
    segments: [
      { ...code, offset: 0n, address: 0n, fileBytes: 200n, memoryBytes: 200n },
      { ...zeros, offset: 0n, address: 0x1000n, fileBytes: 0n, memoryBytes: 0x3f00_0000_0000n },
    ],
  });
}

function prepare({ folder }: Scratch): void {
  writeFileSync(join(folder, "script"), "#!./second\n");
  writeFileSync(join(folder, "second"), "#!/usr/bin/env -S sh ./third x\n");
  writeFileSync(join(folder, "third"), 'echo "$@"\n');
  writeFileSync(join(folder, "not-executable"), "echo never\n");
  chmodSync(join(folder, "script"), 0o755);
  chmodSync(join(folder, "second"), 0o755);
}

async function compare(isle: Isle, { command, shows }: Case): Promise<void> {
  using scratch = makeScratch();
  prepare(scratch);
  const [program, ...args] = command;
  const wanted = spawnSync(program as string, args, { cwd: scratch.folder, env: ENVIRONMENT, encoding: "utf8" });
  assert.match(wanted.stdout, shows, `on Linux: ${wanted.stderr}`);
  const ended = await inGuest(isle, scratch, command);
  assert.equal(ended.stdout.toString(), wanted.stdout, describeRun(ended));
  assert.equal(ended.status, wanted.status, describeRun(ended));
  assert.equal(ended.stderr.toString(), wanted.stderr, describeRun(ended));
}

async function inGuest(
  isle: Isle,
  scratch: Scratch | undefined,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const script = 'cd "$1" && shift && exec "$@"';
  const ended = await run("sh", ["-c", script, "sh", scratch?.folder ?? ".", PROXY, ...command], {
    env: { ...environmentOf(isle), ...ENVIRONMENT, ...env },
    timeoutSeconds: TIMEOUT_SECONDS,
  });
  assertEnded(ended);
  return ended;
}
