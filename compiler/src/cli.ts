// The command line of btsc.

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { cacheRestore, cacheSlot, cacheStore } from "./cache.ts";
import type { Target } from "./context.ts";
import type { BuildOptions } from "./driver.ts";

const HELP = `btsc: the compiler for bare TypeScript

  btsc check FILES...                 report errors (stock tsc's and btsc's own)
  btsc build ENTRY -o OUT [options]   compile a program
  btsc explain CODE                   what a message means

Options of build
  --target kernel|app|host|vdso   what the program runs on (default host)
  -o, --output FILE               the result
  --emit c|obj|exe                stop at readable C, at an object file, or link (default exe)
  --checked                       bounds, null, range and alignment checks that panic with file and line
  --sanitize[=address,undefined]  link with the C compiler's sanitizers (also: fuzzer)
  -O0 .. -O3                      optimisation of the C compiler (default -O2, app -O3)
  --static                        host: link statically
  --musl                          host: link statically with musl
  --sse                           kernel: let the compiler use SSE registers
  --ldscript FILE                 linker script
  --cflag FLAG, --ldflag FLAG     passed on (repeatable); one that starts with a dash as --cflag=-flto
  --root DIR                      folder that paths in debug information are relative to (default: the repository)
  --embed-dir DIR                 folder that embedFile paths are relative to (default: ROOT/build)
CC names the C compiler (default gcc).
`;

function fatal(text: string): never {
  process.stderr.write(`btsc: ${text}\n`);
  process.exit(1);
}

/** The nearest folder upwards that looks like the top of a repository. */
function findRoot(from: string): string {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, ".git")) || fs.existsSync(path.join(folder, "tsconfig.bare.json")))
      return folder;
    if (folder === path.dirname(folder)) return process.cwd();
  }
}

function parse(argv: string[]) {
  // -O2 and --sanitize without a value are spelt as in a C compiler, which parseArgs does not know.
  const args = argv.map((a) =>
    /^-O[0-3sgz]$/.test(a) ? `--optimise=${a.slice(2)}` : a === "--sanitize" ? "--sanitize=address,undefined" : a,
  );
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      target: { type: "string", default: "host" },
      output: { type: "string", short: "o" },
      emit: { type: "string", default: "exe" },
      checked: { type: "boolean", default: false },
      sanitize: { type: "string" },
      optimise: { type: "string" },
      static: { type: "boolean", default: false },
      musl: { type: "boolean", default: false },
      sse: { type: "boolean", default: false },
      ldscript: { type: "string" },
      cflag: { type: "string", multiple: true, default: [] },
      ldflag: { type: "string", multiple: true, default: [] },
      root: { type: "string" },
      "embed-dir": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(process.argv.slice(2));
  } catch (error) {
    return fatal(`${(error as Error).message.split(". To specify")[0]}\nTry btsc --help.`);
  }
  const { values, positionals } = parsed;
  const [command, ...files] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return command === undefined && !values.help ? 1 : 0;
  }
  const colour = process.stderr.isTTY === true && !process.env["NO_COLOR"];
  const root = path.resolve(values.root ?? findRoot(files[0] ? path.dirname(files[0]) : "."));
  if (command === "explain") return explain(files[0] ?? "");
  if (!["kernel", "app", "host", "vdso"].includes(values.target)) return fatal(`unknown target '${values.target}'.`);
  const target = values.target as "kernel" | "app" | "host" | "vdso";
  const embedFolder = path.resolve(values["embed-dir"] ?? path.join(root, "build"));
  if (command === "check") return check(files, target, root, embedFolder, colour);
  if (command !== "build") return fatal(`unknown command '${command}'. Try btsc --help.`);
  const [entry, extra] = files;
  if (!entry || extra) return fatal("build needs one entry file.");
  if (!values.output) return fatal("build needs -o OUT.");
  if (!["c", "obj", "exe"].includes(values.emit)) return fatal(`--emit is c, obj or exe, not '${values.emit}'.`);
  const options = {
    entry: path.resolve(entry),
    target,
    output: path.resolve(values.output),
    emit: values.emit as "c" | "obj" | "exe",
    checked: values.checked,
    sanitize: values.sanitize ? values.sanitize.split(",") : [],
    // Applications compute: loops are vectorised even if that needs a test whether arrays overlap.
    optimise: values.optimise ?? (target === "app" ? "3" : "2"),
    root,
    embedFolder,
    ldscript: values.ldscript ? path.resolve(values.ldscript) : undefined,
    isStatic: values.static,
    musl: values.musl,
    sse: values.sse,
    cflags: values.cflag,
    ldflags: values.ldflag,
    cc: process.env["CC"] ?? "gcc",
  };
  return buildCached(options, colour);
}

async function check(
  files: string[],
  target: Target,
  root: string,
  embedFolder: string,
  colour: boolean,
): Promise<number> {
  if (files.length === 0) return fatal("check needs files.");
  const driver = await import("./driver.ts");
  const { compileProgram } = await import("./compile.ts");
  const entries = files.map((f) => path.resolve(f));
  const options = { target, checked: false, root, embedFolder };
  const { diagnostics } = compileProgram(entries, options, await driver.profileFor(target), true);
  for (const text of driver.messagesOf(diagnostics, root, colour)) process.stderr.write(`${text}\n`);
  return diagnostics.length > 0 ? 1 : 0;
}

/** A build that was made before, from the same contents, is copied; only otherwise the compiler is loaded. */
async function buildCached(options: Omit<BuildOptions, "profile">, colour: boolean): Promise<number> {
  const outputs = options.emit === "c" ? [options.output] : [options.output, `${options.output}.c`];
  const slot = cacheSlot(options, options.cc, outputs);
  if (cacheRestore(slot)) return 0;
  const driver = await import("./driver.ts");
  const result = driver.build({ ...options, profile: await driver.profileFor(options.target) }, colour);
  for (const text of result.messages) process.stderr.write(`${text}\n`);
  if (!result.ok) return 1;
  if (!result.hasWarnings) cacheStore(slot, [...result.inputs, ...driver.linkInputs(options)]);
  return 0;
}

async function explain(code: string): Promise<number> {
  const { CODES } = await import("./diagnostics.ts");
  const text = (CODES as Record<string, string>)[code.replace(/^BTS/i, "")];
  if (!text) return fatal(`there is no message ${code}.`);
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exitCode = await main();
