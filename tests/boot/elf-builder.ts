/**
 * Makes ELF files byte by byte: a smallest program that runs, and every way of spoiling it that a loader must notice.
 *
 * The System V ABI (chapter 4, "Object Files", and chapter 5, "Program Loading") says what the fields mean. The builder writes
 * whatever it is asked to write, legal or not; nothing is checked or rounded. The fuzzers take these files as their seeds.
 *
 *     0     ELF header (64)
 *     64    program headers (56 each)
 *     end   `content`: code that writes "ok\n" to stdout and exits with 0
 */

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const BASE = 0x40_0000n;
const PAGE = 0x1000n;
const U64 = 0xffff_ffff_ffff_ffffn;

export const ElfType = { None: 0, Relocatable: 1, Executable: 2, Dynamic: 3, Core: 4 } as const;
export const Machine = { None: 0, I386: 3, Arm: 40, X86_64: 62, Aarch64: 183, Riscv: 243 } as const;
export const SegmentType = { Null: 0, Load: 1, Dynamic: 2, Interp: 3, Note: 4, Phdr: 6, Tls: 7 } as const;
export const SegmentFlag = { Execute: 1, Write: 2, Read: 4 } as const;

const READ_EXECUTE = SegmentFlag.Read | SegmentFlag.Execute;
const READ_WRITE = SegmentFlag.Read | SegmentFlag.Write;

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileBytes: bigint;
  readonly memoryBytes: bigint;
  readonly alignment: bigint;
}

/** Fields of the ELF header; what is not given is right. */
export interface HeaderFields {
  readonly class?: number;
  readonly data?: number;
  readonly identVersion?: number;
  readonly osAbi?: number;
  readonly type?: number;
  readonly machine?: number;
  readonly version?: number;
  readonly entry?: bigint;
  readonly programHeaderOffset?: bigint;
  readonly programHeaderBytes?: number;
  readonly programHeaderCount?: number;
}

export interface ElfPlan {
  readonly header?: HeaderFields;
  readonly segments?: readonly Segment[];
  readonly content?: Uint8Array;
}

/** write(1, "ok\n", 3); exit_group(0): position-independent. */
const WRITE_OK_AND_EXIT = Uint8Array.from([
  ...[0xb8, 1, 0, 0, 0], // mov $1, %eax
  ...[0xbf, 1, 0, 0, 0], // mov $1, %edi
  ...[0x48, 0x8d, 0x35, 16, 0, 0, 0], // lea 16(%rip), %rsi: the text after the code
  ...[0xba, 3, 0, 0, 0], // mov $3, %edx
  ...[0x0f, 0x05], // syscall
  ...[0xb8, 231, 0, 0, 0], // mov $231, %eax
  ...[0x31, 0xff], // xor %edi, %edi
  ...[0x0f, 0x05], // syscall
  ...[0x6f, 0x6b, 0x0a], // "ok\n"
]);

/** The bytes of the planned file. */
export function buildElf(plan: ElfPlan = {}): Buffer {
  const content = plan.content ?? WRITE_OK_AND_EXIT;
  const segments = plan.segments ?? [codeSegment(1, content.length)];
  const contentOffset = HEADER_BYTES + segments.length * PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(contentOffset + content.length);
  writeHeader(file, plan.header ?? {}, segments.length, BASE + BigInt(contentOffset));
  segments.forEach((segment, index) => {
    writeSegment(file, HEADER_BYTES + index * PROGRAM_HEADER_BYTES, segment);
  });
  file.set(content, contentOffset);
  return file;
}

function writeHeader(file: Buffer, fields: HeaderFields, segmentCount: number, entry: bigint): void {
  file.write("\x7fELF", 0, "latin1");
  file.writeUInt8(fields.class ?? 2, 4);
  file.writeUInt8(fields.data ?? 1, 5);
  file.writeUInt8(fields.identVersion ?? 1, 6);
  file.writeUInt8(fields.osAbi ?? 0, 7);
  file.writeUInt16LE(fields.type ?? ElfType.Executable, 16);
  file.writeUInt16LE(fields.machine ?? Machine.X86_64, 18);
  file.writeUInt32LE(fields.version ?? 1, 20);
  file.writeBigUInt64LE(fields.entry ?? entry, 24);
  file.writeBigUInt64LE(fields.programHeaderOffset ?? BigInt(HEADER_BYTES), 32);
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(fields.programHeaderBytes ?? PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(fields.programHeaderCount ?? segmentCount, 56);
}

function writeSegment(file: Buffer, at: number, segment: Segment): void {
  file.writeUInt32LE(segment.type, at);
  file.writeUInt32LE(segment.flags, at + 4);
  file.writeBigUInt64LE(segment.offset, at + 8);
  file.writeBigUInt64LE(segment.address, at + 16);
  file.writeBigUInt64LE(segment.address, at + 24);
  file.writeBigUInt64LE(segment.fileBytes, at + 32);
  file.writeBigUInt64LE(segment.memoryBytes, at + 40);
  file.writeBigUInt64LE(segment.alignment, at + 48);
}

/** The segment that holds the whole file, when there are `segmentCount` program headers. */
export function codeSegment(segmentCount: number, contentBytes: number = WRITE_OK_AND_EXIT.length): Segment {
  const bytes = BigInt(HEADER_BYTES + segmentCount * PROGRAM_HEADER_BYTES + contentBytes);
  return {
    type: SegmentType.Load,
    flags: READ_EXECUTE,
    offset: 0n,
    address: BASE,
    fileBytes: bytes,
    memoryBytes: bytes,
    alignment: PAGE,
  };
}

/** A second segment beside the code: zeroed data at an address of its own. */
export function dataSegment(fields: Partial<Segment> = {}): Segment {
  return {
    type: SegmentType.Load,
    flags: READ_WRITE,
    offset: 0n,
    address: 0x80_0000n,
    fileBytes: 0n,
    memoryBytes: PAGE,
    alignment: PAGE,
    ...fields,
  };
}

function withCode(fields: Partial<Segment>): Buffer {
  return buildElf({ segments: [{ ...codeSegment(1), ...fields }] });
}

function withData(fields: Partial<Segment>): Buffer {
  return buildElf({ segments: [codeSegment(2), dataSegment(fields)] });
}

function withHeader(header: HeaderFields): Buffer {
  return buildElf({ header });
}

function interpreted(name: string): Buffer {
  const path = Buffer.from(`${name}\0`, "latin1");
  const content = Buffer.concat([WRITE_OK_AND_EXIT, path]);
  const offset = BigInt(HEADER_BYTES + 2 * PROGRAM_HEADER_BYTES + WRITE_OK_AND_EXIT.length);
  const bytes = BigInt(path.length);
  const interpreter = { type: SegmentType.Interp, flags: SegmentFlag.Read, alignment: 1n };
  return buildElf({
    content,
    segments: [
      { ...interpreter, offset, address: BASE + offset, fileBytes: bytes, memoryBytes: bytes },
      codeSegment(2, content.length),
    ],
  });
}

/** Files that are right: they print "ok" and exit with 0, on Linux and in the guest. */
export const LEGAL_FILES: Readonly<Record<string, () => Buffer>> = {
  "the smallest program": () => buildElf(),
  "EI_OSABI of HermitCore": () => withHeader({ osAbi: 0x42 }),
  "position-independent": () =>
    buildElf({
      header: { type: ElfType.Dynamic, entry: BigInt(HEADER_BYTES + PROGRAM_HEADER_BYTES) },
      segments: [{ ...codeSegment(1), address: 0n }],
    }),
  "zeroed data besides": () => withData({}),
  "a null entry and a note without bytes": () =>
    buildElf({
      segments: [
        codeSegment(3),
        dataSegment({ type: SegmentType.Null, address: U64, memoryBytes: U64, offset: U64 }),
        dataSegment({ type: SegmentType.Note, memoryBytes: 0n }),
      ],
    }),
  "trailing bytes": () => Buffer.concat([buildElf(), Buffer.alloc(5000, 0xaa)]),
};

/** Files that are wrong; each must be refused with exit status 1. */
export const SPOILT_FILES: Readonly<Record<string, () => Buffer>> = {
  empty: () => Buffer.alloc(0),
  "text, no ELF": () => Buffer.from("this is no program\n"),
  "one byte": () => Buffer.from("\x7f"),
  "zeroes only": () => Buffer.alloc(4096),
  "magic number spoilt": () => Buffer.concat([Buffer.from("\x7fELG"), buildElf().subarray(4)]),

  "class of 32 bits": () => withHeader({ class: 1 }),
  "no class": () => withHeader({ class: 0 }),
  "unknown class": () => withHeader({ class: 3 }),
  "big-endian": () => withHeader({ data: 2 }),
  "unknown byte order": () => withHeader({ data: 0 }),
  "ident version 0": () => withHeader({ identVersion: 0 }),
  "version 2": () => withHeader({ version: 2 }),
  "a relocatable object": () => withHeader({ type: ElfType.Relocatable }),
  "a core file": () => withHeader({ type: ElfType.Core }),
  "no type": () => withHeader({ type: ElfType.None }),
  "unknown type": () => withHeader({ type: 0xff00 }),
  "for i386": () => withHeader({ machine: Machine.I386 }),
  "for arm": () => withHeader({ machine: Machine.Arm }),
  "for aarch64": () => withHeader({ machine: Machine.Aarch64 }),
  "for riscv": () => withHeader({ machine: Machine.Riscv }),
  "for no machine": () => withHeader({ machine: Machine.None }),

  "program headers of 0 bytes": () => withHeader({ programHeaderBytes: 0 }),
  "program headers of 32 bytes": () => withHeader({ programHeaderBytes: 32 }),
  "program headers of 65535 bytes": () => withHeader({ programHeaderBytes: 65535 }),
  "no program headers": () => withHeader({ programHeaderCount: 0 }),
  "65535 program headers": () => withHeader({ programHeaderCount: 65535 }),
  "program headers behind the end": () => withHeader({ programHeaderOffset: 0x10_0000n }),
  "program headers across the end": () => withHeader({ programHeaderOffset: 120n }),
  "program headers at 2^64 - 1": () => withHeader({ programHeaderOffset: U64 }),
  "program headers wrap round": () => withHeader({ programHeaderOffset: U64 - 55n }),

  "nothing to load": () => withCode({ type: SegmentType.Note }),
  "more in the file than in memory": () => withData({ fileBytes: 16n, memoryBytes: 8n }),
  "segment behind the end of the file": () => withData({ offset: 0x10_0000n, fileBytes: 16n }),
  "segment across the end of the file": () => withData({ fileBytes: 0x2000n, memoryBytes: 0x2000n }),
  "offset and size wrap round": () => withData({ offset: U64 - 0xfffn, fileBytes: 0x1010n, memoryBytes: 0x1010n }),
  "address and size wrap round": () => withData({ address: U64 - 0xfffn, memoryBytes: 0x2000n }),
  "size of 2^64 - 1": () => withData({ memoryBytes: U64 }),
  "in the upper half": () => withData({ address: 0xffff_8000_0000_0000n }),
  "at a non-canonical address": () => withData({ address: 0x8000_0000_0000n }),
  "where the kernel lies": () => withData({ address: 0x7f80_0000_0000n }),
  "where all memory is mapped": () => withData({ address: 0x7e00_0000_0000n }),
  "into the kernel's addresses": () => withData({ address: 0x7dff_ffff_f000n, memoryBytes: 0x2000n }),
  "at address 0": () => withData({ address: 0n }),
  "offset and address not congruent": () => withData({ offset: 8n, fileBytes: 16n, memoryBytes: 16n }),
  "a data segment of 64 TiB": () => withData({ memoryBytes: 0x4000_0000_0000n }),
  "two segments at the same address": () => withData({ address: BASE }),
  "segments that overlap by a byte": () => {
    const lastByte = codeSegment(2).fileBytes - 1n;
    return withData({ offset: lastByte, address: BASE + lastByte });
  },

  "entry outside the program": () => withHeader({ entry: 0x1234_5678n }),
  "entry 0": () => withHeader({ entry: 0n }),
  "entry in the upper half": () => withHeader({ entry: 0xffff_ffff_8000_0000n }),

  "interpreter with a relative name": () => interpreted("ld-linux-x86-64.so.2"),
  "interpreter without a name": () => interpreted(""),
  "interpreter behind the end": () => withData({ type: SegmentType.Interp, offset: 0x10_0000n, fileBytes: 28n }),
};
