/**
 * The bytes of an ELF file as checks read them (elf-check.ts): all in memory, or through a window that whoever has the file moves.
 *
 * What a check looks at lies together in a few places, so a file of a hundred megabytes is judged by a few pages of it. Little-endian
 * reads at any alignment; the caller has checked that the bytes exist. A byte that cannot be read is 0, and `isBroken` says so.
 */

export class ElfFile {
  /** Of the whole file. */
  length!: u64;
  window!: Slice<u8>;
  /** Where in the file the window begins. */
  windowStart!: u64;
  /** Moves the window so that it has the byte at `offset`; false: it cannot be read. Null: the window is the file. */
  move!: ((file: ElfFile, offset: u64) => bool) | null;
  /** What `move` needs to know. */
  source!: VirtAddr;
  isBroken!: bool;
}

/** A file that is in memory. */
export function elfFileOf(bytes: Slice<u8>, file: ElfFile): void {
  zero(file);
  file.length = bytes.length;
  file.window = bytes;
}

export function fileByte(file: ElfFile, offset: u64): u8 {
  if (offset - file.windowStart >= file.window.length && !moveTo(file, offset)) {
    return 0;
  }
  return at(file.window, offset - file.windowStart);
}

/** @noinline */
function moveTo(file: ElfFile, offset: u64): bool {
  const move = file.move;
  if (move !== null) {
    const isMoved = move(file, offset);
    if (isMoved && offset - file.windowStart < file.window.length) return true;
  }
  file.isBroken = true;
  return false;
}

export function fileU16(file: ElfFile, offset: u64): u16 {
  return u16(fileByte(file, offset)) | (u16(fileByte(file, offset + 1n)) << 8);
}

export function fileU32(file: ElfFile, offset: u64): u32 {
  return u32(fileU16(file, offset)) | (u32(fileU16(file, offset + 2n)) << 16);
}

export function fileU64(file: ElfFile, offset: u64): u64 {
  return u64(fileU32(file, offset)) | (u64(fileU32(file, offset + 4n)) << 32n);
}

/** Whether `[offset, offset + count)` lies in the file; no sum can overflow. */
export function fileContains(file: ElfFile, offset: u64, count: u64): bool {
  return offset <= file.length && count <= file.length - offset;
}
