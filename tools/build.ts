/**
 * Builds the targets of tools/targets.ts; tools/build.mjs decides whether to start this at all.
 *
 * A target that fails does not stop those that do not need it, so that one look shows everything that is wrong; the exit
 * status is 1 then. btsc keeps a content-hashed cache of its own; C programs are compiled again when their source, the
 * headers beside it or the command changed.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { type BtscTarget, type BundleTarget, type CTarget, listTargets, type Target } from "./targets.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const OUTPUTS = "build/.outputs.json";
const C_HASHES = "build/.c-hashes.json";
const BTSC = "compiler/src/cli.ts";

type Outcome = "built" | "kept" | "skipped" | "failed";

function main(names: readonly string[]): number {
  process.chdir(ROOT);
  const targets = selectTargets(listTargets("."), names);
  const hashes = readHashes();
  const outcomes = targets.map((target) => ({ target, outcome: buildTarget(target, hashes) }));
  writeFileSync(C_HASHES, JSON.stringify(hashes));
  if (names.length === 0) {
    const present = targets.map((target) => target.output).filter((output) => existsSync(output));
    writeFileSync(OUTPUTS, JSON.stringify(present));
  }
  const count = (wanted: Outcome) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  console.error(`build: ${count("built")} built, ${count("kept")} unchanged, ${count("failed")} failed`);
  return count("failed") > 0 ? 1 : 0;
}

function selectTargets(targets: readonly Target[], names: readonly string[]): readonly Target[] {
  for (const name of names) {
    if (!targets.some((target) => target.name === name)) {
      throw new Error(`there is no target "${name}"; the targets are: ${targets.map((each) => each.name).join(" ")}`);
    }
  }
  return names.length === 0 ? targets : targets.filter((target) => names.includes(target.name));
}

function buildTarget(target: Target, hashes: Record<string, string>): Outcome {
  mkdirSync(dirname(target.output), { recursive: true });
  switch (target.kind) {
    case "btsc":
      return buildWithBtsc(target);
    case "c":
      return buildC(target, hashes);
    case "bundle":
      return bundle(target);
  }
}

function bundle(target: BundleTarget): Outcome {
  try {
    // Packages written for CommonJS (commander) need `require`, which an ES module must make for itself.
    const require = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    buildSync({
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

function buildWithBtsc(target: BtscTarget): Outcome {
  if (!existsSync(BTSC) || !existsSync(target.entry)) {
    console.error(`build: ${target.name} skipped: ${existsSync(BTSC) ? target.entry : BTSC} does not exist yet`);
    return "skipped";
  }
  const command = [BTSC, "build", target.entry, "--target", target.profile, "-o", target.output, ...target.flags];
  return run(target.name, process.execPath, ["--import", "tsx", ...command]);
}

function buildC(target: CTarget, hashes: Record<string, string>): Outcome {
  const args = [...target.flags, ...target.sources, "-o", target.output, ...target.libraries];
  const hash = hashC(target, args);
  if (hashes[target.output] === hash && existsSync(target.output)) {
    return "kept";
  }
  const outcome = run(target.name, target.compiler, args);
  if (outcome === "built") {
    hashes[target.output] = hash;
  }
  return outcome;
}

function run(name: string, command: string, args: readonly string[]): Outcome {
  const result = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (result.status === 0) {
    return "built";
  }
  const why = result.error ? result.error.message : `${command} ended with ${result.signal ?? result.status}`;
  console.error(`build: ${name} failed: ${why}`);
  return "failed";
}

function hashC(target: CTarget, args: readonly string[]): string {
  const folder = dirname(target.sources[0] ?? "");
  const headers = readdirSync(folder).filter((name) => name.endsWith(".h"));
  const hash = createHash("sha256").update(JSON.stringify([target.compiler, args]));
  for (const path of [...target.sources, ...headers.sort().map((name) => `${folder}/${name}`)]) {
    hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

function readHashes(): Record<string, string> {
  return existsSync(C_HASHES) ? (JSON.parse(readFileSync(C_HASHES, "utf8")) as Record<string, string>) : {};
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
