/**
 * ELF-64 as programs for x86-64 Linux use it: header, program headers, dynamic section, and what the values mean.
 *
 * Spec: System V ABI, chapter 4 and 5 (gABI 4.2); System V ABI AMD64 supplement 1.0, 4 and 5. The loader reads files byte by byte
 * through `compiler/std/elf-check.ts` (a file need not be aligned); the classes serve for sizes and offsets, declared once here.
 */

/** e_ident[EI_MAG0..EI_MAG3] as a little-endian word: 0x7F 'E' 'L' 'F'. */
export const ELF_MAGIC = 0x464c_457f;
export const EI_CLASS = 4;
export const EI_DATA = 5;
export const EI_VERSION = 6;
export const EI_OSABI = 7;
export const EI_NIDENT = 16;

export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ELFDATA2MSB = 2;
export const EV_CURRENT = 1;

export const ELFOSABI_SYSV = 0;
/** Files that use GNU extensions (IFUNC symbols): static glibc programs are marked so. */
export const ELFOSABI_GNU = 3;
/** HermitCore's own mark, which binfmt_misc looks for (`hermit cc` writes it). */
export const ELFOSABI_HERMIT = 0x42;

export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;
export const ET_CORE = 4;

export const EM_386 = 3;
export const EM_X86_64 = 62;

export const PT_NULL = 0;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_PHDR = 6;
export const PT_TLS = 7;
export const PT_GNU_STACK = 0x6474_e551;
export const PT_GNU_RELRO = 0x6474_e552;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const DT_NULL = 0n;
export const DT_NEEDED = 1n;

@struct(64)
export class Elf64Ehdr {
  e_ident!: Bytes<16>;
  e_type!: u16;
  e_machine!: u16;
  e_version!: u32;
  e_entry!: u64;
  e_phoff!: u64;
  e_shoff!: u64;
  e_flags!: u32;
  e_ehsize!: u16;
  e_phentsize!: u16;
  e_phnum!: u16;
  e_shentsize!: u16;
  e_shnum!: u16;
  e_shstrndx!: u16;
}

@struct(56)
export class Elf64Phdr {
  p_type!: u32;
  p_flags!: u32;
  p_offset!: u64;
  p_vaddr!: u64;
  p_paddr!: u64;
  p_filesz!: u64;
  p_memsz!: u64;
  p_align!: u64;
}

@struct(16)
export class Elf64Dyn {
  d_tag!: i64;
  d_val!: u64;
}
