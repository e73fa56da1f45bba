/**
 * The door of the build: decides in a few milliseconds whether there is anything to do, and starts tools/build.ts only then.
 *
 * `npm start` calls this every time, so it must not load TypeScript, tsx or the compiler. A stamp holds, for every input, its
 * size and time (the fast answer) and its hash (the true one: after a `git checkout` times differ and contents do not), and
 * for every output its size and time. Plain JavaScript for the same reason: nothing to translate before the check.
 *
 *     node tools/build.mjs              build what changed
 *     node tools/build.mjs --demo       the same for what `npm start` needs, without the test programs
 *     node tools/build.mjs NAME...      build these targets, whatever the stamp says; NAME/ is all that is below it
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const STAMP = "build/.stamp.json";
const DEMO_STAMP = "build/.stamp-demo.json";
const OUTPUTS = "build/.outputs.json";
const LOCK = "build/.lock";
const LOCK_TIMEOUT_MS = 600_000;

/** Everything that can change an output. Folders are taken whole, without their tests. */
const INPUTS = [
  "compiler/src",
  "compiler/std",
  "compiler/runtime",
  "abi",
  "nucleus",
  "kernel",
  "net",
  "drivers",
  "linux",
  "uhyve",
  "proxy",
  "isle",
  "examples",
  "apps",
  "bin/hermit",
  "cli/src",
  "cli/go-tool.sh",
  "package-lock.json",
  "tools/build.ts",
  "tools/build-btsc.ts",
  "tools/elf-file.ts",
  "tools/line-table.ts",
  "tools/targets.ts",
];
/** An upgrade of a compiler changes the outputs as well. */
const TOOLS = ["gcc", "musl-gcc", "ld", "g++", "gfortran", "go", "gccgo"].map((name) => `/usr/bin/${name}`);
/** What is in "differential" is built on demand only. */
const SKIPPED_FOLDERS = new Set(["tests", "node_modules", "differential"]);

function main(args) {
  process.chdir(ROOT);
  const isDemo = args.length === 1 && args[0] === "--demo";
  if (args.length > 0 && !isDemo) {
    return withLock(() => runBuild(args));
  }
  // Whoever has built everything has built the demo.
  const stamps = isDemo ? [STAMP, DEMO_STAMP] : [STAMP];
  if (stamps.some(isCurrent)) {
    return 0;
  }
  return withLock(() => {
    // Whoever held the lock may have done the work.
    if (stamps.some(isCurrent)) {
      return 0;
    }
    const path = stamps.at(-1);
    const inputs = describeInputs(readStamp(path)?.inputs ?? {});
    rmSync(path, { force: true });
    const status = runBuild(args);
    if (status === 0) {
      const outputs = describe(JSON.parse(readFileSync(OUTPUTS, "utf8")));
      writeFileSync(path, JSON.stringify({ inputs, tools: describe(TOOLS), outputs }));
    }
    return status;
  });
}

function runBuild(args) {
  const result = spawnSync(process.execPath, ["--import", "tsx", "tools/build.ts", ...args], { stdio: "inherit" });
  return result.status ?? 1;
}

function readStamp(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Whether nothing changed; renews the stamp when only times did. */
function isCurrent(path) {
  const stamp = readStamp(path);
  if (stamp === undefined) {
    return false;
  }
  if (!sameDescription(describe(Object.keys(stamp.outputs)), stamp.outputs)) {
    return false;
  }
  if (!sameDescription(describe(TOOLS), stamp.tools)) {
    return false;
  }
  const inputs = describeInputs(stamp.inputs);
  const names = Object.keys(inputs);
  if (names.length !== Object.keys(stamp.inputs).length) {
    return false;
  }
  let renewed = false;
  for (const name of names) {
    if (inputs[name].hash !== stamp.inputs[name]?.hash) {
      return false;
    }
    renewed ||= inputs[name].time !== stamp.inputs[name].time;
  }
  if (renewed) {
    writeFileSync(path, JSON.stringify({ ...stamp, inputs }));
  }
  return true;
}

/** Size, time and hash of every input; the hash is taken from `known` where size and time are unchanged. */
function describeInputs(known) {
  const inputs = {};
  for (const path of INPUTS.flatMap(filesUnder)) {
    const { size, time } = describeFile(path);
    const old = known[path];
    const unchanged = old && old.size === size && old.time === time;
    inputs[path] = { size, time, hash: unchanged ? old.hash : hashFile(path) };
  }
  return inputs;
}

function filesUnder(path) {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (!kind) {
    return [];
  }
  if (!kind.isDirectory()) {
    return [path];
  }
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    // apps/tests and apps/programs/tests hold programs, not tests.
    if (
      entry.isDirectory() &&
      SKIPPED_FOLDERS.has(entry.name) &&
      !/^apps(\/programs)?\/tests$/.test(`${path}/${entry.name}`)
    ) {
      return [];
    }
    return filesUnder(`${path}/${entry.name}`);
  });
}

function hashFile(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 32);
}

function describe(paths) {
  return Object.fromEntries(paths.map((path) => [path, describeFile(path)]));
}

function describeFile(path) {
  const file = statSync(path, { throwIfNoEntry: false });
  return file ? { size: file.size, time: file.mtimeMs } : { size: -1, time: 0 };
}

function sameDescription(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** One build at a time in a working copy: two would write the same files. */
function withLock(action) {
  mkdirSync("build", { recursive: true });
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  while (!takeLock()) {
    if (Date.now() > deadline) {
      console.error(`build: another build has held ${LOCK} for ten minutes; remove it if none is running`);
      return 1;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  try {
    return action();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function takeLock() {
  try {
    const file = openSync(LOCK, "wx");
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    if (!isAlive(lockOwner())) {
      rmSync(LOCK, { force: true });
    }
    return false;
  }
}

function lockOwner() {
  try {
    return Number(readFileSync(LOCK, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  // An empty lock file was created this instant; its owner is about to write its number.
  if (!pid) {
    return true;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

process.exit(main(process.argv.slice(2)));
