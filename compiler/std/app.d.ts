/// <reference path="core.d.ts" />
/**
 * The application profile: the bare language plus what a TypeScript program expects, without a garbage collector. Strings,
 * arrays, maps and objects made by `new` live in an arena until the program ends.
 *
 * Meaning is JavaScript's (ECMA-262): strings are sequences of UTF-16 code units, `number` is f64 and prints as JavaScript prints
 * it, sorting is stable. Functions still do not capture variables. What is not declared here does not exist.
 */

interface String extends Iterable<string> {
  readonly length: number;
  readonly [index: number]: string;
  at(index: number): string | undefined;
  charAt(index: number): string;
  charCodeAt(index: number): number;
  codePointAt(index: number): number;
  concat(other: string): string;
  endsWith(text: string): boolean;
  includes(text: string): boolean;
  indexOf(text: string, from?: number): number;
  lastIndexOf(text: string): number;
  padEnd(width: number, fill?: string): string;
  padStart(width: number, fill?: string): string;
  repeat(count: number): string;
  replace(text: string, by: string): string;
  replaceAll(text: string, by: string): string;
  slice(start?: number, end?: number): string;
  split(separator: string): string[];
  startsWith(text: string): boolean;
  substring(start: number, end?: number): string;
  toLowerCase(): string;
  toUpperCase(): string;
  trim(): string;
  trimEnd(): string;
  trimStart(): string;
  toString(): string;
}
interface StringConstructor {
  fromCharCode(...codes: number[]): string;
  (value: number | bigint | boolean | string): string;
}
declare const String: StringConstructor;

interface Number {
  toFixed(digits?: number): string;
  toString(radix?: number): string;
}
interface BigInt {
  toString(radix?: number): string;
}
interface NumberConstructor {
  (value: number | bigint | string | boolean): number;
  readonly EPSILON: number;
  readonly MAX_SAFE_INTEGER: number;
  readonly MIN_SAFE_INTEGER: number;
  readonly MAX_VALUE: number;
  readonly MIN_VALUE: number;
  readonly POSITIVE_INFINITY: number;
  readonly NEGATIVE_INFINITY: number;
  readonly NaN: number;
  isFinite(value: number): boolean;
  isInteger(value: number): boolean;
  isNaN(value: number): boolean;
  isSafeInteger(value: number): boolean;
  parseFloat(text: string): number;
  parseInt(text: string, radix?: number): number;
}
declare const Number: NumberConstructor;
declare const NaN: number;
declare const Infinity: number;
declare function parseInt(text: string, radix?: number): number;
declare function parseFloat(text: string): number;
declare function isNaN(value: number): boolean;
declare function isFinite(value: number): boolean;

interface Array<T> extends Iterable<T> {
  length: number;
  [index: number]: T;
  at(index: number): T | undefined;
  concat(other: readonly T[]): T[];
  every(test: (value: T, index: number) => boolean): boolean;
  fill(value: T, start?: number, end?: number): T[];
  filter(test: (value: T, index: number) => boolean): T[];
  find(test: (value: T, index: number) => boolean): T | undefined;
  findIndex(test: (value: T, index: number) => boolean): number;
  forEach(action: (value: T, index: number) => void): void;
  includes(value: T): boolean;
  indexOf(value: T): number;
  join(separator?: string): string;
  lastIndexOf(value: T): number;
  map<U>(f: (value: T, index: number) => U): U[];
  pop(): T | undefined;
  push(value: T): number;
  reduce<U>(f: (accumulator: U, value: T, index: number) => U, initial: U): U;
  reverse(): T[];
  shift(): T | undefined;
  slice(start?: number, end?: number): T[];
  some(test: (value: T, index: number) => boolean): boolean;
  sort(compare: (a: T, b: T) => number): T[];
  splice(start: number, deleteCount: number): T[];
  unshift(value: T): number;
}
interface ReadonlyArray<T> extends Iterable<T> {
  readonly length: number;
  readonly [index: number]: T;
  at(index: number): T | undefined;
  includes(value: T): boolean;
  indexOf(value: T): number;
  join(separator?: string): string;
  map<U>(f: (value: T, index: number) => U): U[];
  slice(start?: number, end?: number): T[];
}
interface ArrayConstructor {
  new <T>(length?: number): T[];
}
declare const Array: ArrayConstructor;

interface Map<K, V> {
  readonly size: number;
  clear(): void;
  delete(key: K): boolean;
  forEach(action: (value: V, key: K) => void): void;
  get(key: K): V | undefined;
  has(key: K): boolean;
  keys(): K[];
  set(key: K, value: V): Map<K, V>;
  values(): V[];
}
interface MapConstructor {
  new <K, V>(): Map<K, V>;
}
declare const Map: MapConstructor;
interface Set<T> {
  readonly size: number;
  add(value: T): Set<T>;
  clear(): void;
  delete(value: T): boolean;
  has(value: T): boolean;
  values(): T[];
}
interface SetConstructor {
  new <T>(): Set<T>;
}
declare const Set: SetConstructor;

/** A fixed number of elements in the arena; reads out of range give `undefined` in JavaScript and end the program here. */
interface TypedArray<E> extends Iterable<E> {
  readonly length: number;
  readonly byteLength: number;
  [index: number]: E;
  fill(value: E, start?: number, end?: number): this;
  set(source: TypedArray<E> | readonly E[], offset?: number): void;
  subarray(start?: number, end?: number): this;
  slice(start?: number, end?: number): this;
}
interface Uint8Array extends TypedArray<number> {}
interface Int8Array extends TypedArray<number> {}
interface Uint16Array extends TypedArray<number> {}
interface Int16Array extends TypedArray<number> {}
interface Uint32Array extends TypedArray<number> {}
interface Int32Array extends TypedArray<number> {}
interface Float32Array extends TypedArray<number> {}
interface Float64Array extends TypedArray<number> {}
interface BigInt64Array extends TypedArray<bigint> {}
interface BigUint64Array extends TypedArray<bigint> {}
interface TypedArrayConstructor<A> {
  new (length: number): A;
  /** A view of the buffer's bytes from `byteOffset` on, which is a multiple of the size of an element. */
  new (buffer: SharedArrayBuffer, byteOffset?: number, length?: number): A;
  readonly BYTES_PER_ELEMENT: number;
}
declare const Uint8Array: TypedArrayConstructor<Uint8Array>;
declare const Int8Array: TypedArrayConstructor<Int8Array>;
declare const Uint16Array: TypedArrayConstructor<Uint16Array>;
declare const Int16Array: TypedArrayConstructor<Int16Array>;
declare const Uint32Array: TypedArrayConstructor<Uint32Array>;
declare const Int32Array: TypedArrayConstructor<Int32Array>;
declare const Float32Array: TypedArrayConstructor<Float32Array>;
declare const Float64Array: TypedArrayConstructor<Float64Array>;
declare const BigInt64Array: TypedArrayConstructor<BigInt64Array>;
declare const BigUint64Array: TypedArrayConstructor<BigUint64Array>;

/** Bytes that several typed arrays and threads share. */
interface SharedArrayBuffer {
  readonly byteLength: number;
}
interface SharedArrayBufferConstructor {
  new (byteLength: number): SharedArrayBuffer;
}
declare const SharedArrayBuffer: SharedArrayBufferConstructor;

interface Math {
  readonly E: number;
  readonly LN10: number;
  readonly LN2: number;
  readonly LOG10E: number;
  readonly LOG2E: number;
  readonly PI: number;
  readonly SQRT1_2: number;
  readonly SQRT2: number;
  abs(x: number): number;
  acos(x: number): number;
  asin(x: number): number;
  atan(x: number): number;
  atan2(y: number, x: number): number;
  cbrt(x: number): number;
  ceil(x: number): number;
  clz32(x: number): number;
  cos(x: number): number;
  cosh(x: number): number;
  exp(x: number): number;
  floor(x: number): number;
  fround(x: number): number;
  hypot(x: number, y: number): number;
  imul(x: number, y: number): number;
  log(x: number): number;
  log10(x: number): number;
  log2(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  pow(x: number, y: number): number;
  random(): number;
  round(x: number): number;
  sign(x: number): number;
  sin(x: number): number;
  sinh(x: number): number;
  sqrt(x: number): number;
  tan(x: number): number;
  tanh(x: number): number;
  trunc(x: number): number;
}
declare const Math: Math;

/** What console.log prints of a value: numbers, strings, booleans, bigints, and arrays of them, as Node prints them. */
type Printable =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | readonly (number | bigint | string | boolean)[];
interface Console {
  log(...values: Printable[]): void;
  error(...values: Printable[]): void;
}
declare const console: Console;

interface Environment {
  readonly [name: string]: string | undefined;
}
interface Process {
  /** As in Node: the executable, the program (here the same path again), then the arguments from index 2. */
  readonly argv: readonly string[];
  readonly env: Environment;
  exitCode: number;
  exit(status?: number): never;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly hrtime: { bigint(): u64 };
}
declare const process: Process;

interface Date {}
interface DateConstructor {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
}
declare const Date: DateConstructor;
interface Performance {
  /** Milliseconds since the program started, with fractions. */
  now(): number;
}
declare const performance: Performance;

// --- Threads ----------------------------------------------------------------------------------------------------------------

type AtomicNumbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;
type AtomicBigInts = BigInt64Array | BigUint64Array;
/** Sequentially consistent operations on elements of integer arrays; those that change an element give its old value. */
interface Atomics {
  add(array: AtomicNumbers, index: number, value: number): number;
  add(array: AtomicBigInts, index: number, value: bigint): bigint;
  and(array: AtomicNumbers, index: number, value: number): number;
  and(array: AtomicBigInts, index: number, value: bigint): bigint;
  compareExchange(array: AtomicNumbers, index: number, expected: number, replacement: number): number;
  compareExchange(array: AtomicBigInts, index: number, expected: bigint, replacement: bigint): bigint;
  exchange(array: AtomicNumbers, index: number, value: number): number;
  exchange(array: AtomicBigInts, index: number, value: bigint): bigint;
  load(array: AtomicNumbers, index: number): number;
  load(array: AtomicBigInts, index: number): bigint;
  /** Wakes up to `count` threads (all, by default) that wait for the element; how many there were. */
  notify(array: Int32Array, index: number, count?: number): number;
  or(array: AtomicNumbers, index: number, value: number): number;
  or(array: AtomicBigInts, index: number, value: bigint): bigint;
  store(array: AtomicNumbers, index: number, value: number): void;
  store(array: AtomicBigInts, index: number, value: bigint): void;
  sub(array: AtomicNumbers, index: number, value: number): number;
  sub(array: AtomicBigInts, index: number, value: bigint): bigint;
  /** Sleeps while the element is `value`, until `notify` or for `timeout` milliseconds. */
  wait(array: Int32Array, index: number, value: number, timeout?: number): "ok" | "not-equal" | "timed-out";
  xor(array: AtomicNumbers, index: number, value: number): number;
  xor(array: AtomicBigInts, index: number, value: bigint): bigint;
}
declare const Atomics: Atomics;

interface Navigator {
  /** The number of processors that the program may run on. */
  readonly hardwareConcurrency: number;
}
declare const navigator: Navigator;

interface Thread<R> {
  /** Waits for the thread's end; what its function returned. */
  join(): R;
}
/** Runs `body` in a new thread. The argument is shared, not copied. */
declare function spawn<R>(body: () => R): Thread<R>;
declare function spawn<A, R>(body: (argument: A) => R, argument: A): Thread<R>;

/**
 * Calls `body` for every whole number from `start` to `end` (without `end`), in several threads and in no particular order; returns
 * when all calls have. `data` is what the calls share.
 */
declare function parallelFor(start: number, end: number, body: (index: number) => void): void;
declare function parallelFor<T>(start: number, end: number, body: (index: number, data: T) => void, data: T): void;
/** The same with ranges `[from, to)` that make up the whole: for loops whose single iterations take next to no time. */
declare function parallelRanges(start: number, end: number, body: (from: number, to: number) => void): void;
declare function parallelRanges<T>(
  start: number,
  end: number,
  body: (from: number, to: number, data: T) => void,
  data: T,
): void;
/** How many threads share the parallel loops from now on: at first BTS_THREADS, or `navigator.hardwareConcurrency`. */
declare function setParallelism(threads: number): void;

/** Lets one thread at a time go on from `lock()` to `unlock()`. */
interface Mutex {
  lock(): void;
  unlock(): void;
}
interface MutexConstructor {
  new (): Mutex;
}
declare const Mutex: MutexConstructor;
