/**
 * `hermit pack`: a program with everything that it needs in one file, which `hermit run`, QEMU and GRUB boot, without any export.
 *
 * What goes in is what `hermit run` would show to the program, but for the working directory: the program, its interpreter and libraries,
 * the folders that its runtime reads, and what --mount names. The environment of whoever packs stays outside.
 */

import { formatBytes } from "../ps/ps.ts";
import { UserError } from "../user-error.ts";
import { writeImage } from "./image.ts";
import { kernelOfProxy, type PlanItem, planObjects, planProgram } from "./plan.ts";
import { Tree } from "./tree.ts";

/** For a machine that nobody gives an environment. */
const ENVIRONMENT = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LANG=C.UTF-8"];

export interface PackOptions {
  readonly output: string;
  readonly mount: readonly string[];
}

export function pack(program: string, args: readonly string[], { output, mount }: PackOptions): void {
  const plan = planProgram(mount, [program, ...args]);
  const tree = new Tree();
  for (const item of plan) {
    addToTree(tree, item);
  }
  const path = plan.find((item) => item.plan === "program")?.path;
  if (path === undefined) {
    throw new Error("the proxy named no program");
  }
  // Modules of a runtime are loaded when they are asked for, and bring libraries that the program itself does not name.
  for (const library of planObjects(path, tree.sharedObjects())) {
    tree.addLooked(library);
  }
  const argv = plan.flatMap((item) => (item.plan === "argument" ? [item.text] : []));
  const bytes = writeOrExplain(output, {
    kernel: kernelOfProxy(),
    path,
    argv,
    environment: ENVIRONMENT,
    root: tree.root,
  });
  for (const skipped of tree.skipped) {
    console.error(`hermit: ${skipped} is neither a file nor a directory nor a link, and was left out`);
  }
  console.error(`${output}: ${formatBytes(bytes)}`);
}

function addToTree(tree: Tree, item: PlanItem): void {
  switch (item.plan) {
    case "program":
    case "library":
      tree.addLooked(item.path);
      break;
    case "mount":
      tree.addAt(item.host, item.guest);
      break;
    case "link":
      tree.addLink(item.path, item.target);
      break;
    case "argument":
      break;
  }
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
