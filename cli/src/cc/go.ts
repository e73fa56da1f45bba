/**
 * `hermit go`: the go command, set up so that what it builds is a HermitCore program: no cgo, so the linker makes a static ELF, and a
 * `-toolexec` that marks it (go-tool.sh). Everything else is Go's own: modules, caches, subcommands, messages.
 *
 * Where only gccgo is installed it builds single packages of files, statically with its libgo.
 */

import { GO_TOOL } from "../paths.ts";
import { isInPath, runProgram } from "../run-program.ts";
import { UserError } from "../user-error.ts";
import { compile } from "./cc.ts";
import { languageOf } from "./languages.ts";

const INSTALL = "install it with: sudo apt-get install golang-go";

/** Answers the exit status of the go command, or of gccgo. */
export function runGo(args: readonly string[]): number {
  const named = process.env.HERMIT_GO;
  if (!named && !isInPath("go") && isInPath("gccgo")) {
    return buildWithGccgo(args);
  }
  const hint = named ? "HERMIT_GO names it; install it or name another go command" : INSTALL;
  return runProgram(named || "go", args, hint, goEnvironment(process.env));
}

function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const flags = [env.GOFLAGS, quoteFlag(`-toolexec=${quoteFlag(GO_TOOL)}`)];
  return { ...env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64", GOFLAGS: flags.filter(Boolean).join(" ") };
}

/** GOFLAGS and the value of -toolexec are lists of words; each may stand in quotes of either kind, without escapes. */
function quoteFlag(word: string): string {
  if (!/[\s'"]/.test(word)) {
    return word;
  }
  const quote = word.includes("'") ? '"' : "'";
  if (word.includes(quote)) {
    throw new UserError(`go cannot be told of ${GO_TOOL}; install HermitCore below a path without quotes`);
  }
  return quote + word + quote;
}

function buildWithGccgo(args: readonly string[]): number {
  const [command, ...rest] = args;
  const output = rest[0] === "-o" ? rest[1] : undefined;
  const files = output === undefined ? rest : rest.slice(2);
  const [first] = files;
  if (command !== "build" || first === undefined || !files.every((file) => /^[^-].*\.go$/.test(file))) {
    throw new UserError(
      `go was not found, and gccgo alone only does \`hermit go build [-o FILE] FILE.go...\`; for more, ${INSTALL.replace("it with", "go with")}`,
    );
  }
  const program = output ?? (first.split("/").at(-1) ?? first).replace(/\.go$/, "");
  return compile({ ...languageOf("cc"), compiler: "gccgo", variable: "HERMIT_GCCGO", packages: "gccgo" }, [
    "-O2",
    ...files,
    "-o",
    program,
  ]);
}
