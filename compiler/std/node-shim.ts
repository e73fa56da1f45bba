/**
 * Lets a program of the application profile run under Node: `node --import tsx --import ./compiler/std/node-shim.ts program.ts`.
 *
 * The conversions u32(x), u64(x), ... become global functions with the meaning that the compiler gives them: from a fraction they
 * truncate and saturate, from an integer they keep the low bits. Arithmetic on flavoured integers does not wrap under Node: a
 * program that relies on wrapping gives other results there.
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

export {};
