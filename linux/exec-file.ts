/**
 * What execve is asked to start: the file, through scripts to the ELF file that is loaded in the end, and its interpreter. All of it is found
 * out before anything of the running program changes, so every error leaves it as it was.
 */

import { EIO, ELOOP, ENOENT, ENOMEM } from "../abi/errno.ts";
import { AT_EXECVE_CHECK, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from "../abi/linux-files.ts";
import type { ElfImage } from "../compiler/std/elf-check.ts";
import { heapAlloc, heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { SCRIPT_LINE_BYTES, type ScriptLine, scriptLine } from "./core/script-line.ts";
import { fdClosesOnExec } from "./descriptors.ts";
import { type ExecText, execTextDropFirst, execTextFree, execTextPrepend, execTextRead } from "./exec-text.ts";
import { fileImageCheck, fileImageFind, fileImageOpen, fileImageRead, interpreterOpen } from "./file-image.ts";
import { pathIsAbsolute } from "./fs/core/path.ts";
import { type File, filePut } from "./fs/file.ts";
import { heapText, heapTextFree, heapTextMake } from "./fs/heap-text.ts";
import { type Walk, walkEnd, walkText } from "./fs/walk.ts";
import { walkAtOrFile } from "./fs/walk-at.ts";

/** Scripts whose interpreters are scripts: as on Linux the sixth file must be a program. */
const MOST_SCRIPTS = 5;

/** What execve and execveat come down to. */
export class ExecRequest {
  fd!: i32;
  pathAt!: u64;
  argvAt!: u64;
  envpAt!: u64;
  flags!: u32;
}

/** All zero holds nothing. On the heap, for it is large. */
export class Exec {
  /** The program's file. */
  file!: Ptr<File> | null;
  image!: ElfImage;
  /** Of a dynamic program: its loader. */
  interpreter!: Ptr<File> | null;
  interpreterImage!: ElfImage;
  text!: ExecText;
  /** By which the program was found, as AT_EXECFN says it (heap-text.ts). */
  path!: VirtAddr;
  /** It was found by its descriptor alone, so it is called after its file. */
  isNameless!: bool;
  /** The path leads through a descriptor that will be closed. */
  isPathLost!: bool;
}

/** Gives back what `exec` holds. */
export function execFree(exec: Exec): void {
  if (exec.file !== null) {
    filePut(exec.file);
    exec.file = null;
  }
  if (exec.interpreter !== null) {
    filePut(exec.interpreter);
    exec.interpreter = null;
  }
  execTextFree(exec.text);
  heapTextFree(exec.path);
  exec.path = 0n;
}

/** Finds everything: 0n or a negative errno. execFree must follow in any case. */
export function execPrepare(exec: Exec, request: ExecRequest): i64 {
  const opened = openRequested(exec, request);
  if (opened !== 0n) {
    return opened;
  }
  const read = execTextRead(exec.text, request.argvAt, request.envpAt, u64(heapText(exec.path).length) + 1n);
  // Who only asks whether the file could be executed is not told what is in it.
  return read !== 0n || isCheck(request) ? read : followScripts(exec);
}

/** The file is looked for and not executed. */
export function isCheck(request: ExecRequest): bool {
  return (request.flags & AT_EXECVE_CHECK) !== 0;
}

function openRequested(exec: Exec, request: ExecRequest): i64 {
  const walk: Walk = zeroed();
  walk.follows = (request.flags & AT_SYMLINK_NOFOLLOW) === 0;
  let result = nameProgram(exec, request);
  if (result === 0n) {
    result = walkAtOrFile(walk, request.fd, request.pathAt, request.flags);
  }
  if (result === 0n) {
    exec.file = fileImageOpen(walk, addressOf(result));
  }
  walkEnd(walk);
  return result;
}

/** What the program is called by: the path, or where the new program finds it through the descriptor. */
function nameProgram(exec: Exec, request: ExecRequest): i64 {
  // A walk changes its text when it follows links, so this is one of its own.
  const asked: Walk = zeroed();
  const length = walkText(asked, request.pathAt);
  if (length >= 0n) {
    const isByDescriptor = request.fd !== AT_FDCWD && !pathIsAbsolute(asked.text);
    if (!isByDescriptor) {
      exec.path = heapTextMake(asked.text);
    } else {
      exec.isNameless = length === 0n;
      exec.isPathLost = fdClosesOnExec(request.fd) > 0n;
      exec.path = heapTextMake(length === 0n ? `/dev/fd/${request.fd}` : `/dev/fd/${request.fd}/${asked.text}`);
    }
  }
  walkEnd(asked);
  return length < 0n ? length : i64(exec.path === 0n ? -ENOMEM : 0);
}

/** From script to script to the program: its image and interpreter. */
function followScripts(exec: Exec): i64 {
  const buffer = heapAllocZeroed(u64(SCRIPT_LINE_BYTES) * 2n);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const bytes = sliceOf(buffer, u64(SCRIPT_LINE_BYTES));
  const line: ScriptLine = zeroed();
  let path = heapText(exec.path);
  let result: i64 = 0n;
  for (let scripts: u32 = 0; result === 0n; scripts++) {
    if (scripts > MOST_SCRIPTS) {
      result = i64(-ELOOP);
      break;
    }
    fillBytes(buffer, 0, u64(SCRIPT_LINE_BYTES));
    void fileImageRead(exec.file!, 0n, bytes);
    if (!scriptLine(bytes, line)) {
      result = takeProgram(exec);
      break;
    }
    result = exec.isPathLost ? i64(-ENOENT) : followScript(exec, line, path);
    // The next script is called by this name.
    const name = buffer.add(SCRIPT_LINE_BYTES);
    copyBytes(name, line.interpreter.data, u64(line.interpreter.length));
    path = stringOf(name, u64(line.interpreter.length));
  }
  heapFree(buffer);
  return result;
}

/** The interpreter's file takes the script's place, and its name, argument and the script's path that of the first argument. */
function followScript(exec: Exec, line: ScriptLine, path: string): i64 {
  execTextDropFirst(exec.text);
  let result = execTextPrepend(exec.text, path);
  if (result === 0n && line.argument.length > 0) {
    result = execTextPrepend(exec.text, line.argument);
  }
  if (result === 0n) {
    result = execTextPrepend(exec.text, line.interpreter);
  }
  if (result !== 0n) {
    return result;
  }
  const file = fileImageFind(line.interpreter, addressOf(result));
  if (file !== null) {
    filePut(exec.file!);
    exec.file = file;
  }
  return result;
}

/** The file is no script: it must be a program. */
function takeProgram(exec: Exec): i64 {
  const image = exec.image;
  const checked = fileImageCheck(exec.file!, image);
  if (checked !== 0n || image.interpreterBytes === 0n) {
    return checked;
  }
  const name = heapAlloc(image.interpreterBytes);
  if (name === null) {
    return i64(-ENOMEM);
  }
  let result: i64 = i64(-EIO);
  if (
    fileImageRead(exec.file!, image.interpreterOffset, sliceOf(name, image.interpreterBytes)) === image.interpreterBytes
  ) {
    exec.interpreter = interpreterOpen(
      stringOf(name, image.interpreterBytes),
      exec.interpreterImage,
      addressOf(result),
    );
  }
  heapFree(name);
  return result;
}
