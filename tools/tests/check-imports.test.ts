/** The import-direction check: what it allows, what it refuses, and that this repository passes it. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkFile, checkTree } from "../check-imports.ts";

function refused(path: string, specifier: string): boolean {
  return checkFile(path, `import { x } from "${specifier}";\n`).length > 0;
}

test("a layer may import itself and what lies below it", () => {
  assert.equal(refused("abi/uhyve.ts", "./errno.ts"), false);
  assert.equal(refused("nucleus/entry.ts", "../abi/errno.ts"), false);
  assert.equal(refused("kernel/mm/frames.ts", "../../nucleus/paging.ts"), false);
  assert.equal(refused("net/wire/tcp.ts", "../../kernel/log.ts"), false);
  assert.equal(refused("drivers/virtio/net.ts", "../../kernel/log.ts"), false);
  assert.equal(refused("linux/table.ts", "../net/socket/tcp.ts"), false);
  assert.equal(refused("linux/table.ts", "../drivers/bus/mmio.ts"), false);
  assert.equal(refused("proxy/main.ts", "../uhyve/vm.ts"), false);
  assert.equal(refused("uhyve/vm.ts", "../compiler/std/memory.ts"), false);
});

test("a layer may not import what lies above or beside it", () => {
  assert.equal(refused("abi/errno.ts", "../kernel/log.ts"), true);
  assert.equal(refused("nucleus/entry.ts", "../kernel/log.ts"), true);
  assert.equal(refused("kernel/main.ts", "../linux/table.ts"), true);
  assert.equal(refused("kernel/main.ts", "../drivers/serial.ts"), true);
  assert.equal(refused("net/wire/tcp.ts", "../../drivers/virtio/net.ts"), true);
  assert.equal(refused("drivers/virtio/net.ts", "../../net/wire/tcp.ts"), true);
});

test("host programs know the contracts, not the guest", () => {
  assert.equal(refused("uhyve/vm.ts", "../kernel/main.ts"), true);
  assert.equal(refused("uhyve/vm.ts", "../proxy/main.ts"), true);
  assert.equal(refused("proxy/main.ts", "../nucleus/entry.ts"), true);
  assert.equal(refused("isle/boot.ts", "../uhyve/vm.ts"), true);
  assert.equal(refused("cli/src/main.ts", "../../abi/errno.ts"), true);
  assert.equal(refused("cli/src/main.ts", "../../uhyve/vm.ts"), true);
  assert.equal(refused("cli/src/main.ts", "../../compiler/std/memory.ts"), true);
});

test("the CLI uses packages, bare code has none", () => {
  assert.equal(refused("cli/src/main.ts", "commander"), false);
  assert.equal(refused("cli/src/main.ts", "../../compiler/src/cli.ts"), false);
  assert.equal(refused("kernel/main.ts", "node:fs"), true);
});

test("re-exports and type imports count, comments and strings do not", () => {
  assert.equal(checkFile("abi/errno.ts", 'export * from "../kernel/log.ts";').length, 1);
  assert.equal(checkFile("abi/errno.ts", 'import type { Log } from "../kernel/log.ts";').length, 1);
  assert.equal(checkFile("abi/errno.ts", '// import { x } from "../kernel/log.ts";\n').length, 0);
  assert.equal(checkFile("abi/errno.ts", "const text = 'import { x } from \"../kernel/log.ts\"';").length, 0);
});

test("a violation names the file, the line and what is allowed", () => {
  const [violation] = checkFile(
    "uhyve/vm.ts",
    '\nimport { a } from "../abi/a.ts";\nimport { b } from "../linux/b.ts";\n',
  );
  assert.equal(violation?.line, 3);
  assert.equal(violation?.message, "uhyve may import only abi, compiler/std, not linux/b.ts");
});

test("a tree is searched in every layer, without its tests", () => {
  const root = mkdtempSync(join(tmpdir(), "imports-"));
  try {
    mkdirSync(join(root, "kernel/tests"), { recursive: true });
    mkdirSync(join(root, "abi"));
    writeFileSync(join(root, "kernel/main.ts"), 'import { x } from "../linux/x.ts";');
    writeFileSync(join(root, "kernel/tests/free.ts"), 'import { x } from "../../linux/x.ts";');
    writeFileSync(join(root, "abi/a.ts"), "export const A = 1;");
    assert.deepEqual(
      checkTree(root).map(({ file }) => file),
      ["kernel/main.ts"],
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("this repository keeps the directions", () => {
  assert.deepEqual(checkTree(fileURLToPath(new URL("../..", import.meta.url))), []);
});
