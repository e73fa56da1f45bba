/** What documents and comments name exists: links, files and folders; and docs/architecture.md names every folder. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A path from a folder of ours to a file. Linux's own files, which comments cite as well, are C. */
const FILE = /(?<![\w/.~$<@-])((?:[a-z][\w-]*\/)+[\w.-]*\w\.(?:ts|mjs|md|ld|sh))\b/g;
/** Names that stand for any name. */
const PLACEHOLDER = /[A-Z]{4,}/;

const tracked = spawnSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" })
  .stdout.split("\0")
  .filter(Boolean);
const folders = new Set(tracked.flatMap(foldersOf));
const documents = tracked.filter((path) => path.endsWith(".md"));
const sources = tracked.filter((path) => /\.(ts|mjs|c|h|ld|sh)$/.test(path));

function foldersOf(path: string): string[] {
  const names = dirname(path).split("/");
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Paths in a text that begin at the root or beside the file that names them, and lead nowhere. */
function deadFiles(path: string, text: string): string[] {
  const named = [...text.matchAll(FILE)].map((match) => match[1] ?? "");
  const ours = named.filter((name) => folders.has(name.split("/")[0] ?? "") && !PLACEHOLDER.test(name));
  return ours
    .filter((name) => !existsSync(join(ROOT, name)) && !existsSync(join(ROOT, dirname(path), name)))
    .map((name) => `${path} names ${name}`);
}

function comments(text: string): string {
  const lines = text.split("\n").filter((line) => /^\s*(\/\/|\/?\*|#)/.test(line));
  return lines.join("\n");
}

test("links of documents lead to something", () => {
  const dead = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? "")
      .filter((target) => !target.includes(":") && /[./]/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path} links to ${target}`),
  );
  assert.deepEqual(dead, []);
});

test("files that documents name exist", () => {
  assert.deepEqual(
    documents.flatMap((path) => deadFiles(path, read(path))),
    [],
  );
});

test("files that comments name exist", () => {
  assert.deepEqual(
    sources.flatMap((path) => deadFiles(path, comments(read(path)))),
    [],
  );
});

test("docs/architecture.md names every folder and the rooms inside", () => {
  const text = read("docs/architecture.md");
  const missing = [...folders].filter((folder) => {
    const names = folder.split("/");
    const isRoom = names.length <= 2 && !folder.startsWith(".") && !/^(docs|cli|cmake|tools)\//.test(folder);
    return isRoom && names.at(-1) !== "tests" && !text.includes(`\`${names.at(-1)}/`);
  });
  assert.deepEqual(missing, []);
});
