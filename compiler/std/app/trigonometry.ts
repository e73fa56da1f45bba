/**
 * sin, cos, tan and their inverses (ECMA-262 21.3.2), below one unit in the last place for sin and cos, two for the others.
 *
 * Arguments are reduced to [-pi/4, pi/4] by subtracting multiples of pi/2 in three parts (Cody and Waite), beyond 2^19 by
 * multiplying with the bits of 2/pi that matter (Payne and Hanek 1983), so sin(1e300) is right too.
 */
import { DoubleDouble, divideDoubleDouble, exactSum } from "./double-double.ts";
import { absolute, copySign, floor, isInfinite, isNegative, isNotANumber, notANumber } from "./float-parts.ts";

const TWO_OVER_PI: f64 = 0.6366197723675814;
/** pi/2 in parts of 33 bits; the last is rounded. */
const PI_HALF_1: f64 = 1.5707963267341256;
const PI_HALF_2: f64 = 6.077100506303966e-11;
const PI_HALF_3: f64 = 2.0222662487111665e-21;
const PI_HALF_4: f64 = 8.4784276603689e-32;
const PI_HALF: f64 = 1.5707963267948966;
const PI_HALF_LOW: f64 = 6.123233995736766e-17;
const PI: f64 = 3.141592653589793;
const PI_LOW: f64 = 1.2246467991473532e-16;
const SMALL_LIMIT: f64 = 524_288.0;

/** The bits of 2/pi behind the point, 32 a word. */
const TWO_OVER_PI_BITS: FixedArray<u32, 40> = fixedArray(
  0xa2f9836e,
  0x4e441529,
  0xfc2757d1,
  0xf534ddc0,
  0xdb629599,
  0x3c439041,
  0xfe5163ab,
  0xdebbc561,
  0xb7246e3a,
  0x424dd2e0,
  0x6492eea,
  0x9d1921c,
  0xfe1deb1c,
  0xb129a73e,
  0xe88235f5,
  0x2ebb4484,
  0xe99c7026,
  0xb45f7e41,
  0x3991d639,
  0x835339f4,
  0x9c845f8b,
  0xbdf9283b,
  0x1ff897ff,
  0xde05980f,
  0xef2f118b,
  0x5a0a6d1f,
  0x6d367ecf,
  0x27cb09b7,
  0x4f463f66,
  0x9e5fea2d,
  0x7527bac7,
  0xebe5f17b,
  0x3d0739f7,
  0x8a5292ea,
  0x6bfb5fb1,
  0x1f8d5d08,
  0x56033046,
  0xfc7b6bab,
  0xf0cfbc20,
  0x9af4361d,
);

/** 64 bits of 2/pi from bit `start` behind the point (0: weight 1/2); bits in front of the point are 0. */
function twoOverPiBits(start: i32): u64 {
  let result: u64 = 0n;
  let position: i32 = start;
  for (let i: u32 = 0; i < 3; i++) {
    const word: i32 = position >> 5;
    const value: u64 = word >= 0 && word < 40 ? u64(TWO_OVER_PI_BITS[u32(word)]) : 0n;
    const shift: i32 = 64 - 32 - (position - start) + (position & 31);
    if (shift >= 32) result |= (value << u64(shift - 32)) << 32n;
    else if (shift >= 0) result |= value << u64(shift);
    else result |= value >> u64(-shift);
    position += 32 - (position & 31);
    if (position - start >= 64) break;
  }
  return result;
}

/** Reduces x >= 2^19 by exact arithmetic modulo 4 quarter turns; returns the quadrant. */
function reduceLarge(out: DoubleDouble, x: f64): u32 {
  const bits: u64 = bitsOfF64(x);
  const exponent: i32 = i32((bits >> 52n) & 0x7ffn) - 1075;
  const significand: u64 = (bits & 0xf_ffff_ffff_ffffn) | 0x10_0000_0000_0000n;
  // x * 2/pi = significand * (2/pi * 2^exponent). Bits of 2/pi of weight >= 4 / 2^exponent contribute multiples of 4.
  const start: i32 = exponent - 2;
  const a: u64 = twoOverPiBits(start);
  const b: u64 = twoOverPiBits(start + 64);
  const c: u64 = twoOverPiBits(start + 128);
  // 192-bit window W = a:b:c with its point 2 bits from the top; product modulo 2^192.
  const low: u64 = significand * c;
  const lowHigh: u64 = mulHigh(significand, c);
  const middle: u64 = significand * b + lowHigh;
  const carry: u64 = middle < lowHigh ? 1n : 0n;
  const high: u64 = significand * a + mulHigh(significand, b) + carry;
  let quadrant: u32 = u32(high >> 62n);
  // The fraction of a quarter turn as a signed number of 126 bits, nearest to zero.
  let fractionHigh: u64 = (high << 2n) | (middle >> 62n);
  let fractionLow: u64 = (middle << 2n) | (low >> 62n);
  const negative: bool = fractionHigh >= 0x8000_0000_0000_0000n;
  if (negative) {
    quadrant = (quadrant + 1) & 3;
    fractionLow = ~fractionLow + 1n;
    fractionHigh = ~fractionHigh + (fractionLow === 0n ? 1n : 0n);
  }
  const scale: f64 = 5.421010862427522e-20; // 2^-64
  const f = new DoubleDouble();
  exactSum(
    f,
    f64(fractionHigh & 0xffff_ffff_ffff_f800n) * scale,
    f64(((fractionHigh & 0x7ffn) << 53n) | (fractionLow >> 11n)) * (scale * scale * 2048.0),
  );
  const product: f64 = f.high * PI_HALF;
  const correction: f64 = fusedResidue(f.high, PI_HALF, product) + f.high * PI_HALF_LOW + f.low * PI_HALF;
  exactSum(out, product, correction);
  if (negative) {
    out.high = -out.high;
    out.low = -out.low;
  }
  return quadrant;
}

/** a * b - product, exactly, for a product rounded from a * b (Dekker). */
function fusedResidue(a: f64, b: f64, product: f64): f64 {
  const aScaled: f64 = a * 134_217_729.0;
  const aHigh: f64 = aScaled - (aScaled - a);
  const aLow: f64 = a - aHigh;
  const bScaled: f64 = b * 134_217_729.0;
  const bHigh: f64 = bScaled - (bScaled - b);
  const bLow: f64 = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** out = x minus the nearest multiple of pi/2, |out| <= pi/4; returns which multiple, modulo 4. x is finite. */
function reduce(out: DoubleDouble, x: f64): u32 {
  const magnitude: f64 = absolute(x);
  let quadrant: u32 = 0;
  if (magnitude < SMALL_LIMIT) {
    const n: f64 = floor(magnitude * TWO_OVER_PI + 0.5);
    const first: f64 = magnitude - n * PI_HALF_1;
    exactSum(out, first, -(n * PI_HALF_2));
    const rest = new DoubleDouble();
    exactSum(rest, out.high, out.low - n * PI_HALF_3 - n * PI_HALF_4);
    copy(out, rest);
    quadrant = u32(i64(n) & 3n);
  } else {
    quadrant = reduceLarge(out, magnitude);
  }
  if (!isNegative(x)) return quadrant;
  out.high = -out.high;
  out.low = -out.low;
  return (4 - quadrant) & 3;
}

/** sin(r + low) for |r| <= pi/4. */
function sinKernel(r: f64, low: f64): f64 {
  const z: f64 = r * r;
  // (sin r - r) / r by Horner: -z/3! (1 - z/(4*5) (1 - ...)).
  let sum: f64 = 0.0;
  for (let n: i32 = 9; n >= 1; n--) sum = (-z * (1.0 + sum)) / f64(2 * n * (2 * n + 1));
  return r + (r * sum + low * (1.0 - 0.5 * z));
}

/** cos(r + low) for |r| <= pi/4. */
function cosKernel(r: f64, low: f64): f64 {
  const z: f64 = r * r;
  // cos r = 1 - z/2 + z^2 * tail(z), tail by Horner from 1/18! down to 1/4!.
  let tail: f64 = 0.0;
  for (let n: i32 = 9; n >= 2; n--) tail = (1.0 - z * tail) / f64(2 * n * (2 * n - 1));
  const half: f64 = 0.5 * z;
  const main: f64 = 1.0 - half;
  return main + (1.0 - main - half + (z * z * tail * 0.5 - r * low));
}

/** The two kernels as sums of two doubles, for quotients. */
function sinParts(out: DoubleDouble, r: f64, low: f64): void {
  const z: f64 = r * r;
  let sum: f64 = 0.0;
  for (let n: i32 = 9; n >= 1; n--) sum = (-z * (1.0 + sum)) / f64(2 * n * (2 * n + 1));
  exactSum(out, r, r * sum + low * (1.0 - 0.5 * z));
}

function cosParts(out: DoubleDouble, r: f64, low: f64): void {
  const z: f64 = r * r;
  let tail: f64 = 0.0;
  for (let n: i32 = 9; n >= 2; n--) tail = (1.0 - z * tail) / f64(2 * n * (2 * n - 1));
  exactSum(out, 1.0, -0.5 * z);
  // The square's own rounding error counts here.
  exactSum(out, out.high, out.low + (z * z * tail * 0.5 - r * low - 0.5 * fusedResidue(r, r, z)));
}

function sinQuadrant(quadrant: u32, r: DoubleDouble): f64 {
  const value: f64 = (quadrant & 1) === 0 ? sinKernel(r.high, r.low) : cosKernel(r.high, r.low);
  return (quadrant & 2) === 0 ? value : -value;
}

export function sin(x: f64): f64 {
  if (isNotANumber(x) || isInfinite(x)) return notANumber();
  if (absolute(x) < 1e-8) return x;
  const r = new DoubleDouble();
  return sinQuadrant(reduce(r, x), r);
}

export function cos(x: f64): f64 {
  if (isNotANumber(x) || isInfinite(x)) return notANumber();
  const r = new DoubleDouble();
  return sinQuadrant((reduce(r, x) + 1) & 3, r);
}

export function tan(x: f64): f64 {
  if (isNotANumber(x) || isInfinite(x)) return notANumber();
  if (absolute(x) < 1e-8) return x;
  const r = new DoubleDouble();
  const odd: bool = (reduce(r, x) & 1) === 1;
  const sine = new DoubleDouble();
  const cosine = new DoubleDouble();
  sinParts(sine, r.high, r.low);
  cosParts(cosine, r.high, r.low);
  if (odd) {
    divideDoubleDouble(cosine, sine);
    return -(cosine.high + cosine.low);
  }
  divideDoubleDouble(sine, cosine);
  return sine.high + sine.low;
}

/** atan of |t| <= 7/16 by Taylor's series: t - t^3/3 + ... */
function atanSeries(t: f64): f64 {
  const z: f64 = t * t;
  let sum: f64 = 0.0;
  for (let n: i32 = 24; n >= 1; n--) sum = z * (1.0 / f64(2 * n + 1) - sum);
  return t * sum;
}

/** center + atan(t), where center is given in two parts. */
function aroundCenter(high: f64, low: f64, t: f64): f64 {
  return high - (atanSeries(t) - low - t);
}

function atanPositive(x: f64): f64 {
  if (x < 0.4375) return x - atanSeries(x);
  if (x < 0.6875) return aroundCenter(0.4636476090008061, 2.2698777452961687e-17, (2.0 * x - 1.0) / (2.0 + x));
  if (x < 1.1875) return aroundCenter(0.7853981633974483, 3.061616997868383e-17, (x - 1.0) / (x + 1.0));
  if (x < 2.4375) return aroundCenter(0.982793723247329, 1.3903311031230998e-17, (x - 1.5) / (1.0 + 1.5 * x));
  return aroundCenter(PI_HALF, PI_HALF_LOW, -1.0 / x);
}

export function atan(x: f64): f64 {
  if (isNotANumber(x) || x === 0.0) return x;
  return copySign(atanPositive(absolute(x)), x);
}

export function atan2(y: f64, x: f64): f64 {
  if (isNotANumber(x) || isNotANumber(y)) return notANumber();
  if (y === 0.0) return isNegative(x) ? copySign(PI, y) : y;
  if (x === 0.0) return copySign(PI_HALF, y);
  if (isInfinite(x) && isInfinite(y)) return copySign(isNegative(x) ? 2.356194490192345 : 0.7853981633974483, y);
  const angle: f64 = isInfinite(y) ? PI_HALF : isInfinite(x) ? 0.0 : atanPositive(absolute(y / x));
  return copySign(isNegative(x) ? PI - (angle - PI_LOW) : angle, y);
}

/** (asin x - x) / x for |x| <= 1/2: the sum of z^n (1/2)(3/4)...((2n-1)/2n) / (2n+1). */
function asinTail(x: f64): f64 {
  const z: f64 = x * x;
  let sum: f64 = 0.0;
  for (let n: i32 = 26; n >= 1; n--) {
    // One step of Horner's scheme on z (1/2) (1/3 + z (3/4) (1/5 + ...)).
    sum = (z * f64(2 * n - 1) * (1.0 / f64(2 * n + 1) + sum)) / f64(2 * n);
  }
  return sum;
}

/** asin(s) - s for s = sqrt(z), 0 <= z <= 1/4, with the rounding error of the square root. */
function asinRootTail(s: f64, z: f64): f64 {
  if (s === 0.0) return 0.0;
  return s * asinTail(s) - fusedResidue(s, s, z) / (2.0 * s);
}

export function asin(x: f64): f64 {
  const magnitude: f64 = absolute(x);
  if (!(magnitude <= 1.0)) return notANumber();
  if (magnitude < 1e-9) return x;
  if (magnitude <= 0.5) return x + x * asinTail(x);
  const z: f64 = (1.0 - magnitude) * 0.5;
  const s: f64 = squareRoot(z);
  const sum = new DoubleDouble();
  exactSum(sum, PI_HALF, -2.0 * s);
  return copySign(sum.high + (sum.low + (PI_HALF_LOW - 2.0 * asinRootTail(s, z))), x);
}

export function acos(x: f64): f64 {
  if (!(absolute(x) <= 1.0)) return notANumber();
  const sum = new DoubleDouble();
  const z: f64 = (1.0 - absolute(x)) * 0.5;
  const s: f64 = squareRoot(z);
  if (x > 0.5) return 2.0 * (s + asinRootTail(s, z));
  if (x < -0.5) {
    exactSum(sum, PI, -2.0 * s);
    return sum.high + (sum.low + (PI_LOW - 2.0 * asinRootTail(s, z)));
  }
  exactSum(sum, PI_HALF, -x);
  return sum.high + (sum.low + (PI_HALF_LOW - x * asinTail(x)));
}
