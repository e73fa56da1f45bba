/**
 * The home folder of who started the program: where HOME says, an empty directory in the guest's memory unless a mount is there. Prompts keep
 * their history in it, shells go there, and /etc/passwd names it. What is written to it ends with the guest.
 */

import { programArgumentCount, programEnvironmentCount, programStrings } from "../program.ts";

const VARIABLE = "HOME=";
const MOST_BYTES: u32 = 1024;
const SLASH: u8 = 47;
const COLON: u8 = 58;
const SPACE: u8 = 32;
const DOT: u8 = 46;

/** An absolute path that /etc/passwd can name, or "". */
export function homePath(): string {
  const value = homeVariable();
  if (value.length < 2 || value.length > MOST_BYTES || value.byteAt(0) !== SLASH) {
    return "";
  }
  for (let i: u32 = 0; i < value.length; i++) {
    const isDots = i > 0 && value.byteAt(i) === DOT && value.byteAt(i - 1) === SLASH;
    if (value.byteAt(i) === COLON || value.byteAt(i) < SPACE || (isDots && isDotName(value, i))) {
      return "";
    }
  }
  return isBelow(value, "/proc") || isBelow(value, "/sys") || isBelow(value, "/dev") ? "" : value;
}

/** "." or "..": the path is another one than it looks. */
function isDotName(path: string, start: u32): bool {
  const end = start + 1 < path.length && path.byteAt(start + 1) === DOT ? start + 2 : start + 1;
  return end === path.length || path.byteAt(end) === SLASH;
}

/** Whether `path` is `directory` or lies below it. */
export function isBelow(path: string, directory: string): bool {
  const isLonger = path.length > directory.length && path.byteAt(directory.length) === SLASH;
  return path === directory || (isLonger && path.slice(0, directory.length) === directory);
}

function homeVariable(): string {
  const strings = programStrings();
  const first = programArgumentCount();
  const count = first + programEnvironmentCount();
  let start: u64 = 0n;
  for (let i: u32 = 0; i < count; i++) {
    let end = start;
    while (at(strings, end) !== 0) {
      end++;
    }
    const text = stringOf(strings.data.add(start), end - start);
    if (i >= first && text.length > VARIABLE.length && text.slice(0, VARIABLE.length) === VARIABLE) {
      return text.slice(VARIABLE.length, text.length);
    }
    start = end + 1n;
  }
  return "";
}
