/**
 * The compiler's fixtures: one small program per behaviour, each file with its own expectations at the end.
 *
 *     fixtures/accept/NAME.ts    compiled, run; `//> line` is a line of standard output, `//2> line` of standard error,
 *                                `//= 134` the exit status (default 0), `// flags: --checked` in the first line adds options
 *     fixtures/reject/NAME.ts    refused; `//! 3:7 BTS1103 text` is a diagnostic, all of them in order
 *
 * UPDATE_FIXTURES=1 rewrites the expectations from what happens: read the difference before you commit it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileProgram } from "../src/compile.ts";
import type { Target } from "../src/context.ts";
import { build, PLAIN_BUILD, profileFor } from "../src/driver.ts";

const FOLDER = fileURLToPath(new URL("./fixtures", import.meta.url));
const UPDATE = process.env.UPDATE_FIXTURES === "1";
const EXPECTATION = /^\/\/([>=!]|2>) ?(.*)$/;
const out = fs.mkdtempSync(path.join(tmpdir(), "btsc-fixtures-"));
after(() => fs.rmSync(out, { recursive: true, force: true }));

interface Fixture {
  readonly file: string;
  readonly flags: readonly string[];
  readonly target: Target;
  readonly expectations: string;
}

function read(file: string): Fixture {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const flags = (/^\/\/ flags: (.*)$/.exec(lines[0] ?? "")?.[1] ?? "").split(" ").filter(Boolean);
  const target = flags.find((f) => f.startsWith("--target="))?.slice("--target=".length) ?? "host";
  const expectations = lines.filter((line) => EXPECTATION.test(line)).join("\n");
  return { file, flags, target: target as Target, expectations };
}

function check(fixture: Fixture, actual: string): void {
  if (UPDATE && actual !== fixture.expectations) {
    const kept = fs
      .readFileSync(fixture.file, "utf8")
      .split("\n")
      .filter((line) => !EXPECTATION.test(line));
    fs.writeFileSync(fixture.file, `${kept.join("\n").trimEnd()}\n${actual}\n`);
    return;
  }
  assert.equal(actual, fixture.expectations);
}

function list(kind: string): string[] {
  const folder = path.join(FOLDER, kind);
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => path.join(folder, name));
}

function mark(prefix: string, text: string): string[] {
  return text === ""
    ? []
    : text
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => `//${prefix} ${line}`.trimEnd());
}

async function accept(file: string): Promise<void> {
  const fixture = read(file);
  const output = path.join(out, path.basename(file, ".ts"));
  const result = build(
    {
      ...PLAIN_BUILD,
      entry: file,
      target: fixture.target,
      output,
      checked: fixture.flags.includes("--checked"),
      sanitize: fixture.flags.includes("--sanitize") ? ["address", "undefined"] : ["undefined"],
      optimise: fixture.flags.includes("-O2") ? "2" : "1",
      root: FOLDER,
      embedFolder: FOLDER,
      cc: process.env.CC ?? "gcc",
      profile: await profileFor(fixture.target),
    },
    false,
  );
  assert.ok(result.ok, result.messages.join("\n"));
  const run = spawnSync(output, ["one", "two"], { encoding: "utf8", timeout: 20_000 });
  const status = run.status ?? (run.signal === "SIGABRT" ? 134 : -1);
  const actual = [...mark(">", run.stdout), ...mark("2>", run.stderr), ...(status === 0 ? [] : [`//= ${status}`])];
  check(fixture, actual.join("\n"));
}

async function reject(file: string): Promise<void> {
  const fixture = read(file);
  const options = { target: fixture.target, checked: false, root: FOLDER, embedFolder: FOLDER };
  const { diagnostics } = compileProgram([file], options, await profileFor(fixture.target), true);
  const actual = diagnostics.map((d) => {
    const at = d.source?.getLineAndCharacterOfPosition(d.start);
    return `//! ${(at?.line ?? -1) + 1}:${(at?.character ?? -1) + 1} ${d.code} ${d.text.split("\n")[0]}`;
  });
  assert.notEqual(actual.length, 0, "the program must be refused");
  check(fixture, actual.join("\n"));
}

describe("accepted programs", () => {
  for (const file of list("accept")) test(path.basename(file, ".ts"), () => accept(file));
});
describe("refused programs", () => {
  for (const file of list("reject")) test(path.basename(file, ".ts"), () => reject(file));
});
