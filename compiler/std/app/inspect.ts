/**
 * Arrays as console.log prints them: the rules of Node 20's util.inspect (depth 0, 80 columns, `compact` 3, 100 elements at most).
 *
 * Up to six elements stand in a line if they fit; more are arranged in columns whose number depends on the lengths. Widths are
 * those of ASCII, Latin, Greek and Cyrillic letters; a longer array with other characters ends the program rather than print
 * columns that Node would not print.
 */
import { ceil, floor, round } from "./float-parts.ts";
import { type List, listNew, listPush } from "./list.ts";
import { printText } from "./print.ts";
import {
  isHighSurrogate,
  isLowSurrogate,
  textConcat,
  textJoin,
  textOfLength,
  textPadEnd,
  textPadStart,
} from "./text.ts";

const MAX_ELEMENTS: u32 = 100;
const MAX_STRING: u64 = 10_000n;
const BREAK_LENGTH: f64 = 80.0;
const MAX_COLUMNS: f64 = 12.0;
/** Elements are indented by two: a string longer than this is broken at its line feeds. */
const LONG_STRING: u64 = 74n;
const QUOTE: u16 = 0x27;
const DOUBLE_QUOTE: u16 = 0x22;
const BACKTICK: u16 = 0x60;
const BACKSLASH: u16 = 0x5c;

export function printArray<T>(array: T[], numeric: bool): void {
  const list: List<T> = listOf<T>(array);
  if (list.length === 0) {
    printText("[]");
    return;
  }
  const output = listNew<string>(f64(list.length));
  for (let i: u32 = 0; i < list.length && i < MAX_ELEMENTS; i++)
    void listPush<string>(output, inspectElement(list.data[i]));
  let count: u32 = output.length;
  if (list.length > MAX_ELEMENTS) {
    const more: u32 = list.length - MAX_ELEMENTS;
    void listPush<string>(output, `... ${more} more item${more > 1 ? "s" : ""}`);
  }
  const rows = output.length > 6 ? grouped(output, count, numeric) : output;
  count = output.length;
  if (rows.length === count && fitsLine(output)) {
    printText("[ ");
    printJoined(rows, ", ");
    printText(" ]");
    return;
  }
  printText("[\n  ");
  printJoined(rows, ",\n  ");
  printText("\n]");
}

function printJoined(pieces: List<string>, separator: string): void {
  for (let i: u32 = 0; i < pieces.length; i++) {
    if (i > 0) printText(separator);
    printText(pieces.data[i]);
  }
}

function unitCount(text: string): f64 {
  return f64(unitsOf(text).length);
}

function fitsLine(output: List<string>): bool {
  const count: f64 = f64(output.length);
  let total: f64 = count + (count + 1.0 + 10.0);
  if (total + count > BREAK_LENGTH) return false;
  for (let i: u32 = 0; i < output.length; i++) {
    total = total + unitCount(output.data[i]);
    if (total > BREAK_LENGTH || holdsLineFeed(output.data[i])) return false;
  }
  return true;
}

function holdsLineFeed(text: string): bool {
  const units = unitsOf(text);
  for (let i: u64 = 0n; i < units.length; i++) if (at(units, i) === 10) return true;
  return false;
}

/** The output in columns, or as it is. `count` leaves the "more items" at its end out. */
function grouped(output: List<string>, count: u32, numeric: bool): List<string> {
  const widths = listNew<f64>(f64(count));
  let total: f64 = 0.0;
  let longest: f64 = 0.0;
  for (let i: u32 = 0; i < count; i++) {
    const width: f64 = displayWidth(output.data[i]);
    void listPush<f64>(widths, width);
    total = total + width + 2.0;
    if (width > longest) longest = width;
  }
  const actual: f64 = longest + 2.0;
  if (!(actual * 3.0 < BREAK_LENGTH && (total / actual > 5.0 || longest <= 6.0))) return output;
  const bias: f64 = squareRoot(actual - total / f64(output.length));
  const biased: f64 = actual - 3.0 - bias > 1.0 ? actual - 3.0 - bias : 1.0;
  let columns: f64 = round(squareRoot(2.5 * biased * f64(count)) / biased);
  const fitting: f64 = floor(BREAK_LENGTH / actual);
  if (fitting < columns) columns = fitting;
  if (MAX_COLUMNS < columns) columns = MAX_COLUMNS;
  if (columns <= 1.0) return output;
  return arranged(output, widths, u32(columns), numeric);
}

function arranged(output: List<string>, widths: List<f64>, columns: u32, numeric: bool): List<string> {
  const count: u32 = widths.length;
  const rows = listNew<string>(ceil(f64(count) / f64(columns)) + 1.0);
  const columnWidths = listNew<f64>(f64(columns));
  for (let c: u32 = 0; c < columns; c++) {
    let widest: f64 = 0.0;
    for (let i: u32 = c; i < count; i += columns) if (widths.data[i] > widest) widest = widths.data[i];
    void listPush<f64>(columnWidths, widest + 2.0);
  }
  for (let start: u32 = 0; start < count; start += columns) {
    const end: u32 = start + columns < count ? start + columns : count;
    void listPush<string>(rows, rowText(output, widths, columnWidths, start, end, numeric));
  }
  if (output.length > count) void listPush<string>(rows, output.data[count]);
  return rows;
}

function rowText(
  output: List<string>,
  widths: List<f64>,
  columnWidths: List<f64>,
  start: u32,
  end: u32,
  numeric: bool,
): string {
  const pieces = listNew<string>(f64(end - start));
  for (let i: u32 = start; i < end; i++) {
    const text = output.data[i];
    // padStart and padEnd count units; the difference to the columns on the screen is added.
    const padding: f64 = columnWidths.data[i - start] + unitCount(text) - widths.data[i];
    if (i + 1 < end) {
      const cell = textConcat(text, ", ");
      void listPush<string>(pieces, numeric ? textPadStart(cell, padding, " ") : textPadEnd(cell, padding, " "));
    } else {
      void listPush<string>(pieces, numeric ? textPadStart(text, padding - 2.0, " ") : text);
    }
  }
  return textJoin(pieces.data, pieces.length);
}

function displayWidth(text: string): f64 {
  const units = unitsOf(text);
  for (let i: u64 = 0n; i < units.length; i++) {
    assert(
      isNarrow(at(units, i)),
      "console.log cannot arrange strings with these characters in columns; print them one by one",
    );
  }
  return f64(units.length);
}

/** Characters that every terminal shows in one column, and Node counts so. */
function isNarrow(unit: u16): bool {
  if (unit < 0x7f) return true;
  if (unit >= 0xa1 && unit < 0x300) return unit !== 0xa9 && unit !== 0xad && unit !== 0xae;
  return (unit >= 0x386 && unit <= 0x3ff) || (unit >= 0x400 && unit <= 0x482) || (unit >= 0x48a && unit <= 0x52f);
}

// --- Strings in quotes -------------------------------------------------------------------------------------------------------

/** A string inside an array: quoted and escaped; a long one is broken behind its line feeds. */
export function quoted(text: string): string {
  let units = unitsOf(text);
  let trailer = "";
  if (units.length > MAX_STRING) {
    const more: u64 = units.length - MAX_STRING;
    trailer = `... ${more} more character${more > 1n ? "s" : ""}`;
    units = units.subslice(0n, MAX_STRING);
  }
  if (units.length <= LONG_STRING) return textConcat(quotedLine(units), trailer);
  const lines = listNew<string>(4.0);
  let from: u64 = 0n;
  for (let i: u64 = 0n; i < units.length; i++) {
    if (at(units, i) !== 10 || i + 1n === units.length) continue;
    void listPush<string>(lines, quotedLine(units.subslice(from, i + 1n)));
    void listPush<string>(lines, " +\n    ");
    from = i + 1n;
  }
  void listPush<string>(lines, quotedLine(units.subslice(from, units.length)));
  void listPush<string>(lines, trailer);
  return textJoin(lines.data, lines.length);
}

function holds(units: Slice<u16>, unit: u16): bool {
  for (let i: u64 = 0n; i < units.length; i++) if (at(units, i) === unit) return true;
  return false;
}

/** The quotation mark that needs no escapes, the single one if there is none. */
function quoteFor(units: Slice<u16>): u16 {
  if (!holds(units, QUOTE)) return QUOTE;
  if (!holds(units, DOUBLE_QUOTE)) return DOUBLE_QUOTE;
  return !holds(units, BACKTICK) && !holdsSubstitution(units) ? BACKTICK : QUOTE;
}

function holdsSubstitution(units: Slice<u16>): bool {
  for (let i: u64 = 1n; i < units.length; i++) if (at(units, i - 1n) === 0x24 && at(units, i) === 0x7b) return true;
  return false;
}

const HEX: FixedArray<u8, 16> = fixedArray(
  0x30,
  0x31,
  0x32,
  0x33,
  0x34,
  0x35,
  0x36,
  0x37,
  0x38,
  0x39,
  0x41,
  0x42,
  0x43,
  0x44,
  0x45,
  0x46,
);

function quotedLine(units: Slice<u16>): string {
  const quote: u16 = quoteFor(units);
  // The longest escape is six units for one.
  const out = textOfLength(units.length * 6n + 2n);
  let end: u64 = put(out, 0n, quote);
  for (let i: u64 = 0n; i < units.length; i++) {
    const unit: u16 = at(units, i);
    const pair: bool = isHighSurrogate(unit) && i + 1n < units.length && isLowSurrogate(at(units, i + 1n));
    if (pair) {
      end = put(out, put(out, end, unit), at(units, i + 1n));
      i++;
    } else if (unit === BACKSLASH || (unit === QUOTE && quote === QUOTE)) {
      end = put(out, put(out, end, BACKSLASH), unit);
    } else if (unit < 32 || (unit > 126 && unit < 160)) {
      end = putControl(out, end, unit);
    } else if (isHighSurrogate(unit) || isLowSurrogate(unit)) {
      end = putSurrogate(out, end, unit);
    } else {
      end = put(out, end, unit);
    }
  }
  end = put(out, end, quote);
  return textOf(out.subslice(0n, end));
}

function put(out: Slice<u16>, end: u64, unit: u16): u64 {
  setAt(out, end, unit);
  return end + 1n;
}

function putControl(out: Slice<u16>, end: u64, unit: u16): u64 {
  const letter: u16 =
    unit === 8 ? 0x62 : unit === 9 ? 0x74 : unit === 10 ? 0x6e : unit === 12 ? 0x66 : unit === 13 ? 0x72 : 0;
  if (letter !== 0) return put(out, put(out, end, BACKSLASH), letter);
  const next: u64 = put(out, put(out, end, BACKSLASH), 0x78);
  return put(out, put(out, next, u16(HEX[unit >> 4])), u16(HEX[unit & 15]));
}

/** \ud83d, with small letters. */
function putSurrogate(out: Slice<u16>, end: u64, unit: u16): u64 {
  let next: u64 = put(out, put(out, end, BACKSLASH), 0x75);
  for (let shift: u32 = 16; shift > 0; shift -= 4) {
    const digit: u8 = HEX[(u32(unit) >> (shift - 4)) & 15];
    next = put(out, next, u16(digit >= 0x41 ? digit + 32 : digit));
  }
  return next;
}
