/**
 * Hosts on which an isle cannot work, and readers that go away: a sentence that names the cause, or the next best isle.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, assertOutcome, assertRefused, describeRun } from "./expect.ts";
import { cannotChangeDev, type KvmNode, runWithKvm, runWithoutPath } from "./host-without.ts";
import { environmentOf, runOnIsle, TCG_NOTICE, unavailable } from "./isles.ts";
import { PROXY, processesOf, ROOT, type Run, run } from "./run.ts";
import { copyProgram, makeScratch, writeProgram } from "./scratch.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const HELLO = join(PROGRAMS, "hello-musl");
const HELLO_SAYS = { status: 0, stdout: `Hello World!!!\nargv[0] = ${HELLO}\n` };
const SIGPIPE_STATUS = 141;
const KVM_NODES: readonly KvmNode[] = ["absent", "not KVM", "not permitted"];

describe("/dev/kvm", { skip: cannotChangeDev() ?? false }, () => {
  for (const node of KVM_NODES) {
    test(`${node}: HERMIT_ISLE=uhyve is refused`, async () => {
      using scratch = makeScratch();
      const proxy = copyProgram(scratch, PROXY, "proxy");
      const hello = copyProgram(scratch, HELLO, "hello");
      const ended = await runWithKvm(node, [proxy, hello], { env: { HERMIT_ISLE: "uhyve" } });
      assertRefused(ended, 1, /\/dev\/kvm/);
    });
    test(`${node}: without HERMIT_ISLE, QEMU runs the program`, { skip: unavailable("qemu") ?? false }, async () => {
      using scratch = makeScratch();
      const proxy = copyProgram(scratch, PROXY, "proxy");
      const hello = copyProgram(scratch, HELLO, "hello");
      const ended = await runWithKvm(node, [proxy, hello], { env: { HERMIT_VERBOSE: "1" } });
      assertOutcome(ended, { status: 0, stdout: `Hello World!!!\nargv[0] = ${hello}\n`, stderr: /hermit: isle qemu/ });
      const notices = ended.stderr
        .toString()
        .split("\n")
        .filter((line) => TCG_NOTICE.test(line));
      assert.equal(notices.length, 1, `one line must say that QEMU does without KVM\n${describeRun(ended)}`);
      assertNothingLeftBehind(ended);
    });
  }
  test("absent, and no QEMU either: a sentence", async () => {
    const ended = await runWithKvm("absent", [PROXY, HELLO], { env: { HERMIT_QEMU: "/nowhere/qemu" } });
    assertRefused(ended, 1, /kvm|qemu/i);
  });
});

describe("QEMU", () => {
  test("a HERMIT_QEMU that does not exist", async () => {
    const env = { ...environmentOf("qemu"), HERMIT_QEMU: "/nowhere/qemu" };
    assertRefused(await run(PROXY, [HELLO], { env }), 1, /\/nowhere\/qemu/);
  });
  test("a HERMIT_QEMU that is no program", async () => {
    using scratch = makeScratch();
    const fake = writeProgram(scratch, "no-qemu", "neither script nor ELF\x00\x01\x02");
    assertRefused(await run(PROXY, [HELLO], { env: { ...environmentOf("qemu"), HERMIT_QEMU: fake } }), 1, /no-qemu/);
  });
  test("not in PATH", async () => {
    assertRefused(await runWithoutPath([HELLO], { env: { HERMIT_ISLE: "qemu" } }), 1, /qemu-system-x86_64/);
  });
  test("a version that refuses a flag: its own message is passed on", async () => {
    using scratch = makeScratch();
    const message = "qemu-system-x86_64: -machine microvm: unsupported machine type";
    const fake = writeProgram(scratch, "old-qemu", `#!/bin/sh\necho '${message}' >&2\nexit 1\n`);
    const ended = await run(PROXY, [HELLO], { env: { ...environmentOf("qemu"), HERMIT_QEMU: fake } });
    assertEnded(ended);
    assert.equal(ended.status, 1, describeRun(ended));
    assert.match(ended.stderr.toString(), /unsupported machine type/);
    assert.equal(ended.stdout.toString(), "");
    assertNothingLeftBehind(ended);
  });
  test("ends at once with status 0", async () => {
    using scratch = makeScratch();
    const fake = writeProgram(scratch, "empty-qemu", "#!/bin/sh\nexit 0\n");
    assertRefused(
      await run(PROXY, [HELLO], { env: { ...environmentOf("qemu"), HERMIT_QEMU: fake } }),
      1,
      /^hermit: \/.*\/empty-qemu ended without starting a machine/,
    );
  });
  test("hands over no kernel: the firmware says so", { skip: unavailable("qemu") ?? false }, async () => {
    using scratch = makeScratch();
    const script =
      '#!/bin/bash\nfor a; do shift; case $a in -kernel | -initrd) skip=1 ;; *) [ $skip ] || set -- "$@" "$a"; skip= ;; esac; done\n' +
      'exec qemu-system-x86_64 "$@"\n';
    const fake = writeProgram(scratch, "forgetful", script);
    const ended = await run(PROXY, [HELLO], { env: { ...environmentOf("qemu"), HERMIT_KVM: "0", HERMIT_QEMU: fake } });
    assertEnded(ended);
    assert.equal(ended.status, 1, describeRun(ended));
    assert.match(ended.stderr.toString(), /gave up[\s\S]*\nfirmware: .* no kernel/);
    assertNothingLeftBehind(ended);
  });
  test("dies while the program runs", { skip: unavailable("qemu") ?? false }, async () => {
    const ended = await runOnIsle("qemu", join(PROGRAMS, "busy-loop-glibc"), [], {
      onOutput: {
        text: "looping\n",
        act: (_, mark) => {
          const qemu = processesOf(mark).find(({ command }) => command.includes("qemu-system"));
          assert.ok(qemu, "there is no QEMU process");
          process.kill(qemu.pid, "SIGKILL");
        },
      },
    });
    assertEnded(ended);
    assert.equal(ended.status, 1, describeRun(ended));
    assert.match(ended.stderr.toString(), /qemu/i);
    assertNothingLeftBehind(ended);
  });
  test("HERMIT_KVM=0 runs without KVM", { skip: unavailable("qemu") ?? false }, async () => {
    const ended = await runOnIsle("qemu", HELLO, [], { env: { HERMIT_KVM: "0" } });
    assertOutcome(ended, HELLO_SAYS);
    assertNothingLeftBehind(ended);
  });
});

for (const isle of ISLES) {
  describe(`readers and writers that go away, on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    describeStreams(isle);
  });
}

function describeStreams(isle: Isle): void {
  // Node gives its children sockets; these three are what a shell gives.
  for (const program of ["infinite-output-glibc", "infinite-output-musl"]) {
    test(`${isle}: a reader that closes stdout: ${program} | head -1`, async () => {
      const ended = await throughShell(isle, '{ "$@"; echo "status $?" >&2; } | head -1', program);
      assertOutcome(ended, { status: 0, stdout: "line 1\n", stderr: `status ${SIGPIPE_STATUS}\n` });
      assertNothingLeftBehind(ended);
    });
  }
  test(`${isle}: input and output through pipes`, async () => {
    const script = 'seq 100000 | "$@" 2>/dev/null | md5sum && seq 100000 | md5sum';
    const [first, second] = linesOf(await throughShell(isle, script, "echo-stdin-musl"));
    assert.equal(first, second);
  });
  test(`${isle}: input and output in files, output appended`, async () => {
    const script = 'seq 50000 >in && echo first >out && "$@" <in >>out 2>&1 && cat in out | md5sum && rm in out';
    const wanted = "(seq 50000; echo first; seq 50000; echo 288894 bytes) | md5sum";
    const [first, second] = linesOf(await throughShell(isle, `${script}; ${wanted}`, "echo-stdin-musl"));
    assert.equal(first, second);
  });
  test(`${isle}: stdout closed from the start`, async () => {
    const ended = await throughShell(isle, 'exec "$@" >&-', "stdout-stderr-musl");
    assertEnded(ended);
    assert.equal(ended.status, 1, "the program says that write failed");
    assertNothingLeftBehind(ended);
  });
  test(`${isle}: stdin closed from the start`, async () => {
    const ended = await throughShell(isle, 'exec "$@" <&-', "echo-stdin-musl");
    assertEnded(ended);
    assert.equal(ended.status, 4, `read must fail as on Linux\n${describeRun(ended)}`);
    assertNothingLeftBehind(ended);
  });
  test(`${isle}: a full disk behind stdout`, async () => {
    const ended = await throughShell(isle, 'exec "$@" >/dev/full', "stdout-stderr-musl");
    assertEnded(ended);
    assert.equal(ended.status, 1, describeRun(ended));
    assertNothingLeftBehind(ended);
  });
  test(`${isle}: a program ends while input is still coming`, async () => {
    const ended = await runOnIsle(isle, HELLO, [], { stdin: "x".repeat(1_000_000) });
    assertOutcome(ended, HELLO_SAYS);
    assertNothingLeftBehind(ended);
  });
  test(`${isle}: a program ends while stdin stays open`, async () => {
    assertOutcome(await runOnIsle(isle, HELLO, [], { stdin: "open" }), HELLO_SAYS);
  });
}

function linesOf(ended: Run): string[] {
  assertEnded(ended);
  assertNothingLeftBehind(ended);
  return ended.stdout.toString().trimEnd().split("\n");
}

function throughShell(isle: Isle, script: string, program: string): ReturnType<typeof run> {
  return run("sh", ["-c", script, "sh", PROXY, join(PROGRAMS, program)], { env: environmentOf(isle) });
}
