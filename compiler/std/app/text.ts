/**
 * Strings (ECMA-262 22.1): immutable UTF-16 units. Slices share the units of the whole; everything that is built gets memory of
 * its own. The functions are the methods of strings by name (`text` + `Slice`).
 */
import { allocate } from "./arena.ts";
import { listNew, listPush, position } from "./list.ts";

/** The longest string, as in other engines. */
const MAX_LENGTH: u64 = 0x1fff_ffe8n;
const END = 1e300;
const DOLLAR: u16 = 0x24;

export function textOfLength(length: u64): Slice<u16> {
  assert(length <= MAX_LENGTH, "the string is too long");
  return sliceOf(allocate<u16>(length + 1n), length);
}

function copyUnits(to: Slice<u16>, offset: u64, from: Slice<u16>): void {
  // SAFETY: callers made `to` long enough.
  copyBytes(castPtr<u8>(to.data.add(offset)), castPtr<u8>(from.data), from.length * 2n);
}

export function textConcat(a: string, b: string): string {
  const first = unitsOf(a);
  const second = unitsOf(b);
  if (first.length === 0n) return b;
  if (second.length === 0n) return a;
  const result = textOfLength(first.length + second.length);
  copyUnits(result, 0n, first);
  copyUnits(result, first.length, second);
  return textOf(result);
}

/** All pieces in a row. */
export function textJoin(pieces: Ptr<string>, count: u32): string {
  let length: u64 = 0n;
  for (let i: u32 = 0; i < count; i++) length = length + unitsOf(pieces[i]).length;
  const result = textOfLength(length);
  let end: u64 = 0n;
  for (let i: u32 = 0; i < count; i++) {
    const piece = unitsOf(pieces[i]);
    copyUnits(result, end, piece);
    end = end + piece.length;
  }
  return textOf(result);
}

/** Negative, 0 or positive, by code units. */
export function compareText(a: string, b: string): i32 {
  const x = unitsOf(a);
  const y = unitsOf(b);
  const count: u64 = x.length < y.length ? x.length : y.length;
  for (let i: u64 = 0n; i < count; i++) {
    if (at(x, i) !== at(y, i)) return at(x, i) < at(y, i) ? -1 : 1;
  }
  return x.length === y.length ? 0 : x.length < y.length ? -1 : 1;
}

function lengthOf(text: string): u32 {
  return u32(unitsOf(text).length);
}

function part(text: string, from: u32, to: u32): string {
  return textOf(unitsOf(text).subslice(u64(from), u64(to > from ? to : from)));
}

/** A position counted from the beginning, clamped; NaN is 0. */
function clamp(index: f64, length: u32): u32 {
  return index >= f64(length) ? length : index > 0.0 ? u32(index) : 0;
}

export function textOfUnit(code: f64): string {
  const result = textOfLength(1n);
  setAt(result, 0n, u16.wrap(toInt32(code)));
  return textOf(result);
}

/** ECMA-262 7.1.6, through the remainder where the value is large. */
function toInt32(value: f64): i32 {
  return i32(value | 0);
}

export function textAt(text: string, index: f64): string | undefined {
  const length: f64 = f64(lengthOf(text));
  let i: f64 = index === index ? index : 0.0;
  if (i > -1.0 && i < 0.0) i = 0.0;
  if (i < 0.0) i = length - f64(u32(-i));
  if (i < 0.0 || i >= length) return undefined;
  return part(text, u32(i), u32(i) + 1);
}

export function textCharAt(text: string, index: f64): string {
  if (index <= -1.0 || index >= f64(lengthOf(text))) return "";
  const i: u32 = clamp(index, lengthOf(text));
  return i < lengthOf(text) ? part(text, i, i + 1) : "";
}

export function textCharCodeAt(text: string, index: f64): f64 {
  if (index <= -1.0 || index >= f64(lengthOf(text))) return NaN;
  const i: u32 = clamp(index, lengthOf(text));
  return i < lengthOf(text) ? f64(unitsOf(text)[i]) : NaN;
}

export function isHighSurrogate(unit: u16): bool {
  return unit >= 0xd800 && unit < 0xdc00;
}

export function isLowSurrogate(unit: u16): bool {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** The code point at `i`; lone surrogates stand for themselves. */
export function codePoint(units: Slice<u16>, i: u64): u32 {
  const unit: u16 = at(units, i);
  if (!isHighSurrogate(unit) || i + 1n >= units.length || !isLowSurrogate(at(units, i + 1n))) return u32(unit);
  return ((u32(unit) - 0xd800) << 10) + (u32(at(units, i + 1n)) - 0xdc00) + 0x1_0000;
}

export function textCodePointAt(text: string, index: f64): f64 {
  assert(index > -1.0 && index < f64(lengthOf(text)), "codePointAt: the index lies outside the string");
  return f64(codePoint(unitsOf(text), u64(clamp(index, lengthOf(text)))));
}

/** Whether `part` stands in `text` at `from`. */
function standsAt(text: Slice<u16>, part: Slice<u16>, from: u64): bool {
  if (from > text.length || part.length > text.length - from) return false;
  for (let i: u64 = 0n; i < part.length; i++) if (at(text, from + i) !== at(part, i)) return false;
  return true;
}

/** The first place at or behind `from`; -1 if there is none. */
function find(text: Slice<u16>, part: Slice<u16>, from: u64): i64 {
  if (part.length > text.length) return -1n;
  for (let i: u64 = from; i <= text.length - part.length; i++) if (standsAt(text, part, i)) return i64(i);
  return -1n;
}

export function textIncludes(text: string, other: string): bool {
  return find(unitsOf(text), unitsOf(other), 0n) >= 0n;
}

export function textIndexOf(text: string, other: string, from: f64 = 0): f64 {
  return f64(find(unitsOf(text), unitsOf(other), u64(clamp(from, lengthOf(text)))));
}

export function textLastIndexOf(text: string, other: string): f64 {
  const units = unitsOf(text);
  const wanted = unitsOf(other);
  if (wanted.length > units.length) return -1.0;
  for (let i: u64 = units.length - wanted.length + 1n; i > 0n; i--)
    if (standsAt(units, wanted, i - 1n)) return f64(i - 1n);
  return -1.0;
}

export function textStartsWith(text: string, other: string): bool {
  return standsAt(unitsOf(text), unitsOf(other), 0n);
}

export function textEndsWith(text: string, other: string): bool {
  const units = unitsOf(text);
  const wanted = unitsOf(other);
  return wanted.length <= units.length && standsAt(units, wanted, units.length - wanted.length);
}

export function textSlice(text: string, start: f64 = 0, end: f64 = END): string {
  return part(text, position(start, lengthOf(text)), position(end, lengthOf(text)));
}

export function textSubstring(text: string, start: f64, end: f64 = END): string {
  const a: u32 = clamp(start, lengthOf(text));
  const b: u32 = clamp(end, lengthOf(text));
  return a < b ? part(text, a, b) : part(text, b, a);
}

export function textRepeat(text: string, count: f64): string {
  assert(!(count <= -1.0) && count < 4294967296.0, "repeat: the count is negative or too large");
  const units = unitsOf(text);
  const times: u64 = u64(count);
  if (units.length === 0n || times === 0n) return "";
  const result = textOfLength(units.length * times);
  for (let i: u64 = 0n; i < times; i++) copyUnits(result, i * units.length, units);
  return textOf(result);
}

/** `fill` repeated and cut to the units that `text` lacks. */
function padding(text: string, width: f64, fill: string): string {
  const length: u64 = unitsOf(text).length;
  const unit = unitsOf(fill);
  if (!(width > f64(length)) || unit.length === 0n) return "";
  assert(width <= f64(MAX_LENGTH), "the string is too long");
  const wanted: u64 = u64(width);
  if (wanted <= length) return "";
  const result = textOfLength(wanted - length);
  for (let i: u64 = 0n; i < result.length; i++) setAt(result, i, at(unit, i % unit.length));
  return textOf(result);
}

export function textPadStart(text: string, width: f64, fill: string = " "): string {
  return textConcat(padding(text, width, fill), text);
}

export function textPadEnd(text: string, width: f64, fill: string = " "): string {
  return textConcat(text, padding(text, width, fill));
}

/** The replacement text with $$, $&, $` and $' expanded (ECMA-262 22.1.3.19.1). */
function substitution(by: string, whole: string, match: string, start: u32): string {
  const units = unitsOf(by);
  const pieces = listNew<string>(4.0);
  let from: u32 = 0;
  let i: u32 = 0;
  while (u64(i) + 1n < units.length) {
    const next: u16 = units[i + 1];
    const known: bool = units[i] === DOLLAR && (next === DOLLAR || next === 0x26 || next === 0x60 || next === 0x27);
    if (!known) {
      i++;
      continue;
    }
    void listPush<string>(pieces, part(by, from, i));
    if (next === DOLLAR) void listPush<string>(pieces, "$");
    else if (next === 0x26) void listPush<string>(pieces, match);
    else if (next === 0x60) void listPush<string>(pieces, part(whole, 0, start));
    else void listPush<string>(pieces, part(whole, start + lengthOf(match), lengthOf(whole)));
    i += 2;
    from = i;
  }
  void listPush<string>(pieces, part(by, from, lengthOf(by)));
  return textJoin(pieces.data, pieces.length);
}

export function textReplace(text: string, other: string, by: string): string {
  const found: i64 = find(unitsOf(text), unitsOf(other), 0n);
  if (found < 0n) return text;
  const start: u32 = u32(found);
  const head = textConcat(part(text, 0, start), substitution(by, text, other, start));
  return textConcat(head, part(text, start + lengthOf(other), lengthOf(text)));
}

export function textReplaceAll(text: string, other: string, by: string): string {
  const pieces = listNew<string>(8.0);
  const step: u32 = lengthOf(other) > 0 ? lengthOf(other) : 1;
  let end: u32 = 0;
  let from: u32 = 0;
  for (;;) {
    const found: i64 = from > lengthOf(text) ? -1n : find(unitsOf(text), unitsOf(other), u64(from));
    if (found < 0n) break;
    const start: u32 = u32(found);
    void listPush<string>(pieces, part(text, end, start));
    void listPush<string>(pieces, substitution(by, text, other, start));
    end = start + lengthOf(other);
    from = start + step;
  }
  if (end < lengthOf(text)) void listPush<string>(pieces, part(text, end, lengthOf(text)));
  return textJoin(pieces.data, pieces.length);
}

export function textSplit(text: string, separator: string): string[] {
  const units = unitsOf(text);
  const result = listNew<string>(8.0);
  if (lengthOf(separator) === 0) {
    for (let i: u32 = 0; i < lengthOf(text); i++) void listPush<string>(result, part(text, i, i + 1));
    return arrayOf<string>(result);
  }
  let from: u32 = 0;
  for (;;) {
    const found: i64 = find(units, unitsOf(separator), u64(from));
    if (found < 0n) break;
    void listPush<string>(result, part(text, from, u32(found)));
    from = u32(found) + lengthOf(separator);
  }
  void listPush<string>(result, part(text, from, lengthOf(text)));
  return arrayOf<string>(result);
}

/** WhiteSpace and LineTerminator (ECMA-262 12.2, 12.3). */
export function isSpace(unit: u16): bool {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 9 && unit <= 13);
  if (unit === 0xa0 || unit === 0x1680 || unit === 0xfeff) return true;
  return (
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

export function textTrimStart(text: string): string {
  const units = unitsOf(text);
  let from: u32 = 0;
  while (u64(from) < units.length && isSpace(units[from])) from++;
  return part(text, from, lengthOf(text));
}

export function textTrimEnd(text: string): string {
  const units = unitsOf(text);
  let to: u32 = lengthOf(text);
  while (to > 0 && isSpace(units[to - 1])) to--;
  return part(text, 0, to);
}

export function textTrim(text: string): string {
  return textTrimStart(textTrimEnd(text));
}
