// From source files to an executable: compile, then run the C compiler. Uses the cache at both steps.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BARE_PROFILE } from "./bare-profile.ts";
import { cacheRestore, cacheSlot, cacheStore } from "./cache.ts";
import { type Compiled, compileProgram } from "./compile.ts";
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

/** What most builds leave as it is. */
export const PLAIN_BUILD = {
  emit: "exe",
  ldscript: undefined,
  isStatic: false,
  musl: false,
  sse: false,
  cflags: [],
  ldflags: [],
} as const satisfies Partial<BuildOptions>;

export interface BuildResult {
  readonly ok: boolean;
  readonly messages: readonly string[];
  readonly inputs: readonly string[];
  /** The C compiler had something to say. */
  readonly hasWarnings: boolean;
}

interface CompilerRun {
  readonly ok: boolean;
  readonly message: string;
}

/** What the C compiler reads besides the C text. */
export const linkInputs = (o: Pick<BuildOptions, "ldscript" | "cflags" | "ldflags" | "root">): string[] => [
  ...(o.ldscript ? [o.ldscript] : []),
  ...filesOfFlags([...o.cflags, ...o.ldflags], o.root),
];

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
  const run = compileC(options, path.resolve(cFile), compiled);
  return {
    ok: run.ok,
    messages: run.message === "" ? [] : [run.message],
    inputs: compiled.inputs,
    hasWarnings: run.message !== "",
  };
}

/** The C compiler runs only for C that it has not seen: a change of comments or types often leaves the C as it was. */
function compileC(o: BuildOptions, cFile: string, compiled: Compiled): CompilerRun {
  const { command, args } = compilerCall(o);
  const slot = cacheSlot([compiled.c, args, linkFlags(o), o.root], command, [path.resolve(o.output)]);
  if (cacheRestore(slot)) return { ok: true, message: "" };
  const run = runCompiler(o, command, [...args, "-o", path.resolve(o.output), cFile, ...linkFlags(o)], cFile);
  if (run.ok && run.message === "") cacheStore(slot, [...compiled.embedded, ...linkInputs(o)]);
  return run;
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
        // A product and a sum are rounded one after the other, as JavaScript has it, also where the processor can do both at once.
        compile: [...FREESTANDING, "-fno-pie", "-ffp-contract=off"],
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

function compilerCall(o: BuildOptions): { command: string; args: string[] } {
  const sanitize = o.sanitize.length > 0 ? [`-fsanitize=${o.sanitize.join(",")}`, "-fno-sanitize-recover=all"] : [];
  // A local object may be referred to until its function returns, also from outside of its block.
  const own = o.cc.includes("clang") ? [] : ["-fstack-reuse=none"];
  const { compile } = targetFlags(o);
  const args = [...COMMON, ...own, `-O${o.optimise}`, ...compile, ...sanitize, ...o.cflags, "-I", RUNTIME_FOLDER];
  return { command: o.musl && o.cc === "gcc" ? "musl-gcc" : o.cc, args };
}

const linkFlags = (o: BuildOptions): string[] => (o.emit === "obj" ? ["-c"] : [...targetFlags(o).link, ...o.ldflags]);

/** Files that flags of the C compiler name: objects, version scripts. */
export function filesOfFlags(flags: readonly string[], root: string): string[] {
  const words = flags.flatMap((flag) => flag.split(/[,=]/)).map((word) => path.resolve(root, word));
  return words.filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
}

function runCompiler(o: BuildOptions, command: string, args: string[], cFile: string): CompilerRun {
  const run = spawnSync(command, args, { cwd: o.root, encoding: "utf8" });
  if (run.error) {
    const hint = "Install it, or name another compiler with CC.";
    return { ok: false, message: `btsc: cannot run ${command}: ${run.error.message}. ${hint}` };
  }
  // A warning about generated C hints at a mistake in the program or in btsc: never swallow it.
  if (run.status === 0) return { ok: true, message: run.stderr.trim() };
  return { ok: false, message: `btsc: ${command} failed (see ${cFile}):\n${run.stderr}` };
}
