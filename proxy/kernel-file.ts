/** The kernel that this proxy carries: its ELF file without debug information, linked into the read-only data. */

const file: Slice<u8> = embedFile("kernel/image.elf");

export function kernelFile(): Slice<u8> {
  return file;
}
