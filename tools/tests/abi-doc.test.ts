/** docs/uhyve-abi.md says what abi/ says. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DOCUMENT, renderDocument } from "../abi-doc.ts";

test("the document is up to date (`npm run docs` writes it)", () => {
  assert.equal(readFileSync(DOCUMENT, "utf8"), renderDocument());
});

test("a struct shows offsets, with padding as C has it", () => {
  const document = renderDocument();
  assert.match(document, /### FrameHeader \(16 bytes\)/);
  assert.match(document, /\| 8 \| 4 \| `tag` \| `u32` \|/);
});
