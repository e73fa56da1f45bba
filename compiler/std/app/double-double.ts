/**
 * Numbers of about 106 bits as unevaluated sums of two doubles, for the few functions whose result must be right to the last bit.
 *
 * The error-free transformations are Dekker's and Knuth's (Dekker 1971; Knuth, TAOCP 2, 4.2.2). They need strict double
 * arithmetic (SSE2, no contraction to fused operations). `high` is the sum rounded to a double.
 */

@struct(16)
export class DoubleDouble {
  high!: f64;
  low!: f64;
}

/** 2^27 + 1 splits a double into two halves of 26 bits. */
const SPLITTER: f64 = 134_217_729.0;

/** out = a + b exactly. */
export function exactSum(out: DoubleDouble, a: f64, b: f64): void {
  const sum: f64 = a + b;
  const part: f64 = sum - a;
  out.low = a - (sum - part) + (b - part);
  out.high = sum;
}

/** out = a * b exactly (no overflow for |a|, |b| < 2^480). */
export function exactProduct(out: DoubleDouble, a: f64, b: f64): void {
  const product: f64 = a * b;
  const aScaled: f64 = a * SPLITTER;
  const aHigh: f64 = aScaled - (aScaled - a);
  const aLow: f64 = a - aHigh;
  const bScaled: f64 = b * SPLITTER;
  const bHigh: f64 = bScaled - (bScaled - b);
  const bLow: f64 = b - bHigh;
  out.low = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  out.high = product;
}

/** out = high + low, normalised. |high| >= |low|. */
function renormalise(out: DoubleDouble, high: f64, low: f64): void {
  const sum: f64 = high + low;
  out.low = low - (sum - high);
  out.high = sum;
}

/** a += b */
export function addDoubleDouble(a: DoubleDouble, b: DoubleDouble): void {
  const sum = new DoubleDouble();
  exactSum(sum, a.high, b.high);
  renormalise(a, sum.high, sum.low + a.low + b.low);
}

/** a += b */
export function addDouble(a: DoubleDouble, b: f64): void {
  const sum = new DoubleDouble();
  exactSum(sum, a.high, b);
  renormalise(a, sum.high, sum.low + a.low);
}

/** a *= b */
export function multiplyDoubleDouble(a: DoubleDouble, b: DoubleDouble): void {
  const product = new DoubleDouble();
  exactProduct(product, a.high, b.high);
  renormalise(a, product.high, product.low + (a.high * b.low + a.low * b.high));
}

/** a *= b */
export function multiplyDouble(a: DoubleDouble, b: f64): void {
  const product = new DoubleDouble();
  exactProduct(product, a.high, b);
  renormalise(a, product.high, product.low + a.low * b);
}

/** a /= b */
export function divideDoubleDouble(a: DoubleDouble, b: DoubleDouble): void {
  const first: f64 = a.high / b.high;
  const product = new DoubleDouble();
  copy(product, b);
  multiplyDouble(product, -first);
  addDoubleDouble(a, product);
  const second: f64 = a.high / b.high;
  renormalise(a, first, second);
}

/** a /= b */
export function divideDouble(a: DoubleDouble, b: f64): void {
  const divisor: DoubleDouble = { high: b, low: 0.0 };
  divideDoubleDouble(a, divisor);
}
