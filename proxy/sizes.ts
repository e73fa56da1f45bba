/** Numbers as users write them: counts, and sizes with a suffix. Pure, without allocation; every answer says whether it is valid. */

/** What a text stands for; `isValid` false if it is not a number of that form, or too large for 64 bits. */
export class ParsedNumber {
  isValid!: bool;
  value!: u64;
}

const ZERO = 48;
const SUFFIXES = "KMGTPE";

/** Decimal digits only. */
export function parseCount(text: string, result: ParsedNumber): void {
  parseDigits(text, 10n, result);
}

/** Digits (decimal, or hexadecimal after 0x) and at most one suffix K M G T P E of either case, powers of 1024. */
export function parseSize(text: string, result: ParsedNumber): void {
  const shift = suffixShift(text);
  const digits = shift === 0 ? text : text.slice(0, text.length - 1);
  const isHex = digits.length > 2 && digits.byteAt(0) === ZERO && lowerCase(digits.byteAt(1)) === 120;
  parseDigits(isHex ? digits.slice(2, digits.length) : digits, isHex ? 16n : 10n, result);
  if (shift === 0 || !result.isValid) return;
  const shifted = result.value << u64(shift);
  result.isValid = shifted >> u64(shift) === result.value;
  result.value = shifted;
}

function suffixShift(text: string): u32 {
  if (text.length < 2) return 0;
  const last = lowerCase(text.byteAt(text.length - 1));
  // In 0x1E the E is a digit.
  if (last === 101 && text.length > 2 && lowerCase(text.byteAt(1)) === 120) return 0;
  for (let i: u32 = 0; i < SUFFIXES.length; i += 1) {
    if (lowerCase(SUFFIXES.byteAt(i)) === last) return 10 * (i + 1);
  }
  return 0;
}

function parseDigits(text: string, base: u64, result: ParsedNumber): void {
  result.isValid = text.length > 0;
  result.value = 0n;
  for (let i: u32 = 0; i < text.length && result.isValid; i += 1) {
    const digit = digitOf(text.byteAt(i));
    let next: u64 = 0n;
    const overflows = mulOverflows(result.value, base, addressOf(next)) || addOverflows(next, digit, addressOf(next));
    result.isValid = digit < base && !overflows;
    result.value = next;
  }
}

/** 16 for what is no digit. */
function digitOf(character: u8): u64 {
  const lower = lowerCase(character);
  if (lower >= ZERO && lower <= 57) return u64(lower - ZERO);
  return lower >= 97 && lower <= 102 ? u64(lower - 87) : 16n;
}

function lowerCase(character: u8): u8 {
  return character >= 65 && character <= 90 ? character + 32 : character;
}
