/** `hermit ps`: guests that run are listed while they run, and gone when they were killed. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatBytes, formatDuration, formatGuests } from "../src/ps/ps.ts";
import { parseFields } from "../src/ps/running.ts";
import { HERMIT, hermit, temporaryFolder } from "./hermit.ts";

const skip = hermit(["doctor"]).status === 0 ? false : "no isle works here";

/** Three threads that wait for ever, after a line that says so. */
const PROGRAM = `
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void* wait_for_ever(void* argument) { for (;;) pause(); return argument; }
int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, wait_for_ever, 0);
  puts("waiting");
  fflush(stdout);
  for (;;) pause();
}
`;

function listed(): Array<Record<string, unknown>> {
  return JSON.parse(hermit(["ps", "--json"]).stdout);
}

function guestOf(child: ChildProcess): Record<string, unknown> | undefined {
  return listed().find((guest) => guest.pid === child.pid);
}

test("a guest is listed with what it is and what it uses, until it is killed", { skip }, async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "wait.c"), PROGRAM);
  assert.equal(hermit(["cc", "-pthread", "wait.c", "-o", "wait"], { cwd: folder }).status, 0);
  const child = spawn(HERMIT, ["run", "--cpus", "2", "--memory", "256M", "./wait"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  context.after(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout, "data");
  assert.equal(String(line), "waiting\n");
  const guest = guestOf(child);
  assert.ok(guest, "the guest is listed");
  assert.equal(guest.program, join(folder, "wait"));
  assert.deepEqual([guest.cpus, guest.memoryBytes, guest.threads], [2, 256 * 1024 * 1024, 3]);
  assert.ok(Number(guest.residentBytes) > 1e6 && Number(guest.uptimeMs) > 0);
  if (guest.isle === "uhyve") {
    assert.ok(Number(guest.exits) > 0);
  } else {
    assert.equal(guest.isle, "qemu");
    assert.equal(guest.exits, undefined);
  }
  const table = hermit(["ps"]).stdout;
  assert.match(table, /^ *PID +ISLE +CPUS +MEMORY +THREADS +EXITS +UPTIME +PROGRAM\n/);
  assert.match(table, new RegExp(`^ *${child.pid} +${guest.isle} +2 +\\S+ of 256M +3 `, "m"));
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(guestOf(child), undefined);
});

test("run --time says where the time went", { skip }, (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "p.c"), "int main(void) { return 3; }\n");
  assert.equal(hermit(["cc", "p.c", "-o", "p"], { cwd: folder }).status, 0);
  for (const [args, env] of [
    [["run", "--time", "./p"], {}],
    [["run", "./p"], { HERMIT_TIME: "1" }],
  ] as const) {
    const { status, stderr } = hermit(args, { cwd: folder, env });
    assert.equal(status, 3);
    assert.match(
      stderr,
      /^hermit: \d+\.\d\d ms: \d+\.\d\d ms until the program's first instruction, \d+\.\d\d ms in the program$/m,
    );
    assert.match(stderr, /^hermit: (\d+ exits to the monitor, )?at most \d+\.\d MiB of the host's memory$/m);
  }
});

test("nothing that runs is one sentence, and an empty list for programs", () => {
  assert.equal(formatGuests([]), "No guest is running (of those that you may see).");
  assert.ok(Array.isArray(listed()));
});

test("what cannot be read is shown as unknown; a path stays in its line", () => {
  const guest = {
    pid: 7,
    program: "/a\nb",
    isle: "qemu",
    cpus: 64,
    memoryBytes: 2 ** 31,
    residentBytes: undefined,
    threads: undefined,
    exits: undefined,
    uptimeMs: 61_000,
  };
  const row = formatGuests([guest]).split("\n")[1];
  assert.equal(row?.replace(/ +/g, " ").trim(), "7 qemu 64 - of 2G - - 1m01s /a\\nb");
});

test("the program's path may hold anything", () => {
  const fields = parseFields("isle qemu\ncpus 2\nprogram /a\nprogram /b c");
  assert.deepEqual([fields.get("isle"), fields.get("cpus"), fields.get("program")], ["qemu", "2", "/a\nprogram /b c"]);
});

test("sizes and durations are short", () => {
  assert.deepEqual([0, 1023, 1536, 3 * 2 ** 30, 2 ** 41].map(formatBytes), ["0B", "1023B", "1.5K", "3G", "2T"]);
  assert.deepEqual([0, 59_900, 60_000, 3_600_000, 90_000_000].map(formatDuration), [
    "0.0s",
    "59.9s",
    "1m00s",
    "1h00m",
    "1d01h",
  ]);
});

test("the proxy and the list agree on the format", () => {
  const layout = readFileSync(new URL("../../abi/run-status.ts", import.meta.url), "utf8");
  assert.match(layout, /Bytes<7680>;/);
  assert.match(layout, /FixedArray<u64, 64>/);
  assert.match(layout, /0x5354_5454_4953_4548n/);
});
