/**
 * Doubles to text and back, as ECMA-262 demands: `Number::toString` (6.1.6.1.20) gives the shortest digits that read back as the
 * same number, `toFixed` (21.1.3.3) is exact, `StringToNumber` (7.1.4.1) rounds correctly.
 *
 * Digits come from the free-format algorithm of Steele and White in the form of Burger and Dybvig (1996), on exact integers.
 * Text is ASCII in a caller's buffer; nothing is allocated.
 */
import {
  Big,
  bigAdd,
  bigBitLength,
  bigCompare,
  bigCopy,
  bigDivideSmall,
  bigMultiplyAdd,
  bigMultiplyPowerOf10,
  bigSet,
  bigShiftLeft,
  bigSubtract,
} from "./big.ts";

/** Longest text of `formatNumber`: sign, 17 digits, point, leading "0.00000", exponent. */
export const MAX_NUMBER_TEXT = 32;
/** Longest text of `formatFixed`: sign, 22 digits, point, 100 digits. */
export const MAX_FIXED_TEXT = 128;
/** Digits beyond these can only decide ties; they are kept as one sticky digit. */
const MAX_PARSED_DIGITS: u32 = 780;
const EXPONENT_LIMIT: i32 = 100_000;

@struct()
class Digits {
  text!: FixedArray<u8, 24>;
  count!: u32;
  /** The value is 0.d1d2d3... times 10 to the power `point`. */
  point!: i32;
}

/** A double as `significand * 2^exponent`. */
@struct()
class Parts {
  significand!: u64;
  exponent!: i32;
}

const HIDDEN_BIT: u64 = 0x10_0000_0000_0000n;

function split(parts: Parts, value: f64): void {
  const bits: u64 = bitsOfF64(value);
  const field: i32 = i32((bits >> 52n) & 0x7ffn);
  const fraction: u64 = bits & (HIDDEN_BIT - 1n);
  parts.significand = field === 0 ? fraction : fraction | HIDDEN_BIT;
  parts.exponent = (field === 0 ? 1 : field) - 1075;
}

/** The working set of the digit generator: value = r / s, half the gaps to the neighbours = below / s and above / s. */
@struct()
class Scale {
  r!: Big;
  s!: Big;
  above!: Big;
  below!: Big;
  sum!: Big;
  /** The neighbours' midpoints read back as this number too (its significand is even). */
  inclusive!: bool;
}

function scaleStart(scale: Scale, parts: Parts): void {
  const narrow: bool = parts.significand === HIDDEN_BIT && parts.exponent > -1074;
  const extra: u32 = narrow ? 2 : 1;
  bigSet(scale.r, parts.significand);
  bigSet(scale.s, 1n);
  bigSet(scale.above, 1n);
  bigSet(scale.below, 1n);
  const up: u32 = parts.exponent >= 0 ? u32(parts.exponent) : 0;
  const down: u32 = parts.exponent < 0 ? u32(-parts.exponent) : 0;
  bigShiftLeft(scale.r, up + extra);
  bigShiftLeft(scale.s, down + extra);
  bigShiftLeft(scale.above, up + extra - 1);
  bigShiftLeft(scale.below, up);
  scale.inclusive = (parts.significand & 1n) === 0n;
}

/** Whether r + above reaches s: the next power of ten is part of the interval. */
function reachesNext(scale: Scale): bool {
  bigCopy(scale.sum, scale.r);
  bigAdd(scale.sum, scale.above);
  const order: i32 = bigCompare(scale.sum, scale.s);
  return order > 0 || (scale.inclusive && order === 0);
}

function scaleByTen(scale: Scale): void {
  bigMultiplyAdd(scale.r, 10, 0);
  bigMultiplyAdd(scale.above, 10, 0);
  bigMultiplyAdd(scale.below, 10, 0);
}

/** Brings the value into [1/10, 1) times 10^point; returns point. */
function scaleToUnit(scale: Scale, parts: Parts): i32 {
  const bitLength: i32 = 64 - i32(countLeadingZeros(parts.significand));
  // log10(2) = 0.30103 to within 5e-9: the estimate is never too large and at most one too small.
  const product: i64 = i64(parts.exponent + bitLength - 1) * 30_103n;
  let point: i32 = i32((product - (product < 0n ? 99_999n : 0n)) / 100_000n);
  if (point >= 0) {
    bigMultiplyPowerOf10(scale.s, u32(point));
  } else {
    bigMultiplyPowerOf10(scale.r, u32(-point));
    bigMultiplyPowerOf10(scale.above, u32(-point));
    bigMultiplyPowerOf10(scale.below, u32(-point));
  }
  while (reachesNext(scale)) {
    bigMultiplyAdd(scale.s, 10, 0);
    point++;
  }
  return point;
}

/** The shortest digits of a positive finite number. */
function shortestDigits(digits: Digits, value: f64): void {
  const parts = new Parts();
  const scale = new Scale();
  split(parts, value);
  scaleStart(scale, parts);
  digits.point = scaleToUnit(scale, parts);
  digits.count = 0;
  for (;;) {
    scaleByTen(scale);
    let digit: u32 = bigDivideSmall(scale.r, scale.s);
    const order: i32 = bigCompare(scale.r, scale.below);
    const low: bool = order < 0 || (scale.inclusive && order === 0);
    const high: bool = reachesNext(scale);
    if (low || high) {
      bigMultiplyAdd(scale.r, 2, 0);
      // Exactly half way the even digit wins (ECMA-262 6.1.6.1.20, step 5's recommendation).
      const half: i32 = bigCompare(scale.r, scale.s);
      if (high && (!low || half > 0 || (half === 0 && (digit & 1) === 1))) digit++;
      digits.text[digits.count] = u8(48 + digit);
      digits.count++;
      return;
    }
    digits.text[digits.count] = u8(48 + digit);
    digits.count++;
  }
}

/** "Infinity" and "NaN": byte tables, since strings are another thing in each profile. */
const INFINITY_TEXT: FixedArray<u8, 8> = fixedArray(0x49, 0x6e, 0x66, 0x69, 0x6e, 0x69, 0x74, 0x79);
const NAN_TEXT: FixedArray<u8, 3> = fixedArray(0x4e, 0x61, 0x4e);
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;

function putByte(out: Ptr<u8>, at: u32, byte: u8): u32 {
  out[at] = byte;
  return at + 1;
}

function putTable(out: Ptr<u8>, at: u32, table: Ptr<u8>, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) out[at + i] = table[i];
  return at + count;
}

function putZeros(out: Ptr<u8>, at: u32, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) out[at + i] = 48;
  return at + count;
}

function putDigits(out: Ptr<u8>, at: u32, digits: Digits, from: u32, to: u32): u32 {
  let end: u32 = at;
  for (let i: u32 = from; i < to; i++) {
    out[end] = digits.text[i];
    end++;
  }
  return end;
}

function putExponent(out: Ptr<u8>, at: u32, exponent: i32): u32 {
  out[at] = 101; // e
  out[at + 1] = exponent < 0 ? 45 : 43;
  const magnitude: u32 = u32(exponent < 0 ? -exponent : exponent);
  let end: u32 = at + 2;
  if (magnitude >= 100) {
    out[end] = u8(48 + magnitude / 100);
    end++;
  }
  if (magnitude >= 10) {
    out[end] = u8(48 + ((magnitude / 10) % 10));
    end++;
  }
  out[end] = u8(48 + (magnitude % 10));
  return end + 1;
}

/** Not-a-number and the infinities; 0 if `value` is finite. */
function formatSpecial(out: Ptr<u8>, value: f64): u32 {
  if ((bitsOfF64(value) & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n)
    return putTable(out, 0, elements(NAN_TEXT), 3);
  if (value === f64OfBits(0x7ff0_0000_0000_0000n)) return putTable(out, 0, elements(INFINITY_TEXT), 8);
  if (value !== f64OfBits(0xfff0_0000_0000_0000n)) return 0;
  return putTable(out, putByte(out, 0, MINUS), elements(INFINITY_TEXT), 8);
}

/** `String(value)` into `out` (MAX_NUMBER_TEXT bytes); returns the number of bytes. */
export function formatNumber(out: Ptr<u8>, value: f64): u32 {
  const special: u32 = formatSpecial(out, value);
  if (special !== 0) return special;
  if (value === 0.0) return putByte(out, 0, 48);
  let end: u32 = 0;
  if (value < 0.0) end = putByte(out, 0, MINUS);
  const digits = new Digits();
  shortestDigits(digits, value < 0.0 ? -value : value);
  const point: i32 = digits.point;
  const count: u32 = digits.count;
  if (point > 21 || point <= -6) {
    end = putDigits(out, end, digits, 0, 1);
    if (count > 1) end = putDigits(out, putByte(out, end, POINT), digits, 1, count);
    return putExponent(out, end, point - 1);
  }
  if (point <= 0) {
    end = putZeros(out, putByte(out, putByte(out, end, 48), POINT), u32(-point));
    return putDigits(out, end, digits, 0, count);
  }
  const whole: u32 = u32(point);
  if (count <= whole) return putZeros(out, putDigits(out, end, digits, 0, count), whole - count);
  end = putByte(out, putDigits(out, end, digits, 0, whole), POINT);
  return putDigits(out, end, digits, whole, count);
}

/** The decimal digits of `big`, which becomes 0, right-aligned in front of `end`; returns where they begin. */
function putBigBefore(out: Ptr<u8>, end: u32, big: Big): u32 {
  let begin: u32 = end;
  while (big.count > 0) {
    let remainder: u64 = 0n;
    for (let i: u32 = big.count; i > 0; i--) {
      const part: u64 = (remainder << 32n) | u64(big.limbs[i - 1]);
      big.limbs[i - 1] = u32(part / 10n);
      remainder = part % 10n;
    }
    while (big.count > 0 && big.limbs[big.count - 1] === 0) big.count--;
    begin--;
    out[begin] = u8(48n + remainder);
  }
  return begin;
}

/** floor(x * 10^digits + 1/2) as an exact number. */
function roundedTimesPowerOf10(result: Big, value: f64, digits: u32): void {
  const parts = new Parts();
  split(parts, value);
  bigSet(result, parts.significand);
  bigMultiplyPowerOf10(result, digits);
  if (parts.exponent >= 0) {
    bigShiftLeft(result, u32(parts.exponent));
    return;
  }
  const down: u32 = u32(-parts.exponent);
  const half = new Big();
  bigSet(half, 1n);
  bigShiftLeft(half, down - 1);
  bigAdd(result, half);
  bigShiftRight(result, down);
}

function bigShiftRight(big: Big, bits: u32): void {
  const words: u32 = bits / 32;
  const rest: u32 = bits % 32;
  if (words >= big.count) {
    big.count = 0;
    return;
  }
  const count: u32 = big.count - words;
  for (let i: u32 = 0; i < count; i++) {
    const low: u64 = u64(big.limbs[i + words]);
    const high: u64 = i + words + 1 < big.count ? u64(big.limbs[i + words + 1]) : 0n;
    big.limbs[i] = u32.wrap(((high << 32n) | low) >> u64(rest));
  }
  big.count = count;
  while (big.count > 0 && big.limbs[big.count - 1] === 0) big.count--;
}

/** `value.toFixed(digits)` (0 <= digits <= 100) into `out` (MAX_FIXED_TEXT bytes); returns the number of bytes. */
export function formatFixed(out: Ptr<u8>, value: f64, digits: u32): u32 {
  const magnitude: f64 = value < 0.0 ? -value : value;
  if (!(magnitude < 1e21)) return formatNumber(out, value);
  const big = new Big();
  roundedTimesPowerOf10(big, magnitude, digits);
  const scratch: FixedArray<u8, 128> = zeroed();
  let begin: u32 = putBigBefore(elements(scratch), 128, big);
  while (128 - begin < digits + 1) {
    begin--;
    scratch[begin] = 48;
  }
  let end: u32 = 0;
  if (value < 0.0) end = putByte(out, 0, MINUS);
  for (let i: u32 = begin; i < 128; i++) {
    if (i === 128 - digits) end = putByte(out, end, POINT);
    out[end] = scratch[i];
    end++;
  }
  return end;
}

@struct()
class Decimal {
  big!: Big;
  digits!: u32;
  exponent!: i32;
  /** A digit other than 0 was dropped. */
  sticky!: bool;
}

function addDigit(decimal: Decimal, digit: u32, fraction: bool): void {
  if (decimal.digits === 0 && digit === 0) {
    if (fraction) decimal.exponent--;
    return;
  }
  if (decimal.digits >= MAX_PARSED_DIGITS) {
    if (digit !== 0) decimal.sticky = true;
    if (!fraction) decimal.exponent++;
    return;
  }
  bigMultiplyAdd(decimal.big, 10, digit);
  decimal.digits++;
  if (fraction) decimal.exponent--;
}

function isDigit(byte: u8): bool {
  return byte >= 48 && byte <= 57;
}

/** Reads `e[+-]digits` at `index`; where it ends, or `index` if it is none. */
function parseExponent(decimal: Decimal, text: Slice<u8>, index: u64): u64 {
  let i: u64 = index + 1n;
  let negative: bool = false;
  if (i < text.length && (at(text, i) === 43 || at(text, i) === 45)) {
    negative = at(text, i) === 45;
    i++;
  }
  if (i >= text.length || !isDigit(at(text, i))) return index;
  let value: i32 = 0;
  while (i < text.length && isDigit(at(text, i))) {
    if (value < EXPONENT_LIMIT) value = value * 10 + i32(at(text, i) - 48);
    i++;
  }
  decimal.exponent += negative ? -value : value;
  return i;
}

/**
 * The longest prefix of ASCII `text` that is a StrDecimalLiteral, rounded to the nearest double; `used` gets the number of bytes
 * read, 0 if there is none (the result is NaN then).
 */
export function parseDecimal(text: Slice<u8>, used: Ptr<u64>): f64 {
  const decimal = new Decimal();
  let i: u64 = 0n;
  let negative: bool = false;
  if (i < text.length && (at(text, i) === 43 || at(text, i) === 45)) {
    negative = at(text, i) === 45;
    i++;
  }
  if (startsWithInfinity(text, i)) {
    used.value = i + 8n;
    return f64OfBits(negative ? 0xfff0_0000_0000_0000n : 0x7ff0_0000_0000_0000n);
  }
  let seen: bool = false;
  let fraction: bool = false;
  while (i < text.length) {
    const byte: u8 = at(text, i);
    if (byte === 46 && !fraction) {
      fraction = true;
    } else if (isDigit(byte)) {
      seen = true;
      addDigit(decimal, u32(byte - 48), fraction);
    } else {
      break;
    }
    i++;
  }
  used.value = 0n;
  if (!seen) return f64OfBits(0x7ff8_0000_0000_0000n);
  if (i < text.length && (at(text, i) === 101 || at(text, i) === 69)) i = parseExponent(decimal, text, i);
  used.value = i;
  const magnitude: f64 = decimalToDouble(decimal);
  return negative ? -magnitude : magnitude;
}

function startsWithInfinity(text: Slice<u8>, index: u64): bool {
  if (text.length - index < 8n) return false;
  for (let i: u32 = 0; i < 8; i++) {
    if (at(text, index + u64(i)) !== INFINITY_TEXT[i]) return false;
  }
  return true;
}

/** big * 10^exponent, correctly rounded to nearest, ties to even. */
function decimalToDouble(decimal: Decimal): f64 {
  if (decimal.digits === 0) return 0.0;
  const magnitude: i32 = i32(decimal.digits) + decimal.exponent;
  if (magnitude > 310) return f64OfBits(0x7ff0_0000_0000_0000n);
  if (magnitude < -326) return 0.0;
  const divisor = new Big();
  bigSet(divisor, 1n);
  if (decimal.exponent >= 0) bigMultiplyPowerOf10(decimal.big, u32(decimal.exponent));
  else bigMultiplyPowerOf10(divisor, u32(-decimal.exponent));
  // Scale so that the quotient has 65 or 66 bits: more than 53, and the remainder says whether anything is left.
  let exponent: i32 = i32(bigBitLength(decimal.big)) - i32(bigBitLength(divisor)) - 64;
  if (exponent > 0) bigShiftLeft(divisor, u32(exponent));
  else bigShiftLeft(decimal.big, u32(-exponent));
  // quotient in (2^63, 2^65)
  let quotient: u64 = 0n;
  const shifted = new Big();
  for (let bit: u32 = 66; bit > 0; bit--) {
    bigCopy(shifted, divisor);
    bigShiftLeft(shifted, bit - 1);
    const fits: bool = bigCompare(decimal.big, shifted) >= 0;
    if (fits) bigSubtract(decimal.big, shifted);
    if (quotient >= 0x8000_0000_0000_0000n) {
      // The 65th bit: drop it into the sticky bit, one exponent up.
      if (fits) decimal.sticky = true;
      exponent++;
    } else {
      quotient = (quotient << 1n) | (fits ? 1n : 0n);
    }
  }
  if (decimal.big.count > 0) decimal.sticky = true;
  return assemble(quotient, exponent, decimal.sticky);
}

/** quotient * 2^exponent with something below if `sticky`, rounded to a double. */
function assemble(quotient: u64, exponent: i32, sticky: bool): f64 {
  const length: i32 = 64 - i32(countLeadingZeros(quotient));
  // The lowest bit a double of this size can have, at least 2^-1074.
  let lowest: i32 = exponent + length - 53;
  if (lowest < -1074) lowest = -1074;
  const drop: i32 = lowest - exponent;
  let significand: u64 = 0n;
  let rest: u64 = quotient;
  if (drop < 64) {
    significand = quotient >> u64(drop);
    rest = quotient & ((1n << u64(drop)) - 1n);
  }
  const half: u64 = drop >= 1 && drop <= 64 ? 1n << u64(drop - 1) : 0n;
  if (half !== 0n && (rest > half || (rest === half && (sticky || (significand & 1n) === 1n)))) significand++;
  if (significand === HIDDEN_BIT * 2n) {
    significand = HIDDEN_BIT;
    lowest++;
  }
  if (lowest + 1075 >= 2047) return f64OfBits(0x7ff0_0000_0000_0000n);
  if (significand < HIDDEN_BIT) return f64OfBits(significand);
  return f64OfBits((u64(lowest + 1075) << 52n) | (significand & (HIDDEN_BIT - 1n)));
}
