/// <reference path="core.d.ts" />
/**
 * The prelude of the bare profile: everything that a file without a JavaScript engine can name.
 *
 * Stock `tsc` checks every bare file under `noLib` with this file and `core.d.ts` alone, so `Map`, `Promise` or the DOM do not
 * exist there.
 */

/** Bytes of UTF-8 in static or caller-owned memory: a pointer and a length, passed by value. */
interface String {
  readonly length: u32;
  /** The byte at `index` (0 <= index < length). */
  byteAt(index: u32): u8;
  /** Bytes `[start, end)`, sharing memory. */
  slice(start: u32, end: u32): string;
  /** The first byte; literals are also NUL-terminated. */
  readonly data: Ptr<u8>;
}
interface Array<T> extends Iterable<T> {
  readonly length: u32;
  [index: number]: T;
}
interface ReadonlyArray<T> extends Iterable<T> {
  readonly length: u32;
  readonly [index: number]: T;
}
