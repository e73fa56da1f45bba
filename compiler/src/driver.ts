// From source files to an executable: compile, then run the C compiler. Uses the cache at both steps.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BARE_PROFILE } from "./bare-profile.ts";
import { compileProgram } from "./compile.ts";
import type { Target } from "./context.ts";
import { type Diagnostic, formatDiagnostic } from "./diagnostics.ts";
import type { Profile } from "./profile.ts";
import { RUNTIME_FOLDER } from "./program.ts";

export interface BuildOptions {
  readonly entry: string;
  readonly target: Target;
  readonly output: string;
  readonly emit: "c" | "obj" | "exe";
  readonly checked: boolean;
  readonly sanitize: readonly string[];
  readonly optimise: string;
  readonly root: string;
  readonly embedFolder: string;
  readonly ldscript: string | undefined;
  readonly isStatic: boolean;
  readonly musl: boolean;
  readonly sse: boolean;
  readonly cflags: readonly string[];
  readonly ldflags: readonly string[];
  readonly cc: string;
  readonly profile: Profile;
}

export interface BuildResult {
  readonly ok: boolean;
  readonly messages: readonly string[];
  readonly inputs: readonly string[];
  /** The C compiler had something to say. */
  readonly hasWarnings: boolean;
}

export async function profileFor(target: Target): Promise<Profile> {
  if (target !== "app") return BARE_PROFILE;
  const file = new URL("./app/profile.ts", import.meta.url);
  if (!fs.existsSync(file)) return BARE_PROFILE;
  const loaded = (await import(file.href)) as { APP_PROFILE: Profile };
  return loaded.APP_PROFILE;
}

export function messagesOf(diagnostics: readonly Diagnostic[], root: string, colour: boolean): string[] {
  return diagnostics.map((d) => formatDiagnostic(d, root, colour));
}

export function build(options: BuildOptions, colour: boolean): BuildResult {
  const compiled = compileProgram(
    [path.resolve(options.entry)],
    {
      target: options.target,
      checked: options.checked,
      root: options.root,
      embedFolder: options.embedFolder,
      sse: options.sse,
    },
    options.profile,
    false,
  );
  if (compiled.diagnostics.length > 0)
    return {
      ok: false,
      messages: messagesOf(compiled.diagnostics, options.root, colour),
      inputs: compiled.inputs,
      hasWarnings: false,
    };
  fs.mkdirSync(path.dirname(path.resolve(options.output)), { recursive: true });
  const cFile = options.emit === "c" ? options.output : `${options.output}.c`;
  if (!fs.existsSync(cFile) || fs.readFileSync(cFile, "utf8") !== compiled.c) fs.writeFileSync(cFile, compiled.c);
  if (options.emit === "c") return { ok: true, messages: [], inputs: compiled.inputs, hasWarnings: false };
  const run = runCompiler(options, path.resolve(cFile));
  return {
    ok: run.ok,
    messages: run.message === "" ? [] : [run.message],
    inputs: compiled.inputs,
    hasWarnings: run.message !== "",
  };
}

const COMMON = [
  "-std=gnu11",
  "-fwrapv",
  "-fno-strict-aliasing",
  "-fno-builtin",
  "-g",
  "-fno-omit-frame-pointer",
  "-Ulinux",
  "-Uunix",
  "-fvisibility=hidden",
  "-Wall",
  "-Wno-unused",
  "-Wno-parentheses",
  "-Wno-missing-braces",
  "-Wno-pointer-sign",
  "-Wno-address-of-packed-member",
  "-Wno-main",
  "-Wno-tautological-compare",
  "-Wno-bool-operation",
  "-Wno-bool-compare",
];
const FREESTANDING = ["-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"];

/**
 * Naked functions read and write statics that gcc cannot see there (basic asm has no clobbers). Interprocedural analysis concludes that
 * nobody reads them and deletes the stores; the kernel does without it.
 */
const asmReadsMemory = (o: BuildOptions): string[] =>
  o.cc.includes("clang") ? [] : ["-fno-ipa-modref", "-fno-ipa-pure-const", "-fno-ipa-reference"];

/** A kernel's image is copied at every start, and a backtrace shows no inlined callers: small and plain before the last cycle. */
const SMALL = ["-fno-inline-functions", "-falign-functions=1", "-falign-jumps=1", "-falign-loops=1"];

function targetFlags(o: BuildOptions): { compile: string[]; link: string[] } {
  switch (o.target) {
    case "kernel":
      return {
        compile: [
          ...FREESTANDING,
          "-fPIE",
          "-fno-plt",
          "-mno-red-zone",
          ...(o.sse ? [] : ["-mgeneral-regs-only"]),
          ...asmReadsMemory(o),
          ...SMALL,
        ],
        link: [
          "-nostdlib",
          "-static",
          "-no-pie",
          "-Wl,-z,noexecstack",
          "-Wl,--build-id=none",
          ...(o.ldscript ? [`-Wl,-T,${o.ldscript}`] : []),
        ],
      };
    case "app":
      return {
        compile: [...FREESTANDING, "-fno-pie"],
        link: [
          "-nostdlib",
          "-static",
          "-no-pie",
          "-Wl,--build-id=none",
          ...(o.ldscript ? [`-Wl,-T,${o.ldscript}`] : []),
        ],
      };
    case "vdso":
      return {
        compile: [...FREESTANDING, "-fPIC", "-fno-plt"],
        link: [
          "-nostdlib",
          "-shared",
          "-Wl,-soname,linux-vdso.so.1",
          "-Wl,--hash-style=both",
          "-Wl,--build-id=none",
          "-Wl,-z,noexecstack",
          "-Wl,-z,max-page-size=4096",
          "-Wl,-s",
          ...(o.ldscript ? [`-Wl,-T,${o.ldscript}`] : []),
        ],
      };
    default:
      return { compile: ["-pthread"], link: ["-pthread", ...(o.isStatic || o.musl ? ["-static"] : [])] };
  }
}

function runCompiler(o: BuildOptions, cFile: string): { ok: boolean; message: string } {
  const { compile, link } = targetFlags(o);
  const sanitize = o.sanitize.length > 0 ? [`-fsanitize=${o.sanitize.join(",")}`, "-fno-sanitize-recover=all"] : [];
  const args = [
    ...COMMON,
    `-O${o.optimise}`,
    ...compile,
    ...sanitize,
    ...o.cflags,
    "-I",
    RUNTIME_FOLDER,
    "-o",
    path.resolve(o.output),
    cFile,
    ...(o.emit === "obj" ? ["-c"] : [...link, ...o.ldflags]),
  ];
  // A local object may be referred to until its function returns, also from outside of its block.
  if (!o.cc.includes("clang")) args.unshift("-fstack-reuse=none");
  const cc = o.musl && o.cc === "gcc" ? "musl-gcc" : o.cc;
  const run = spawnSync(cc, args, { cwd: o.root, encoding: "utf8" });
  if (run.error)
    return {
      ok: false,
      message: `btsc: cannot run ${cc}: ${run.error.message}. Install it, or name another compiler with CC.`,
    };
  // A warning about generated C hints at a mistake in the program or in btsc: never swallow it.
  if (run.status === 0) return { ok: true, message: run.stderr.trim() };
  return { ok: false, message: `btsc: ${cc} failed (see ${cFile}):\n${run.stderr}` };
}
