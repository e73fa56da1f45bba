/** What the tests look at in a program: how it is marked, and whether it is static. */

import { readFileSync } from "node:fs";

export const ELFOSABI_HERMIT = 0x42;
const PT_INTERP = 3;

export function header(path: string): { osabi: number; type: number; hasInterpreter: boolean } {
  const bytes = readFileSync(path);
  const programHeaders = {
    offset: Number(bytes.readBigUInt64LE(32)),
    size: bytes.readUInt16LE(54),
    count: bytes.readUInt16LE(56),
  };
  let hasInterpreter = false;
  for (let index = 0; index < programHeaders.count; index++) {
    hasInterpreter ||= bytes.readUInt32LE(programHeaders.offset + index * programHeaders.size) === PT_INTERP;
  }
  return { osabi: bytes[7] ?? -1, type: bytes.readUInt16LE(16), hasInterpreter };
}
