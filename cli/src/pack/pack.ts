/**
 * `hermit pack`: a program with everything that it needs in one file, which `hermit run`, QEMU and GRUB boot, without any export.
 *
 * What goes in is what `hermit run` would show to the program, but for the working directory: the program, its interpreter and libraries,
 * the folders that its runtime reads, and what --mount names; and the same for every program that it may start in its place. The environment
 * of whoever packs stays outside.
 */

import { dirname } from "node:path";
import { formatBytes } from "../ps/ps.ts";
import { UserError } from "../user-error.ts";
import { writeImage } from "./image.ts";
import { kernelOfProxy } from "./plan.ts";
import { Programs } from "./programs.ts";

/** For a machine that nobody gives an environment. */
const PATH = ["/usr/local/bin", "/usr/bin", "/bin"];
const ENVIRONMENT = ["HOME=/", "LANG=C.UTF-8"];

export interface PackOptions {
  readonly output: string;
  readonly mount: readonly string[];
  readonly program: readonly string[];
}

export function pack(program: string, args: readonly string[], { output, mount, program: others }: PackOptions): void {
  const programs = new Programs(mount);
  const first = programs.addFirst([program, ...args]);
  const folders = others.map((other) => dirname(programs.add(other).path));
  const { tree } = programs;
  const bytes = writeOrExplain(output, {
    kernel: kernelOfProxy(),
    path: first.path,
    argv: first.argv,
    environment: [`PATH=${[...new Set([...PATH, ...folders])].join(":")}`, ...ENVIRONMENT],
    root: tree.root,
  });
  const skipped = tree.skipped.map((path) => `${path} is neither a file nor a directory nor a link, and was left out`);
  for (const sentence of [...skipped, ...programs.notes]) {
    console.error(`hermit: ${sentence}`);
  }
  console.error(`${output}: ${formatBytes(bytes)}`);
}

function writeOrExplain(output: string, contents: Parameters<typeof writeImage>[1]): number {
  try {
    return writeImage(output, contents);
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      throw new UserError(`${output} cannot be written: ${error.message}`);
    }
    throw error;
  }
}
