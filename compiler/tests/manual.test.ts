/**
 * Every example of docs/bare-typescript.md is a program of its own: accepted ones compile (and run, if they have a `main`),
 * refused ones give exactly the messages that their comments name, on those lines.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BARE_PROFILE } from "../src/bare-profile.ts";
import { compileProgram } from "../src/compile.ts";
import type { Target } from "../src/context.ts";
import { build, PLAIN_BUILD } from "../src/driver.ts";

const MANUAL = fileURLToPath(new URL("../../docs/bare-typescript.md", import.meta.url));
const out = fs.mkdtempSync(path.join(tmpdir(), "btsc-manual-"));
after(() => fs.rmSync(out, { recursive: true, force: true }));

interface Example {
  readonly flags: readonly string[];
  readonly text: string;
  readonly line: number;
  readonly file: string;
}

function examples(): Example[] {
  const manual = fs.readFileSync(MANUAL, "utf8");
  return [...manual.matchAll(/^```ts(.*)\n([\s\S]*?)^```$/gm)].map((match, i) => ({
    flags: (match[1] ?? "").trim().split(" ").filter(Boolean),
    text: match[2] ?? "",
    line: manual.slice(0, match.index).split("\n").length,
    file: path.join(out, `example-${i}.ts`),
  }));
}

const comments = (text: string, word: string): string[] =>
  [...text.matchAll(new RegExp(`^// ${word}: (.*)$`, "gm"))].map((m) => m[1] ?? "");

function refused(example: Example): void {
  const options = { target: "host" as Target, checked: false, root: out, embedFolder: out };
  const { diagnostics } = compileProgram([example.file], options, BARE_PROFILE, true);
  const found = diagnostics.map((d) => `${(d.source?.getLineAndCharacterOfPosition(d.start).line ?? 0) + 1} ${d.code}`);
  const wanted = example.text.split("\n").flatMap((line, i) => {
    const code = /\/\/ ((?:BTS|TS)\d+)/.exec(line)?.[1];
    return code ? [`${i + 1} ${code}`] : [];
  });
  assert.deepEqual(found, wanted);
}

function accepted(example: Example): void {
  const runs = example.text.includes("export function main(");
  const output = example.file.replace(/\.ts$/, "");
  const result = build(
    {
      ...PLAIN_BUILD,
      entry: example.file,
      target: example.flags.includes("kernel") ? "kernel" : "host",
      output,
      emit: runs ? "exe" : "obj",
      checked: example.flags.includes("checked"),
      sanitize: [],
      optimise: "1",
      root: out,
      embedFolder: out,
      cc: process.env.CC ?? "gcc",
      profile: BARE_PROFILE,
    },
    false,
  );
  assert.deepEqual(result.messages, []);
  if (!runs) return;
  const run = spawnSync(output, { encoding: "utf8" });
  const panics = comments(example.text, "panics");
  assert.deepEqual(run.stdout.replace(/\n$/, "").split("\n"), comments(example.text, "prints"));
  assert.equal(run.signal ?? run.status, panics.length > 0 ? "SIGABRT" : 0);
  for (const why of panics) assert.match(run.stderr, new RegExp(`^example-\\d+\\.ts:\\d+: panic: ${why}$`, "m"));
}

for (const example of examples()) {
  test(`docs/bare-typescript.md:${example.line}`, () => {
    fs.writeFileSync(example.file, example.text);
    if (example.flags.includes("refused")) refused(example);
    else accepted(example);
  });
}
