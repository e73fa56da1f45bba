/**
 * How the system's C compilers make each variant of a test program.
 *
 * Warnings are on and none is silenced; `-g` so that a guest's report and gdb can name lines. musl-gcc of Debian does not know
 * `-static-pie`: what gcc would pass to the linker is spelt out, with musl's own start-up object for it (rcrt1.o).
 */

import { sourcesOf, type TestProgram, type Variant } from "./manifest.ts";

const FOLDER = "apps/tests";
const COMMON = ["-O2", "-g", "-std=gnu11", "-Wall", "-Wextra"];

interface Recipe {
  readonly compiler: "gcc" | "musl-gcc";
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const RECIPES: Readonly<Record<Variant, Recipe>> = {
  glibc: { compiler: "gcc", before: ["-static"], after: ["-lm"] },
  musl: { compiler: "musl-gcc", before: ["-static"], after: ["-lm"] },
  "glibc-pie": { compiler: "gcc", before: ["-fPIE", "-static-pie"], after: ["-lm"] },
  "musl-pie": {
    compiler: "musl-gcc",
    before: ["-fPIE", "-static", "-nostartfiles", "-Wl,-pie,--no-dynamic-linker,-z,text", "-l:rcrt1.o", "-l:crti.o"],
    after: ["-lm", "-l:crtn.o"],
  },
};

export interface CompileCommand {
  readonly compiler: "gcc" | "musl-gcc";
  /** Before the sources. */
  readonly flags: readonly string[];
  readonly sources: readonly string[];
  /** After the sources. */
  readonly libraries: readonly string[];
}

export function compileCommand(program: TestProgram, variant: Variant): CompileCommand {
  const { compiler, before, after } = RECIPES[variant];
  return {
    compiler,
    flags: [...COMMON, ...(program.flags ?? []), ...before],
    sources: sourcesOf(program).map((name) => `${FOLDER}/${name}`),
    libraries: after,
  };
}
