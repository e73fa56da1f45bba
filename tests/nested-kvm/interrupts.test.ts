/**
 * Interrupts of the channel on uhyve, on a KVM that QEMU's TCG emulates: a stream whose ends come and go, many times over, and a signal
 * for a program that never enters the kernel.
 *
 * An interrupt that is lost stops a guest only if it comes at one certain moment; so the same thing happens often here, each time
 * with a writer that begins at another moment.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Outcome, runNested } from "../../tools/nested-kvm/host.ts";
import { PROXY, ROOT } from "../boot/run.ts";

const ROUNDS = 40;
const ECHO = "programs/echo-stdin-musl";
const LOOP = "programs/busy-loop-glibc";

/** A mebibyte through pipes; the time limit of one round is what shows a guest that waits for ever. */
const ECHO_SCRIPT = `
head -c 1048576 /dev/urandom >/tmp/input
for round in $(seq ${ROUNDS}); do
  (usleep $((round % 10 * 10000)); cat /tmp/input) | timeout -s KILL 30 /bin/proxy /${ECHO} 2>/dev/null | cat >/tmp/output
  cmp -s /tmp/input /tmp/output && echo same || echo "round $round: $(stat -c %s /tmp/output) bytes"
done`;

/** The signal comes when the program has said that it computes. */
const LOOP_SCRIPT = `
/bin/proxy /${LOOP} handled >/tmp/said & proxy=$!
for try in $(seq 100); do grep -q looping /tmp/said && break; usleep 100000; done
kill -TERM $proxy
for try in $(seq 100); do kill -0 $proxy || break; usleep 100000; done
kill -KILL $proxy; wait $proxy; echo "status $?"`;

describe("interrupts of the channel on uhyve, on nested KVM", () => {
  test("a mebibyte through pipes arrives whole, whenever its writer begins", async () => {
    assert.equal(await printedBy(ECHO_SCRIPT), "same\n".repeat(ROUNDS));
  });
  test("a signal runs the handler of a program that only computes", async () => {
    assert.equal(await printedBy(LOOP_SCRIPT), "status 3\n");
  });
});

/** What a script prints in a nested host of its own. */
async function printedBy(script: string): Promise<string | undefined> {
  const files = new Map([["bin/proxy", PROXY], ...[ECHO, LOOP].map(programFile)]);
  const outcomes: (Outcome | null)[] = [];
  await runNested([{ script: `export HERMIT_ISLE=uhyve${script}`, timeoutSeconds: 300 }], {
    files,
    onOutcome: (_index, outcome) => outcomes.push(outcome),
  });
  return outcomes[0]?.stdout.toString();
}

function programFile(path: string): [string, string] {
  return [path, join(ROOT, "build/apps/tests", path.slice("programs/".length))];
}
