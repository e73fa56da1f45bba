// A content-addressed cache of finished builds, so that a warm build loads neither TypeScript nor gcc.
//
// The key covers the options, the compiler itself and the C compiler; the entry lists every file that the result was made
// from with its hash. Times are never trusted, because a checkout changes them. Old entries are dropped beyond a limit.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const COMPILER_FOLDERS = ["../src", "../runtime", "../std"].map((f) => fileURLToPath(new URL(f, import.meta.url)));
const CACHE_FOLDER = fileURLToPath(new URL("../../build/.cache/btsc", import.meta.url));
const MAX_FILES = 1600;

export interface CacheSlot {
  readonly folder: string;
  readonly key: string;
  /** The files that a build makes. */
  readonly outputs: readonly string[];
  /** When the build began: what has changed since may not be what it read. */
  readonly startedMs: number;
}
interface Entry {
  readonly inputs: Readonly<Record<string, string>>;
  /** The hash of each output, in the order of the slot. */
  readonly outputs: readonly string[];
}

export function hashOf(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 40);
}

function hashFile(file: string): string | undefined {
  try {
    return hashOf(fs.readFileSync(file));
  } catch {
    return undefined;
  }
}

function filesUnder(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? filesUnder(path.join(folder, e.name)) : [path.join(folder, e.name)]))
    .sort();
}

/** Where the C compiler is, and which one: an upgrade changes its size or time. */
function compilerIdentity(cc: string): string {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    const stat = fs.statSync(path.resolve(folder, cc), { throwIfNoEntry: false });
    if (stat) return `${folder}/${cc}:${stat.size}:${stat.mtimeMs}`;
  }
  return cc;
}

export function cacheSlot(options: unknown, cc: string, outputs: readonly string[]): CacheSlot {
  const startedMs = Date.now();
  const compiler = COMPILER_FOLDERS.flatMap(filesUnder).map((f) => `${f}:${hashFile(f)}`);
  const key = hashOf(JSON.stringify([options, compilerIdentity(cc), compiler]));
  return { folder: process.env.BTSC_CACHE ?? CACHE_FOLDER, key, outputs, startedMs };
}

/** Restores the outputs of an earlier build; false if there is none that still holds. */
export function cacheRestore(slot: CacheSlot): boolean {
  const file = path.join(slot.folder, `${slot.key}.json`);
  let entry: Entry;
  try {
    entry = JSON.parse(fs.readFileSync(file, "utf8")) as Entry;
  } catch {
    return false;
  }
  if (!Object.entries(entry.inputs).every(([input, hash]) => hashFile(input) === hash)) return false;
  if (!entry.outputs.every((hash) => fs.existsSync(path.join(slot.folder, hash)))) return false;
  try {
    slot.outputs.forEach((output, i) => {
      const hash = entry.outputs[i] as string;
      if (hashFile(output) === hash) return;
      fs.mkdirSync(path.dirname(output), { recursive: true });
      fs.rmSync(output, { force: true }); // a running program must keep its file
      fs.copyFileSync(path.join(slot.folder, hash), output);
    });
  } catch {
    return false; // another process has just dropped the entry
  }
  return true;
}

export function cacheStore(slot: CacheSlot, inputs: readonly string[]): void {
  if (inputs.some((f) => (fs.statSync(f, { throwIfNoEntry: false })?.ctimeMs ?? Infinity) >= slot.startedMs)) return;
  const entries = inputs.map((f): [string, string | undefined] => [f, hashFile(f)]);
  if (entries.some(([, hash]) => hash === undefined)) return;
  try {
    fs.mkdirSync(slot.folder, { recursive: true });
    const outputs = slot.outputs.map((output) => {
      const hash = hashOf(fs.readFileSync(output));
      const blob = path.join(slot.folder, hash);
      if (!fs.existsSync(blob)) {
        fs.copyFileSync(output, `${blob}.${process.pid}`);
        fs.renameSync(`${blob}.${process.pid}`, blob);
      }
      return hash;
    });
    const text = JSON.stringify({ inputs: Object.fromEntries(entries), outputs });
    fs.writeFileSync(path.join(slot.folder, `${slot.key}.json`), text);
    prune(slot.folder);
  } catch {
    // A cache that cannot be written costs time, not correctness.
  }
}

function prune(folder: string): void {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  if (files.length <= MAX_FILES) return;
  const byAge = files.map((f) => ({ f, time: fs.statSync(f).mtimeMs })).sort((a, b) => a.time - b.time);
  for (const { f } of byAge.slice(0, files.length - MAX_FILES / 2)) fs.rmSync(f, { force: true });
}
