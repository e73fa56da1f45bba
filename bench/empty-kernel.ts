/**
 * The floor under a start on QEMU: an ELF file with a PVH entry (Xen's docs/misc/pvh.pandoc) and two instructions, which end
 * QEMU through its isa-debug-exit device. Written byte by byte, since there is nothing to compile.
 */

const BASE = 0x10_0000;
const EHDR_BYTES = 52;
const PHDR_BYTES = 32;
const NOTE_OFFSET = EHDR_BYTES + 2 * PHDR_BYTES;
const NOTE_BYTES = 20;
const CODE_OFFSET = NOTE_OFFSET + NOTE_BYTES;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
/** mov $1, %al; out %al, $0xf4; hlt */
const CODE = [0xb0, 0x01, 0xe6, 0xf4, 0xf4];

/** QEMU's exit status is (value << 1) | 1 for the value written to the port. */
export const EMPTY_KERNEL_STATUS = 3;
export const EMPTY_KERNEL_ARGS = ["-device", "isa-debug-exit,iobase=0xf4,iosize=1"];

export function emptyKernel(): Buffer {
  const size = CODE_OFFSET + CODE.length;
  const file = Buffer.alloc(size);
  const words = [0x464c_457f, 0x0001_0101, 0, 0];
  words.forEach((word, index) => void file.writeUInt32LE(word, index * 4));
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(3, 18); // EM_386
  file.writeUInt32LE(1, 20);
  file.writeUInt32LE(BASE + CODE_OFFSET, 24);
  file.writeUInt32LE(EHDR_BYTES, 28);
  file.writeUInt16LE(EHDR_BYTES, 40);
  file.writeUInt16LE(PHDR_BYTES, 42);
  file.writeUInt16LE(2, 44);
  writeProgramHeader(file, EHDR_BYTES, { type: 1, offset: 0, bytes: size });
  writeProgramHeader(file, EHDR_BYTES + PHDR_BYTES, { type: 4, offset: NOTE_OFFSET, bytes: NOTE_BYTES });
  [4, 4, XEN_ELFNOTE_PHYS32_ENTRY].forEach((word, index) => void file.writeUInt32LE(word, NOTE_OFFSET + index * 4));
  file.write("Xen\0", NOTE_OFFSET + 12, "latin1");
  file.writeUInt32LE(BASE + CODE_OFFSET, NOTE_OFFSET + 16);
  Buffer.from(CODE).copy(file, CODE_OFFSET);
  return file;
}

function writeProgramHeader(
  file: Buffer,
  place: number,
  header: { type: number; offset: number; bytes: number },
): void {
  const address = BASE + header.offset;
  const fields = [header.type, header.offset, address, address, header.bytes, header.bytes, 5, 4];
  fields.forEach((value, index) => void file.writeUInt32LE(value, place + index * 4));
}
