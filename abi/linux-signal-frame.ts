/**
 * What a signal handler finds on its stack: arch/x86/include/asm/sigframe.h, uapi/asm/sigcontext.h and uapi/asm/ucontext.h, 64 bits.
 *
 *     sp (aligned to 16, minus 8)   RtSigframe: return address, ucontext, siginfo
 *     fpstate (aligned to 64)       XSAVE area in standard format, then FP_XSTATE_MAGIC2
 *     128 bytes                     the interrupted code's red zone
 *     rsp of the interrupted code, or the alternate stack's end
 */

import type { Siginfo, StackT } from "./linux-signal.ts";

@struct(256)
export class SignalContext {
  r8!: u64;
  r9!: u64;
  r10!: u64;
  r11!: u64;
  r12!: u64;
  r13!: u64;
  r14!: u64;
  r15!: u64;
  rdi!: u64;
  rsi!: u64;
  rbp!: u64;
  rbx!: u64;
  rdx!: u64;
  rax!: u64;
  rcx!: u64;
  rsp!: u64;
  rip!: u64;
  rflags!: u64;
  cs!: u16;
  gs!: u16;
  fs!: u16;
  ss!: u16;
  err!: u64;
  trapno!: u64;
  oldmask!: u64;
  cr2!: u64;
  /** Where the FPU's state lies; 0: none. */
  fpstate!: u64;
  reserved!: FixedArray<u64, 8>;
}

@struct(304)
export class UserContext {
  uc_flags!: u64;
  uc_link!: u64;
  uc_stack!: StackT;
  uc_mcontext!: SignalContext;
  uc_sigmask!: u64;
}

@struct(440)
export class RtSigframe {
  /** Where the handler returns to: the program's restorer, which calls rt_sigreturn. */
  pretcode!: u64;
  uc!: UserContext;
  info!: Siginfo;
}

export const UC_FP_XSTATE = 1n;
export const UC_SIGCONTEXT_SS = 2n;
export const UC_STRICT_RESTORE_SS = 4n;

/** In bytes 464..511 of the area, which the processor leaves to software. */
@struct(48)
export class FpxSoftwareBytes {
  magic1!: u32;
  /** The area and the second magic number. */
  extended_size!: u32;
  xfeatures!: u64;
  xstate_size!: u32;
  padding!: FixedArray<u32, 7>;
}

export const FPX_SOFTWARE_OFFSET = 464n;
export const FP_XSTATE_MAGIC1 = 0x4650_5853;
export const FP_XSTATE_MAGIC2 = 0x4650_5845;
export const FP_XSTATE_MAGIC2_SIZE = 4n;
export const FXSAVE_BYTES = 512n;
export const XSAVE_HEADER_BYTES = 64n;
/** What compilers may use below their stack pointer (System V ABI AMD64, 3.2.2). */
export const RED_ZONE_BYTES = 128n;
