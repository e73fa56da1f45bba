/**
 * toUpperCase and toLowerCase (ECMA-262 22.1.3.26, 22.1.3.28): Unicode's full mappings, without those of languages. The one rule with
 * context is Greek's final sigma.
 */
import { LOWER, LOWER_COUNT, UPPER, UPPER_COUNT, UPPER_SPECIAL, UPPER_SPECIAL_COUNT } from "./case-tables.ts";
import { codePoint, textOfLength } from "./text.ts";

const CAPITAL_SIGMA: u32 = 0x3a3;
const FINAL_SIGMA: u32 = 0x3c2;
const CAPITAL_I_WITH_DOT: u32 = 0x130;

/** Looks `point` up in a table of ranges. */
function mapped(table: Ptr<i32>, rows: u32, point: u32): u32 {
  const wanted: i32 = i32(point);
  for (let row: u32 = 0; row < rows; row++) {
    const first: i32 = table[row * 4];
    if (wanted < first) return point;
    if (wanted > table[row * 4 + 1]) continue;
    const fits: bool = table[row * 4 + 2] === 1 || ((wanted - first) & 1) === 0;
    if (fits) return u32(wanted + table[row * 4 + 3]);
  }
  return point;
}

function put(out: Slice<u16>, end: u64, point: u32): u64 {
  if (point < 0x1_0000) {
    setAt(out, end, u16(point));
    return end + 1n;
  }
  setAt(out, end, u16(0xd800 + ((point - 0x1_0000) >> 10)));
  setAt(out, end + 1n, u16(0xdc00 + ((point - 0x1_0000) & 0x3ff)));
  return end + 2n;
}

function putUpper(out: Slice<u16>, end: u64, point: u32): u64 {
  if (point < 0x80) return put(out, end, point >= 0x61 && point <= 0x7a ? point - 32 : point);
  for (let row: u32 = 0; row < UPPER_SPECIAL_COUNT; row++) {
    if (u32(UPPER_SPECIAL[row * 4]) !== point) continue;
    let next: u64 = end;
    for (let i: u32 = 1; i < 4 && UPPER_SPECIAL[row * 4 + i] !== 0; i++)
      next = put(out, next, u32(UPPER_SPECIAL[row * 4 + i]));
    return next;
  }
  return put(out, end, mapped(elements(UPPER), UPPER_COUNT, point));
}

export function textToUpperCase(text: string): string {
  const units = unitsOf(text);
  const out = textOfLength(units.length * 3n);
  let end: u64 = 0n;
  let i: u64 = 0n;
  while (i < units.length) {
    const point: u32 = codePoint(units, i);
    end = putUpper(out, end, point);
    i = i + (point >= 0x1_0000 ? 2n : 1n);
  }
  return textOf(out.subslice(0n, end));
}

/** Letters for the rule of the final sigma. */
function isCased(point: u32): bool {
  if (point < 0x80) return (point >= 0x41 && point <= 0x5a) || (point >= 0x61 && point <= 0x7a);
  if (point === 0xaa || point === 0xba) return true;
  return mapped(elements(UPPER), UPPER_COUNT, point) !== point || mapped(elements(LOWER), LOWER_COUNT, point) !== point;
}

/** What stands between letters of a word without ending it. */
function isIgnorable(point: u32): bool {
  if (point === 0x27 || point === 0x2e || point === 0x3a || point === 0x5e || point === 0x60) return true;
  return (
    point === 0xa8 ||
    point === 0xad ||
    point === 0xaf ||
    point === 0xb4 ||
    point === 0xb7 ||
    point === 0xb8 ||
    point === 0x2019 ||
    (point >= 0x300 && point < 0x370)
  );
}

/** Whether a sigma at `i` ends a word: a letter before it, none behind it. */
function endsWord(units: Slice<u16>, i: u64): bool {
  let before: bool = false;
  for (let k: u64 = i; k > 0n; k--) {
    const point: u32 = codePoint(units, k - 1n);
    if (isIgnorable(point)) continue;
    before = isCased(point);
    break;
  }
  if (!before) return false;
  for (let k: u64 = i + 1n; k < units.length; k++) {
    const point: u32 = codePoint(units, k);
    if (isIgnorable(point)) continue;
    return !isCased(point);
  }
  return true;
}

function putLower(out: Slice<u16>, end: u64, units: Slice<u16>, i: u64): u64 {
  const point: u32 = codePoint(units, i);
  if (point < 0x80) return put(out, end, point >= 0x41 && point <= 0x5a ? point + 32 : point);
  if (point === CAPITAL_SIGMA && endsWord(units, i)) return put(out, end, FINAL_SIGMA);
  if (point === CAPITAL_I_WITH_DOT) return put(out, put(out, end, 0x69), 0x307);
  return put(out, end, mapped(elements(LOWER), LOWER_COUNT, point));
}

export function textToLowerCase(text: string): string {
  const units = unitsOf(text);
  const out = textOfLength(units.length * 2n);
  let end: u64 = 0n;
  let i: u64 = 0n;
  while (i < units.length) {
    end = putLower(out, end, units, i);
    i = i + (codePoint(units, i) >= 0x1_0000 ? 2n : 1n);
  }
  return textOf(out.subslice(0n, end));
}
