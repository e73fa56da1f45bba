/**
 * The one byte that makes a Linux executable a HermitCore program: EI_OSABI = 0x42 (ELF header, System V ABI, "ELF
 * Identification"). Linux ignores it, so the file still runs there; binfmt_misc can hand such files to the proxy.
 */

import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { UserError } from "../user-error.ts";

export const ELFOSABI_HERMIT = 0x42;
const EI_CLASS = 4;
const EI_OSABI = 7;
const E_TYPE = 16;
const E_MACHINE = 18;
const HEADER_BYTES = 20;
const ELFCLASS64 = 2;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_X86_64 = 62;

/** Marks the file at `path` if it is an x86-64 executable; whether it is. */
export function markExecutable(path: string): boolean {
  if (!statSync(path).isFile()) {
    return false;
  }
  const file = openSync(path, "r+");
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES || !header.subarray(0, 4).equals(MAGIC)) {
      return false;
    }
    const type = header.readUInt16LE(E_TYPE);
    if (type !== ET_EXEC && type !== ET_DYN) {
      return false;
    }
    if (header[EI_CLASS] !== ELFCLASS64 || header.readUInt16LE(E_MACHINE) !== EM_X86_64) {
      throw new UserError(
        `${path} is not an x86-64 program; HermitCore runs only these (is there a -m32 or another target?)`,
      );
    }
    writeSync(file, Buffer.of(ELFOSABI_HERMIT), 0, 1, EI_OSABI);
    return true;
  } finally {
    closeSync(file);
  }
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
