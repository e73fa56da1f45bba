/**
 * From what the user typed to the ELF file that is run: a name is looked up in PATH, a script leads to its interpreter, an image of
 * `hermit pack` has its program inside.
 *
 * A name without a slash that PATH does not have may also be a file in the working directory: `proxy hello` has always meant that.
 */

import { SYS_close } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { messageAdd, messageSend } from "../uhyve/message.ts";
import { complain, STATUS_MISSING } from "./complain.ts";
import { errnoText } from "./errno-text.ts";
import { findProgram, hasSlash } from "./find-program.ts";
import { ScriptError, type ScriptLine, scriptEnvName, scriptRead } from "./needs/script.ts";
import { type PathText, pathAdd, pathClear, pathView } from "./path-text.ts";
import { type Program, ProgramError, programOpen } from "./program.ts";
import { memoryFor, stringAt } from "./strings.ts";

/** As deep as Linux goes (BINPRM_MAX_RECURSION). */
const MAX_SCRIPTS = 4;
const LINE_BYTES = 256;

/** What is run in the end. */
export class Command {
  argc!: u32;
  argv!: Ptr<u64>;
  /** As it was typed or as the script says: for messages. */
  name!: string;
  /** Where it was found. */
  path!: PathText;
  /** The last script that led here; empty: none did. */
  script!: PathText;
}

const line: ScriptLine = zeroed();

/** Finds and opens the program; 0, or the exit status after a sentence for the user. */
export function commandResolve(
  command: Command,
  program: Program,
  argc: u32,
  argv: Ptr<u64>,
  environment: Ptr<u64>,
): i32 {
  command.argc = argc;
  command.argv = argv;
  command.name = stringAt(argv, 0);
  pathClear(command.script);
  lookUp(command, environment);
  for (let depth: u32 = 0; ; depth += 1) {
    const opened = programOpen(program, elements(command.path.bytes));
    if (opened !== ProgramError.None) return complainProgram(command, program, opened);
    const script = scriptRead(program.view, line);
    if (script === ScriptError.NoScript) return 0;
    if (script !== ScriptError.None) return complainScript(command, script);
    if (depth === MAX_SCRIPTS) {
      return complain("", command.name, ": too many scripts are interpreted by scripts");
    }
    void linuxCall(SYS_close, u64.wrap(program.fd));
    if (!followScript(command, environment)) return complain("the host has no memory left", "", "");
  }
}

/** Puts where the program lies into `command.path`: found in PATH if it has no slash, else as it is. */
function lookUp(command: Command, environment: Ptr<u64>): void {
  let why: i32 = 0;
  const isPath = command.name.length === 0 || hasSlash(command.name);
  if (!isPath && findProgram(command.name, environment, command.path, addressOf(why))) return;
  pathClear(command.path);
  pathAdd(command.path, command.name);
}

/** The interpreter, its argument and the script's path take the place of the first argument; false: no memory. */
function followScript(command: Command, environment: Ptr<u64>): bool {
  const envName = scriptEnvName(line);
  const hasArgument = envName.length === 0 && line.argument.length > 0;
  const added: u32 = hasArgument ? 2 : 1;
  const place = memoryFor(u64(command.argc + added + 1) * 8n + u64(LINE_BYTES) + 2n + u64(command.path.length) + 1n);
  if (place === null) return false;
  // SAFETY: fresh memory, aligned to a page, with room for the pointers first.
  const vector = castPtr<u64>(place);
  let text = place.add(u64(command.argc + added + 1) * 8n);
  vector[0] = u64(virtAddr(text));
  command.name = putString(text, envName.length > 0 ? envName : line.interpreter);
  text = text.add(command.name.length + 1);
  if (hasArgument) {
    vector[1] = u64(virtAddr(text));
    text = text.add(putString(text, line.argument).length + 1);
  }
  vector[added] = u64(virtAddr(text));
  void putString(text, pathView(command.path));
  for (let i: u32 = 1; i < command.argc; i += 1) vector[added + i] = command.argv[i];
  pathClear(command.script);
  pathAdd(command.script, pathView(command.path));
  command.argv = vector;
  command.argc += added;
  lookUp(command, environment);
  return true;
}

/** A copy with a NUL behind it. */
function putString(place: Ptr<u8>, text: string): string {
  copyBytes(place, text.data, u64(text.length));
  place[text.length] = 0;
  return stringOf(place, u64(text.length));
}

function complainScript(command: Command, error: ScriptError): i32 {
  switch (error) {
    case ScriptError.NoInterpreter:
      return complain("", command.name, " begins with #! but names no interpreter; write for instance #!/bin/sh");
    case ScriptError.CarriageReturn:
      return complain(
        "the first line of ",
        command.name,
        " ends with a carriage return; save the script with Unix line ends",
      );
    default:
      return complain(
        "the first line of ",
        command.name,
        " is longer than the 255 bytes that an interpreter's name may have",
      );
  }
}

function complainProgram(command: Command, program: Program, error: ProgramError): i32 {
  const name = command.name;
  switch (error) {
    case ProgramError.Missing:
      return complainMissing(command);
    case ProgramError.Directory:
      return complain("", name, " is a directory, not a program");
    case ProgramError.NotAFile:
      return complain("", name, " is not a regular file, so it cannot be a program");
    case ProgramError.NotPermitted:
      return complain("you may not read ", name, "; ask for the permission (chmod +r) or copy it");
    case ProgramError.NotExecutable:
      return complain("", name, " is not executable; make it so with chmod +x");
    default:
      return complain("", name, ` cannot be read: ${errnoText(program.errno)} (error ${program.errno})`);
  }
}

function complainMissing(command: Command): i32 {
  if (command.script.length > 0) {
    messageAdd("hermit: the interpreter ");
    messageAdd(command.name);
    messageAdd(" of the script ");
    messageAdd(pathView(command.script));
    messageAdd(" was not found\n");
    messageSend();
    return STATUS_MISSING;
  }
  void complain("", command.name.length > 0 ? command.name : "a program without a name", " was not found");
  return STATUS_MISSING;
}
