/**
 * A line of text under construction, in memory of its own: what does not fit is cut off and marked with "...".
 *
 * Template literals are sized at compile time and live on the stack of one function; a trace line is put together by many.
 */

export const TEXT_BUFFER_BYTES = 1024;
const MARK = "...\n";

@struct()
export class TextBuffer {
  length!: u32;
  isFull!: bool;
  bytes!: Bytes<1024>;
}

export function textClear(buffer: TextBuffer): void {
  buffer.length = 0;
  buffer.isFull = false;
}

/** What was put so far; valid until the next change. */
export function textView(buffer: TextBuffer): string {
  return stringOf(elements(buffer.bytes), buffer.length);
}

export function textPutByte(buffer: TextBuffer, byte: u8): void {
  // Room for the mark is kept, so a cut line still ends.
  if (buffer.length >= TEXT_BUFFER_BYTES - MARK.length) {
    textCut(buffer);
    return;
  }
  buffer.bytes[buffer.length] = byte;
  buffer.length++;
}

export function textPut(buffer: TextBuffer, text: string): void {
  for (let i: u32 = 0; i < text.length; i++) {
    textPutByte(buffer, text.byteAt(i));
  }
}

export function textPutUnsigned(buffer: TextBuffer, value: u64): void {
  const digits: Bytes<20> = zeroed();
  let count: u32 = 0;
  let rest = value;
  do {
    digits[count] = u8(48n + (rest % 10n));
    rest = rest / 10n;
    count++;
  } while (rest !== 0n);
  while (count > 0) {
    count--;
    textPutByte(buffer, digits[count]);
  }
}

export function textPutSigned(buffer: TextBuffer, value: i64): void {
  if (value < 0n) {
    textPutByte(buffer, 45);
    // Negating as unsigned is right for the smallest value, too.
    textPutUnsigned(buffer, 0n - u64.wrap(value));
    return;
  }
  textPutUnsigned(buffer, u64.wrap(value));
}

/** With "0x" and without leading zeros; 0 is "0", as strace prints it. */
export function textPutHex(buffer: TextBuffer, value: u64): void {
  if (value === 0n) {
    textPutByte(buffer, 48);
    return;
  }
  textPut(buffer, "0x");
  textPutHexDigits(buffer, value, 16 - countLeadingZeros(value) / 4);
}

/** Without "0x", `digits` of them: for bytes and padded numbers. */
export function textPutHexDigits(buffer: TextBuffer, value: u64, digits: u32): void {
  for (let left: u32 = digits; left > 0; left--) {
    textPutByte(buffer, hexDigit(u32((value >> (u64(left - 1) * 4n)) & 15n)));
  }
}

export function textPutOctal(buffer: TextBuffer, value: u64): void {
  textPutByte(buffer, 48);
  if (value === 0n) {
    return;
  }
  for (let left: u32 = (63 - countLeadingZeros(value)) / 3 + 1; left > 0; left--) {
    textPutByte(buffer, u8(48n + ((value >> (u64(left - 1) * 3n)) & 7n)));
  }
}

function hexDigit(digit: u32): u8 {
  return u8(digit < 10 ? 48 + digit : 87 + digit);
}

function textCut(buffer: TextBuffer): void {
  if (buffer.isFull) {
    return;
  }
  buffer.isFull = true;
  for (let i: u32 = 0; i < MARK.length; i++) {
    buffer.bytes[buffer.length] = MARK.byteAt(i);
    buffer.length++;
  }
}
