/** `hermit c++` and `hermit fc`, and what all compilers of hermit have in common: HermitCore's own calls. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ELFOSABI_HERMIT, header } from "./elf-header.ts";
import { hermit, pathWith, temporaryFolder } from "./hermit.ts";

const ET_EXEC = 2;
const A_PROGRAM = { osabi: ELFOSABI_HERMIT, type: ET_EXEC, hasInterpreter: false };

interface Sample {
  readonly command: string;
  readonly file: string;
  readonly source: string;
  readonly flags?: readonly string[];
  readonly prints: string;
}

/** Each needs its language's run-time library, and threads. */
const SAMPLES: readonly Sample[] = [
  {
    command: "cc",
    file: "threads.c",
    source: `#include <pthread.h>
#include <stdio.h>
static void *run(void *text) { puts(text); return NULL; }
int main(void) { pthread_t t; pthread_create(&t, NULL, run, "thread"); return pthread_join(t, NULL); }
`,
    prints: "thread\n",
  },
  {
    command: "c++",
    file: "exceptions.cpp",
    source: `#include <iostream>
#include <future>
#include <stdexcept>
int main() {
  auto work = std::async(std::launch::async, []() -> int { throw std::runtime_error("thrown in a thread"); });
  try { work.get(); } catch (const std::exception &error) { std::cout << error.what() << std::endl; }
}
`,
    prints: "thrown in a thread\n",
  },
  {
    command: "fc",
    file: "parallel.f90",
    source: `program parallel
  use omp_lib
  implicit none
  integer :: i, total
  call omp_set_num_threads(3)
  total = 0
  !$omp parallel do reduction(+:total)
  do i = 1, 1000
    total = total + i
  end do
  print '(i0)', total
end program
`,
    flags: ["-fopenmp"],
    prints: "500500\n",
  },
];

for (const { command, file, source, flags = [], prints } of SAMPLES) {
  test(`hermit ${command} makes a static program that Linux runs as well`, (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, file), source);
    const { status, stdout } = hermit([command, "-O2", ...flags, file, "-o", "program"], { cwd: folder });
    assert.deepEqual([status, stdout], [0, ""]);
    assert.deepEqual(header(join(folder, "program")), A_PROGRAM);
    const run = spawnSync(join(folder, "program"), { encoding: "utf8" });
    assert.deepEqual([run.status, run.stdout], [0, prints]);
  });
}

test("the compiler's messages and exit status pass through", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "bad.cpp"), "int main() { return x; }\n");
  writeFileSync(join(folder, "bad.f90"), "program p\n x = \nend program\n");
  const cxx = hermit(["c++", "bad.cpp"], { cwd: folder });
  assert.equal(cxx.status, 1);
  assert.match(cxx.stderr, /bad\.cpp:1:21: error: .x. was not declared/);
  const fortran = hermit(["fc", "bad.f90"], { cwd: folder });
  assert.equal(fortran.status, 1);
  assert.match(fortran.stderr, /bad\.f90:2/);
});

const MISSING = [
  { command: "c++", compiler: "g++", packages: "g++", variable: "HERMIT_CXX" },
  { command: "fc", compiler: "gfortran", packages: "gfortran", variable: "HERMIT_FC" },
];

for (const { command, compiler, packages, variable } of MISSING) {
  test(`hermit ${command} without a compiler says what to install`, (context) => {
    const folder = temporaryFolder(context);
    const { status, stderr } = hermit([command, "a"], { cwd: folder, env: { PATH: pathWith(folder, ["node"]) } });
    assert.equal(status, 127);
    assert.equal(stderr, `hermit: ${compiler} was not found; install it with: sudo apt-get install ${packages}\n`);
  });
  test(`${variable} names another compiler`, (context) => {
    const folder = temporaryFolder(context);
    const { status, stderr } = hermit([command, "a"], { cwd: folder, env: { [variable]: "no-such-compiler" } });
    assert.equal(status, 127);
    assert.equal(
      stderr,
      `hermit: no-such-compiler was not found; ${variable} names it; install it or name another compiler\n`,
    );
  });
}

const CALLS = `#ifndef __hermit__
#error "__hermit__ is not defined"
#endif
#include <hermit/syscall.h>
int main(void) { sys_msleep(1); return sys_getpid() > 0 ? 0 : 1; }
`;

for (const { command, file, env } of [
  { command: "cc", file: "calls.c", env: {} },
  { command: "c++", file: "calls.cpp", env: {} },
  { command: "cc", file: "calls.c", env: { HERMIT_CC: "musl-gcc" } },
]) {
  const compiler = env.HERMIT_CC ?? "the usual compiler";
  test(`hermit ${command} with ${compiler} finds HermitCore's calls in header and library`, (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, file), CALLS);
    const { status, stdout, stderr } = hermit([command, file, "-o", "calls"], { cwd: folder, env });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
    assert.equal(spawnSync(join(folder, "calls")).status, 0);
  });
}

test("a program's own functions come before HermitCore's", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(
    join(folder, "own.c"),
    "unsigned get_cpufreq(void) { return 42; }\nint main(void) { return get_cpufreq(); }\n",
  );
  assert.equal(hermit(["cc", "own.c", "-o", "own"], { cwd: folder }).status, 0);
  assert.equal(spawnSync(join(folder, "own")).status, 42);
});

test("asking the compiler something links nothing", () => {
  const { status, stdout, stderr } = hermit(["cc", "-v"]);
  assert.deepEqual([status, stdout], [0, ""]);
  assert.match(stderr, /gcc version/);
});
