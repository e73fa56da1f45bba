/** What fuzzing starts from: small correct inputs, made here so that no binary file is kept in the repository. */

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
/** Programs of the build that are small enough to be good seeds. */
const PROGRAMS = ["build/apps/tests/hello-musl", "build/examples/hello"];
const MOST_BYTES = 32768;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** Writes the seeds of the entry `name` to `folder`. */
export function writeSeeds(name: string, folder: string): void {
  if (name !== "elf") {
    return;
  }
  const code: Segment = { type: 1, flags: 5, offset: 0, address: 0x400000, fileBytes: 0x1000, memoryBytes: 0x1000 };
  const data: Segment = { type: 1, flags: 6, offset: 0x1000, address: 0x401000, fileBytes: 0x100, memoryBytes: 0x3000 };
  const shared: Segment = { type: 1, flags: 4, offset: 0x1200, address: 0x404200, fileBytes: 0x80, memoryBytes: 0x80 };
  const dynamic: Segment = { type: 2, flags: 4, offset: 0x1000, address: 0x401000, fileBytes: 0x40, memoryBytes: 0x40 };
  const interpreter: Segment = { ...dynamic, type: 3 };
  const based = (segment: Segment): Segment => ({ ...segment, address: segment.address - 0x400000 });
  writeFileSync(join(folder, "seed-exec"), elf(2, 0x400800, [code, data, shared]));
  writeFileSync(join(folder, "seed-pie"), elf(3, 0x800, [code, data, dynamic].map(based)));
  writeFileSync(join(folder, "seed-interpreter"), elf(3, 0x800, [code, data, interpreter].map(based)));
  for (const program of PROGRAMS) {
    if (existsSync(program) && statSync(program).size <= MOST_BYTES) {
      writeFileSync(join(folder, `seed-${program.replaceAll("/", "-")}`), readFileSync(program));
    }
  }
}

function elf(type: number, entry: number, segments: readonly Segment[]): Buffer {
  const file = Buffer.alloc(0x1400);
  file.write("\x7fELF\x02\x01\x01", 0, "latin1");
  file.writeUInt16LE(type, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(entry), 24);
  file.writeBigUInt64LE(BigInt(EHDR_BYTES), 32);
  file.writeUInt16LE(EHDR_BYTES, 52);
  file.writeUInt16LE(PHDR_BYTES, 54);
  file.writeUInt16LE(segments.length, 56);
  segments.forEach((segment, index) => {
    const at = EHDR_BYTES + index * PHDR_BYTES;
    file.writeUInt32LE(segment.type, at);
    file.writeUInt32LE(segment.flags, at + 4);
    const words = [segment.offset, segment.address, segment.address, segment.fileBytes, segment.memoryBytes, 0x1000];
    words.forEach((word, i) => {
      file.writeBigUInt64LE(BigInt(word), at + 8 + 8 * i);
    });
  });
  return file;
}
