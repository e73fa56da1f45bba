/**
 * What the build makes, in the order in which it makes it.
 *
 * The core (vDSO, kernel image, proxy) is listed by hand because its order matters: the kernel embeds the vDSO and the proxy
 * embeds the kernel (`embedFile`, paths relative to the build folder). Examples are found by listing their folder; the C programs
 * of apps/tests and their variants are those of apps/tests/manifest.ts, which the boot tests run; the original's programs are
 * those of apps/programs/programs.txt, which CMake reads as well; those of apps/differential are found by listing and made on
 * demand only (`node tools/build.mjs apps/differential/`), by the suite that runs them; so are those of apps/stress, apps/stress-ng,
 * apps/hostile and fuzz/guest.
 */

import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import {
  DIFFERENTIAL_FOLDER,
  differentialPath,
  type Libc,
  listDifferentialPrograms,
} from "../apps/differential/programs.ts";
import { hermitArguments, LISTED_PROGRAMS } from "../apps/programs/list.ts";
import { PROGRAMS, programPath } from "../apps/tests/manifest.ts";
import { compileCommand } from "../apps/tests/variants.ts";

/** What btsc calls `--target`. */
export type Profile = "kernel" | "vdso" | "app" | "host";

export interface BtscTarget {
  readonly kind: "btsc";
  readonly name: string;
  readonly entry: string;
  readonly profile: Profile;
  readonly output: string;
  /** Targets whose output this one embeds. */
  readonly needs: readonly string[];
  readonly linkerScript?: string;
  /** Has a section for the line table that backtraces need. */
  readonly hasLineTable?: true;
  /** A copy without debug information, which is what runs. */
  readonly stripped?: string;
}

export interface CTarget {
  readonly kind: "c";
  readonly name: string;
  readonly sources: readonly string[];
  readonly compiler: "gcc" | "musl-gcc";
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
  readonly output: string;
  /** Besides those beside the sources. */
  readonly headers?: readonly string[];
  /** Made only when it is named. */
  readonly onDemand?: true;
}

/** Ordinary TypeScript in one JavaScript file, so that Node starts it without translating. */
export interface BundleTarget {
  readonly kind: "bundle";
  readonly name: string;
  readonly entry: string;
  readonly output: string;
}

/** A static library of C files, each compiled with the same flags. */
export interface LibraryTarget {
  readonly kind: "library";
  readonly name: string;
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  readonly flags: readonly string[];
  readonly output: string;
}

/** What `bin/hermit` compiles, with the system's compiler of the program's language; the command line and the library come first. */
export interface ProgramTarget {
  readonly kind: "program";
  readonly name: string;
  readonly sources: readonly string[];
  /** Arguments of bin/hermit. */
  readonly command: readonly string[];
  readonly output: string;
}

export type Target = BtscTarget | CTarget | BundleTarget | LibraryTarget | ProgramTarget;

const CORE_TARGETS: readonly BtscTarget[] = [
  {
    ...btscTarget("vdso", "linux/vdso/main.ts", "vdso", "build/kernel/vdso.so"),
    linkerScript: "linux/vdso/vdso.ld",
  },
  {
    ...btscTarget("kernel", "linux/main.ts", "kernel", "build/kernel/hermit.elf"),
    needs: ["vdso"],
    linkerScript: "nucleus/kernel.ld",
    hasLineTable: true,
    stripped: "build/kernel/image.elf",
  },
  {
    ...btscTarget("proxy", "proxy/main.ts", "host", "build/bin/proxy.debug"),
    needs: ["kernel"],
    stripped: "build/bin/proxy",
  },
];

const BUNDLES: readonly BundleTarget[] = [
  { kind: "bundle", name: "cli", entry: "cli/src/main.ts", output: "build/cli/main.mjs" },
];

/** HermitCore's calls for programs, which `hermit cc` links. Debug information, because programs are debugged with it. */
const LIBRARY_FOLDER = "apps/libhermit";
export const LIBRARY = "build/lib/libhermit.a";

/** Programs for many threads with counters that must agree; run for seconds by a boot test and for minutes by tools/stress.ts. */
export const STRESS_FOLDER = "apps/stress";
/** Programs that do random things to files against a model, and rows in a database; run by boot tests and for long by tools/stress-files.ts. */
export const FILES_TESTS_FOLDER = "apps/files-tests";
export const GUEST_FUZZER_FOLDER = "fuzz/guest";
/** What stress-ng of the distribution needs to run without fork; by a boot test and tools/stress-ng.ts. */
export const STRESS_NG_FOLDER = "apps/stress-ng";
/** Programs that attack the monitor from inside; run by tests/nested-kvm. */
export const HOSTILE_FOLDER = "apps/hostile";

/** What `npm start` needs. */
export const DEMO_TARGETS = [
  "cli",
  "libhermit",
  "vdso",
  "kernel",
  "proxy",
  "examples/hello",
  "apps/tests/hello-glibc",
] as const;

/** Every target, of the repository at `root`. */
export function listTargets(root: string): Target[] {
  const written = [...BUNDLES, libraryTarget(root), ...CORE_TARGETS];
  const programs = [
    ...testPrograms(),
    ...originalPrograms(),
    ...differentialPrograms(root),
    ...stressPrograms(root),
    ...filesTests(root),
    forkInPlace(),
  ];
  return [...written, ...typescriptPrograms(root, "examples"), ...programs];
}

function btscTarget(name: string, entry: string, profile: Profile, output: string): BtscTarget {
  return { kind: "btsc", name, entry, profile, output, needs: [] };
}

function typescriptPrograms(root: string, folder: string): BtscTarget[] {
  return filesIn(root, folder, ".ts").map((file) => {
    const name = basename(file, ".ts");
    return btscTarget(`${folder}/${name}`, file, "app", `build/${folder}/${name}`);
  });
}

function testPrograms(): CTarget[] {
  return PROGRAMS.flatMap((program) =>
    program.variants.map((variant): CTarget => {
      const command = compileCommand(program, variant);
      const name = `apps/tests/${program.name}-${variant}`;
      return { kind: "c", name, ...command, output: programPath(program, variant) };
    }),
  );
}

function libraryTarget(root: string): LibraryTarget {
  return {
    kind: "library",
    name: "libhermit",
    sources: filesIn(root, `${LIBRARY_FOLDER}/src`, ".c"),
    headers: ["src", "include/hermit"].flatMap((folder) => filesIn(root, `${LIBRARY_FOLDER}/${folder}`, ".h")),
    flags: ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra"],
    output: LIBRARY,
  };
}

function originalPrograms(): ProgramTarget[] {
  return LISTED_PROGRAMS.map((program): ProgramTarget => {
    const name = `apps/programs/${program.folder}/${program.name}`;
    const { sources, output } = program;
    return { kind: "program", name, sources, command: hermitArguments(program, output), output };
  });
}

const DIFFERENTIAL_FLAGS = ["-O1", "-std=gnu11", "-Wall", "-Wextra", `-I${DIFFERENTIAL_FOLDER}`, "-static", "-pthread"];
const LIBC_COMPILERS: Readonly<Record<Libc, CTarget["compiler"]>> = { musl: "musl-gcc", glibc: "gcc" };

function differentialPrograms(root: string): CTarget[] {
  const headers = filesIn(root, DIFFERENTIAL_FOLDER, ".h");
  return listDifferentialPrograms(root).flatMap((program) =>
    program.libcs.map(
      (libc): CTarget => ({
        kind: "c",
        name: `${DIFFERENTIAL_FOLDER}/${program.name}-${libc}`,
        sources: [program.source],
        compiler: LIBC_COMPILERS[libc],
        flags: DIFFERENTIAL_FLAGS,
        libraries: ["-lm"],
        output: differentialPath(program, libc),
        headers,
        onDemand: true,
      }),
    ),
  );
}

/** Programs that run in the guest to find its faults; both C libraries wait in their own ways. */
function stressPrograms(root: string): CTarget[] {
  const flags = ["-O1", "-g", "-std=gnu11", "-Wall", "-Wextra", "-static", "-pthread"];
  return [STRESS_FOLDER, GUEST_FUZZER_FOLDER, HOSTILE_FOLDER].flatMap((folder) =>
    filesIn(root, folder, ".c").flatMap((source) =>
      (["musl", "glibc"] as const).map((libc): CTarget => {
        const name = `${folder}/${basename(source, ".c")}-${libc}`;
        const compiler = LIBC_COMPILERS[libc];
        return {
          kind: "c",
          name,
          sources: [source],
          compiler,
          flags,
          libraries: [],
          output: `build/${name}`,
          onDemand: true,
        };
      }),
    ),
  );
}

function filesTests(root: string): CTarget[] {
  return filesIn(root, FILES_TESTS_FOLDER, ".c").map((source) => {
    const name = `${FILES_TESTS_FOLDER}/${basename(source, ".c")}`;
    return {
      kind: "c",
      name,
      sources: [source],
      compiler: "gcc",
      flags: ["-O1", "-g", "-std=gnu11", "-Wall", "-Wextra", "-static", "-pthread"],
      // rows.c; the linker takes nothing of it for the others.
      libraries: ["-lsqlite3", "-lm"],
      headers: filesIn(root, FILES_TESTS_FOLDER, ".h"),
      output: `build/${name}`,
      onDemand: true,
    };
  });
}

function forkInPlace(): CTarget {
  const name = `${STRESS_NG_FOLDER}/fork-in-place`;
  return {
    kind: "c",
    name,
    sources: [`${name}.c`],
    compiler: "gcc",
    flags: ["-O1", "-g", "-std=gnu11", "-Wall", "-Wextra", "-fPIC", "-shared", "-pthread"],
    libraries: [],
    output: `build/${name}.so`,
    onDemand: true,
  };
}

function filesIn(root: string, folder: string, extension: string): string[] {
  if (!existsSync(join(root, folder))) {
    return [];
  }
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(extension) && !name.endsWith(".d.ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => `${folder}/${name}`);
}
