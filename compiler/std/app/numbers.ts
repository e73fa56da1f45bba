/**
 * Numbers as text and back: the functions behind String(x), toFixed, toString(radix), parseInt, parseFloat and Number(text).
 */

import { allocate } from "./arena.ts";
import { truncate } from "./float-parts.ts";
import { formatFixed, formatNumber, type MAX_FIXED_TEXT, type MAX_NUMBER_TEXT, parseDecimal } from "./number-text.ts";
import { isSpace } from "./text.ts";
import { asciiText } from "./utf8.ts";

/** Exact in a double: below it, every whole number is one. */
const TWO_TO_53: f64 = 9007199254740992.0;

export function numberText(value: f64): string {
  if (value >= 0.0 && value < TWO_TO_53 && value === f64(u64(value))) return unsignedText(u64(value));
  const text: FixedArray<u8, typeof MAX_NUMBER_TEXT> = zeroed();
  return asciiText(elements(text), formatNumber(elements(text), value));
}

function digitOf(value: u64): u8 {
  return value < 10n ? u8(48n + value) : u8(87n + value);
}

/** The digits of `magnitude` with a sign in front if `negative`. */
function radixText(magnitude: u64, radix: u64, negative: bool): string {
  const text: FixedArray<u8, 66> = zeroed();
  let begin: u32 = 66;
  let rest: u64 = magnitude;
  for (;;) {
    begin--;
    text[begin] = digitOf(rest % radix);
    rest = rest / radix;
    if (rest === 0n) break;
  }
  if (negative) {
    begin--;
    text[begin] = 45;
  }
  return asciiText(elements(text).add(begin), 66 - begin);
}

export function unsignedText(value: u64): string {
  return radixText(value, 10n, false);
}

export function signedText(value: i64): string {
  return radixText(value < 0n ? 0n - u64.wrap(value) : u64.wrap(value), 10n, value < 0n);
}

function checkedRadix(radix: f64): u64 {
  assert(radix >= 2.0 && radix < 37.0, "toString: the radix must be between 2 and 36");
  return u64(radix);
}

export function unsignedToRadix(value: u64, radix: f64): string {
  return radixText(value, checkedRadix(radix), false);
}

export function signedToRadix(value: i64, radix: f64): string {
  return radixText(value < 0n ? 0n - u64.wrap(value) : u64.wrap(value), checkedRadix(radix), value < 0n);
}

export function numberToFixed(value: f64, digits: f64 = 0): string {
  assert(!(digits <= -1.0) && !(digits >= 101.0), "toFixed: the number of digits must be between 0 and 100");
  const text: FixedArray<u8, typeof MAX_FIXED_TEXT> = zeroed();
  return asciiText(elements(text), formatFixed(elements(text), value, u32(digits)));
}

// --- toString(radix) ---------------------------------------------------------------------------------------------------------

/** Digits before and behind the point at most: 1024 bits, and 1074 places. */
const RADIX_BUFFER: u32 = 2200;
const RADIX_POINT: u32 = 1100;

/** The next larger double. */
function nextUp(value: f64): f64 {
  return f64OfBits(bitsOfF64(value) + 1n);
}

export function numberToString(value: f64, radix: f64): string {
  const base: u64 = checkedRadix(radix);
  if (base === 10n) return numberText(value);
  if (value !== value || value - value !== 0.0) return numberText(value);
  if (value === 0.0) return "0";
  return fractionText(value < 0.0 ? -value : value, f64(base), value < 0.0);
}

/** As many digits as tell the number from its neighbours; the standard leaves them open, this is what V8 prints. */
function fractionText(value: f64, base: f64, negative: bool): string {
  const out = allocate<u8>(u64(RADIX_BUFFER));
  let whole: f64 = truncate(value);
  let end: u32 = RADIX_POINT;
  let fraction: f64 = value - whole;
  let delta: f64 = 0.5 * (nextUp(value) - value);
  if (delta < f64OfBits(1n)) delta = f64OfBits(1n);
  if (fraction >= delta) {
    out[end] = 46;
    end++;
    for (;;) {
      fraction = fraction * base;
      delta = delta * base;
      const digit: u32 = u32(fraction);
      out[end] = digitOf(u64(digit));
      end++;
      fraction = fraction - f64(digit);
      const roundsUp: bool = fraction > 0.5 || (fraction === 0.5 && (digit & 1) === 1);
      if (roundsUp && fraction + delta > 1.0) {
        end = carry(out, end, u32(base));
        if (end === RADIX_POINT) whole = whole + 1.0;
        break;
      }
      if (fraction < delta) break;
    }
  }
  let begin: u32 = RADIX_POINT;
  // Digits that the significand does not reach are zeros: the quotient still has more than 53 bits.
  while (((bitsOfF64(whole / base) >> 52n) & 0x7ffn) > 1075n) {
    whole = whole / base;
    begin--;
    out[begin] = 48;
  }
  for (;;) {
    const digit: f64 = whole % base;
    begin--;
    out[begin] = digitOf(u64(digit));
    whole = (whole - digit) / base;
    if (!(whole > 0.0)) break;
  }
  if (negative) {
    begin--;
    out[begin] = 45;
  }
  return asciiText(out.add(begin), end - begin);
}

/** Rounds the digits before `end` up; RADIX_POINT if the carry leaves the fraction. */
function carry(out: Ptr<u8>, end: u32, base: u32): u32 {
  let at: u32 = end;
  for (;;) {
    at--;
    if (at === RADIX_POINT) return at;
    const byte: u8 = out[at];
    const digit: u32 = byte > 57 ? u32(byte) - 87 : u32(byte) - 48;
    if (digit + 1 < base) {
      out[at] = digitOf(u64(digit + 1));
      return at + 1;
    }
  }
}

// --- Text to numbers ---------------------------------------------------------------------------------------------------------

/** The ASCII bytes that `units` begins with. */
function asciiPrefix(units: Slice<u16>): Slice<u8> {
  let count: u64 = 0n;
  while (count < units.length && at(units, count) < 0x80) count++;
  const bytes = allocate<u8>(count + 1n);
  for (let i: u64 = 0n; i < count; i++) setAt(bytes, i, u8(at(units, i)));
  return sliceOf(bytes, count);
}

function trimmed(text: string): Slice<u16> {
  const units = unitsOf(text);
  let from: u64 = 0n;
  let to: u64 = units.length;
  while (from < to && isSpace(at(units, from))) from++;
  while (to > from && isSpace(at(units, to - 1n))) to--;
  return units.subslice(from, to);
}

export function parseDouble(text: string): f64 {
  let used: u64 = 0n;
  return parseDecimal(asciiPrefix(trimmed(text)), addressOf(used));
}

/** StringToNumber (ECMA-262 7.1.4.1.1): all of the text must be a number; white space around it may be there; "" is 0. */
export function numberOfText(text: string): f64 {
  const units = trimmed(text);
  if (units.length === 0n) return 0.0;
  if (units.length > 2n && at(units, 0n) === 48) {
    const radix: f64 = prefixRadix(at(units, 1n));
    if (radix !== 0.0) {
      const digits = units.subslice(2n, units.length);
      return digitCount(digits, u32(radix)) === digits.length ? digitsToNumber(digits, u32(radix)) : NaN;
    }
  }
  const bytes = asciiPrefix(units);
  let used: u64 = 0n;
  const value: f64 = parseDecimal(bytes, addressOf(used));
  return used === units.length ? value : NaN;
}

function prefixRadix(letter: u16): f64 {
  if (letter === 0x78 || letter === 0x58) return 16.0;
  if (letter === 0x6f || letter === 0x4f) return 8.0;
  return letter === 0x62 || letter === 0x42 ? 2.0 : 0.0;
}

/** The value of a digit in any radix; 99 if it is none. */
function digitValue(unit: u16): u32 {
  if (unit >= 48 && unit <= 57) return u32(unit) - 48;
  if (unit >= 97 && unit <= 122) return u32(unit) - 87;
  return unit >= 65 && unit <= 90 ? u32(unit) - 55 : 99;
}

function digitCount(units: Slice<u16>, radix: u32): u64 {
  let count: u64 = 0n;
  while (count < units.length && digitValue(at(units, count)) < radix) count++;
  return count;
}

export function parseInteger(text: string, radix: f64 = 0): f64 {
  let units = trimmed(text);
  let negative: bool = false;
  if (units.length > 0n && (at(units, 0n) === 43 || at(units, 0n) === 45)) {
    negative = at(units, 0n) === 45;
    units = units.subslice(1n, units.length);
  }
  let base: i32 = i32(radix | 0);
  if (base !== 0 && (base < 2 || base > 36)) return NaN;
  const hexadecimal: bool =
    units.length >= 2n && at(units, 0n) === 48 && (at(units, 1n) === 0x78 || at(units, 1n) === 0x58);
  if ((base === 0 || base === 16) && hexadecimal) {
    base = 16;
    units = units.subslice(2n, units.length);
  }
  if (base === 0) base = 10;
  const count: u64 = digitCount(units, u32(base));
  if (count === 0n) return NaN;
  const value: f64 = digitsToNumber(units.subslice(0n, count), u32(base));
  return negative ? -value : value;
}

/** Whole numbers: exact where they fit 53 bits; radix 10 and powers of two round correctly beyond. */
function digitsToNumber(units: Slice<u16>, radix: u32): f64 {
  if (radix === 10) {
    let used: u64 = 0n;
    return parseDecimal(asciiPrefix(units), addressOf(used));
  }
  if ((radix & (radix - 1)) === 0) return bitsToNumber(units, radix);
  return partsToNumber(units, radix);
}

/** Radix 2, 4, 8, 16, 32: the first 64 significant bits, and whether anything follows. */
function bitsToNumber(units: Slice<u16>, radix: u32): f64 {
  const width: u32 = countTrailingZeros(radix);
  let significand: u64 = 0n;
  let exponent: u32 = 0;
  let sticky: bool = false;
  for (let i: u64 = 0n; i < units.length; i++) {
    const digit: u32 = digitValue(at(units, i));
    for (let bit: u32 = width; bit > 0; bit--) {
      const one: bool = ((digit >> (bit - 1)) & 1) === 1;
      if (significand >= 0x8000_0000_0000_0000n) {
        exponent++;
        sticky = sticky || one;
      } else {
        significand = (significand << 1n) | (one ? 1n : 0n);
      }
    }
  }
  // The conversion to a double rounds to nearest, ties to even; what follows breaks the tie.
  if (sticky) significand = significand | 1n;
  let value: f64 = f64(significand);
  while (exponent > 0 && value - value === 0.0) {
    value = value * 2.0;
    exponent--;
  }
  return value;
}

/** Other radices: groups of digits that fit 32 bits, each added with one rounding. */
function partsToNumber(units: Slice<u16>, radix: u32): f64 {
  const limit: u32 = 119_304_647; // 2^32 / 36, so that the largest radix fits
  let value: f64 = 0.0;
  let i: u64 = 0n;
  while (i < units.length) {
    let part: u32 = 0;
    let multiplier: u32 = 1;
    while (i < units.length && u64(multiplier) * u64(radix) <= u64(limit)) {
      part = part * radix + digitValue(at(units, i));
      multiplier = multiplier * radix;
      i++;
    }
    value = value * f64(multiplier) + f64(part);
  }
  return value;
}

// --- Number.is... ------------------------------------------------------------------------------------------------------------

export function numberIsNaN(value: f64): bool {
  return value !== value;
}

export function numberIsFinite(value: f64): bool {
  return value - value === 0.0;
}

export function numberIsInteger(value: f64): bool {
  return value - value === 0.0 && truncate(value) === value;
}

export function numberIsSafeInteger(value: f64): bool {
  return numberIsInteger(value) && value < TWO_TO_53 && value > -TWO_TO_53;
}

/** IEEE 754 remainder with the sign of the dividend (ECMA-262 6.1.6.1.6), exact. */
export function remainder(a: f64, b: f64): f64 {
  if (a !== a || b !== b || a - a !== 0.0 || b === 0.0) return NaN;
  const x: f64 = a < 0.0 ? -a : a;
  const y: f64 = b < 0.0 ? -b : b;
  if (x < y || a === 0.0) return a;
  let rest: f64 = 0.0;
  if (x < TWO_TO_53 && y < TWO_TO_53 && x === f64(u64(x)) && y === f64(u64(y))) rest = f64(u64(x) % u64(y));
  else rest = longRemainder(x, y);
  // The sign of the dividend also on zero.
  return f64OfBits(bitsOfF64(rest) | (bitsOfF64(a) & 0x8000_0000_0000_0000n));
}

/** Long division of the significands, bit by bit: at most 2,098 steps. */
function longRemainder(x: f64, y: f64): f64 {
  let exponent: i32 = exponentBits(x);
  let last: i32 = exponentBits(y);
  let rest: u64 = significandBits(x);
  let divisor: u64 = significandBits(y);
  // Both get a full significand, so that one subtraction a step is enough.
  while (rest < 0x10_0000_0000_0000n) {
    rest = rest << 1n;
    exponent--;
  }
  while (divisor < 0x10_0000_0000_0000n) {
    divisor = divisor << 1n;
    last--;
  }
  while (exponent > last) {
    if (rest >= divisor) rest = rest - divisor;
    rest = rest << 1n;
    exponent--;
  }
  if (rest >= divisor) rest = rest - divisor;
  if (rest === 0n) return 0.0;
  if (exponent < 1) {
    rest = rest >> u64(1 - exponent);
    exponent = 1;
  }
  while (rest < 0x10_0000_0000_0000n && exponent > 1) {
    rest = rest << 1n;
    exponent--;
  }
  if (rest < 0x10_0000_0000_0000n) return f64OfBits(rest);
  return f64OfBits((u64(exponent) << 52n) | (rest & 0xf_ffff_ffff_ffffn));
}

/** The exponent field, 1 for subnormal numbers, whose significand has no hidden bit. */
function exponentBits(x: f64): i32 {
  const field: i32 = i32((bitsOfF64(x) >> 52n) & 0x7ffn);
  return field === 0 ? 1 : field;
}

function significandBits(x: f64): u64 {
  const fraction: u64 = bitsOfF64(x) & 0xf_ffff_ffff_ffffn;
  return ((bitsOfF64(x) >> 52n) & 0x7ffn) === 0n ? fraction : fraction | 0x10_0000_0000_0000n;
}
