/** What kind of program a file is, by its first bytes, as execve(2) looks at it. */

import { closeSync, openSync, readSync } from "node:fs";

export type Executable =
  /** Needs nothing beside itself: a static program, or no program at all. */
  | { readonly kind: "other" }
  /** An ELF file that names an interpreter. */
  | { readonly kind: "dynamic" }
  /** Begins with #! and the program that the guest looks for when the script is executed. */
  | { readonly kind: "script"; readonly interpreter: string };

/** More than a #! line may have, and room for the program headers, which linkers put first. */
const HEAD_BYTES = 4096;
const ELF_MAGIC = 0x7f45_4c46;
const ELF_HEADER_BYTES = 64;
const ELFCLASS64 = 2;
const EM_X86_64 = 62;
const PROGRAM_HEADER_BYTES = 56;
const PT_INTERP = 3;

/** A file that cannot be read is not looked into. */
export function executableLook(path: string): Executable {
  const head = readHead(path);
  if (head.length >= 2 && head.toString("latin1", 0, 2) === "#!") {
    const interpreter = /^#![ \t]*([^ \t\n\r]+)/.exec(head.toString())?.[1];
    return interpreter === undefined ? { kind: "other" } : { kind: "script", interpreter };
  }
  return { kind: namesInterpreter(head) ? "dynamic" : "other" };
}

function namesInterpreter(head: Buffer): boolean {
  if (head.length < ELF_HEADER_BYTES || head.readUInt32BE(0) !== ELF_MAGIC) {
    return false;
  }
  if (head[4] !== ELFCLASS64 || head.readUInt16LE(18) !== EM_X86_64) {
    return false;
  }
  const start = Number(head.readBigUInt64LE(32));
  const count = head.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => start + index * PROGRAM_HEADER_BYTES).some(
    (at) => at + 4 <= head.length && head.readUInt32LE(at) === PT_INTERP,
  );
}

function readHead(path: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(path, "r");
    try {
      return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return head.subarray(0, 0);
  }
}
