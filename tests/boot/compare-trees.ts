/** What two folders hold, compared: names, types, bytes, targets of links, and how many names each file has. */

import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** One sentence for each difference. */
export function compareTrees(expected: string, actual: string): string[] {
  const left = listTree(expected);
  const right = listTree(actual);
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names
    .filter((name) => left.get(name) !== right.get(name))
    .map((name) => `${name}: ${summary(left.get(name))} expected, ${summary(right.get(name))} found`);
}

function listTree(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), describeEntry(entry, path)];
    }),
  );
}

function describeEntry(entry: Dirent, path: string): string {
  if (entry.isDirectory()) {
    return "folder";
  }
  if (entry.isSymbolicLink()) {
    return `link to ${readlinkSync(path)}`;
  }
  return `file with ${lstatSync(path).nlink} names: ${readFileSync(path, "latin1")}`;
}

function summary(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(0, 80));
}
