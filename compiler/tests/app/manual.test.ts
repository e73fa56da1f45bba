/**
 * Every example of docs/application-profile.md: those with output print it, compiled and under Node; those that are refused give the
 * messages that their comments name, on those lines.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { compile, diagnostics, ROOT, runNative, runNode, scratch, write } from "./harness.ts";

after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const manual = fs.readFileSync(path.join(ROOT, "docs/application-profile.md"), "utf8");
const blocks = [...manual.matchAll(/^```ts(.*)\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```$)?/gm)];
assert.ok(blocks.length >= 11);

blocks.forEach((block, i) => {
  const [, flags = "", text = "", output] = block;
  const heading =
    manual
      .slice(0, block.index)
      .match(/^## .*$/gm)
      ?.at(-1) ?? "";
  test(`${i}: ${heading.slice(3)}`, () => {
    const entry = write(`manual-${i}.ts`, text);
    if (flags.trim() === "refused") {
      const wanted = text.split("\n").flatMap((line, n) => {
        const code = /\/\/ (BTS\d+)/.exec(line)?.[1];
        return code ? [`${n + 1} ${code}`] : [];
      });
      assert.deepEqual(diagnostics(entry), wanted);
      return;
    }
    assert.equal(runNative(compile(entry)).stdout, output);
    assert.equal(runNode(entry).stdout, output);
  });
});
