/**
 * Natural numbers of bounded size for exact conversions between decimal text and doubles.
 *
 * A number is `count` limbs of 32 bits, least significant first, without leading zero limbs. 144 limbs hold 10^1104 times any
 * 53-bit significand, the most that parsing 780 decimal digits needs (number-text.ts). Alternatives considered: tables of powers
 * (Ryu, Grisu): faster, but kilobytes of figures in every program for a conversion that is rarely the bottleneck.
 */

export const MAX_LIMBS = 144;
const TEN_TO_9: u32 = 1_000_000_000;

@struct()
export class Big {
  limbs!: FixedArray<u32, 144>;
  count!: u32;
}

export function bigSet(big: Big, value: u64): void {
  big.limbs[0] = u32.wrap(value);
  big.limbs[1] = u32.wrap(value >> 32n);
  big.count = big.limbs[1] !== 0 ? 2 : big.limbs[0] !== 0 ? 1 : 0;
}

export function bigCopy(to: Big, from: Big): void {
  for (let i: u32 = 0; i < from.count; i++) to.limbs[i] = from.limbs[i];
  to.count = from.count;
}

/** big = big * factor + addend */
export function bigMultiplyAdd(big: Big, factor: u32, addend: u32): void {
  let carry: u64 = u64(addend);
  for (let i: u32 = 0; i < big.count; i++) {
    const product: u64 = u64(big.limbs[i]) * u64(factor) + carry;
    big.limbs[i] = u32.wrap(product);
    carry = product >> 32n;
  }
  if (carry === 0n) return;
  assert(big.count < MAX_LIMBS, "number too large for exact conversion");
  big.limbs[big.count] = u32.wrap(carry);
  big.count++;
}

export function bigMultiplyPowerOf10(big: Big, exponent: u32): void {
  let left: u32 = exponent;
  while (left >= 9) {
    bigMultiplyAdd(big, TEN_TO_9, 0);
    left -= 9;
  }
  while (left > 0) {
    bigMultiplyAdd(big, 10, 0);
    left--;
  }
}

export function bigShiftLeft(big: Big, bits: u32): void {
  if (big.count === 0) return;
  const words: u32 = bits / 32;
  const rest: u32 = bits % 32;
  assert(big.count + words < MAX_LIMBS, "number too large for exact conversion");
  if (words > 0) {
    for (let i: u32 = big.count; i > 0; i--) big.limbs[i - 1 + words] = big.limbs[i - 1];
    for (let i: u32 = 0; i < words; i++) big.limbs[i] = 0;
    big.count += words;
  }
  if (rest > 0) bigMultiplyAdd(big, u32(1) << rest, 0);
}

/** Negative, 0 or positive as a < b, a = b, a > b. */
export function bigCompare(a: Big, b: Big): i32 {
  if (a.count !== b.count) return a.count < b.count ? -1 : 1;
  for (let i: u32 = a.count; i > 0; i--) {
    const x: u32 = a.limbs[i - 1];
    const y: u32 = b.limbs[i - 1];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** a = a - b; requires a >= b. */
export function bigSubtract(a: Big, b: Big): void {
  let borrow: u64 = 0n;
  for (let i: u32 = 0; i < a.count; i++) {
    const subtrahend: u64 = (i < b.count ? u64(b.limbs[i]) : 0n) + borrow;
    const minuend: u64 = u64(a.limbs[i]);
    borrow = minuend < subtrahend ? 1n : 0n;
    a.limbs[i] = u32.wrap(minuend - subtrahend);
  }
  while (a.count > 0 && a.limbs[a.count - 1] === 0) a.count--;
}

/** a = a + b */
export function bigAdd(a: Big, b: Big): void {
  const count: u32 = a.count > b.count ? a.count : b.count;
  let carry: u64 = 0n;
  for (let i: u32 = 0; i < count; i++) {
    const sum: u64 = (i < a.count ? u64(a.limbs[i]) : 0n) + (i < b.count ? u64(b.limbs[i]) : 0n) + carry;
    a.limbs[i] = u32.wrap(sum);
    carry = sum >> 32n;
  }
  a.count = count;
  if (carry === 0n) return;
  assert(count < MAX_LIMBS, "number too large for exact conversion");
  a.limbs[count] = 1;
  a.count++;
}

/** The quotient of big / divisor, at most 9 here, leaving the remainder in `big`: repeated subtraction beats division. */
export function bigDivideSmall(big: Big, divisor: Big): u32 {
  let quotient: u32 = 0;
  while (bigCompare(big, divisor) >= 0) {
    bigSubtract(big, divisor);
    quotient++;
  }
  return quotient;
}

export function bigBitLength(big: Big): u32 {
  if (big.count === 0) return 0;
  return big.count * 32 - countLeadingZeros(big.limbs[big.count - 1]);
}
