/**
 * `hermit` on Node: the commands for people. `hermit run` does not come here (bin/hermit hands it to the proxy); it is declared so
 * that `hermit --help` tells of it.
 *
 * What fails because of the user is one sentence on stderr and exit status 1; exit statuses of other programs pass through.
 */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { installBinfmt, removeBinfmt, showBinfmt } from "./binfmt/binfmt.ts";
import { buildProgram } from "./build.ts";
import { compile } from "./cc/cc.ts";
import { runGo } from "./cc/go.ts";
import { LANGUAGES, type Language } from "./cc/languages.ts";
import { examine } from "./doctor/doctor.ts";
import { pack } from "./pack/pack.ts";
import { PACKAGE, PROXY } from "./paths.ts";
import { listRunning } from "./ps/ps.ts";
import { runProgram } from "./run-program.ts";
import { errorColors } from "./terminal.ts";
import { UserError } from "./user-error.ts";

const GO_NOTES = `
The arguments are those of the go command. Programs are built without cgo, so they are static; they carry EI_OSABI 0x42 and run on
HermitCore and, unchanged, on Linux. HERMIT_GO names another go command. Where only gccgo is installed, it builds files:
hermit go build [-o FILE] FILE.go...

  hermit go build -o pi pi.go && hermit run ./pi`;

function compilerNotes({ compiler, variable, others, example }: Language): string {
  return `
The result is linked statically and carries EI_OSABI 0x42; it runs on HermitCore and, unchanged, on Linux.
All options are the compiler's own. __hermit__ is defined, and <hermit/syscall.h> declares HermitCore's calls.
${variable} names another compiler than ${compiler}, for instance ${others}.

  ${example}`;
}

function createProgram(): Command {
  const program = new Command("hermit")
    .description("Runs programs on HermitCore, a unikernel: each in a virtual machine of its own, in milliseconds.")
    .version(version(), "--version", "show the version")
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) => write(errorColors.red(`hermit: ${text.replace(/^error: /, "")}`)),
    });
  addRun(program);
  addBuild(program);
  for (const language of LANGUAGES) {
    addCompiler(program, language);
  }
  addGo(program);
  addPack(program);
  addPs(program);
  addDoctor(program);
  addBinfmt(program);
  return program;
}

function version(): string {
  return JSON.parse(readFileSync(PACKAGE, "utf8")).version;
}

function addRun(program: Command): void {
  passThrough(program.command("run"))
    .description("run a program in a virtual machine")
    .usage(
      "[--isle uhyve|qemu] [--cpus N] [--memory SIZE] [--mount HOST:GUEST[:ro|rw]] [--time] [--verbose] PROGRAM [ARGS...]",
    )
    .helpOption(false)
    .action((args: string[]) => {
      process.exitCode = runProgram(PROXY, args, "run `npm run build` in the repository");
    });
}

function addBuild(program: Command): void {
  program
    .command("build")
    .description("compile a TypeScript program to a static ELF file")
    .argument("<file.ts>", "entry file; the application profile of docs/bare-typescript.md")
    .requiredOption("-o, --output <file>", "where to write the program")
    .option("--checked", "check bounds, null, narrowing and alignment at run time", false)
    .action((source: string, options) => {
      process.exitCode = buildProgram(source, options);
    });
}

function addCompiler(program: Command, language: Language): void {
  passThrough(program.command(language.command))
    .description(`compile a ${language.name} program with the system's compiler`)
    .usage(`${language.compiler.toUpperCase()}-ARGUMENTS...`)
    .helpOption("--help", "this text")
    .addHelpText("after", compilerNotes(language))
    .action((args: string[]) => {
      process.exitCode = compile(language, args);
    });
}

function addGo(program: Command): void {
  passThrough(program.command("go"))
    .description("build a Go program with the system's go command")
    .usage("build GO-ARGUMENTS...")
    .helpOption("--help", "this text")
    .addHelpText("after", GO_NOTES)
    .action((args: string[]) => {
      process.exitCode = runGo(args);
    });
}

function addPack(program: Command): void {
  program
    .command("pack")
    .description("make one file of a program and all that it needs, which also boots by itself (QEMU, GRUB)")
    .argument("<program>", "as for `hermit run`")
    .argument("[args...]", "its first arguments; those of a run follow them")
    .requiredOption("-o, --output <file>", "where to write the image")
    .option("--mount <host:guest>", "pack this file or folder, too, and what its programs need", collect, [])
    .option("--program <program>", "pack this program, too: the first one may start it in its place", collect, [])
    .action((name: string, args: string[], options) => pack(name, args, options));
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function addPs(program: Command): void {
  program
    .command("ps")
    .description("list the guests that run on this host")
    .option("--json", "for programs", false)
    .action((options) => listRunning(options.json));
}

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("show what this host offers, what will be used and what to install")
    .option("--json", "for programs", false)
    .action((options) => {
      process.exitCode = examine(options.json);
    });
}

function addBinfmt(program: Command): void {
  const binfmt = program.command("binfmt").description("let the kernel start HermitCore programs through the proxy");
  binfmt.command("install").description("register the proxy (needs root)").action(installBinfmt);
  binfmt.command("remove").description("take the registration back (needs root)").action(removeBinfmt);
  binfmt
    .command("status")
    .description("show what is registered; exit status 1 if it is not this installation")
    .action(() => {
      process.exitCode = showBinfmt();
    });
}

function passThrough(command: Command): Command {
  return command.argument("[args...]").allowUnknownOption().passThroughOptions();
}

// Whoever reads may stop early (`hermit cc --help | head`); Node would call that an unhandled error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") {
    throw error;
  }
});

try {
  createProgram().parse();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof UserError) {
    console.error(errorColors.red(`hermit: ${error.message}`));
    process.exitCode = 1;
  } else {
    throw error;
  }
}
