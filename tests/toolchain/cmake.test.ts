/**
 * The way of the original's README: `cmake ..; make; make install DESTDIR=...`, and an application of one's own that includes
 * HermitCore-Application.cmake from there. Everything is done for real, in temporary folders; the tests depend on each other's order.
 */

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { LISTED_PROGRAMS } from "../../apps/programs/list.ts";
import { MISSING } from "../../apps/programs/manifest.ts";
import { ELFOSABI_HERMIT, header } from "../../cli/tests/elf-header.ts";
import { assertOutcome } from "../boot/expect.ts";
import { availableIsles, runOnIsle } from "../boot/isles.ts";
import { ROOT } from "../boot/run.ts";

const ET_EXEC = 2;
const STEP_TIMEOUT_MS = 600_000;
const TOOLS = ["gcc", "g++", "gfortran", "gccgo", "go", "ar", "ld", "nm", "objdump", "strip"];

const folder = mkdtempSync(join(tmpdir(), "hermit-cmake-"));
const build = join(folder, "build");
const staging = join(folder, "staging");
const prefix = join(staging, "opt/hermit");
const application = join(folder, "application");
after(() => rmSync(folder, { recursive: true, force: true }));

function command(cwd: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  const [name = "", ...args] = words;
  const { CFLAGS: _, CXXFLAGS: __, FFLAGS: ___, DESTDIR: ____, ...env } = process.env;
  return spawnSync(name, args, { cwd, env, encoding: "utf8", timeout: STEP_TIMEOUT_MS });
}

function succeed(cwd: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = command(cwd, ...words);
  assert.equal(status, 0, `${words.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

function make(cwd: string, ...words: readonly string[]): string {
  return succeed(cwd, "make", `-j${availableParallelism()}`, ...words);
}

/** One sentence of CMake may be broken into lines. */
function refusal(cwd: string, ...words: readonly string[]): string {
  const { status, stderr } = command(cwd, ...words);
  assert.notEqual(status, 0, words.join(" "));
  return stderr.replace(/\s+/g, " ");
}

describe("cmake, make, make install", () => {
  test("builds and installs everything", () => {
    mkdirSync(build);
    succeed(build, "cmake", ROOT);
    make(build);
    succeed(build, "make", "install", `DESTDIR=${staging}`);
  });

  test("the layout below the prefix is the original's", () => {
    for (const tool of TOOLS) {
      assert.ok(existsSync(join(prefix, `bin/x86_64-hermit-${tool}`)), tool);
    }
    for (const path of ["bin/proxy", "bin/hermit", "tools/cli/main.mjs", "cmake/HermitCore-Application.cmake"]) {
      assert.ok(existsSync(join(prefix, path)), path);
    }
    assert.ok(existsSync(join(prefix, "x86_64-hermit/lib/libhermit.a")));
    assert.ok(existsSync(join(prefix, "x86_64-hermit/include/hermit/syscall.h")));
    const installed = ["tests", "benchmarks"].flatMap((name) => readdirSync(join(prefix, "x86_64-hermit/extra", name)));
    const listed = LISTED_PROGRAMS.filter((program) => program.folder !== "checks").map(({ name }) => name);
    assert.deepEqual(installed.sort(), [...listed].sort());
  });

  test("every installed program is static and marked", () => {
    for (const place of ["tests", "benchmarks"]) {
      for (const name of readdirSync(join(prefix, "x86_64-hermit/extra", place))) {
        const seen = header(join(prefix, "x86_64-hermit/extra", place, name));
        assert.deepEqual(seen, { osabi: ELFOSABI_HERMIT, type: ET_EXEC, hasInterpreter: false }, name);
      }
    }
  });

  test("the installed commands work where they are", async () => {
    assert.match(succeed(folder, join(prefix, "bin/hermit"), "--version"), /^\d+\.\d+\.\d+\n$/);
    const { status, stderr } = command(
      folder,
      join(prefix, "bin/hermit"),
      "build",
      join(ROOT, "examples/hello.ts"),
      "-o",
      "x",
    );
    assert.equal(status, 1);
    assert.match(stderr, /^hermit: the TypeScript compiler is not part of this installation; .*\n$/);
    const greeting = "Hello World from g++!!!\n";
    const program = join(prefix, "x86_64-hermit/extra/tests/hello++");
    assert.equal(succeed(folder, program), greeting);
    for (const isle of availableIsles()) {
      assertOutcome(await runOnIsle(isle, program), { status: 0, stdout: greeting });
      const env = { HERMIT_ISLE: isle, ...(isle === "qemu" ? { HERMIT_KVM: "0" } : {}) };
      const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      assert.equal(succeed(folder, "env", ...words, join(prefix, "bin/proxy"), program), greeting);
    }
  });

  test("packages are named libhermit and hold the same files", () => {
    succeed(build, "make", "package");
    const archives = readdirSync(build).filter((name) => /^libhermit-.*\.(tar\.bz2|deb)$/.test(name));
    assert.ok(archives.some((name) => name.endsWith(".tar.bz2")));
    const archive = archives.find((name) => name.endsWith(".deb"));
    assert.ok(archive, "no Debian package");
    assert.match(succeed(build, "dpkg-deb", "--contents", archive), / \.\/opt\/hermit\/bin\/proxy\n/);
    assert.match(succeed(build, "dpkg-deb", "--field", archive, "Package"), /^libhermit\n$/);
  });
});

const SOURCES: Readonly<Record<string, string>> = {
  "in-c.c": `#include <hermit/syscall.h>
#include <stdio.h>
#ifndef __hermit__
#error "not HermitCore's compiler"
#endif
int main(void) { sys_msleep(1); puts("C"); }
`,
  "in-cxx.cpp": `#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("C++"); } catch (std::exception &e) { std::cout << e.what() << std::endl; } }
`,
  "in-fortran.f90": `program in_fortran
  print '(a)', "Fortran"
end program
`,
  "in-openmp.c": `#include <omp.h>
#include <stdio.h>
int main(void) {
  int sum = 0;
#pragma omp parallel for reduction(+ : sum)
  for (int i = 0; i < 100; i++) sum += i;
  printf("%d\\n", sum);
}
`,
  // Several files are one package; the signs are those that CMake's own language would change.
  "in-go.go": `package main

import "fmt"

func main() { fmt.Println(name([]string{"G;", "o"})) }
`,
  "name.go": `package main

import "strings"

func name(parts []string) string { return strings.ReplaceAll(strings.Join(parts, ""), ";", "") + "\${}\\\\"[:0] }
`,
};

const LISTS = `cmake_minimum_required(VERSION 3.7)
include(${prefix}/cmake/HermitCore-Application.cmake)
project(application C CXX Fortran Go)
add_executable(in-c in-c.c)
add_executable(in-cxx in-cxx.cpp)
add_executable(in-fortran in-fortran.f90)
add_executable(in-go in-go.go name.go)
find_package(OpenMP REQUIRED)
add_executable(in-openmp in-openmp.c)
target_link_libraries(in-openmp OpenMP::OpenMP_C)
install(TARGETS in-c DESTINATION bin)
`;

const PROGRAMS = [
  { name: "in-c", prints: "C\n" },
  { name: "in-cxx", prints: "C++\n" },
  { name: "in-fortran", prints: "Fortran\n" },
  // What find_package() finds must be libraries that a static program can be linked with.
  { name: "in-openmp", prints: "4950\n", missing: MISSING.threads },
  { name: "in-go", prints: "Go\n", missing: MISSING.threads },
];

describe("an application of one's own", () => {
  const output = join(application, "build");

  test("includes HermitCore-Application.cmake before project() and is built in four languages", () => {
    mkdirSync(output, { recursive: true });
    for (const [name, text] of Object.entries(SOURCES)) {
      writeFileSync(join(application, name), text);
    }
    writeFileSync(join(application, "CMakeLists.txt"), LISTS);
    succeed(output, "cmake", "-DMTUNE=generic", "..");
    const log = make(output, "VERBOSE=1");
    assert.match(log, new RegExp(`${prefix}/bin/x86_64-hermit-gcc .*-O3 -ftree-vectorize .*-mtune=generic`));
    assert.match(log, /x86_64-hermit-g\+\+ .*-mtls-direct-seg-refs/);
    assert.match(log, /x86_64-hermit-gfortran .*-O3/);
  });

  for (const { name, prints, missing } of PROGRAMS) {
    test(`${name} is a HermitCore program that Linux runs as well`, () => {
      const program = join(output, name);
      assert.deepEqual(header(program), { osabi: ELFOSABI_HERMIT, type: ET_EXEC, hasInterpreter: false });
      assert.equal(succeed(output, program), prints);
    });
    for (const isle of availableIsles()) {
      test(`${name} runs on ${isle}`, { skip: missing ?? false }, async () => {
        assertOutcome(await runOnIsle(isle, join(output, name)), { status: 0, stdout: prints });
      });
    }
  }

  test("installs below /opt/hermit unless it is told otherwise", () => {
    succeed(output, "make", "install", `DESTDIR=${join(folder, "installed")}`);
    assert.ok(existsSync(join(folder, "installed/opt/hermit/bin/in-c")));
  });

  test("a changed Go file is built again, and messages name the file itself", () => {
    const path = join(application, "name.go");
    writeFileSync(path, 'package main\n\nfunc name(parts []string) string { return "gone" }\n');
    utimesSync(path, new Date(), new Date(Date.now() + 2000));
    make(output);
    assert.equal(succeed(output, join(output, "in-go")), "gone\n");
    writeFileSync(path, "package main\n\nfunc name(parts []string) string { return missing }\n");
    utimesSync(path, new Date(), new Date(Date.now() + 4000));
    const { status, stdout, stderr } = command(output, "make", "in-go");
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /application\/name\.go:3(:43)?: undefined: missing/);
    assert.doesNotMatch(stdout + stderr, /CMakeFiles\/\S*name\.go:3/);
  });

  test("a project that must not be changed takes the toolchain file", () => {
    const project = join(folder, "unchanged");
    mkdirSync(join(project, "build"), { recursive: true });
    writeFileSync(join(project, "main.c"), "int main(void) { return 5; }\n");
    writeFileSync(
      join(project, "CMakeLists.txt"),
      "cmake_minimum_required(VERSION 3.7)\nproject(unchanged C)\nfind_library(MATH m)\nadd_executable(five main.c)\n",
    );
    const file = join(prefix, "cmake/HermitCore-Toolchain-x86_64.cmake");
    succeed(join(project, "build"), "cmake", `-DCMAKE_TOOLCHAIN_FILE=${file}`, "..");
    assert.match(readFileSync(join(project, "build/CMakeCache.txt"), "utf8"), /^MATH:FILEPATH=.*\/libm\.a$/m);
    make(join(project, "build"));
    assert.equal(header(join(project, "build/five")).osabi, ELFOSABI_HERMIT);
    assert.equal(command(project, join(project, "build/five")).status, 5);
  });
});

describe("what is wrong is said in a sentence", () => {
  function projectWith(name: string, lists: string): string {
    const output = join(folder, name, "build");
    mkdirSync(output, { recursive: true });
    writeFileSync(join(folder, name, "CMakeLists.txt"), `cmake_minimum_required(VERSION 3.7)\n${lists}`);
    return output;
  }
  const include = `include(${prefix}/cmake/HermitCore-Application.cmake)\n`;

  test("the include stands behind project()", () => {
    const output = projectWith("late", `project(late NONE)\n${include}`);
    assert.match(refusal(output, "cmake", ".."), /must stand before project\(\)/);
  });

  test("TOOLCHAIN_BIN_DIR has no compilers", () => {
    const output = projectWith("lost", `${include}project(lost C)\n`);
    const said = refusal(output, "cmake", "-DTOOLCHAIN_BIN_DIR=/nowhere", "..");
    assert.match(said, /There is no x86_64-hermit-gcc in \/nowhere; give the folder that has it/);
  });

  test("TOOLCHAIN_BIN_DIR names another installation", () => {
    const output = projectWith("found", `${include}project(found C)\nmessage(STATUS "with \${CMAKE_C_COMPILER}")\n`);
    const said = succeed(output, "cmake", `-DTOOLCHAIN_BIN_DIR=${ROOT}/bin`, "..");
    assert.match(said, new RegExp(`^-- with ${ROOT}/bin/x86_64-hermit-gcc$`, "m"));
  });

  test("another architecture", () => {
    const output = projectWith("arm", `${include}project(arm C)\n`);
    assert.match(refusal(output, "cmake", "-DHERMIT_ARCH=aarch64", ".."), /HermitCore programs are for x86_64/);
  });

  test("local-cmake.sh says that the installed CMake suffices", () => {
    const { status, stderr, stdout } = command(ROOT, "sh", "-c", ". cmake/local-cmake.sh");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^-- CMake \d+\.\d+\S* of this system suffices/);
  });
});
