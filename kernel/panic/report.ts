/** Text that is collected in static memory, cut where it is full. */

export const REPORT_BYTES = 8192;

export class Report {
  length!: u32;
  bytes!: Bytes<8192>;
}

export function reportWrite(report: Report, text: string): void {
  for (let index: u32 = 0; index < text.length && report.length < REPORT_BYTES; index++) {
    report.bytes[report.length] = text.byteAt(index);
    report.length++;
  }
}

const HEX_DIGITS = "0123456789abcdef";

/** Sixteen hexadecimal digits. */
export function reportHex(report: Report, value: u64): void {
  for (let shift: u64 = 64n; shift > 0n; shift -= 4n) {
    const digit = u32((value >> (shift - 4n)) & 0xfn);
    reportWrite(report, HEX_DIGITS.slice(digit, digit + 1));
  }
}

export function reportText(report: Report): string {
  return stringOf(elements(report.bytes), report.length);
}
