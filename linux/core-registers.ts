/**
 * The registers with which a thread left the application, for a core file: they lie at the top of its kernel stack, in the frame of the system
 * call (linux/entry.ts) or of the upcall (nucleus/upcall.ts) that brought it here. Nothing may run meanwhile.
 *
 *     kernelStackTop - 8      ss of an upcall's frame: a selector;  rip of a call's: an address
 */

import { ERESTARTSYS } from "../abi/errno.ts";
import type { UserRegisters } from "../abi/linux-core.ts";
import { APP_BASE } from "../abi/memory-map.ts";
import { USER_CODE_SELECTOR, USER_DATA_SELECTOR } from "../abi/x86-vectors.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { syscallRip } from "./call-sites.ts";
import type { KeptRegisters, SyscallFrame } from "./syscall-frame.ts";

/** False if the thread has not run application code yet. */
export function coreRegisters(thread: Ptr<Thread>, registers: UserRegisters): bool {
  if (!thread.ranApplication) {
    return false;
  }
  zero(registers);
  registers.fs_base = u64(thread.fsBase);
  registers.cs = u64(USER_CODE_SELECTOR);
  registers.ss = u64(USER_DATA_SELECTOR);
  const top = thread.kernelStackTop;
  // SAFETY: the words below the top of a kernel stack are mapped, and these are plain integers.
  const word = pointerAt<u64>(top - 8n).value;
  if (word < APP_BASE) {
    fromTrap(pointerAt<TrapFrame>(top - u64(sizeOf<TrapFrame>())), registers);
  } else {
    const call = top - u64(sizeOf<SyscallFrame>());
    fromCall(pointerAt<SyscallFrame>(call), pointerAt<KeptRegisters>(call - u64(sizeOf<KeptRegisters>())), registers);
  }
  return true;
}

function fromTrap(frame: Ptr<TrapFrame>, registers: UserRegisters): void {
  registers.r15 = frame.r15;
  registers.r14 = frame.r14;
  registers.r13 = frame.r13;
  registers.r12 = frame.r12;
  registers.r11 = frame.r11;
  registers.r10 = frame.r10;
  registers.r9 = frame.r9;
  registers.r8 = frame.r8;
  registers.rbp = frame.rbp;
  registers.rdi = frame.rdi;
  registers.rsi = frame.rsi;
  registers.rdx = frame.rdx;
  registers.rcx = frame.rcx;
  registers.rbx = frame.rbx;
  registers.rax = frame.rax;
  registers.rip = u64(frame.rip);
  registers.eflags = frame.rflags;
  registers.rsp = u64(frame.rsp);
  registers.orig_rax = u64.MAX;
}

function fromCall(call: Ptr<SyscallFrame>, kept: Ptr<KeptRegisters>, registers: UserRegisters): void {
  registers.r15 = kept.r15;
  registers.r14 = kept.r14;
  registers.r13 = kept.r13;
  registers.r12 = kept.r12;
  registers.rbp = kept.rbp;
  registers.rbx = kept.rbx;
  registers.rdi = call.a0;
  registers.rsi = call.a1;
  registers.rdx = call.a2;
  registers.r10 = call.a3;
  registers.r8 = call.a4;
  registers.r9 = call.a5;
  registers.rip = u64(syscallRip(call));
  registers.rcx = registers.rip;
  registers.r11 = call.flags;
  registers.eflags = call.flags;
  registers.rsp = u64(call.userRsp);
  registers.orig_rax = u64(u32.wrap(call.number));
  // As Linux shows a call that has not come to its end.
  registers.rax = u64.wrap(i64(-ERESTARTSYS));
}
