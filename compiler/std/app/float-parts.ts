/** Doubles taken apart by their representation (IEEE 754, binary64), and rounding to whole numbers. */

const SIGN_BIT: u64 = 0x8000_0000_0000_0000n;
const EXPONENT_MASK: u64 = 0x7ff0_0000_0000_0000n;
/** From 2^52 on every double is whole. */
const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

export function isNotANumber(x: f64): bool {
  return (bitsOfF64(x) & ~SIGN_BIT) > EXPONENT_MASK;
}

export function isInfinite(x: f64): bool {
  return (bitsOfF64(x) & ~SIGN_BIT) === EXPONENT_MASK;
}

export function notANumber(): f64 {
  return f64OfBits(0x7ff8_0000_0000_0000n);
}

export function infinity(): f64 {
  return f64OfBits(EXPONENT_MASK);
}

/** Whether the sign bit is set: true for -0. */
export function isNegative(x: f64): bool {
  return (bitsOfF64(x) & SIGN_BIT) !== 0n;
}

export function absolute(x: f64): f64 {
  return f64OfBits(bitsOfF64(x) & ~SIGN_BIT);
}

/** `x` with the sign of `sign`. */
export function copySign(x: f64, sign: f64): f64 {
  return f64OfBits((bitsOfF64(x) & ~SIGN_BIT) | (bitsOfF64(sign) & SIGN_BIT));
}

/** Rounds towards zero; keeps -0. */
export function truncate(x: f64): f64 {
  if (!(absolute(x) < TWO_TO_52)) return x;
  return copySign(f64(i64(x)), x);
}

export function floor(x: f64): f64 {
  const whole: f64 = truncate(x);
  return whole > x ? whole - 1.0 : whole;
}

export function ceil(x: f64): f64 {
  const whole: f64 = truncate(x);
  return whole < x ? copySign(whole + 1.0, x) : whole;
}

/** ECMA-262 21.3.2.28: to the nearest whole number, ties towards positive infinity; keeps -0. */
export function round(x: f64): f64 {
  const down: f64 = floor(x);
  const result: f64 = x - down >= 0.5 ? down + 1.0 : down;
  return copySign(result, x);
}

/** The exponent of a positive normal number: 2^e <= x < 2^(e + 1). */
export function exponentOf(x: f64): i32 {
  return i32((bitsOfF64(x) >> 52n) & 0x7ffn) - 1023;
}

/** 2^exponent for -1022 <= exponent <= 1023. */
export function powerOf2(exponent: i32): f64 {
  return f64OfBits(u64(exponent + 1023) << 52n);
}

/** x * 2^exponent with one rounding, also into the subnormal range; |exponent| <= 2200. */
export function scaleByPowerOf2(x: f64, exponent: i32): f64 {
  if (exponent > 1023) return x * powerOf2(1023) * powerOf2(exponent - 1023 > 1023 ? 1023 : exponent - 1023);
  if (exponent >= -1022) return x * powerOf2(exponent);
  const rest: i32 = exponent + 969;
  return x * powerOf2(-969) * powerOf2(rest < -1022 ? -1022 : rest);
}
