/**
 * The registration of the proxy as the interpreter of HermitCore programs (Linux, Documentation/admin-guide/binfmt-misc.rst).
 *
 * The magic is the first eight bytes of a 64-bit little-endian ELF file whose EI_OSABI is 0x42. The original matched the one
 * byte at offset 7 alone, which also catches a script that happens to have a `B` there.
 */

export const ENTRY_NAME = "hermit";
/** fs/binfmt_misc.c refuses a longer name of an interpreter (BINPRM_BUF_SIZE). */
const MAX_INTERPRETER_BYTES = 127;
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x42`;

export interface Entry {
  readonly enabled: boolean;
  readonly interpreter: string;
}

/** The line for `register`, or the reason why this interpreter cannot be registered. */
export function registrationLine(interpreter: string): { line: string } | { problem: string } {
  if (Buffer.byteLength(interpreter) > MAX_INTERPRETER_BYTES) {
    return { problem: `its path is longer than the ${MAX_INTERPRETER_BYTES} bytes that the kernel accepts` };
  }
  if (/[:\n]/.test(interpreter)) {
    return { problem: "its path contains a colon or a line break, which binfmt_misc uses to separate fields" };
  }
  return { line: `:${ENTRY_NAME}:M:0:${MAGIC}::${interpreter}:` };
}

/** Reads what the kernel shows in /proc/sys/fs/binfmt_misc/hermit. */
export function parseEntry(text: string): Entry {
  const [state, ...fields] = text.split("\n");
  const interpreter = fields.find((line) => line.startsWith("interpreter "))?.slice("interpreter ".length) ?? "";
  return { enabled: state === "enabled", interpreter };
}
