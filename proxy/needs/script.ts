/**
 * Scripts: a file that begins with "#!" is run by the interpreter that its first line names (Linux: fs/binfmt_script.c). The line gives one
 * argument at most; the script's own path follows, then its arguments.
 *
 * "/usr/bin/env NAME" is resolved here, as env would: it saves a start, and the folders of NAME's runtime are known.
 */

const LINE_BYTES = 255n;

export enum ScriptError {
  None = 0,
  NoScript = 1,
  /** "#!" and nothing that could be a program. */
  NoInterpreter = 2,
  /** The line ends as on Windows, so the interpreter's name does, too. */
  CarriageReturn = 3,
  /** The line is longer than Linux reads. */
  TooLong = 4,
}

export class ScriptLine {
  interpreter!: string;
  /** "": none. */
  argument!: string;
}

/** Reads the first line; views of `file`. */
export function scriptRead(file: Slice<u8>, line: ScriptLine): ScriptError {
  zero(line);
  if (file.length < 2n || at(file, 0n) !== 35 || at(file, 1n) !== 33) return ScriptError.NoScript;
  let end: u64 = 2n;
  while (end < file.length && end < LINE_BYTES && at(file, end) !== 10) end += 1n;
  if (end === LINE_BYTES) return ScriptError.TooLong;
  const text = trim(stringOf(file.data.add(2n), end - 2n));
  const cut = wordEnd(text);
  line.interpreter = text.slice(0, cut);
  line.argument = trim(text.slice(cut, text.length));
  if (text.length === 0) return ScriptError.NoInterpreter;
  return text.byteAt(text.length - 1) === 13 ? ScriptError.CarriageReturn : ScriptError.None;
}

/** The program that "env NAME" starts; "": it is another use of env. */
export function scriptEnvName(line: ScriptLine): string {
  const argument = line.argument;
  const interpreter = line.interpreter;
  const isEnv = interpreter.length >= 4 && interpreter.slice(interpreter.length - 4, interpreter.length) === "/env";
  if (!isEnv || argument.length === 0 || argument.byteAt(0) === 45) return "";
  for (let i: u32 = 0; i < argument.length; i += 1) {
    const byte = argument.byteAt(i);
    if (byte === 61 || byte === 32 || byte === 9) return "";
  }
  return argument;
}

function trim(text: string): string {
  let start: u32 = 0;
  let end = text.length;
  while (start < end && isBlank(text.byteAt(start))) start += 1;
  while (end > start && isBlank(text.byteAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function wordEnd(text: string): u32 {
  let end: u32 = 0;
  while (end < text.length && !isBlank(text.byteAt(end))) end += 1;
  return end;
}

function isBlank(byte: u8): bool {
  return byte === 32 || byte === 9;
}
