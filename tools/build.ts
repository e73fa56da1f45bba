/**
 * Builds the targets of tools/targets.ts; tools/build.mjs decides whether to start this at all.
 *
 * Two lanes run side by side: the core one target after the other, because the proxy embeds the kernel and the kernel the vDSO;
 * and the C programs, then the TypeScript programs, which take about as long, beside those that `hermit cc` and its like compile (they
 * need the command line and libhermit.a). A target that fails does not stop those that do not need it, so that one look shows everything that is
 * wrong; the exit status is 1 then. Nothing is made again from unchanged contents: tools/build-btsc.ts sees to it for its
 * targets; C programs are compiled again when their sources, the headers beside them, the compiler or the command changed.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import {
  type BundleTarget,
  type CTarget,
  DEMO_TARGETS,
  LIBRARY,
  type LibraryTarget,
  listTargets,
  type ProgramTarget,
  type Target,
} from "./targets.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const OUTPUTS = "build/.outputs.json";
const C_HASHES = "build/.c-hashes.json";

type Outcome = "built" | "kept" | "skipped" | "failed";

/** What became of each target; on a terminal, a line that shows how far the build is. */
class Outcomes extends Map<string, Outcome> {
  readonly #total: number;

  constructor(total: number) {
    super();
    this.#total = total;
  }

  override set(name: string, outcome: Outcome): this {
    super.set(name, outcome);
    if (process.stderr.isTTY) {
      const line = this.size < this.#total ? `build: ${this.size} of ${this.#total}, ${name}` : "";
      process.stderr.write(`\r\x1b[K${line}`);
    }
    return this;
  }
}

async function main(args: readonly string[]): Promise<number> {
  process.chdir(ROOT);
  const names = args[0] === "--demo" ? DEMO_TARGETS : args;
  const targets = selectTargets(listTargets("."), names);
  const outcomes = new Outcomes(targets.length);
  const hashes = readHashes();
  const core = targets.filter((target) => target.kind === "btsc" && target.profile !== "app");
  const applications = targets.filter((target) => target.kind === "btsc" && target.profile === "app");
  const compiled = targets.filter((target) => target.kind === "c");
  const bundles = targets.filter((target) => target.kind === "bundle");
  const libraries = targets.filter((target) => target.kind === "library");
  const programs = targets.filter((target) => target.kind === "program");
  // The core's lane keeps one processor busy.
  const compilers = Math.max(1, availableParallelism() - (core.length > 0 ? 1 : 0));
  const queue = compiled[Symbol.iterator]();
  const compileC = Array.from({ length: compilers }, () =>
    inOrder(queue, async (target) => void outcomes.set(target.name, await buildC(target, hashes))),
  );
  const prepared = Promise.all([
    inOrder(bundles, async (target) => void outcomes.set(target.name, await bundle(target))),
    inOrder(libraries, async (target) => void outcomes.set(target.name, await buildLibrary(target, hashes))),
  ]);
  const compileRest = async () => {
    await prepared;
    await inOrder(programs, async (target) => void outcomes.set(target.name, await buildProgram(target, hashes)));
  };
  await Promise.all([
    buildWithBtsc(core, outcomes),
    prepared,
    Promise.all(compileC).then(() => Promise.all([buildWithBtsc(applications, outcomes), compileRest()])),
  ]);
  writeFileSync(C_HASHES, JSON.stringify(hashes));
  if (args.length === 0 || names === DEMO_TARGETS) {
    const outputs = targets.flatMap((each) => ("stripped" in each ? [each.output, each.stripped] : [each.output]));
    const present = outputs.filter((output) => output !== undefined && existsSync(output));
    writeFileSync(OUTPUTS, JSON.stringify(present));
  }
  const count = (wanted: Outcome) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
  console.error(`build: ${count("built")} built, ${count("kept")} unchanged, ${count("failed")} failed`);
  return count("failed") > 0 ? 1 : 0;
}

/** Several calls may share one iterator: each takes the next item when it is free. */
async function inOrder<T>(items: Iterable<T>, action: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) {
    await action(item);
  }
}

/** A name that ends in a slash stands for everything below it. */
function selectTargets(targets: readonly Target[], names: readonly string[]): readonly Target[] {
  const isMeant = (target: Target, name: string) =>
    target.name === name || (name.endsWith("/") && target.name.startsWith(name));
  for (const name of names) {
    if (!targets.some((target) => isMeant(target, name))) {
      throw new Error(`there is no target "${name}"; the targets are: ${targets.map((each) => each.name).join(" ")}`);
    }
  }
  return names.length === 0
    ? targets.filter((target) => !("onDemand" in target))
    : targets.filter((target) => names.some((name) => isMeant(target, name)));
}

async function bundle(target: BundleTarget): Promise<Outcome> {
  try {
    // Packages written for CommonJS (commander) need `require`, which an ES module must make for itself.
    const require = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    await esbuild({
      entryPoints: [target.entry],
      outfile: target.output,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      banner: { js: require },
      logLevel: "warning",
    });
    return "built";
  } catch {
    console.error(`build: ${target.name} failed; esbuild says why above`);
    return "failed";
  }
}

/** One process for several of btsc's targets; it says the outcome of each, and whatever it did not speak of has failed. */
async function buildWithBtsc(targets: readonly Target[], outcomes: Outcomes): Promise<void> {
  const names = targets.map((target) => target.name);
  if (names.length === 0) {
    return;
  }
  const command = ["--import", "tsx", "tools/build-btsc.ts", ...names];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, outcome } = JSON.parse(line) as { name: string; outcome: Outcome };
    outcomes.set(name, outcome);
  }
  for (const name of names.filter((each) => !outcomes.has(each))) {
    outcomes.set(name, "failed");
  }
}

async function buildC(target: CTarget, hashes: Record<string, string>): Promise<Outcome> {
  const args = [...target.flags, ...target.sources, "-o", target.output, ...target.libraries];
  const inputs = [...target.sources, ...(target.headers ?? []), ...headersBeside(target.sources)];
  return await buildFrom(target, inputs, [target.compiler, args], hashes, () =>
    run(target.name, target.compiler, args),
  );
}

async function buildLibrary(target: LibraryTarget, hashes: Record<string, string>): Promise<Outcome> {
  const inputs = [...target.sources, ...target.headers];
  return await buildFrom(target, inputs, target.flags, hashes, async () => {
    const folder = target.output.replace(/\.a$/, ".objects");
    mkdirSync(folder, { recursive: true });
    const objects = target.sources.map((source) => `${folder}/${basename(source, ".c")}.o`);
    for (const [index, source] of target.sources.entries()) {
      const outcome = await run(target.name, "gcc", [...target.flags, "-c", source, "-o", objects[index] ?? ""]);
      if (outcome === "failed") {
        return outcome;
      }
    }
    // `ar` adds to an archive that is there: an object whose source is gone would stay in it.
    rmSync(target.output, { force: true });
    return await run(target.name, "ar", ["rcs", target.output, ...objects]);
  });
}

/** What decides how `hermit cc` and its like call a compiler. */
const HERMIT_COMMANDS = ["cli/src/cc", "cli/src/paths.ts", "cli/go-tool.sh"];
/** libgomp can load code for accelerators, which no program here asks for; the linker warns of its dlopen in every static program. */
const OFFLOADING_WARNING =
  /^.*libgomp\.a\(target\.o\): in function .*\n.*warning: Using 'dlopen' in statically linked.*\n/gm;

async function buildProgram(target: ProgramTarget, hashes: Record<string, string>): Promise<Outcome> {
  const tools = HERMIT_COMMANDS.flatMap((path) => (path.includes(".") ? [path] : filesUnder(path)));
  const inputs = [...target.sources, ...headersBeside(target.sources), ...tools, ...filesUnder("apps/libhermit")];
  if (existsSync(LIBRARY)) {
    inputs.push(LIBRARY);
  }
  const build = () => run(target.name, "bin/hermit", target.command, OFFLOADING_WARNING);
  return await buildFrom(target, inputs, target.command, hashes, build);
}

/** Makes a target with `build` unless it is there and its inputs, the compilers and `command` are what they were. */
async function buildFrom(
  target: { readonly name: string; readonly sources: readonly string[]; readonly output: string },
  inputs: readonly string[],
  command: unknown,
  hashes: Record<string, string>,
  build: () => Promise<Outcome>,
): Promise<Outcome> {
  mkdirSync(dirname(target.output), { recursive: true });
  const missing = target.sources.find((source) => !existsSync(source));
  if (missing !== undefined) {
    console.error(`build: ${target.name} failed: ${missing} does not exist`);
    return "failed";
  }
  const hash = hashInputs(inputs, command);
  if (hashes[target.output] === hash && existsSync(target.output)) {
    return "kept";
  }
  const outcome = await build();
  if (outcome === "built") {
    hashes[target.output] = hash;
  }
  return outcome;
}

/** What the program prints is shown in one piece when it ends, so that the lanes do not mix. */
function run(name: string, command: string, args: readonly string[], unsaid?: RegExp): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    const fail = (why: string) => {
      console.error(`build: ${name} failed: ${why}`);
      resolve("failed");
    };
    child.on("error", (error) => fail(error.message));
    child.on("close", (status, signal) => {
      const text = Buffer.concat(output).toString();
      process.stderr.write(unsaid ? text.replace(unsaid, "") : text);
      if (status === 0) {
        resolve("built");
      } else {
        fail(`${command} ended with ${signal ?? status}`);
      }
    });
  });
}

function headersBeside(sources: readonly string[]): string[] {
  const folder = dirname(sources[0] ?? "");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".h"))
    .map((name) => `${folder}/${name}`);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function hashInputs(inputs: readonly string[], command: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify([compilerTimes(), command]));
  for (const path of [...inputs].sort()) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}

const COMPILERS = ["gcc", "musl-gcc", "g++", "gfortran", "go", "gccgo"];

/** An upgrade replaces the files. */
function compilerTimes(): number[] {
  return COMPILERS.map((name) => statSync(`/usr/bin/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function readHashes(): Record<string, string> {
  return existsSync(C_HASHES) ? (JSON.parse(readFileSync(C_HASHES, "utf8")) as Record<string, string>) : {};
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
