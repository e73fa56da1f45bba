/**
 * Signals as Linux programs on x86-64 see them: arch/x86/include/uapi/asm/signal.h and include/uapi/asm-generic/siginfo.h.
 * The structs have the layout of the system calls, not that of libc's wrappers.
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
/** Signals are numbered 1..NSIG, both included; a set is 64 bits, signal n at bit n - 1. */
export const NSIG = 64;
export const SIGSET_BYTES = 8n;

export const SIG_DFL = 0n;
export const SIG_IGN = 1n;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

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
