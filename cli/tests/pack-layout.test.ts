/** The offsets that `hermit pack` writes are those of abi/, and the checksum is the kernel's. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderDocument } from "../../tools/abi-doc.ts";
import { Crc32c } from "../src/pack/crc32c.ts";
import * as layout from "../src/pack/layout.ts";

const DOCUMENT = renderDocument();

/** Offset of each field of a struct, and its size. */
function structOf(name: string): { bytes: number; offsets: ReadonlyMap<string, number> } {
  const [, size, rows] = new RegExp(`### ${name} \\((\\d+) bytes\\)\\n([^#]*)`).exec(DOCUMENT) ?? [];
  assert.ok(size && rows, `the document shows ${name}`);
  const fields = [...rows.matchAll(/^\| (\d+) \| \d+ \| `(\w+)` /gm)];
  return {
    bytes: Number(size),
    offsets: new Map(fields.map(([, offset, field]) => [field as string, Number(offset)])),
  };
}

for (const [name, expected] of [
  ["BootModule", layout.BOOT_MODULE],
  ["ImageHeader", layout.IMAGE_HEADER],
  ["ModuleFile", layout.MODULE_FILE],
] as const) {
  test(`${name} is laid out as in abi/boot-info.ts`, () => {
    const { bytes, offsets } = structOf(name);
    for (const [field, offset] of Object.entries(expected)) {
      assert.equal(offset, field === "bytes" ? bytes : offsets.get(field), field);
    }
  });
}

test("constants are those of abi/", () => {
  const text = ["boot-info", "memory-map"]
    .map((file) => readFileSync(new URL(`../../abi/${file}.ts`, import.meta.url), "utf8"))
    .join();
  const declared = (name: string): bigint => {
    const literal = new RegExp(`export const ${name} = (0x[0-9a-f_]+)n?;`).exec(text)?.[1];
    assert.ok(literal, name);
    return BigInt(literal.replaceAll("_", ""));
  };
  assert.equal(layout.MODULE_MAGIC, declared("BOOT_MODULE_MAGIC"));
  assert.equal(layout.IMAGE_MAGIC, declared("IMAGE_MAGIC"));
  assert.equal(BigInt(layout.MOST_FILES), declared("MAX_MODULE_FILES"));
  assert.equal(BigInt(layout.PAGE_BYTES), declared("PAGE_SIZE"));
  assert.equal(layout.KERNEL_BASE, declared("KERNEL_BASE"));
  assert.equal(layout.KERNEL_PHYS, declared("KERNEL_PHYS"));
  assert.equal(layout.DIRECT_MAP_BASE, declared("DIRECT_MAP_BASE"));
});

test("CRC-32C of the published examples (RFC 3720, B.4), in pieces", () => {
  const sumOf = (...pieces: Uint8Array[]): number => {
    const checksum = new Crc32c();
    for (const piece of pieces) {
      checksum.add(piece);
    }
    return checksum.sum;
  };
  assert.equal(sumOf(new Uint8Array(32)), 0x8a91_36aa);
  assert.equal(sumOf(new Uint8Array(10).fill(0xff), new Uint8Array(22).fill(0xff)), 0x62a8_ab43);
  assert.equal(sumOf(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd_794e);
});
