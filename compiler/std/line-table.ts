/**
 * The line table of an image: function names, files and lines by code address, small enough to be part of the image.
 *
 * tools/line-table.ts makes it from the symbols and the DWARF of a linked image; panics and the monitor's reports read it. DWARF
 * itself is ten times as large and takes an interpreter.
 *
 *     LineTableHeader | LineFunction[functionCount], ascending | rows (bytes) | file names | function names
 *
 * A function's rows: varint file, varint line, then per row: varint distance to the previous address (0 ends them); varint step to
 * the line: 0 and a varint file if the file changes, then 1 plus the zigzag distance to the previous line. Names are NUL-terminated,
 * files are found by their offset among the file names.
 */

export const LINE_TABLE_MAGIC = 0x4e49_4c42;

@struct(48)
export class LineTableHeader {
  magic!: u32;
  functionCount!: u32;
  /** Address that offsets count from. */
  base!: u64;
  rowsOffset!: u32;
  filesOffset!: u32;
  namesOffset!: u32;
  totalBytes!: u32;
  reserved!: FixedArray<u64, 2>;
}

@struct(16)
export class LineFunction {
  offset!: u32;
  bytes!: u32;
  /** Among the function names. */
  name!: u32;
  /** Among the rows. */
  rows!: u32;
}

/** What is known about an address; strings lie in the table. */
export class LinePlace {
  functionName!: string;
  functionOffset!: u64;
  /** Empty if no line is known. */
  file!: string;
  line!: u32;
}

class Reader {
  at!: Ptr<u8>;
  end!: VirtAddr;
}

const MAX_NAME = 512;

/** Looks `address` up in a table that this project made; false if no function holds it. */
export function lineTableFind(table: Slice<u8>, address: u64, place: LinePlace): bool {
  if (table.length < u64(sizeOf<LineTableHeader>())) {
    return false;
  }
  // SAFETY: the table begins with its header; the magic number tells an empty one.
  const header = castPtr<LineTableHeader>(table.data);
  if (header.magic !== LINE_TABLE_MAGIC || u64(header.totalBytes) > table.length || address < header.base) {
    return false;
  }
  const functions = castPtr<LineFunction>(table.data.add(u64(sizeOf<LineTableHeader>())));
  const offset = address - header.base;
  const index = functionAtOffset(functions, header.functionCount, offset);
  if (index === header.functionCount) {
    return false;
  }
  const found = functions[index];
  place.functionName = nameAt(table.data.add(u64(header.namesOffset) + u64(found.name)));
  place.functionOffset = offset - u64(found.offset);
  place.file = "";
  place.line = 0;
  const reader: Reader = {
    at: table.data.add(u64(header.rowsOffset) + u64(found.rows)),
    end: virtAddr(table.data.add(u64(header.filesOffset))),
  };
  readRows(reader, u64(found.offset), offset, table.data.add(u64(header.filesOffset)), place);
  return true;
}

/** The function that holds `offset`; `count` if none does. */
function functionAtOffset(functions: Ptr<LineFunction>, count: u32, offset: u64): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = low + (high - low) / 2;
    if (u64(functions[middle].offset) + u64(functions[middle].bytes) <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count && u64(functions[low].offset) <= offset ? low : count;
}

/** Rows: file, line of the function's start; then rows until a distance of 0 that ends them. */
function readRows(reader: Reader, start: u64, offset: u64, files: Ptr<u8>, place: LinePlace): void {
  let file = readVarint(reader);
  let line = i64(readVarint(reader));
  if (line === 0n) {
    return;
  }
  let at0 = start;
  for (;;) {
    const distance = readVarint(reader);
    if (distance === 0n || at0 + distance > offset) {
      break;
    }
    at0 += distance;
    let lineStep = readVarint(reader);
    if (lineStep === 0n) {
      file = readVarint(reader);
      lineStep = readVarint(reader);
    }
    lineStep -= 1n;
    line += i64(lineStep >> 1n) ^ -i64(lineStep & 1n);
  }
  place.file = nameAt(files.add(file));
  place.line = u32.wrap(u64.wrap(line));
}

function readVarint(reader: Reader): u64 {
  let value: u64 = 0n;
  for (let shift: u64 = 0n; shift < 63n && virtAddr(reader.at) < reader.end; shift += 7n) {
    const byte = reader.at.value;
    reader.at = reader.at.add(1);
    value |= u64(byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) {
      break;
    }
  }
  return value;
}

function nameAt(first: Ptr<u8>): string {
  let length: u32 = 0;
  while (length < MAX_NAME && first.add(length).value !== 0) {
    length++;
  }
  return stringOf(first, length);
}
