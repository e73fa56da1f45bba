/**
 * Signals as Linux programs on x86-64 see them: arch/x86/include/uapi/asm/signal.h and include/uapi/asm-generic/siginfo.h.
 * The structs have the layout of the system calls, not that of libc's wrappers. What a handler finds on its stack is in
 * linux-signal-frame.ts.
 */

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
/** From here on signals queue: each that is sent arrives. */
export const SIGRTMIN = 32;
/** Signals are numbered 1..NSIG, both included; a set is 64 bits, signal n at bit n - 1. */
export const NSIG = 64;
export const SIGSET_BYTES = 8n;

export const SIG_DFL = 0n;
export const SIG_IGN = 1n;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

export const SA_NOCLDSTOP = 0x1n;
export const SA_NOCLDWAIT = 0x2n;
export const SA_SIGINFO = 0x4n;
export const SA_UNSUPPORTED = 0x400n;
export const SA_EXPOSE_TAGBITS = 0x800n;
export const SA_RESTORER = 0x400_0000n;
export const SA_ONSTACK = 0x800_0000n;
export const SA_RESTART = 0x1000_0000n;
export const SA_NODEFER = 0x4000_0000n;
export const SA_RESETHAND = 0x8000_0000n;

/** si_code: who sent it, or what the processor found. */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_TKILL = -6;
export const ILL_ILLOPN = 2;
export const FPE_INTDIV = 1;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const TRAP_BRKPT = 1;
export const TRAP_TRACE = 2;

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x8000_0000;
export const MINSIGSTKSZ = 2048n;

@struct(32)
export class KernelSigaction {
  handler!: u64;
  flags!: u64;
  restorer!: u64;
  mask!: u64;
}

@struct(24)
export class StackT {
  ss_sp!: u64;
  ss_flags!: u32;
  reserved!: u32;
  ss_size!: u64;
}

/**
 * siginfo_t. Behind the head lies a union; its parts that this kernel fills:
 *
 *     16   kill, queue    pid u32, uid u32, value u64 at 24
 *     16   timer          timer number i32, overrun i32, value u64 at 24
 *     16   fault          address u64
 */
@struct(128)
export class Siginfo {
  si_signo!: i32;
  si_errno!: i32;
  si_code!: i32;
  padding!: u32;
  /** si_pid and si_uid, si_tid and si_overrun, or si_addr. */
  @at(16)
  first!: u64;
  /** si_value */
  @at(24)
  value!: u64;
  rest!: FixedArray<u64, 12>;
}

export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;

@struct(64)
export class Sigevent {
  sigev_value!: u64;
  sigev_signo!: i32;
  sigev_notify!: i32;
  /** For SIGEV_THREAD_ID. */
  sigev_tid!: i32;
  padding!: FixedArray<u32, 11>;
}
