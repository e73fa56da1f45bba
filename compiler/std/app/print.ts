/**
 * console.log: one line at a time in the thread's buffer, written with one system call. Arrays print as Node's util.inspect prints them
 * (six elements or less in a line, more in columns; see inspect.ts).
 */
import { allocate } from "./arena.ts";
import { type Lock, lockAcquire, lockRelease } from "./lock.ts";
import { numberText, signedText, unsignedText } from "./numbers.ts";
import { writeAll } from "./system.ts";
import { encodeUtf8, MAX_UTF8_PER_UNIT } from "./utf8.ts";

const FIRST_CAPACITY: u64 = 4096n;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/** @threadlocal */
let data: Ptr<u8> | null = null;
/** @threadlocal */
let length: u64 = 0n;
/** @threadlocal */
let capacity: u64 = 0n;

/** Held while a line is written: a pipe may take a long one in pieces. */
const output: Lock = zeroed();

/** Where `count` more bytes go. */
function room(count: u64): Ptr<u8> {
  const current = data;
  if (current !== null && capacity - length >= count) return current.add(length);
  let wanted: u64 = capacity === 0n ? FIRST_CAPACITY : capacity * 2n;
  if (wanted < length + count) wanted = length + count;
  const larger = allocate<u8>(wanted);
  // SAFETY: the new buffer holds more than the old one's `length` bytes.
  if (current !== null) copyBytes(larger, current, length);
  data = larger;
  capacity = wanted;
  return larger.add(length);
}

export function printText(text: string): void {
  length = length + encodeUtf8(room(unitsOf(text).length * MAX_UTF8_PER_UNIT), text);
}

export function printSpace(): void {
  room(1n).value = 32;
  length++;
}

/** Alone on a line, -0 keeps its sign. */
export function shownNumber(value: f64): string {
  return bitsOfF64(value) === 0x8000_0000_0000_0000n ? "-0" : numberText(value);
}

export function printNumber(value: f64): void {
  printText(shownNumber(value));
}

export function printSigned(value: i64): void {
  printText(signedText(value));
  printText("n");
}

export function printUnsigned(value: u64): void {
  printText(unsignedText(value));
  printText("n");
}

function finish(fd: u32): void {
  const line = room(1n);
  line.value = 10;
  length++;
  const written: u64 = length;
  length = 0n;
  const first = data;
  // A reader that has gone ends the program by SIGPIPE; other failures of the terminal concern nobody here.
  if (first === null) return;
  lockAcquire(output);
  void writeAll(fd, first, written);
  lockRelease(output);
}

export function printLine(): void {
  finish(STDOUT);
}

export function printErrorLine(): void {
  finish(STDERR);
}

/** Whether the text holds %s, %d or another directive that console.log would expand. */
export function hasFormat(text: string): bool {
  const units = unitsOf(text);
  for (let i: u64 = 1n; i < units.length; i++) {
    if (at(units, i - 1n) !== 0x25) continue;
    const c: u16 = at(units, i);
    if (
      c === 0x73 ||
      c === 0x64 ||
      c === 0x69 ||
      c === 0x66 ||
      c === 0x6a ||
      c === 0x6f ||
      c === 0x4f ||
      c === 0x63 ||
      c === 0x25
    )
      return true;
  }
  return false;
}
