/**
 * What a core file holds besides memory: the notes of an x86-64 process as Linux writes them and gdb reads them.
 *
 * include/linux/elfcore.h (elf_prstatus, elf_prpsinfo), arch/x86/include/asm/user_64.h (user_regs_struct), include/uapi/linux/elf.h (NT_*).
 * NT_AUXV is the auxiliary vector as it lies on the stack, NT_SIGINFO a siginfo_t, NT_FPREGSET an FXSAVE area, NT_X86_XSTATE an XSAVE area in
 * standard format whose software bytes begin with XCR0 (CORE_XCR0_OFFSET), NT_FILE a table:
 *
 *     count: u64   page size: u64   then for each: start, end, offset in pages: u64   then the paths, each with its NUL
 */

export const NT_PRSTATUS = 1;
export const NT_FPREGSET = 2;
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_X86_XSTATE = 0x202;
export const NT_FILE = 0x4649_4c45;
export const NT_SIGINFO = 0x5349_4749;

export const CORE_XCR0_OFFSET = 464n;
/** "CORE\0" and "LINUX\0", padded to four bytes. */
export const CORE_NAME_BYTES = 8n;

@struct(12)
export class Elf64Nhdr {
  n_namesz!: u32;
  n_descsz!: u32;
  n_type!: u32;
}

@struct(216)
export class UserRegisters {
  r15!: u64;
  r14!: u64;
  r13!: u64;
  r12!: u64;
  rbp!: u64;
  rbx!: u64;
  r11!: u64;
  r10!: u64;
  r9!: u64;
  r8!: u64;
  rax!: u64;
  rcx!: u64;
  rdx!: u64;
  rsi!: u64;
  rdi!: u64;
  /** The number of the system call that the thread is in; all bits set: it is in none. */
  orig_rax!: u64;
  rip!: u64;
  cs!: u64;
  eflags!: u64;
  rsp!: u64;
  ss!: u64;
  fs_base!: u64;
  gs_base!: u64;
  ds!: u64;
  es!: u64;
  fs!: u64;
  gs!: u64;
}

@struct(336)
export class ElfPrstatus {
  si_signo!: i32;
  si_code!: i32;
  si_errno!: i32;
  pr_cursig!: u16;
  @at(16) pr_sigpend!: u64;
  pr_sighold!: u64;
  /** The thread's number. */
  pr_pid!: i32;
  pr_ppid!: i32;
  pr_pgrp!: i32;
  pr_sid!: i32;
  /** User, system, and those of children: seconds and microseconds. */
  pr_times!: FixedArray<u64, 8>;
  @at(112) pr_reg!: UserRegisters;
  pr_fpvalid!: i32;
}

@struct(136)
export class ElfPrpsinfo {
  pr_state!: u8;
  pr_sname!: u8;
  pr_zomb!: u8;
  pr_nice!: i8;
  @at(8) pr_flag!: u64;
  pr_uid!: u32;
  pr_gid!: u32;
  pr_pid!: i32;
  pr_ppid!: i32;
  pr_pgrp!: i32;
  pr_sid!: i32;
  pr_fname!: Bytes<16>;
  pr_psargs!: Bytes<80>;
}
