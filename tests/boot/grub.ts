/** Disks from which GRUB boots an image by Multiboot. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scratch } from "./scratch.ts";

/** Why there can be no such disk here, or false. */
export function grubProblem(): string | false {
  const tools = ["grub-mkrescue", "xorriso", "mformat"];
  const missing = tools.find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return missing === undefined ? false : `${missing} is not installed (grub-pc-bin, xorriso, mtools)`;
}

export function makeGrubDisk(scratch: Scratch, image: string): string {
  const tree = join(scratch.folder, "tree");
  mkdirSync(join(tree, "boot/grub"), { recursive: true });
  copyFileSync(image, join(tree, "boot/hermit.elf"));
  writeFileSync(
    join(tree, "boot/grub/grub.cfg"),
    "set timeout=0\nmenuentry hermit {\n multiboot /boot/hermit.elf a command line\n boot\n}\n",
  );
  const disk = join(scratch.folder, "disk.iso");
  const made = spawnSync("grub-mkrescue", ["-o", disk, tree], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return disk;
}
