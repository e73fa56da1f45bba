/**
 * The file server of uhyve and the confinement around it, on a KVM that QEMU's TCG emulates (tools/nested-kvm): programs that use files of
 * the host, and a guest that writes the server's queue itself (apps/hostile/ninep-guest.c).
 *
 * Everything here runs confined as always; a call that the monitor needs and the table does not allow would end it with 159.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Job, type Outcome, runNested } from "../../tools/nested-kvm/host.ts";
import { HOSTILE_FOLDER } from "../../tools/targets.ts";
import { PROXY, ROOT } from "../boot/run.ts";

const HOSTILE = `build/${HOSTILE_FOLDER}/ninep-guest-musl`;
const DIRECT_MAP = "7e0000000000";
/** An export "work" with a link that leads up, and beside it what the guest must not see. */
const PREPARE = [
  "export HERMIT_ISLE=uhyve",
  "rm -rf /tmp/w; mkdir -p /tmp/w/work; cd /tmp/w/work",
  "echo hidden > ../secret; ln -s .. out; echo mine > mine; echo from-host > a",
].join("\n");
const OUTSIDE_UNCHANGED = 'test "$(cat ../secret; ls ..)" = "$(echo hidden; echo secret; echo work)" || echo CHANGED';

interface Case {
  readonly title: string;
  readonly script: string;
  readonly stdout: RegExp;
  readonly stderr?: RegExp;
}

const guest = (command: string): string => `/bin/proxy /bin/busybox ${command}`;

const USES: readonly Case[] = [
  { title: "reads a file of the working directory", script: guest("cat a"), stdout: /^from-host\n$/ },
  {
    title: "writes one",
    script: `${guest("sh -c 'echo from-guest > b'")}; cat b`,
    stdout: /^from-guest\n$/,
  },
  {
    title: "copies megabytes through two processors",
    script: [
      "head -c 5000000 /dev/urandom > big",
      `HERMIT_CPUS=2 ${guest("cp big copy")}`,
      "cmp big copy && echo same",
    ].join("\n"),
    stdout: /^same\n$/,
  },
  {
    title: "makes, renames, links and removes",
    script: [
      guest("mkdir d"),
      guest("mv a d/b"),
      guest("ln -s d/b l"),
      guest("cat l"),
      guest("ln d/b hard"),
      guest("chmod 640 hard"),
      "stat -c '%a %h' d/b",
      guest("rm hard"),
      guest("touch -d @1000000000 d/b"),
      "stat -c %Y d/b",
      guest("rm -r d"),
      "ls",
    ].join("\n"),
    stdout: /^from-host\n640 2\n1000000000\nl\nmine\nout\n$/,
  },
  {
    title: "cannot change a read-only export",
    script: [
      "mkdir ../other; echo fixed > ../other/f; cd /",
      `/bin/proxy --mount /tmp/w/other:/data /bin/busybox cat /data/f`,
      `/bin/proxy --mount /tmp/w/other:/data /bin/busybox rm /data/f || cat /tmp/w/other/f`,
      "rm -r /tmp/w/other; cd /tmp/w/work",
    ].join("\n"),
    stdout: /^fixed\nfixed\n$/,
    stderr: /Read-only file system/,
  },
  {
    title: "reads standard input, and says where the time went",
    script: `echo text | /bin/proxy --time /bin/busybox cat`,
    stdout: /^text\n$/,
    stderr: /exits to the monitor/,
  },
];

/** Rules of the queue, each broken by a mode of the program, and what the report says. */
const VIOLATIONS: readonly (readonly [string, RegExp])[] = [
  ["too-many", /more buffers are available than the queue has entries/],
  ["loop", /a chain of descriptors has no end/],
  ["outside", /a buffer lies outside of the guest's memory/],
  ["hole", /a buffer lies outside of the guest's memory/],
  ["no-room", /a request left no room for its answer/],
  ["index", /a descriptor's index is beyond the table/],
];

const ATTACKS: readonly Case[] = [
  {
    title: "a guest that goes past its kernel finds no way out, and the server's limits",
    script: attack("escape"),
    stdout: /^fids end with error 24\n\d+ refused, 0 wrong\nstatus 0\n$/,
  },
  ...VIOLATIONS.map(([mode, stderr]) => ({
    title: `a guest that breaks a rule of the queue is ended: ${mode}`,
    script: attack(mode),
    stdout: /^status 1\n$/,
    stderr,
  })),
];

function attack(mode: string): string {
  return `/bin/proxy /${HOSTILE} ${queueAddress()} ${DIRECT_MAP} ${mode}; echo status $?`;
}

/** Where the kernel has its queue for files. */
function queueAddress(): string {
  const symbols = execFileSync("nm", ["build/kernel/hermit.elf"], { cwd: ROOT, encoding: "utf8" });
  const address = /^([0-9a-f]+) \w ninepQueue$/m.exec(symbols)?.[1];
  assert.ok(address, "the kernel has a queue for files");
  return address;
}

function jobOf({ script }: Case): Job {
  return { script: [PREPARE, script, OUTSIDE_UNCHANGED].join("\n"), timeoutSeconds: 120 };
}

describe("files on uhyve, on nested KVM", () => {
  const cases = [...USES, ...ATTACKS];
  const outcomes = new Map<number, Outcome | string>();
  let done: Promise<void> | undefined;
  const runAll = (): Promise<void> => {
    execFileSync(process.execPath, ["tools/build.mjs", `${HOSTILE_FOLDER}/`], { cwd: ROOT, stdio: "ignore" });
    const files = new Map([
      ["bin/proxy", PROXY],
      [HOSTILE, join(ROOT, HOSTILE)],
    ]);
    return runNested(cases.map(jobOf), {
      files,
      onOutcome: (index, outcome, lastWords) => outcomes.set(index, outcome ?? lastWords),
    });
  };
  cases.forEach(({ title, stdout, stderr }, index) => {
    test(title, async () => {
      done ??= runAll();
      await done;
      const outcome = outcomes.get(index);
      assert.ok(outcome !== undefined && typeof outcome !== "string", `the nested machine stopped: ${outcome}`);
      const what = `--- stdout\n${outcome.stdout}\n--- stderr\n${outcome.stderr}`;
      assert.match(outcome.stdout.toString(), stdout, what);
      assert.match(outcome.stderr.toString(), stderr ?? /^$/, what);
    });
  });
});
