/** What a program needs, as the proxy finds it out for `hermit run` (`proxy --plan`: one JSON object a line). */

import { spawnSync } from "node:child_process";
import { PROXY } from "../paths.ts";
import { UserError } from "../user-error.ts";

export type PlanItem =
  /** The ELF file that is executed, at its path without symbolic links. */
  | { readonly plan: "program"; readonly path: string }
  /** Its arguments: those given, or what a #! line makes of them. */
  | { readonly plan: "argument"; readonly text: string }
  /** A file that must be found under this name: the interpreter, a library. */
  | { readonly plan: "library"; readonly path: string }
  /** A file or folder of this host at a path of the guest. */
  | { readonly plan: "mount"; readonly host: string; readonly guest: string }
  | { readonly plan: "link"; readonly path: string; readonly target: string };

const MOST_OUTPUT_BYTES = 0x1000_0000;
/** That many paths are far from what a command line may have. */
const OBJECTS_OF_A_COMMAND = 200;

export function planProgram(mounts: readonly string[], command: readonly string[]): PlanItem[] {
  const options = ["--plan", "--no-default-mounts", ...mounts.map((mount) => `--mount=${mount}`), "--"];
  return itemsOf(runProxy([...options, ...command]));
}

/** The libraries that the program needs when it loads these shared objects at run time, by their paths. */
export function planObjects(program: string, objects: readonly string[]): string[] {
  const paths = new Set<string>();
  for (let start = 0; start < objects.length; start += OBJECTS_OF_A_COMMAND) {
    const some = objects.slice(start, start + OBJECTS_OF_A_COMMAND);
    const items = itemsOf(runProxy(["--needs", "--no-default-mounts", "--", program, ...some]));
    for (const item of items) {
      if (item.plan === "library") {
        paths.add(item.path);
      }
    }
  }
  return [...paths];
}

function itemsOf(output: Buffer): PlanItem[] {
  return output
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as PlanItem);
}

/** The kernel that the proxy has inside. */
export function kernelOfProxy(): Buffer {
  return runProxy(["--kernel"]);
}

/** What the proxy prints; what it complains about is the user's to mend. */
function runProxy(args: readonly string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync(PROXY, args, { maxBuffer: MOST_OUTPUT_BYTES });
  if (error !== undefined) {
    throw new UserError("the proxy is not built yet; run `npm run build` in the repository");
  }
  if (status !== 0) {
    throw new UserError(
      stderr
        .toString()
        .trim()
        .replace(/^hermit: /, ""),
    );
  }
  return stdout;
}
