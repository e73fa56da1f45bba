/**
 * exp, log, pow and what follows from them (ECMA-262 21.3.2).
 *
 * exp and log reduce by ln 2 and sum Taylor's series in doubles: below one unit in the last place. pow, log2 and log10 work in
 * double-double, so that exact results (10^22, log10 of 1000) are exact. Constants: ln 2 and its reciprocals to 32 + 53 bits.
 */
import {
  addDouble,
  addDoubleDouble,
  DoubleDouble,
  divideDouble,
  divideDoubleDouble,
  exactProduct,
  exactSum,
  multiplyDouble,
  multiplyDoubleDouble,
} from "./double-double.ts";
import {
  absolute,
  copySign,
  exponentOf,
  floor,
  infinity,
  isInfinite,
  isNotANumber,
  notANumber,
  powerOf2,
  scaleByPowerOf2,
  truncate,
} from "./float-parts.ts";

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const INVERSE_LN2: f64 = 1.4426950408889634;
/** The largest x with a finite exp(x), and the smallest with exp(x) > 0. */
const EXP_MAX: f64 = 709.782712893384;
const EXP_MIN: f64 = -745.1332191019412;
const SQUARE_ROOT_2: f64 = 1.4142135623730951;
const SMALLEST_NORMAL: f64 = 2.2250738585072014e-308;
const MAX_EXP_TERMS: i32 = 14;
const MAX_LOG_TERMS: i32 = 13;

/** (e^r - 1 - r) / r^2 by Taylor's series, |r| < 0.36. */
function expTail(r: f64): f64 {
  let sum: f64 = 0.0;
  for (let n: i32 = MAX_EXP_TERMS; n >= 2; n--) sum = (sum * r + 1.0) / f64(n);
  return sum;
}

export function exp(x: f64): f64 {
  if (isNotANumber(x)) return x;
  if (x > EXP_MAX) return infinity();
  if (x < EXP_MIN) return 0.0;
  const k: f64 = floor(x * INVERSE_LN2 + 0.5);
  const high: f64 = x - k * LN2_HIGH;
  const low: f64 = k * LN2_LOW;
  const r: f64 = high - low;
  const lost: f64 = high - r - low;
  const value: f64 = 1.0 + (r + (r * r * expTail(r) + lost));
  return scaleByPowerOf2(value, i32(k));
}

/** Splits positive finite x into m * 2^k with sqrt(1/2) <= m < sqrt(2); returns k and stores m. */
function splitNearOne(x: f64, m: Ptr<f64>): i32 {
  let k: i32 = 0;
  let value: f64 = x;
  if (value < SMALLEST_NORMAL) {
    value *= 18_014_398_509_481_984.0;
    k = -54;
  }
  const exponent: i32 = exponentOf(value);
  value *= powerOf2(-exponent > 1023 ? 1023 : -exponent);
  if (exponent > 1022) value = f64OfBits((bitsOfF64(x) & 0xf_ffff_ffff_ffffn) | 0x3ff0_0000_0000_0000n);
  k += exponent;
  if (value >= SQUARE_ROOT_2) {
    value *= 0.5;
    k++;
  }
  m.value = value;
  return k;
}

/** The results of logarithms outside (0, infinity): NaN stays, negative is NaN, 0 is -infinity, infinity stays. */
function logSpecial(x: f64): f64 {
  if (isNotANumber(x) || x < 0.0) return notANumber();
  return x === 0.0 ? -infinity() : x;
}

function hasLogarithm(x: f64): bool {
  return x > 0.0 && !isInfinite(x);
}

export function log(x: f64): f64 {
  if (!hasLogarithm(x)) return logSpecial(x);
  const m: f64 = 0.0;
  const k: f64 = f64(splitNearOne(x, addressOf(m)));
  const f: f64 = m - 1.0;
  const s: f64 = f / (2.0 + f);
  const z: f64 = s * s;
  let tail: f64 = 0.0;
  for (let n: i32 = MAX_LOG_TERMS; n >= 1; n--) tail = z * (tail + 2.0 / f64(2 * n + 1));
  const half: f64 = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + tail) + k * LN2_LOW) - f);
}

/** The natural logarithm of positive finite x to about 100 bits. */
function logDoubleDouble(out: DoubleDouble, x: f64): void {
  const m: f64 = 0.0;
  const k: i32 = splitNearOne(x, addressOf(m));
  const s = new DoubleDouble();
  const divisor = new DoubleDouble();
  exactSum(s, m, -1.0);
  exactSum(divisor, m, 1.0);
  divideDoubleDouble(s, divisor);
  const z = new DoubleDouble();
  copy(z, s);
  multiplyDoubleDouble(z, s);
  const sum: DoubleDouble = { high: 0.0, low: 0.0 };
  for (let n: i32 = 22; n >= 0; n--) {
    const term: DoubleDouble = { high: 1.0, low: 0.0 };
    divideDouble(term, f64(2 * n + 1));
    multiplyDoubleDouble(sum, z);
    addDoubleDouble(sum, term);
  }
  multiplyDoubleDouble(sum, s);
  multiplyDouble(sum, 2.0);
  const scaled: DoubleDouble = { high: 0.6931471805599453, low: 2.3190468138462996e-17 };
  multiplyDouble(scaled, f64(k));
  addDoubleDouble(scaled, sum);
  copy(out, scaled);
}

function logToBase(x: f64, inverseHigh: f64, inverseLow: f64): f64 {
  if (!hasLogarithm(x)) return logSpecial(x);
  const result = new DoubleDouble();
  const inverse: DoubleDouble = { high: inverseHigh, low: inverseLow };
  logDoubleDouble(result, x);
  multiplyDoubleDouble(result, inverse);
  return result.high;
}

export function log2(x: f64): f64 {
  return logToBase(x, 1.4426950408889634, 2.0355273740931033e-17);
}

export function log10(x: f64): f64 {
  return logToBase(x, 0.4342944819032518, 1.098319650216765e-17);
}

/** e^x for a double-double x in the range of doubles. */
function expDoubleDouble(x: DoubleDouble): f64 {
  if (x.high > 710.0) return infinity();
  if (x.high < -746.0) return 0.0;
  const k: f64 = floor(x.high * INVERSE_LN2 + 0.5);
  const r: DoubleDouble = { high: 0.6931471805599453, low: 2.3190468138462996e-17 };
  multiplyDouble(r, -k);
  addDoubleDouble(r, x);
  const sum: DoubleDouble = { high: 1.0, low: 0.0 };
  for (let n: i32 = 26; n >= 1; n--) {
    multiplyDoubleDouble(sum, r);
    divideDouble(sum, f64(n));
    addDouble(sum, 1.0);
  }
  const exponent: i32 = i32(k);
  // Near the bottom the rounding must happen once, at the final exponent: the low part joins before scaling.
  return scaleByPowerOf2(sum.high, exponent) + (exponent > -1000 ? scaleByPowerOf2(sum.low, exponent) : 0.0);
}

function isOddWhole(y: f64): bool {
  const magnitude: f64 = absolute(y);
  if (magnitude >= 9_007_199_254_740_992.0 || truncate(y) !== y) return false;
  return (i64(magnitude) & 1n) === 1n;
}

/** The cases of ECMA-262 6.1.6.1.3 in which a zero or an infinity takes part. */
function powSpecial(x: f64, y: f64): f64 {
  if (isInfinite(y)) {
    const magnitude: f64 = absolute(x);
    if (magnitude === 1.0) return notANumber();
    return magnitude > 1.0 === y > 0.0 ? infinity() : 0.0;
  }
  const grows: bool = isInfinite(x) === y > 0.0;
  const magnitude: f64 = grows ? infinity() : 0.0;
  return isOddWhole(y) ? copySign(magnitude, x) : magnitude;
}

export function pow(x: f64, y: f64): f64 {
  if (y === 0.0) return 1.0;
  if (isNotANumber(x) || isNotANumber(y)) return notANumber();
  if (isInfinite(y) || isInfinite(x) || x === 0.0) return powSpecial(x, y);
  if (x < 0.0 && truncate(y) !== y) return notANumber();
  const product = new DoubleDouble();
  logDoubleDouble(product, absolute(x));
  // |ln x| is 0 or above 2^-54 and below 746: y beyond 2^64 overflows or vanishes; clamping keeps the product exact.
  const limit: f64 = 1.8446744073709552e19;
  multiplyDouble(product, y > limit ? limit : y < -limit ? -limit : y);
  const magnitude: f64 = expDoubleDouble(product);
  return x < 0.0 && isOddWhole(y) ? -magnitude : magnitude;
}

/** e^x as a sum of two doubles, |x| < 709. */
function expParts(out: DoubleDouble, x: f64): void {
  const k: f64 = floor(x * INVERSE_LN2 + 0.5);
  const high: f64 = x - k * LN2_HIGH;
  const low: f64 = k * LN2_LOW;
  const r: f64 = high - low;
  exactSum(out, 1.0, r);
  const rest: f64 = out.low + (r * r * expTail(r) + (high - r - low));
  exactSum(out, out.high, rest);
  out.high = scaleByPowerOf2(out.high, i32(k));
  out.low = scaleByPowerOf2(out.low, i32(k));
}

/** sinh x - x for |x| <= 1, by Taylor's series. */
function sinhTail(x: f64): f64 {
  const z: f64 = x * x;
  let sum: f64 = 0.0;
  for (let n: i32 = 9; n >= 1; n--) sum = (z * (1.0 + sum)) / f64(2 * n * (2 * n + 1));
  return x * sum;
}

/** cosh x - 1 for |x| <= 1, by Taylor's series. */
function coshTail(x: f64): f64 {
  const z: f64 = x * x;
  let sum: f64 = 0.0;
  for (let n: i32 = 9; n >= 1; n--) sum = (z * (1.0 + sum)) / f64(2 * n * (2 * n - 1));
  return sum;
}

export function sinh(x: f64): f64 {
  const magnitude: f64 = absolute(x);
  if (isNotANumber(x) || isInfinite(x)) return x;
  if (magnitude <= 1.0) return x + sinhTail(x);
  if (magnitude > 709.0) return copySign(0.5 * exp(0.5 * magnitude) * exp(0.5 * magnitude), x);
  const e = new DoubleDouble();
  expParts(e, magnitude);
  addDouble(e, -1.0 / e.high);
  return copySign(0.5 * (e.high + e.low), x);
}

export function cosh(x: f64): f64 {
  const magnitude: f64 = absolute(x);
  if (isNotANumber(x)) return x;
  if (magnitude > 709.0) return 0.5 * exp(0.5 * magnitude) * exp(0.5 * magnitude);
  const e = new DoubleDouble();
  expParts(e, magnitude);
  addDouble(e, 1.0 / e.high);
  return 0.5 * (e.high + e.low);
}

export function tanh(x: f64): f64 {
  const magnitude: f64 = absolute(x);
  if (isNotANumber(x)) return x;
  if (magnitude > 22.0) return copySign(1.0, x);
  if (magnitude > 1.0) return copySign(1.0 - 2.0 / (exp(2.0 * magnitude) + 1.0), x);
  const sine = new DoubleDouble();
  const cosine = new DoubleDouble();
  exactSum(sine, x, sinhTail(x));
  exactSum(cosine, 1.0, coshTail(x));
  divideDoubleDouble(sine, cosine);
  return copySign(sine.high + sine.low, x);
}

/** The cube root: Newton's step on exp(ln(x) / 3) with the residue in double-double. */
export function cbrt(x: f64): f64 {
  if (x === 0.0 || isInfinite(x) || isNotANumber(x)) return x;
  const magnitude: f64 = absolute(x);
  const tiny: bool = magnitude < SMALLEST_NORMAL;
  const scaled: f64 = tiny ? magnitude * 18_014_398_509_481_984.0 : magnitude > 1e300 ? magnitude / 8.0 : magnitude;
  const y: f64 = exp(log(scaled) / 3.0);
  const cube = new DoubleDouble();
  exactProduct(cube, y, y);
  multiplyDouble(cube, y);
  addDouble(cube, -scaled);
  const root: f64 = y - cube.high / (3.0 * y * y);
  return copySign(tiny ? root / 262_144.0 : magnitude > 1e300 ? root * 2.0 : root, x);
}

/** Scaled by the larger number, so that nothing overflows; Kahan's summation keeps what rounding the squares loses. */
export function hypot(x: f64, y: f64): f64 {
  if (isInfinite(x) || isInfinite(y)) return infinity();
  const a: f64 = absolute(x);
  const b: f64 = absolute(y);
  const large: f64 = a > b ? a : b;
  if (large === 0.0 || isNotANumber(a + b)) return a + b;
  const p: f64 = a / large;
  const q: f64 = b / large;
  const first: f64 = p * p;
  const sum: f64 = first + q * q;
  return squareRoot(sum) * large;
}
