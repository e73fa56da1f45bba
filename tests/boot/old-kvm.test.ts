/**
 * A KVM that lacks what newer ones have: the monitor does without, or says what is missing. `refuses` (apps/files-tests) makes such a host, of
 * which KVM_CHECK_EXTENSION answers 0 for one capability.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { assertEnded, assertOutcome, assertRefused, describeRun } from "./expect.ts";
import { unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";

const REFUSES_TARGET = "apps/files-tests/refuses";
const REFUSES = join(ROOT, "build", REFUSES_TARGET);
const PROGRAMS = join(ROOT, "build/apps/tests");
const HELLO = join(PROGRAMS, "hello-musl");
const HELLO_SAYS = { status: 0, stdout: `Hello World!!!\nargv[0] = ${HELLO}\n` };
/** Linux's numbers, as abi/kvm.ts, abi/errno.ts and abi/linux-syscalls.ts have them. */
const IOCTL = 16;
const EINVAL = 22;
const KVM_ENABLE_CAP = 0x4068_aea3;
const KVM_SET_REGS = 0x4090_ae82;
const KVM_CHECK_EXTENSION = 0xae03;
const KVM_CAP_SYNC_REGS = 74;
const KVM_CAP_SPLIT_IRQCHIP = 121;

function without(capability: number): string[] {
  return [REFUSES, `${IOCTL}:${KVM_CHECK_EXTENSION}:${capability}=0`];
}

/** `command` is a prefix of the proxy's. */
function runOnHost(command: readonly string[], program: string, processors: number) {
  const [first = "", ...others] = [...command, PROXY, program];
  return run(first, others, { env: { HERMIT_ISLE: "uhyve", HERMIT_CPUS: String(processors) } });
}

describe("a KVM that lacks a capability", { skip: unavailable("uhyve") ?? false }, () => {
  before(() => {
    const build = spawnSync(process.execPath, ["tools/build.mjs", REFUSES_TARGET], { cwd: ROOT, encoding: "utf8" });
    assert.equal(build.status, 0, build.stderr);
  });

  test("KVM_CAP_SYNC_REGS: registers are set by calls of their own, and only then", async () => {
    const withoutCalls = [REFUSES, `${IOCTL}:${KVM_SET_REGS}=${EINVAL}`];
    assertOutcome(await runOnHost(without(KVM_CAP_SYNC_REGS), HELLO, 1), HELLO_SAYS);
    assertOutcome(await runOnHost(withoutCalls, HELLO, 1), HELLO_SAYS);
    const withNeither = await runOnHost([...without(KVM_CAP_SYNC_REGS), ...withoutCalls], HELLO, 1);
    assertRefused(withNeither, 1, /KVM does not work here: KVM_SET_SREGS failed: .*\(error 22\)/);
  });

  test("KVM_CAP_SYNC_REGS: so are those of further processors", async () => {
    const ended = await runOnHost(without(KVM_CAP_SYNC_REGS), join(PROGRAMS, "processors-glibc"), 3);
    assertEnded(ended);
    assert.match(ended.stdout.toString(), /^3 processors, /, describeRun(ended));
  });

  test("KVM_CAP_SPLIT_IRQCHIP: a sentence", async () => {
    const refused = [REFUSES, `${IOCTL}:${KVM_ENABLE_CAP}=${EINVAL}`];
    const ended = await runOnHost([...without(KVM_CAP_SPLIT_IRQCHIP), ...refused], HELLO, 1);
    assertRefused(ended, 1, /this KVM is too old: it lacks split interrupt controllers \(Linux 4\.4\)/);
  });
});
