/**
 * UTF-16 to UTF-8 for output, UTF-8 to UTF-16 for arguments and the environment; malformed input becomes U+FFFD (WHATWG Encoding).
 */
import { allocate } from "./arena.ts";
import { codePoint, textOfLength } from "./text.ts";

/** The text of ASCII bytes. */
export function asciiText(bytes: Ptr<u8>, length: u32): string {
  const result = textOfLength(u64(length));
  for (let i: u32 = 0; i < length; i++) result[i] = u16(bytes[i]);
  return textOf(result);
}

/** Bytes that UTF-8 needs at most for each unit. */
export const MAX_UTF8_PER_UNIT: u64 = 3n;

function putContinuation(out: Ptr<u8>, end: u64, point: u32, shift: u32): void {
  setAt(out, end, u8(0x80 | ((point >> shift) & 0x3f)));
}

/** Writes one code point; returns the bytes used. Lone surrogates become U+FFFD. */
function putPoint(out: Ptr<u8>, end: u64, given: u32): u64 {
  const point: u32 = given >= 0xd800 && given < 0xe000 ? 0xfffd : given;
  if (point < 0x80) {
    setAt(out, end, u8(point));
    return 1n;
  }
  if (point < 0x800) {
    setAt(out, end, u8(0xc0 | (point >> 6)));
    putContinuation(out, end + 1n, point, 0);
    return 2n;
  }
  if (point < 0x1_0000) {
    setAt(out, end, u8(0xe0 | (point >> 12)));
    putContinuation(out, end + 1n, point, 6);
    putContinuation(out, end + 2n, point, 0);
    return 3n;
  }
  setAt(out, end, u8(0xf0 | (point >> 18)));
  putContinuation(out, end + 1n, point, 12);
  putContinuation(out, end + 2n, point, 6);
  putContinuation(out, end + 3n, point, 0);
  return 4n;
}

/** UTF-8 into `out`, which has room for 3 bytes a unit; returns their number. */
export function encodeUtf8(out: Ptr<u8>, text: string): u64 {
  const units = unitsOf(text);
  let end: u64 = 0n;
  let i: u64 = 0n;
  while (i < units.length) {
    const point: u32 = codePoint(units, i);
    end = end + putPoint(out, end, point);
    i = i + (point >= 0x1_0000 ? 2n : 1n);
  }
  return end;
}

export function utf8Bytes(text: string): Slice<u8> {
  const out = allocate<u8>(unitsOf(text).length * MAX_UTF8_PER_UNIT + 1n);
  return sliceOf(out, encodeUtf8(out, text));
}

/** The code point that starts at `i`, and how many bytes it takes in `used`; malformed bytes are U+FFFD (WHATWG Encoding). */
function decodePoint(bytes: Slice<u8>, i: u64, used: Ptr<u64>): u32 {
  const first: u8 = at(bytes, i);
  used.value = 1n;
  if (first < 0x80) return u32(first);
  const more: u64 =
    first >= 0xc2 && first < 0xe0 ? 1n : first >= 0xe0 && first < 0xf0 ? 2n : first >= 0xf0 && first < 0xf5 ? 3n : 0n;
  if (more === 0n) return 0xfffd;
  let point: u32 = u32(first) & (more === 1n ? 0x1f : more === 2n ? 0x0f : 0x07);
  for (let k: u64 = 1n; k <= more; k++) {
    const byte: u8 = i + k < bytes.length ? at(bytes, i + k) : 0;
    let low: u8 = 0x80;
    let high: u8 = 0xbf;
    if (k === 1n && first === 0xe0) low = 0xa0;
    if (k === 1n && first === 0xed) high = 0x9f;
    if (k === 1n && first === 0xf0) low = 0x90;
    if (k === 1n && first === 0xf4) high = 0x8f;
    if (byte < low || byte > high) return 0xfffd;
    used.value = k + 1n;
    point = (point << 6) | (u32(byte) & 0x3f);
  }
  return point;
}

export function decodeUtf8(bytes: Slice<u8>): string {
  const result = textOfLength(bytes.length);
  let end: u64 = 0n;
  let i: u64 = 0n;
  let used: u64 = 0n;
  while (i < bytes.length) {
    const point: u32 = decodePoint(bytes, i, addressOf(used));
    i = i + used;
    if (point >= 0x1_0000) {
      setAt(result, end, u16(0xd800 + ((point - 0x1_0000) >> 10)));
      end++;
      setAt(result, end, u16(0xdc00 + ((point - 0x1_0000) & 0x3ff)));
    } else {
      setAt(result, end, u16(point));
    }
    end++;
  }
  return textOf(result.subslice(0n, end));
}
