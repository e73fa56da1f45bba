/**
 * Programs of the distribution as they are, with their runtimes: suites of Python's own tests, and programs for Node.js, its TypeScript
 * compiler, Perl, Lua, SQLite and C++ with a library that is opened at run time. All but Python's tests are compared with a run on Linux.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { FOLDER, PYTHON, pythonProblem, SCRIPT, unexplained } from "../runtimes/python-run.ts";
import { PYTHON_SUITES } from "../runtimes/python-suites.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const NODE = "/usr/bin/node";
const COMPILER = join(ROOT, "node_modules/typescript");
/** Several times what one frame of the channel brings (16 KiB). */
const INPUT = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join("");
const TYPES = `enum Colour { Red, Green }
class Box<T extends { toString(): string }> {
  constructor(private readonly value: T) {}
  show = (): string => \`<\${this.value}>\`;
}
const squares: number[] = [1, 2, 3].map((x: number): number => x ** 2);
console.log(new Box(Colour.Green).show(), squares, Colour[0]);
`;
const COMPILE = `const ts = require(process.argv[1]);
const result = ts.transpileModule(require("node:fs").readFileSync(process.argv[2], "utf8"), { compilerOptions: { target: 9 } });
console.log(result.outputText, ts.version);`;
const LOCAL = { TZ: "UTC", LC_ALL: "C", TMPDIR: "/tmp" };

interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Besides the scratch folder. */
  readonly mounts?: readonly string[];
  readonly isCompiled?: boolean;
}

const PROGRAMS: readonly Program[] = [
  { name: "perl", command: ["/usr/bin/perl", "script.pl"] },
  { name: "lua", command: ["/usr/bin/lua5.4", "script.lua"] },
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
    mounts: [`${COMPILER}:${COMPILER}`],
  },
  {
    name: "C++ with dlopen",
    command: ["./dlopen", "./libplugin.so", "words"],
    env: { HERMIT_CPUS: "2" },
    isCompiled: true,
  },
];

describe("Python's own tests", { skip: pythonProblem() }, () => {
  for (const isle of ISLES) {
    for (const suite of PYTHON_SUITES.filter(({ isQuick }) => isQuick === true)) {
      test(`${isle}: ${suite.name}`, { skip: unavailable(isle) ?? false }, async () => {
        const seen = await runIn(FOLDER, [PROXY, PYTHON, SCRIPT, suite.name], {
          env: environmentOf(isle),
          timeoutSeconds: 200,
        });
        assertEnded(seen);
        assert.deepEqual(unexplained(suite, seen.stdout.toString()), [], describeRun(seen));
      });
    }
  }
});

describe("programs of the distribution", () => {
  for (const isle of ISLES) {
    for (const program of PROGRAMS) {
      const skip = unavailable(isle) ?? missing(program);
      test(`${isle}: ${program.name}`, { skip }, () => compare(isle, program));
    }
  }
});

function missing(program: Program): string | false {
  const [file] = program.command;
  return file.startsWith("/") && !existsSync(file) ? `there is no ${file}: run tools/setup.sh --all` : false;
}

async function compare(isle: Isle, program: Program): Promise<void> {
  using onLinuxFiles = prepare();
  using inGuestFiles = prepare();
  if (program.isCompiled === true) {
    build(onLinuxFiles);
    build(inGuestFiles);
  }
  const env = { ...environmentOf(isle), ...LOCAL, ...program.env };
  const options = { env, stdin: program.stdin ?? "", timeoutSeconds: 200 };
  const mounts = (program.mounts ?? []).flatMap((mount) => ["--mount", mount]);
  const onLinux = await runIn(onLinuxFiles.folder, program.command, options);
  const inGuest = await runIn(inGuestFiles.folder, [PROXY, ...mounts, ...program.command], options);
  assertEnded(inGuest);
  assert.equal(inGuest.stdout.toString(), onLinux.stdout.toString(), describeRun(inGuest));
  assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
}

/** A guest's program finds itself in the folder that the proxy was started in. */
function runIn(folder: string, command: readonly string[], options: RunOptions): Promise<Run> {
  return run("/bin/sh", ["-c", 'cd "$0" && exec "$@"', folder, ...command], options);
}

function prepare(): Scratch {
  const scratch = makeScratch();
  for (const name of ["script.pl", "script.lua", "node-features.mjs"]) {
    copyFileSync(join(FOLDER, name), join(scratch.folder, name));
  }
  writeFileSync(join(scratch.folder, "types.ts"), TYPES);
  return scratch;
}

function build({ folder }: Scratch): void {
  const compile = (args: readonly string[]): void => {
    const { status, stderr } = spawnSync("g++", ["-O1", ...args], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  compile(["-shared", "-fPIC", "-o", "libplugin.so", join(FOLDER, "plugin.cc")]);
  compile(["-o", "dlopen", join(FOLDER, "dlopen.cc"), "-ldl", "-pthread"]);
}
