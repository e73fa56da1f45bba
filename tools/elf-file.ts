/**
 * Just enough of ELF64 to read a linked image's sections and symbols and to replace the contents of its last section.
 * System V gABI 4.2, chapters 4 and 5.
 */

const SECTION_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SYMBOL_BYTES = 24;
const SHT_SYMTAB = 2;
const STT_FUNC = 2;
const STT_FILE = 4;
const PT_LOAD = 1;
const PAGE_BYTES = 4096;

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly address: bigint;
  readonly offset: bigint;
  readonly bytes: bigint;
  readonly link: number;
}

export interface ElfImage {
  readonly data: Buffer;
  readonly sections: readonly ElfSection[];
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly isFunction: boolean;
}

export function elfParse(data: Buffer): ElfImage {
  if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46 || data[4] !== 2) {
    throw new Error("not an ELF64 file");
  }
  const table = Number(data.readBigUInt64LE(40));
  const count = data.readUInt16LE(60);
  const names = data.readUInt16LE(62);
  const raw = Array.from({ length: count }, (_, index) => {
    const at = table + index * SECTION_HEADER_BYTES;
    return {
      index,
      nameOffset: data.readUInt32LE(at),
      type: data.readUInt32LE(at + 4),
      address: data.readBigUInt64LE(at + 16),
      offset: data.readBigUInt64LE(at + 24),
      bytes: data.readBigUInt64LE(at + 32),
      link: data.readUInt32LE(at + 40),
    };
  });
  const nameBase = Number(raw[names]?.offset ?? 0n);
  return { data, sections: raw.map((each) => ({ ...each, name: stringAt(data, nameBase + each.nameOffset) })) };
}

function stringAt(data: Buffer, offset: number): string {
  return data.toString("latin1", offset, data.indexOf(0, offset));
}

export function elfSymbols(elf: ElfImage): ElfSymbol[] {
  const table = elf.sections.find((section) => section.type === SHT_SYMTAB);
  if (table === undefined) {
    throw new Error("the image has no symbols (was it stripped?)");
  }
  const names = Number(elf.sections[table.link]?.offset ?? 0n);
  const symbols: ElfSymbol[] = [];
  for (let at = Number(table.offset); at < Number(table.offset + table.bytes); at += SYMBOL_BYTES) {
    const type = (elf.data[at + 4] ?? 0) & 0xf;
    const name = stringAt(elf.data, names + elf.data.readUInt32LE(at));
    if (name !== "" && type !== STT_FILE) {
      symbols.push({ name, address: elf.data.readBigUInt64LE(at + 8), isFunction: type === STT_FUNC });
    }
  }
  return symbols;
}

/** The file with `contents` as the section that is alone in the last loaded segment; the contents go to the end of the file. */
export function elfPutSection(elf: ElfImage, name: string, contents: Uint8Array): Uint8Array {
  const section = elf.sections.find((each) => each.name === name);
  if (section === undefined) {
    throw new Error(`the image has no section ${name}`);
  }
  // Where the last run put its table, the next one goes; otherwise at the end.
  const isLast = section.offset + section.bytes >= BigInt(elf.data.length);
  const used = isLast ? Number(section.offset) : elf.data.length;
  const offset = Math.ceil(used / PAGE_BYTES) * PAGE_BYTES;
  const out = Buffer.concat([elf.data.subarray(0, used), Buffer.alloc(offset - used), contents]);
  const header = Number(out.readBigUInt64LE(40)) + section.index * SECTION_HEADER_BYTES;
  out.writeBigUInt64LE(BigInt(offset), header + 24);
  out.writeBigUInt64LE(BigInt(contents.length), header + 32);
  const segment = segmentAt(out, section.address);
  out.writeBigUInt64LE(BigInt(offset), segment + 8);
  out.writeBigUInt64LE(BigInt(contents.length), segment + 32);
  out.writeBigUInt64LE(BigInt(contents.length), segment + 40);
  return out;
}

/** File offset of the program header of the loaded segment that starts at `address`. */
function segmentAt(data: Buffer, address: bigint): number {
  const table = Number(data.readBigUInt64LE(32));
  const count = data.readUInt16LE(56);
  for (let index = 0; index < count; index++) {
    const at = table + index * PROGRAM_HEADER_BYTES;
    if (data.readUInt32LE(at) === PT_LOAD && data.readBigUInt64LE(at + 16) === address) {
      return at;
    }
  }
  throw new Error("no segment starts at the section");
}
