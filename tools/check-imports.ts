/**
 * The import-direction check of DESIGN §3: layers know only what lies below them.
 *
 *     abi <- nucleus <- kernel <- { net, drivers } <- linux        the guest
 *     abi <- uhyve <- proxy          abi <- isle                   the host
 *     cli: none of the bare code
 *
 * compiler/std is open to all bare code. Reads the import declarations with TypeScript's own scanner, so comments and strings
 * that look like imports do not count, and re-exports do.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const STD = "compiler/std";

/** What each layer may import besides itself. */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  [STD]: ["abi"],
  abi: [STD],
  nucleus: ["abi", STD],
  kernel: ["nucleus", "abi", STD],
  net: ["kernel", "nucleus", "abi", STD],
  drivers: ["kernel", "nucleus", "abi", STD],
  linux: ["net", "drivers", "kernel", "nucleus", "abi", STD],
  uhyve: ["abi", STD],
  proxy: ["uhyve", "abi", STD],
  isle: ["abi", STD],
  cli: [],
};
const LAYERS = Object.keys(ALLOWED_IMPORTS);

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly imported: string;
  readonly message: string;
}

/** The layer that owns a path relative to the root; undefined for code outside of them (examples, tests, tools). */
export function layerOf(path: string): string | undefined {
  return LAYERS.find((layer) => path.startsWith(`${layer}/`));
}

/** The imports of one file that its layer forbids. `path` is relative to the root, with forward slashes. */
export function checkFile(path: string, text: string): Violation[] {
  const layer = layerOf(path);
  if (layer === undefined) {
    return [];
  }
  const allowed = ALLOWED_IMPORTS[layer] ?? [];
  return importsOf(text).flatMap(({ specifier, line }) => {
    const problem = judge(path, layer, allowed, specifier);
    return problem === undefined ? [] : [{ file: path, line, imported: specifier, message: problem }];
  });
}

function judge(path: string, layer: string, allowed: readonly string[], specifier: string): string | undefined {
  if (!specifier.startsWith(".")) {
    return layer === "cli" ? undefined : `bare code has no packages: "${specifier}"`;
  }
  const target = posix.join(posix.dirname(path), specifier);
  const targetLayer = layerOf(target);
  if (targetLayer === layer || (targetLayer !== undefined && allowed.includes(targetLayer))) {
    return undefined;
  }
  if (layer === "cli" && targetLayer === undefined) {
    return undefined;
  }
  const names = allowed.length === 0 ? "none of the other layers" : `only ${allowed.join(", ")}`;
  return `${layer} may import ${names}, not ${target}`;
}

function importsOf(text: string): { specifier: string; line: number }[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: text.slice(0, pos).split("\n").length,
  }));
}

/** Every violation in the repository at `root`. Tests are free: they may look at everything. */
export function checkTree(root: string): Violation[] {
  const skipped = new Set(["node_modules", "tests", "build", "fixtures"]);
  const filesUnder = (folder: string): string[] => {
    try {
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          return skipped.has(entry.name) ? [] : filesUnder(path);
        }
        return /(?<!\.test)\.ts$/.test(entry.name) ? [path] : [];
      });
    } catch (error) {
      // A layer that does not exist yet imports nothing.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return [];
      }
      throw error;
    }
  };
  return LAYERS.flatMap((layer) => filesUnder(join(root, layer))).flatMap((path) =>
    checkFile(relative(root, path), readFileSync(path, "utf8")),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const violations = checkTree(join(dirname(fileURLToPath(import.meta.url)), ".."));
  for (const { file, line, message } of violations) {
    console.error(`${file}:${line}: ${message}`);
  }
  process.exitCode = violations.length > 0 ? 1 : 0;
}
