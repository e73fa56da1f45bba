/**
 * Puts the line table for backtraces into a linked kernel image: function names, files and lines by address.
 *
 *     node --import tsx tools/line-table.ts build/kernel/hermit.elf
 *
 * Reads the symbols and, through objdump, the DWARF line program; writes the format that compiler/std/line-table.ts describes
 * and reads. The table is appended to the file and takes the place of the section .line_table, the last of the image (kernel.ld),
 * so nothing moves; the segment's size and two words of the image's header are corrected. Running it again does the same again.
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type ElfImage, elfParse, elfPutSection, elfSymbols } from "./elf-file.ts";

const SECTION = ".line_table";
const MAGIC = 0x4e49_4c42;
const HEADER_BYTES = 48;
const FUNCTION_BYTES = 16;
/** A line step of 0 says that the file changes first. */
const FILE_CHANGES = 0;
const PAGE = 4096n;

export interface LineRow {
  readonly address: bigint;
  readonly file: string;
  readonly line: number;
}

export interface LineFunction {
  readonly address: bigint;
  readonly bytes: number;
  readonly name: string;
}

/** `serialWrite__uart16550.part.0` is the compilers' spelling of `serialWrite`. */
export function plainName(symbol: string): string {
  return symbol.replace(/\..*$/, "").replace(/(?<=[^_])__[A-Za-z0-9_]+$/, "");
}

/** Rows of `objdump --dwarf=decodedline`, by address; of several rows for an address the last counts. */
export function parseLineRows(text: string): LineRow[] {
  const rows = new Map<bigint, LineRow>();
  let file = "";
  for (const line of text.split("\n")) {
    const row = /^\S+\s+(\d+|-)\s+(0x[0-9a-f]+)/.exec(line);
    if (row?.[1] !== undefined && row[2] !== undefined) {
      const address = BigInt(row[2]);
      if (row[1] !== "-") {
        rows.set(address, { address, file, line: Number(row[1]) });
      }
    } else if (/^\S.*:$/.test(line) && !line.startsWith("CU:")) {
      file = line.slice(0, -1);
    }
  }
  return [...rows.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The table as bytes; `base` is what its offsets count from. */
export function encodeLineTable(
  base: bigint,
  functions: readonly LineFunction[],
  rows: readonly LineRow[],
): Uint8Array {
  const names = new NameTable();
  const files = new NameTable();
  const encodedRows: number[] = [];
  const entries = functions.map((each) => {
    const offset = encodedRows.length;
    encodeRows(encodedRows, files, each, rows);
    return { offset: Number(each.address - base), bytes: each.bytes, name: names.add(each.name), rows: offset };
  });
  const rowsOffset = HEADER_BYTES + entries.length * FUNCTION_BYTES;
  const filesOffset = rowsOffset + encodedRows.length;
  const namesOffset = filesOffset + files.bytes.length;
  const totalBytes = namesOffset + names.bytes.length;
  const table = Buffer.alloc(totalBytes);
  table.writeUInt32LE(MAGIC, 0);
  table.writeUInt32LE(entries.length, 4);
  table.writeBigUInt64LE(base, 8);
  table.writeUInt32LE(rowsOffset, 16);
  table.writeUInt32LE(filesOffset, 20);
  table.writeUInt32LE(namesOffset, 24);
  table.writeUInt32LE(totalBytes, 28);
  entries.forEach((entry, index) => {
    const at = HEADER_BYTES + index * FUNCTION_BYTES;
    table.writeUInt32LE(entry.offset, at);
    table.writeUInt32LE(entry.bytes, at + 4);
    table.writeUInt32LE(entry.name, at + 8);
    table.writeUInt32LE(entry.rows, at + 12);
  });
  table.set(encodedRows, rowsOffset);
  table.set(files.bytes, filesOffset);
  table.set(names.bytes, namesOffset);
  return table;
}

/** Rows of one function: file and line where it starts, then distances; a distance of 0 ends them. */
function encodeRows(out: number[], files: NameTable, owner: LineFunction, rows: readonly LineRow[]): void {
  const end = owner.address + BigInt(owner.bytes);
  const own = rows.slice(firstAtOrAbove(rows, owner.address), firstAtOrAbove(rows, end));
  // Code of the runtime's header inside a function belongs to the line that uses it.
  const isRuntime = (row: LineRow) => row.file.endsWith(".h");
  const first = own.find((row) => !isRuntime(row)) ?? own[0];
  if (first === undefined) {
    pushVarint(out, 0);
    pushVarint(out, 0);
    return;
  }
  let { file, line } = first;
  let address = owner.address;
  pushVarint(out, files.add(file));
  pushVarint(out, line);
  for (const row of own) {
    if ((row.file === file && row.line === line) || (isRuntime(row) && !isRuntime(first))) {
      continue;
    }
    pushVarint(out, Number(row.address - address));
    if (row.file !== file) {
      pushVarint(out, FILE_CHANGES);
      pushVarint(out, files.add(row.file));
    }
    const step = row.line - line;
    pushVarint(out, 1 + (step < 0 ? -step * 2 - 1 : step * 2));
    ({ address, file, line } = row);
  }
  pushVarint(out, 0);
}

function firstAtOrAbove(rows: readonly LineRow[], address: bigint): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.address ?? 0n) < address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function pushVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

/** NUL-terminated names, each once. */
class NameTable {
  readonly bytes: number[] = [];
  private readonly offsets = new Map<string, number>();

  add(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) {
      return known;
    }
    const offset = this.bytes.length;
    this.offsets.set(name, offset);
    this.bytes.push(...Buffer.from(name), 0);
    return offset;
  }
}

/** Functions of the image's code, ascending, without overlaps; labels of assembly end where the next begins. */
function functionsOf(elf: ElfImage): LineFunction[] {
  const text = elf.sections.find((section) => section.name === ".text");
  if (text === undefined) {
    throw new Error("the image has no .text section");
  }
  const end = text.address + text.bytes;
  const symbols = elfSymbols(elf)
    .filter(({ name, address }) => address >= text.address && address < end && !/^(__|\.|\$)/.test(name))
    .sort((a, b) =>
      a.address < b.address ? -1 : a.address > b.address ? 1 : Number(b.isFunction) - Number(a.isFunction),
    );
  const distinct = symbols.filter((symbol, index) => symbol.address !== symbols[index - 1]?.address);
  return distinct.map((symbol, index) => ({
    address: symbol.address,
    bytes: Number((distinct[index + 1]?.address ?? end) - symbol.address),
    name: plainName(symbol.name),
  }));
}

/** Our files relative to the repository; the compiler's own headers by their last name. */
function shortFile(file: string): string {
  return file.startsWith("/") ? file.replace(/^.*\//, "") : file.replace(/^\.\//, "");
}

/** Offsets of lineTable, lineTableBytes and imageBytes in ImageHeader (abi/boot-info.ts). */
const HEADER_IMAGE_BYTES = 16;
const HEADER_LINE_TABLE_BYTES = 144;
const HEADER_LINE_TABLE = 136;

export function addLineTable(path: string): number {
  const elf = elfParse(readFileSync(path));
  const dump = spawnSync("objdump", ["--dwarf=decodedline", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (dump.status !== 0) {
    throw new Error(`objdump failed: ${dump.error?.message ?? dump.stderr}`);
  }
  const header = elf.sections.find((section) => section.name === ".rodata");
  const place = elf.sections.find((section) => section.name === SECTION);
  if (header === undefined || place === undefined) {
    throw new Error(`${path} is not a kernel image: it has no ${SECTION}`);
  }
  const rows = parseLineRows(dump.stdout).map((row) => ({ ...row, file: shortFile(row.file) }));
  const table = encodeLineTable(header.address, functionsOf(elf), rows);
  const image = Buffer.from(elfPutSection(elf, SECTION, table));
  const at = Number(header.offset);
  if (image.readBigUInt64LE(at + HEADER_LINE_TABLE) !== place.address) {
    throw new Error("ImageHeader.lineTable is not where this tool expects it (abi/boot-info.ts changed?)");
  }
  const bytes = BigInt(table.length);
  image.writeBigUInt64LE((place.address + bytes - header.address + PAGE - 1n) & ~(PAGE - 1n), at + HEADER_IMAGE_BYTES);
  image.writeBigUInt64LE(bytes, at + HEADER_LINE_TABLE_BYTES);
  writeFileSync(path, image);
  return table.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    const path = process.argv[2];
    if (path === undefined) {
      throw new Error("usage: line-table.ts IMAGE");
    }
    addLineTable(path);
  } catch (error) {
    console.error(`line-table: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
