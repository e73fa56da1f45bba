/**
 * Every program of apps/differential: run as a Linux process and in a guest, it must end alike and print the same.
 *
 * The same file runs on both, so a difference is the kernel's. A program with an expected difference states its reason and its
 * output in the guest at its top. A program of pending.txt is run too: shown as skipped while it fails, and named when it
 * passes everywhere, so that its line can go.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  type DifferentialProgram,
  differentialPath,
  type Libc,
  listDifferentialPrograms,
  listPending,
} from "../../apps/differential/programs.ts";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "../boot/expect.ts";
import { cannotChangeDev, runAsNobody } from "../boot/host-without.ts";
import { availableIsles, environmentOf, unavailable } from "../boot/isles.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "../boot/run.ts";
import { compareText } from "./compare-text.ts";

/** A guest is busy with more than one core of a small machine. */
const CONCURRENCY = 2;
const TIMEOUT_SECONDS = 60;
/** A program that waits for what the kernel does not do yet would wait for ever. */
const PENDING_TIMEOUT_SECONDS = 10;
/** From here on a shell means "ended by a signal", about which the proxy says a sentence on stderr. */
const FIRST_SIGNAL_STATUS = 128;
const GROUP_OF_FILES = "files/";
const WANTED_PROGRAMS = 400;
/** nobody, as runAsNobody has it. */
const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;

const PROGRAMS = listDifferentialPrograms(ROOT);
const PENDING = listPending(ROOT);

test("the programs have been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/differential/"], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  const missing = PROGRAMS.flatMap((program) => program.libcs.map((libc) => differentialPath(program, libc)));
  assert.deepEqual(
    missing.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

test(`there are at least ${WANTED_PROGRAMS} programs, and pending.txt names only some of them, with reasons`, () => {
  assert.ok(PROGRAMS.length >= WANTED_PROGRAMS, `${PROGRAMS.length} programs`);
  for (const [name, reason] of PENDING) {
    assert.ok(
      PROGRAMS.some((program) => program.name === name),
      `pending.txt names ${name}, which does not exist`,
    );
    assert.notEqual(reason, "", `pending.txt gives no reason for ${name}`);
  }
});

interface Trial {
  readonly isle: Isle;
  readonly program: DifferentialProgram;
  readonly libc: Libc;
  readonly cpuCount: number;
}

for (const isle of ISLES) {
  const skip: string | false = unavailable(isle) ?? false;
  describe(`differential programs on ${isle}`, { concurrency: CONCURRENCY, skip }, () => {
    for (const trial of trialsOn([isle]).filter(({ program }) => !PENDING.has(program.name))) {
      test(titleOf(trial), { skip: hostProblem(trial.program) ?? false }, () => check(trial, TIMEOUT_SECONDS));
    }
  });
}

/** The same programs with /tmp in a folder of the host: file systems behave alike wherever their files are. */
for (const isle of ISLES) {
  const skip: string | false = unavailable(isle) ?? false;
  describe(`programs about files, in an export, on ${isle}`, { concurrency: CONCURRENCY, skip }, () => {
    const programs = PROGRAMS.filter(({ name }) => name.startsWith(GROUP_OF_FILES) && !PENDING.has(name));
    for (const trial of trialsOn([isle], programs)) {
      test(titleOf(trial), { skip: exportProblem(trial) ?? false }, () => checkInExport(trial));
    }
  });
}

describe("pending differential programs", { concurrency: CONCURRENCY }, () => {
  for (const program of PROGRAMS.filter(({ name }) => PENDING.has(name))) {
    test(program.name, (context) => checkPending(program, context));
  }
});

function trialsOn(isles: readonly Isle[], programs: readonly DifferentialProgram[] = PROGRAMS): Trial[] {
  return isles.flatMap((isle) =>
    programs.flatMap((program) =>
      program.libcs.flatMap((libc) => program.cpuCounts.map((cpuCount) => ({ isle, program, libc, cpuCount }))),
    ),
  );
}

function titleOf({ isle, program, libc, cpuCount }: Trial): string {
  return `${isle}: ${program.name} (${libc}${cpuCount > 1 ? `, ${cpuCount} CPUs` : ""})`;
}

async function check({ isle, program, libc, cpuCount }: Trial, timeoutSeconds: number): Promise<void> {
  const path = join(ROOT, differentialPath(program, libc));
  const memory = program.memory === undefined ? {} : { HERMIT_MEM: program.memory };
  const onLinux = await runOnLinux(program, path);
  const env = { HERMIT_CPUS: String(cpuCount), ...memory };
  const inGuest = await runInGuest(isle, program, [path, ...program.args], { env, timeoutSeconds });
  assertEnded(onLinux);
  assertEnded(inGuest);
  compare(program, onLinux, inGuest);
  assertNothingLeftBehind(inGuest);
}

function inputOf(program: DifferentialProgram): RunOptions {
  return program.stdin === undefined ? {} : { stdin: program.stdin };
}

/** Root may do everything: a program about permissions runs as somebody else. */
function isForNobody(program: DifferentialProgram): boolean {
  return program.isForOrdinaryUser && isRoot;
}

/** By a shell, which says 128 + n of a program that a signal ended: Node.js reports an end by a real-time signal as status 0. */
function runOnLinux(program: DifferentialProgram, path: string): Promise<Run> {
  const user = isForNobody(program) ? { uid: OTHER_USER } : {};
  const options = { ...inputOf(program), ...user, timeoutSeconds: TIMEOUT_SECONDS };
  return run("/bin/sh", ["-c", '"$@"; exit $?', "sh", path, ...program.args], options);
}

function runInGuest(isle: Isle, program: DifferentialProgram, args: readonly string[], more: RunOptions): Promise<Run> {
  const options = { ...inputOf(program), ...more, env: { ...environmentOf(isle), ...more.env } };
  return isForNobody(program) ? runAsNobody(args, options) : run(PROXY, args, options);
}

/** Why the program cannot be run with its files in an export. */
function exportProblem({ isle, program }: Trial): string | undefined {
  return program.notInExport ?? (isle === "qemu" ? program.notInQemuExport : undefined) ?? hostProblem(program);
}

/** Why the program cannot be run here, or not as its user. */
function hostProblem(program: DifferentialProgram): string | undefined {
  const needed = program.needsLinux;
  if (needed !== undefined && release().localeCompare(needed, "en", { numeric: true }) < 0) {
    return `Linux ${needed} has what it shows; this is ${release()}`;
  }
  return isForNobody(program) ? cannotChangeDev() : undefined;
}

async function checkInExport({ isle, program, libc, cpuCount }: Trial): Promise<void> {
  const path = join(ROOT, differentialPath(program, libc));
  const folder = mkdtempSync(join(tmpdir(), "export-test-"));
  chmodSync(folder, 0o1777);
  try {
    const onLinux = await runOnLinux(program, path);
    const options = ["--no-default-mounts", "--mount", `${folder}:/tmp:rw`, "--cpus", String(cpuCount)];
    const inGuest = await runInGuest(isle, program, [...options, path, ...program.args], {});
    assertEnded(onLinux);
    assertEnded(inGuest);
    compare(program, onLinux, inGuest);
    assertNothingLeftBehind(inGuest);
    assert.deepEqual(readdirSync(folder), [], "the program has removed what it made, in the host's folder");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare({ difference, name }: DifferentialProgram, onLinux: Run, inGuest: Run): void {
  const linuxText = onLinux.stdout.toString("latin1");
  if (difference !== undefined) {
    assert.notEqual(linuxText, difference.stdout, `${name} states a difference, but Linux prints the same`);
  }
  const differences = compareText(difference?.stdout ?? linuxText, inGuest.stdout.toString("latin1"));
  const statuses = `status ${onLinux.status} on Linux, ${inGuest.status} in the guest`;
  assert.equal(differences, "", `- expected, + in the guest (${statuses})\n${differences}\n${describeRun(inGuest)}`);
  const status = difference?.status ?? onLinux.status;
  assert.equal(inGuest.status, status, `${statuses}\n${describeRun(inGuest)}`);
  if (difference === undefined && status < FIRST_SIGNAL_STATUS) {
    assert.equal(
      inGuest.stderr.toString("latin1"),
      onLinux.stderr.toString("latin1"),
      "stderr in the guest and on Linux",
    );
  }
}

async function checkPending(program: DifferentialProgram, context: TestContext): Promise<void> {
  for (const trial of trialsOn(availableIsles(), [program])) {
    try {
      await check(trial, PENDING_TIMEOUT_SECONDS);
    } catch {
      context.skip(PENDING.get(program.name));
      return;
    }
  }
  // No failure: what passes may depend on the load of the host.
  context.skip(`passes on every isle here: may be removed from apps/differential/pending.txt (${program.name})`);
}
