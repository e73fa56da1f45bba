/**
 * Programs of the distribution that run in the guest as on Linux: what they are started with, which files of this folder they want beside
 * them, and what is compiled for them first.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../boot/run.ts";
import { FOLDER } from "./python-run.ts";

const NODE = "/usr/bin/node";
/** gdb brings it. */
const LIBPYTHON = "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0";
const COMPILER = join(ROOT, "node_modules/typescript");
/** Several times what one frame of the channel brings (16 KiB). */
const INPUT = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join("");
const COMPILE = `const ts = require(process.argv[1]);
const result = ts.transpileModule(require("node:fs").readFileSync(process.argv[2], "utf8"), { compilerOptions: { target: 9 } });
console.log(result.outputText, ts.version);`;

export interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What must be there besides the command; without it the test is skipped. */
  readonly needs?: readonly string[];
  /** Of this folder, copied into the one that it runs in. */
  readonly files?: readonly string[];
  /** Run in that folder before, on Linux. */
  readonly build?: readonly (readonly [string, ...string[]])[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Besides the folder. */
  readonly mounts?: readonly string[];
}

export const PROGRAMS: readonly Program[] = [
  { name: "Perl", command: ["/usr/bin/perl", "script.pl"], files: ["script.pl"] },
  { name: "Lua", command: ["/usr/bin/lua5.4", "script.lua"], files: ["script.lua"] },
  { name: "Ruby", command: ["/usr/bin/ruby", "script.rb"], files: ["script.rb"] },
  { name: "PHP", command: ["/usr/bin/php", "script.php"], files: ["script.php"] },
  { name: "SBCL", command: ["/usr/bin/sbcl", "--script", "script.lisp"], files: ["script.lisp"] },
  { name: "gawk", command: ["/usr/bin/gawk", "-f", "script.awk"], files: ["script.awk"], stdin: "1 2\n2 3\n4 5\n" },
  { name: "Tcl", command: ["/usr/bin/tclsh8.6", "script.tcl"], files: ["script.tcl"] },
  { name: "Guile", command: ["/usr/bin/guile", "--no-auto-compile", "script.scm"], files: ["script.scm"] },
  { name: "troff, whose folder has another name", command: ["/usr/bin/troff", "-Tutf8"], stdin: ".ft B\nHello\n" },
  { name: "tput of another terminal", command: ["/usr/bin/tput", "-T", "linux", "cols", "bold"] },
  {
    name: "a program that is not Python's, but has Python as a library",
    command: ["./embedded", "-c", "import json, sqlite3; print(json.dumps([6 * 7]))"],
    needs: [LIBPYTHON],
    files: ["embedded.c"],
    build: [["gcc", "embedded.c", LIBPYTHON, "-o", "embedded"]],
  },
  {
    name: "NumPy with BLAS and LAPACK on two processors",
    command: ["/usr/bin/python3", "linear-algebra.py"],
    needs: ["/usr/lib/python3/dist-packages/numpy"],
    files: ["linear-algebra.py"],
    env: { HERMIT_CPUS: "2" },
  },
  {
    name: "Java on two processors",
    command: ["/usr/bin/java", "-Xmx128m", "Features"],
    needs: ["/usr/bin/javac"],
    files: ["Features.java"],
    build: [["javac", "Features.java"]],
    env: { HERMIT_CPUS: "2" },
  },
  {
    name: "sqlite3",
    command: ["/usr/bin/sqlite3", ":memory:"],
    stdin: readFileSync(join(FOLDER, "script.sql"), "utf8"),
  },
  {
    name: "sqlite3 with a file",
    command: ["/usr/bin/sqlite3", "data.db"],
    stdin: readFileSync(join(FOLDER, "script.sql"), "utf8"),
  },
  {
    name: "Node.js on two processors",
    command: [NODE, "node-features.mjs"],
    files: ["node-features.mjs"],
    stdin: INPUT,
    env: { HERMIT_CPUS: "2" },
  },
  {
    name: "Node.js with a big heap",
    command: [
      NODE,
      "--max-old-space-size=700",
      "-e",
      "const a = []; for (let i = 0; i < 40; i++) a.push(new Array(1e6).fill(i)); console.log(a.length, a[39][5]); process.exit(6)",
    ],
    env: { HERMIT_MEM: "1G" },
  },
  {
    name: "the TypeScript compiler",
    command: [NODE, "-e", COMPILE, COMPILER, "types.ts"],
    files: ["types.ts"],
    mounts: [`${COMPILER}:${COMPILER}`],
  },
  {
    name: "C++ with dlopen",
    command: ["./dlopen", "./libplugin.so", "words"],
    files: ["plugin.cc", "plugin.h", "dlopen.cc"],
    build: [
      ["g++", "-O1", "-shared", "-fPIC", "-o", "libplugin.so", "plugin.cc"],
      ["g++", "-O1", "-o", "dlopen", "dlopen.cc", "-ldl", "-pthread"],
    ],
    env: { HERMIT_CPUS: "2" },
  },
  {
    name: "AddressSanitizer on two processors",
    command: ["./sanitized"],
    files: ["sanitized.c"],
    build: [["gcc", "-O1", "-fsanitize=address", "-o", "sanitized", "sanitized.c", "-pthread"]],
    env: { HERMIT_CPUS: "2", ASAN_OPTIONS: "detect_leaks=0" },
  },
];
