/** The kernel that this proxy carries: its ELF file, linked into the read-only data. */

const file: Slice<u8> = embedFile("kernel/hermit.elf");

export function kernelFile(): Slice<u8> {
  return file;
}
