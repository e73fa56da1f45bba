/**
 * What the library OS sees of a system call: built on the thread's kernel stack by linux/entry.ts, for traps and thunks alike.
 *
 * Only the registers that C code may change are in it. The others (rbx, rbp, r12..r15, SSE, AVX) still hold the application's values.
 */

import { USER_CODE_SELECTOR, USER_DATA_SELECTOR } from "../abi/x86-vectors.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";

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

/** The application's registers as they were at the call, but for rax; it goes on at `rip`. */
export function frameOfCall(frame: TrapFrame, call: SyscallFrame, kept: KeptRegisters, rip: VirtAddr): void {
  frame.r15 = kept.r15;
  frame.r14 = kept.r14;
  frame.r13 = kept.r13;
  frame.r12 = kept.r12;
  frame.rbp = kept.rbp;
  frame.rbx = kept.rbx;
  frame.rdi = call.a0;
  frame.rsi = call.a1;
  frame.rdx = call.a2;
  frame.r10 = call.a3;
  frame.r8 = call.a4;
  frame.r9 = call.a5;
  frame.rip = rip;
  frame.rcx = u64(rip);
  frame.r11 = call.flags;
  frame.rflags = call.flags;
  frame.rsp = call.userRsp;
  frame.cs = u64(USER_CODE_SELECTOR);
  frame.ss = u64(USER_DATA_SELECTOR);
}

/** A call's answer: the value for rax, errors as negative errno. */
export type SyscallHandler = (call: SyscallFrame) => i64;
