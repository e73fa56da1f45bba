/**
 * Folders and files for one test, gone when it ends. Everybody may enter the folder, so that runs as another user can too.
 */

import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const EXECUTABLE = 0o755;

export interface Scratch extends Disposable {
  readonly folder: string;
}

export function makeScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "boot-files-"));
  chmodSync(folder, EXECUTABLE);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Writes an executable file and returns its path. */
export function writeProgram(scratch: Scratch, name: string, bytes: string | Uint8Array, mode = EXECUTABLE): string {
  const path = join(scratch.folder, name);
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  return path;
}

export function copyProgram(scratch: Scratch, from: string, name: string): string {
  const path = join(scratch.folder, name);
  copyFileSync(from, path);
  chmodSync(path, EXECUTABLE);
  return path;
}
