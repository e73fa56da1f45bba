/**
 * The first line of a script, `#!INTERPRETER [ARGUMENT]`, read as Linux reads it (fs/binfmt_script.c): blanks around both are no part of
 * them, and everything behind the interpreter is one argument. Of a line that is longer than what is looked at, the end of the argument is
 * lost; an interpreter whose end is not seen is none.
 *
 * Pure.
 */

/** BINPRM_BUF_SIZE: so much of the file is looked at; zeros behind a shorter one. */
export const SCRIPT_LINE_BYTES = 256;

export class ScriptLine {
  interpreter!: string;
  /** "": none. */
  argument!: string;
}

const NUL = 0;
const NEWLINE = 10;
/** The last byte is never part of a text. */
const LAST: u64 = 255n;

/** Views of `file`, which has SCRIPT_LINE_BYTES bytes; false: it is no script. */
export function scriptLine(file: Slice<u8>, line: ScriptLine): bool {
  zero(line);
  if (at(file, 0n) !== 35 || at(file, 1n) !== 33) {
    return false;
  }
  const name = skipBlanks(file, 2n, LAST);
  let end = lineEnd(file);
  if (end > LAST) {
    // The line goes on behind what is seen, or the file ends without a newline.
    if (wordEnd(file, name, LAST + 1n) > LAST) {
      return false;
    }
    end = LAST;
  }
  while (isBlank(at(file, end - 1n))) {
    end -= 1n;
  }
  if (name >= end) {
    return false;
  }
  const nameEnd = wordEnd(file, name, end);
  line.interpreter = textOf(file, name, nameEnd);
  if (nameEnd < end && at(file, nameEnd) !== NUL) {
    const argument = skipBlanks(file, nameEnd, end);
    line.argument = textOf(file, argument, stringEnd(file, argument, end));
  }
  return line.interpreter.length > 0;
}

/** The newline's place; behind LAST: none before a NUL. */
function lineEnd(file: Slice<u8>): u64 {
  for (let i: u64 = 0n; i <= LAST && at(file, i) !== NUL; i++) {
    if (at(file, i) === NEWLINE) {
      return i;
    }
  }
  return LAST + 1n;
}

function skipBlanks(file: Slice<u8>, from: u64, end: u64): u64 {
  let place = from;
  while (place < end && isBlank(at(file, place))) {
    place += 1n;
  }
  return place;
}

/** Where a blank or a NUL ends what begins at `from`; `end`: nowhere before. */
function wordEnd(file: Slice<u8>, from: u64, end: u64): u64 {
  let place = from;
  while (place < end && !isBlank(at(file, place)) && at(file, place) !== NUL) {
    place += 1n;
  }
  return place;
}

function stringEnd(file: Slice<u8>, from: u64, end: u64): u64 {
  let place = from;
  while (place < end && at(file, place) !== NUL) {
    place += 1n;
  }
  return place;
}

function textOf(file: Slice<u8>, from: u64, end: u64): string {
  return stringOf(file.data.add(from), end - from);
}

function isBlank(byte: u8): bool {
  return byte === 32 || byte === 9;
}
