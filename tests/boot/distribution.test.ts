/**
 * Programs of the distribution, unmodified and linked dynamically, and such of one's own: each runs in a folder that is its working
 * directory, once on Linux and once in a guest, and output, exit status and the files it leaves must be the same.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, run } from "./run.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const TIMEOUT_SECONDS = 120;
/** A shell would not find the files otherwise, and messages shall not depend on who runs the tests. */
const ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C", TERM: "xterm-256color" };

interface Case {
  readonly name: string;
  /** Files that must be there; without them the test is skipped. */
  readonly needs: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly build?: readonly (readonly string[])[];
  readonly command: readonly string[];
  /** Something that the output must contain, so that two equal failures are none. */
  readonly shows: RegExp;
}

const HELLO_C = `#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  char *text = malloc(100);
  snprintf(text, 100, "%d arguments, %s", argc, argv[argc - 1]);
  puts(text);
  return 7;
}
`;
const THROWER_CPP = `#include <stdexcept>
extern "C" void thrower(int value) { throw std::runtime_error("thrown " + std::to_string(value)); }
`;
const CATCHER_CPP = `#include <dlfcn.h>
#include <iostream>
#include <stdexcept>
#include <thread>
int main() {
  void *library = dlopen("./libthrower.so", RTLD_NOW);
  if (library == nullptr) { std::cout << dlerror() << std::endl; return 1; }
  auto thrower = reinterpret_cast<void (*)(int)>(dlsym(library, "thrower"));
  std::thread([=] {
    for (int i = 0; i < 3; i++) {
      try { thrower(i); } catch (const std::exception &error) { std::cout << "caught " << error.what() << std::endl; }
    }
  }).join();
  return dlclose(library);
}
`;
/** Calls through libc often enough that its call sites become jumps, in threads that run meanwhile. */
const CALLS_C = `#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *run(void *argument) {
  long sum = 0;
  for (int i = 0; i < 500; i++) {
    int file = open("/dev/zero", O_RDWR);
    char byte = 1;
    sum += write(file, &byte, 1) + read(file, &byte, 1) + byte;
    sum += close(file) + (getppid() >= 0);
  }
  return (void *)sum;
}
int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, run, 0);
  for (int i = 0; i < 4; i++) { void *sum; pthread_join(threads[i], &sum); printf("%ld\\n", (long)sum); }
  return 0;
}
`;
const PYTHON = `import sys, json, re, threading, hashlib, os
print(sys.argv[1:], json.dumps({"a": [1, 2.5, None]}), re.sub("a+", "b", "caaat"))
print(hashlib.sha256(b"hermit").hexdigest())
threads = [threading.Thread(target=lambda i=i: open(f"out-{i}", "w").write("x" * i)) for i in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sorted(os.listdir(".")))
`;

const CASES: readonly Case[] = [
  ...["gcc", "musl-gcc", "gcc -no-pie"].map((compiler) => ({
    name: `hello, linked dynamically by ${compiler}`,
    needs: [`/usr/bin/${compiler.split(" ")[0]}`],
    files: { "hello.c": HELLO_C },
    build: [[...compiler.split(" "), "-O2", "hello.c", "-o", "hello"]],
    command: ["./hello", "last one"],
    shows: /^2 arguments, last one$/m,
  })),
  {
    name: "call sites of libc become calls while threads use them",
    needs: ["/usr/bin/gcc"],
    files: { "calls.c": CALLS_C },
    build: [["gcc", "-O2", "calls.c", "-o", "calls", "-lpthread"]],
    command: ["./calls"],
    shows: /^(1500\n){4}$/,
  },
  {
    name: "C++ exceptions out of a library that is loaded at run time",
    needs: ["/usr/bin/g++"],
    files: { "thrower.cpp": THROWER_CPP, "catcher.cpp": CATCHER_CPP },
    build: [
      ["g++", "-O2", "-shared", "-fPIC", "thrower.cpp", "-o", "libthrower.so"],
      ["g++", "-O2", "catcher.cpp", "-o", "catcher", "-ldl", "-lpthread"],
    ],
    command: ["./catcher"],
    shows: /^caught thrown 2$/m,
  },
  {
    name: "python3 script with arguments, threads and files",
    needs: ["/usr/bin/python3"],
    files: { "script.py": PYTHON },
    command: ["/usr/bin/python3", "script.py", "one", "two"],
    shows: /'out-3'/,
  },
  {
    name: "a #! script of perl, found by its path",
    needs: ["/usr/bin/perl"],
    files: {
      "sum.pl": '#!/usr/bin/perl -w\nuse strict; use List::Util qw(sum); print "sum ", sum(@ARGV), "\\n"; exit 3;\n',
    },
    build: [["chmod", "+x", "sum.pl"]],
    command: ["./sum.pl", "1", "2", "39"],
    shows: /^sum 42$/m,
  },
  {
    name: "lua5.4 by its name",
    needs: ["/usr/bin/lua5.4"],
    command: [
      "lua5.4",
      "-e",
      "print(string.format('%d %s', 6 * 7, _VERSION)); io.open('made', 'w'):write('x'):close()",
    ],
    shows: /^42 Lua 5\.4$/m,
  },
  {
    name: "sqlite3 with a database in the working directory",
    needs: ["/usr/bin/sqlite3"],
    command: [
      "sqlite3",
      "new.db",
      "create table t(a integer primary key, b text); with recursive n(i) as (select 1 union all select i+1 from n where i<500) insert into t select i, hex(i) from n; select count(*), sum(length(b)) from t; pragma integrity_check;",
    ],
    shows: /^ok$/m,
  },
  {
    name: "the description of the terminal",
    needs: ["/usr/bin/tput"],
    command: ["tput", "colors"],
    shows: /^256$/m,
  },
  {
    name: "what files look like",
    needs: ["/usr/bin/file"],
    files: { "some.json": '{ "a": [1, 2] }\n' },
    command: ["file", "some.json"],
    shows: /JSON/,
  },
  {
    name: "a program that the loader is asked to load",
    needs: ["/lib64/ld-linux-x86-64.so.2"],
    command: ["/lib64/ld-linux-x86-64.so.2", "/bin/echo", "loaded"],
    shows: /^loaded$/m,
  },
  {
    name: "node: a worker",
    needs: ["/usr/bin/node"],
    files: {
      "app.js": `const { Worker, isMainThread, parentPort } = require("node:worker_threads");
if (isMainThread) new Worker(__filename).on("message", (text) => console.log(text));
else parentPort.postMessage("from the worker");
`,
    },
    command: ["node", "app.js"],
    shows: /^from the worker$/m,
  },
  {
    name: "node: promises of files, compression, a timer",
    needs: ["/usr/bin/node"],
    files: {
      "app.js": `const { gzipSync, gunzipSync } = require("node:zlib");
const { readFile, writeFile } = require("node:fs/promises");
(async () => {
  await writeFile("made.txt", gunzipSync(gzipSync("packed")).toString());
  await new Promise((done) => setTimeout(done, 10));
  console.log(await readFile("made.txt", "utf8"), process.argv.length);
})();
`,
    },
    command: ["node", "app.js", "more"],
    shows: /^packed 3$/m,
  },
];

for (const isle of ISLES) {
  describe(`programs of the distribution on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const each of CASES) {
      test(`${isle}: ${each.name}`, { skip: missing(each) }, async () => {
        using onLinux = makeScratch();
        using inGuest = makeScratch();
        prepare(onLinux, each);
        prepare(inGuest, each);
        await compare(isle, each, onLinux, inGuest);
      });
    }
  });
}

function missing({ needs }: Case): string | false {
  const absent = needs.find((path) => !existsSync(path));
  return absent === undefined ? false : `${absent} is not installed`;
}

function prepare({ folder }: Scratch, { files = {}, build = [] }: Case): void {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  for (const [program, ...args] of build) {
    const { status, stderr } = spawnSync(program as string, args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
}

async function compare(isle: Isle, { command, shows }: Case, onLinux: Scratch, inGuest: Scratch): Promise<void> {
  const [program, ...args] = command;
  const wanted = spawnSync(program as string, args, { cwd: onLinux.folder, env: ENVIRONMENT, encoding: "utf8" });
  assert.match(wanted.stdout, shows, `on Linux: ${wanted.stderr}`);
  const ended = await run("sh", ["-c", 'cd "$1" && shift && exec "$@"', "sh", inGuest.folder, PROXY, ...command], {
    env: { ...environmentOf(isle), ...ENVIRONMENT },
    timeoutSeconds: TIMEOUT_SECONDS,
  });
  assertEnded(ended);
  assert.equal(ended.stdout.toString(), wanted.stdout, describeRun(ended));
  assert.equal(ended.status, wanted.status, describeRun(ended));
  assert.equal(ended.stderr.toString(), wanted.stderr, describeRun(ended));
  assert.deepEqual(contents(inGuest.folder), contents(onLinux.folder));
}

/** The names in a folder and the bytes of what is text. */
function contents(folder: string): Array<[string, string]> {
  return readdirSync(folder)
    .sort()
    .map((name) => [name, /\.(txt|py)$|^(out|made)/.test(name) ? readFileSync(join(folder, name), "utf8") : ""]);
}
