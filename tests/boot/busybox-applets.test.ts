/**
 * Debian's static busybox, applet by applet: what needs no second process runs in a folder of the host as a Linux process and in a guest,
 * on the same files. Both print the same on both streams, end with the same status, and leave the same files with the same modes and times.
 *
 * On QEMU only the calls that change files run: the others differ by nothing that is the isle's.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { type AppletCall, CHANGING_CALLS, READING_CALLS } from "./applets.ts";
import { compareTrees } from "./compare-trees.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const BUSYBOX = "/bin/busybox";
/** A guest is busy with more than one core of a small machine. */
const CONCURRENCY = 2;
const WANTED_APPLETS = 60;
const THEN = new Date("2024-02-29T12:34:56Z");
const LATER = new Date("2024-03-01T00:00:00Z");
/** Whatever a call makes now is younger. */
const LATEST_MS = new Date("2025-01-01T00:00:00Z").getTime();
const WORDS = "pear\napple\nfig\napple pie\nÄpfel\n\n\ttab\there\nfig\n";
const NUMBERS = Array.from({ length: 300 }, (_, index) => `${(index * 7919) % 1000} ${index % 7} row\n`).join("");
const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31 + (index >> 5)) & 255));
/** One file in each: "inside" of the two archives, some words in the others. */
const ARCHIVES: Readonly<Record<string, string>> = {
  "files.zip":
    "UEsDBBQAAAAAAFxkXVj0j2H+BwAAAAcAAAAGAAAAaW5zaWRlaW5zaWRlClBLAQIUAxQAAAAAAFxkXVj0j2H+BwAAAAcAAAAGAAAAAAAAAAAAAACAAQAAAABpbnNpZGVQSwUGAAAAAAEAAQA0AAAAKwAAAAAA",
  "files.cpio":
    "MDcwNzAxMDAyMjgyQjIwMDAwODFBNDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTNCOUFDQTAwMDAwMDAwMDcwMDAwMDBGRTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA3MDAwMDAwMDBpbnNpZGUAAAAAaW5zaWRlCgAwNzA3MDEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMEIwMDAwMDAwMFRSQUlMRVIhISEAAAAA",
  "words.xz": "/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQALd29yZHMgaW4geHoKAAKfVjAAASAMot20vJBCmQ0BAAAAAAFZWg==",
  "words.gz": "H4sIAAAAAAACAyvPL0opVsjMU0ivyizgAgA8K5R0DgAAAA==",
  "words.bz2": "QlpoOTFBWSZTWQwE2owAAAbZgAAQQAAQABQh2JAgADEA0AFMjEenqPK/CYQwWYLuSKcKEgGAm1GA",
};
const TEXTS: Readonly<Record<string, string | Uint8Array>> = {
  words: WORDS,
  numbers: NUMBERS,
  bytes: BYTES,
  dosfile: "one\r\ntwo\r\n",
  encoded: 'begin 644 name\n$86)C"@``\n`\nend\n',
  "change.diff": "--- words\n+++ words\n@@ -1,3 +1,3 @@\n pear\n-apple\n+plum\n fig\n",
  sums: "d41d8cd98f00b204e9800998ecf8427e  words\n",
  "folder/copy": WORDS.replace("fig", "date"),
  "folder/empty": "",
};

test(`at least ${WANTED_APPLETS} applets are called`, () => {
  const applets = new Set([...READING_CALLS, ...CHANGING_CALLS].map(({ args }) => args[0]));
  assert.ok(applets.size >= WANTED_APPLETS, `${applets.size} applets`);
});

for (const isle of ISLES) {
  const skip = existsSync(BUSYBOX) ? (unavailable(isle) ?? false) : `there is no ${BUSYBOX}: run tools/setup.sh --all`;
  describe(`applets on ${isle}`, { skip, concurrency: CONCURRENCY }, () => {
    for (const call of isle === "qemu" ? CHANGING_CALLS : [...READING_CALLS, ...CHANGING_CALLS]) {
      test(`${isle}: ${call.args.join(" ")}`, () => compare(isle, call));
    }
  });
}

async function compare(isle: Isle, call: AppletCall): Promise<void> {
  using linux = prepare();
  using guest = prepare();
  const onLinux = await runIn(linux, [BUSYBOX, ...call.args], call.stdin, isle);
  const inGuest = await runIn(guest, [PROXY, BUSYBOX, ...call.args], call.stdin, isle);
  assertEnded(inGuest);
  assert.equal(said(inGuest.stdout, guest), said(onLinux.stdout, linux), describeRun(inGuest));
  assert.equal(said(inGuest.stderr, guest), said(onLinux.stderr, linux), describeRun(inGuest));
  assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
  assert.deepEqual(compareTrees(linux.folder, guest.folder), []);
  assert.deepEqual(attributesIn(guest), attributesIn(linux));
}

function runIn({ folder }: Scratch, command: readonly string[], stdin: string, isle: Isle): Promise<Run> {
  const env = { ...environmentOf(isle), TZ: "UTC" };
  return run("/bin/sh", ["-c", 'cd "$0" && exec "$@"', folder, ...command], { env, stdin });
}

function said(output: Uint8Array, { folder }: Scratch): string {
  return Buffer.from(output).toString("latin1").replaceAll(folder, "FOLDER");
}

/** Modes, and times as far as they are not the run's. */
function attributesIn({ folder }: Scratch): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { mode, mtimeMs } = lstatSync(join(folder, name));
      return `${name} ${mode.toString(8)} ${mtimeMs < LATEST_MS ? mtimeMs : "now"}`;
    });
}

function prepare(): Scratch {
  const scratch = makeScratch();
  const at = (name: string): string => join(scratch.folder, name);
  mkdirSync(at("folder"));
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(at(name), text);
  for (const [name, text] of Object.entries(ARCHIVES)) writeFileSync(at(name), Buffer.from(text, "base64"));
  for (const name of readdirSync(scratch.folder, { recursive: true, encoding: "utf8" })) {
    utimesSync(at(name), THEN, name === "words" ? LATER : THEN);
  }
  const packed = spawnSync(BUSYBOX, ["tar", "-cf", "files.tar", "words", "folder"], { cwd: scratch.folder });
  assert.equal(packed.status, 0);
  symlinkSync("folder", at("link"));
  symlinkSync("nowhere", at("dangling"));
  for (const name of ["files.tar", "link", "dangling", "."]) lutimesSync(at(name), THEN, THEN);
  return scratch;
}
