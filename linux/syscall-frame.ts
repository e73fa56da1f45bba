/**
 * What the library OS sees of a system call: built on the thread's kernel stack by linux/entry.ts, for traps and thunks alike.
 *
 * Only the registers that C code may change are in it. The others (rbx, rbp, r12..r15, SSE, AVX) still hold the application's values.
 */

@struct(80)
export class SyscallFrame {
  /** rax at the call. */
  number!: u64;
  /** rdi, rsi, rdx, r10, r8, r9 */
  a0!: u64;
  a1!: u64;
  a2!: u64;
  a3!: u64;
  a4!: u64;
  a5!: u64;
  userRsp!: VirtAddr;
  /** The application's flags if it trapped; unspecified if it came through a thunk. */
  flags!: u64;
  /** Behind the `syscall` instruction if it trapped, in the thunk otherwise. */
  rip!: VirtAddr;
}

/** The registers that C code keeps, as linuxSyscallTrap pushes them for whoever judges the call site. */
@struct(48)
export class KeptRegisters {
  r15!: u64;
  r14!: u64;
  r13!: u64;
  r12!: u64;
  rbp!: u64;
  rbx!: u64;
}

/** A call's answer: the value for rax, errors as negative errno. */
export type SyscallHandler = (call: SyscallFrame) => i64;
