/**
 * Builds the targets that btsc compiles, in order, in one process, so that the TypeScript compiler is loaded once. Started by
 * tools/build.ts, which reads one JSON object a line from stdout: the outcome of each target.
 *
 * A target is kept when its options, the compiler and every file that it was made from have the content that they had; the
 * driver says which files these are (imports, preludes, embedded files). Each target has a record of its own, so that two of these
 * processes may build different targets side by side.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { BuildOptions } from "../compiler/src/driver.ts";
import { addLineTable } from "./line-table.ts";
import { type BtscTarget, listTargets } from "./targets.ts";

const RECORDS = "build/.btsc";
const IMAGE_TOOLS = ["tools/line-table.ts", "tools/elf-file.ts"];
const COMPILER_FOLDERS = ["compiler/src", "compiler/runtime"];

/** What a target was made from. */
interface Made {
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
}
type Outcome = "built" | "kept" | "skipped" | "failed";

async function main(names: readonly string[]): Promise<void> {
  const compiler = hashFiles(COMPILER_FOLDERS.flatMap(filesUnder));
  const failed = new Set<string>();
  for (const target of listTargets(".")) {
    if (target.kind === "btsc" && names.includes(target.name)) {
      const outcome = await buildTarget(target, compiler, failed).catch((error: unknown) => {
        console.error(error, `\nbuild: ${target.name} failed: this is a bug of the build or of the compiler`);
        return "failed" as const;
      });
      if (outcome === "failed") {
        failed.add(target.name);
      }
      console.log(JSON.stringify({ name: target.name, outcome }));
    }
  }
}

async function buildTarget(target: BtscTarget, compiler: string, failed: ReadonlySet<string>): Promise<Outcome> {
  const broken = target.needs.find((name) => failed.has(name));
  if (broken !== undefined) {
    console.error(`build: ${target.name} failed: it needs ${broken}`);
    return "failed";
  }
  if (!existsSync(target.entry)) {
    console.error(`build: ${target.name} skipped: ${target.entry} does not exist yet`);
    return "skipped";
  }
  const key = createHash("sha256")
    .update(JSON.stringify([target, compiler, gccTime()]))
    .digest("hex");
  const record = `${RECORDS}/${target.name.replaceAll("/", "-")}.json`;
  if (isCurrent(target, key, readRecord(record))) {
    return "kept";
  }
  rmSync(record, { force: true });
  const startedMs = Date.now();
  mkdirSync(dirname(target.output), { recursive: true });
  const driver = await import("../compiler/src/driver.ts");
  const options = optionsOf(target, await driver.profileFor(target.profile));
  const { ok, messages, inputs } = driver.build(options, process.stderr.isTTY === true && !process.env.NO_COLOR);
  for (const message of messages) {
    console.error(message);
  }
  if (!ok) {
    console.error(`build: ${target.name} failed`);
    return "failed";
  }
  if (target.hasLineTable) {
    addLineTable(target.output);
  }
  if (target.stripped !== undefined) {
    strip(target.output, target.stripped);
  }
  // Relative: a copied or moved tree is compared with itself.
  const read = inputs.map((path) => relative(process.cwd(), path));
  const files = [...read, ...IMAGE_TOOLS, ...(target.linkerScript ? [target.linkerScript] : [])];
  // What changed during the build may not be what it read: no record, so that the next build makes the target again.
  if (files.every((path) => statSync(path).ctimeMs < startedMs)) {
    const made: Made = { key, inputs: Object.fromEntries(files.map((path) => [path, hashFiles([path])])) };
    mkdirSync(RECORDS, { recursive: true });
    writeFileSync(record, JSON.stringify(made));
  }
  return "built";
}

/** In one step, so that a program which somebody starts meanwhile is the old one or the new one. */
function strip(program: string, stripped: string): void {
  const unfinished = `${stripped}.new`;
  const args = ["--strip-all", `--add-gnu-debuglink=${program}`, program, unfinished];
  const { status, error, stderr } = spawnSync("objcopy", args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`objcopy failed: ${error?.message ?? stderr}`);
  }
  renameSync(unfinished, stripped);
}

function optionsOf(target: BtscTarget, profile: BuildOptions["profile"]): BuildOptions {
  return {
    entry: target.entry,
    target: target.profile,
    output: target.output,
    emit: "exe",
    checked: false,
    sanitize: [],
    optimise: "2",
    root: process.cwd(),
    embedFolder: resolve("build"),
    ldscript: target.linkerScript === undefined ? undefined : resolve(target.linkerScript),
    isStatic: target.profile === "host",
    musl: target.profile === "host",
    sse: false,
    cflags: [],
    ldflags: [],
    cc: process.env.CC ?? "gcc",
    profile,
  };
}

function isCurrent(target: BtscTarget, key: string, known: Made | undefined): boolean {
  if (known?.key !== key || !existsSync(target.output) || !existsSync(target.stripped ?? target.output)) {
    return false;
  }
  return Object.entries(known.inputs).every(([path, hash]) => existsSync(path) && hashFiles([path]) === hash);
}

function hashFiles(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 32);
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function gccTime(): number {
  return statSync("/usr/bin/gcc", { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readRecord(path: string): Made | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Made) : undefined;
}

await main(process.argv.slice(2));
