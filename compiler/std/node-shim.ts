/**
 * Lets a program of the application profile run under Node: `node --import tsx --import ./compiler/std/node-shim.ts program.ts`.
 *
 * The conversions u32(x), u64(x), ... become global functions with the meaning that the compiler gives them: from a fraction they
 * truncate and saturate, from an integer they keep the low bits. Arithmetic on flavoured integers does not wrap under Node: a
 * program that relies on wrapping gives other results there.
 *
 * Threads run one after the other: what `spawn` starts has ended when it returns, and parallel loops are ordinary loops. So a program
 * whose result does not depend on which thread is faster prints the same; one whose threads wait for each other never ends.
 */

interface Shape {
  readonly name: string;
  readonly bits: number;
  readonly signed: boolean;
  readonly big: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: "u8", bits: 8, signed: false, big: false },
  { name: "u16", bits: 16, signed: false, big: false },
  { name: "u32", bits: 32, signed: false, big: false },
  { name: "i8", bits: 8, signed: true, big: false },
  { name: "i16", bits: 16, signed: true, big: false },
  { name: "i32", bits: 32, signed: true, big: false },
  { name: "u64", bits: 64, signed: false, big: true },
  { name: "i64", bits: 64, signed: true, big: true },
  { name: "usize", bits: 64, signed: false, big: true },
  { name: "isize", bits: 64, signed: true, big: true },
];

const wrap = (shape: Shape, value: bigint): bigint =>
  shape.signed ? BigInt.asIntN(shape.bits, value) : BigInt.asUintN(shape.bits, value);

function convert(shape: Shape, value: number | bigint | boolean): number | bigint {
  const min = shape.signed ? -(1n << BigInt(shape.bits - 1)) : 0n;
  const max = (1n << BigInt(shape.signed ? shape.bits - 1 : shape.bits)) - 1n;
  let whole: bigint;
  if (typeof value !== "number") whole = wrap(shape, BigInt(value));
  else if (Number.isNaN(value)) whole = 0n;
  else if (!Number.isFinite(value)) whole = value > 0 ? max : min;
  else {
    whole = BigInt(Math.trunc(value));
    whole = whole < min ? min : whole > max ? max : whole;
  }
  return shape.big ? whole : Number(whole);
}

for (const shape of SHAPES) {
  const f = (value: number | bigint | boolean): number | bigint => convert(shape, value);
  const low = shape.signed ? -(1n << BigInt(shape.bits - 1)) : 0n;
  const high = (1n << BigInt(shape.signed ? shape.bits - 1 : shape.bits)) - 1n;
  const exact = (value: bigint): number | bigint => (shape.big ? value : Number(value));
  Object.assign(f, {
    wrap: (value: number | bigint) => exact(wrap(shape, BigInt(value))),
    MIN: exact(low),
    MAX: exact(high),
  });
  (globalThis as Record<string, unknown>)[shape.name] = f;
}
Object.assign(globalThis, { f64: Number, f32: (value: number | bigint) => Math.fround(Number(value)) });

// --- Threads ----------------------------------------------------------------------------------------------------------------

const MAX_THREADS = 1024;

function range(start: number, end: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end))
    throw new RangeError("a parallel loop goes from a whole number to a whole number");
}

class Mutex {
  private isHeld = false;
  lock(): void {
    if (this.isHeld) throw new Error("the thread holds this mutex already");
    this.isHeld = true;
  }
  unlock(): void {
    if (!this.isHeld) throw new Error("the thread does not hold this mutex");
    this.isHeld = false;
  }
}

Object.assign(globalThis, {
  Mutex,
  spawn: <A, R>(body: (argument: A) => R, argument: A) => {
    const result = body(argument);
    return { join: () => result };
  },
  parallelFor: <T>(start: number, end: number, body: (index: number, data: T) => void, data: T) => {
    range(start, end);
    for (let i = start; i < end; i++) body(i, data);
  },
  parallelRanges: <T>(start: number, end: number, body: (from: number, to: number, data: T) => void, data: T) => {
    range(start, end);
    if (start < end) body(start, end, data);
  },
  setParallelism: (threads: number) => {
    if (!(threads >= 1 && threads <= MAX_THREADS))
      throw new RangeError("the number of threads lies between 1 and 1024");
  },
});
if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: { hardwareConcurrency: 1 } });

export {};
