import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeLineTable, parseLineRows, plainName } from "../line-table.ts";

describe("the line table", () => {
  it("shows functions by the names that the source has", () => {
    assert.equal(plainName("serialWrite__uart16550"), "serialWrite");
    assert.equal(plainName("readNull.part.0"), "readNull");
    assert.equal(plainName("frameAlloc"), "frameAlloc");
    assert.equal(plainName("bt_format_u64"), "bt_format_u64");
  });

  it("takes the last of several rows for an address, and the file that precedes it", () => {
    const text = [
      "File name    Line number    Starting address    View    Stmt",
      "kernel/irq.ts:",
      "irq.ts            10     0x7f8000007170               x",
      "irq.ts            11     0x7f8000007170       1       x",
      "nucleus/percpu.ts:",
      "percpu.ts         90     0x7f8000007174               x",
      "percpu.ts          -     0x7f8000007180",
    ].join("\n");
    assert.deepEqual(parseLineRows(text), [
      { address: 0x7f8000007170n, file: "kernel/irq.ts", line: 11 },
      { address: 0x7f8000007174n, file: "nucleus/percpu.ts", line: 90 },
    ]);
  });

  it("holds what the format's description says (compiler/std/line-table.ts)", () => {
    const rows = [
      { address: 0x1010n, file: "a.ts", line: 300 },
      { address: 0x1014n, file: "a.ts", line: 298 },
      { address: 0x1018n, file: "b.ts", line: 300 },
      { address: 0x1020n, file: "b.ts", line: 300 },
    ];
    const functions = [{ address: 0x1010n, bytes: 0x20, name: "f" }];
    const table = Buffer.from(encodeLineTable(0x1000n, functions, rows));
    assert.equal(table.readUInt32LE(0), 0x4e494c42);
    assert.equal(table.readUInt32LE(4), 1);
    assert.equal(table.readBigUInt64LE(8), 0x1000n);
    assert.equal(table.readUInt32LE(28), table.length);
    assert.deepEqual(
      [0, 4, 8, 12].map((at) => table.readUInt32LE(48 + at)),
      [0x10, 0x20, 0, 0],
    );
    const rowsOffset = table.readUInt32LE(16);
    const filesOffset = table.readUInt32LE(20);
    // File 0, line 300; 4 further: two lines back; 4 further: another file, two lines on; the end.
    const expected = [0, 0xac, 0x02, 4, 4, 4, 0, 5, 5, 0];
    assert.deepEqual([...table.subarray(rowsOffset, filesOffset)], expected);
    assert.equal(table.toString("latin1", filesOffset, table.readUInt32LE(24)), "a.ts\0b.ts\0");
    assert.equal(table.toString("latin1", table.readUInt32LE(24)), "f\0");
  });
});
