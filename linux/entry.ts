/**
 * How a system call gets from the application to linuxDispatch and back, in ring 3 all the way.
 *
 * Two ways in. A `syscall` instruction is forwarded by the nucleus to linuxSyscallTrap: rcx holds the return address, the stack is
 * still the application's. A patched site jumps to its thunk (linux/core/call-site.ts), which switches stacks and calls
 * linuxThunkEntry with the application's RSP in r11. Both push the same frame, at the same place:
 *
 *     72   rip: where to go on; for thunks the return address that `call` pushed          kernelStackTop is 80
 *     64   flags
 *     56   userRsp
 *      8   a0 .. a5
 *      0   number                                                                           rsp = SyscallFrame
 *
 * Nothing is written below the application's RSP, which may be a red zone or no stack at all. All registers but rax, rcx and r11
 * survive, RFLAGS too (popfq costs ten cycles): C code keeps rbx, rbp and r12..r15, and the kernel has no code that touches SSE or
 * AVX registers. An interrupt that arrives while RSP is still, or again, the application's starts at kernelStackTop
 * (nucleus/upcall.ts), where nothing is then.
 *
 * After the call both look whether something must happen before the application goes on: a signal, another thread. That costs four
 * instructions without a flag. The look and what follows is a window (kernel/sched/resume.ts): registers are loaded with RSP at the
 * frame, so that an interrupt can send the processor back to the look. With something to do, linuxReturn gets all registers.
 */

import { WindowKind, windowAdd } from "../kernel/sched/resume.ts";
import { current, switchWanted } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { irqFlags, kernelStackTop, syscallIret } from "../nucleus/percpu.ts";
import type { KeptRegisters, SyscallFrame } from "./syscall-frame.ts";

/**
 * `kept` lies below the frame, only to be looked at.
 * @extern linuxTrapped
 */
declare function linuxTrapped(frame: SyscallFrame, kept: KeptRegisters): i64;
/** @extern linuxDispatch */
declare function linuxDispatch(frame: SyscallFrame): i64;
/**
 * The slow way back; `result` is the call's answer.
 * @extern linuxReturn
 */
declare function linuxReturn(frame: SyscallFrame, kept: KeptRegisters, result: i64, isThunk: u32): never;

/** @extern trapLook */
declare function trapLook(): void;
/** @extern trapLast */
declare function trapLast(): void;
/** @extern thunkLook */
declare function thunkLook(): void;
/** @extern thunkLast */
declare function thunkLast(): void;

export function entryInit(): void {
  windowAdd(functionAddress(trapLook), functionAddress(trapLast), WindowKind.Jump);
  windowAdd(functionAddress(thunkLook), functionAddress(thunkLast), WindowKind.Return);
}

/**
 * The nucleus's `syscall` entry ends here, in ring 3: rcx and r11 as `syscall` left them, everything else the application's.
 *
 * SAFETY: kernelStackTop is the top of the running thread's own, empty stack. The application's RFLAGS are in r11, its RSP where the
 * nucleus put it; `busy` is the nucleus's and ends when both have been saved, since the next system call of this CPU overwrites them.
 * @naked
 * @used
 * @export linuxSyscallTrap
 */
export function linuxSyscallTrap(): void {
  asm`
    mov ${percpu(kernelStackTop)}, %rsp
    push %rcx
    push %r11
    pushq ${percpu(syscallIret.rsp)}
    movb $0, ${percpu(irqFlags.busy)}
    cld
    push %r9
    push %r8
    push %r10
    push %rdx
    push %rsi
    push %rdi
    push %rax
    mov %rsp, %rdi
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rsi
    call ${symbol(linuxTrapped)}
    add $48, %rsp
    pushq 64(%rsp)
    popfq
    .globl trapLook, trapLast
trapLook:
    mov ${percpu(current)}, %rdx
    mov ${imm(offsetOf<Thread>("work"))}(%rdx), %ecx
    jrcxz 1f
2:  mov $0, %ecx
    jmp linuxLook
1:  movzbl ${percpu(switchWanted)}, %ecx
    jrcxz 1f
    jmp 2b
1:  mov 8(%rsp), %rdi
    mov 16(%rsp), %rsi
    mov 24(%rsp), %rdx
    mov 32(%rsp), %r10
    mov 40(%rsp), %r8
    mov 48(%rsp), %r9
    mov 64(%rsp), %r11
    mov 72(%rsp), %rcx
    mov 56(%rsp), %rsp
trapLast:
    jmp *%rcx`;
}

/**
 * Called by thunks: eax is the number, r11 the application's RSP, which it still holds on return.
 *
 * SAFETY: as above; the thunk switches the stack back.
 * @naked
 * @used
 * @export linuxThunkEntry
 */
export function linuxThunkEntry(): void {
  asm`
    pushfq
    cld
    push %r11
    push %r9
    push %r8
    push %r10
    push %rdx
    push %rsi
    push %rdi
    push %rax
    mov %rsp, %rdi
    call ${symbol(linuxDispatch)}
thunkAfter:
    pushq 64(%rsp)
    popfq
    .globl thunkLook, thunkLast
thunkLook:
    mov ${percpu(current)}, %rdx
    mov ${imm(offsetOf<Thread>("work"))}(%rdx), %ecx
    jrcxz 1f
2:  mov $1, %ecx
    jmp linuxLook
1:  movzbl ${percpu(switchWanted)}, %ecx
    jrcxz 1f
    jmp 2b
1:  mov 8(%rsp), %rdi
    mov 16(%rsp), %rsi
    mov 24(%rsp), %rdx
    mov 32(%rsp), %r10
    mov 40(%rsp), %r8
    mov 48(%rsp), %r9
    mov 56(%rsp), %r11
    lea 72(%rsp), %rsp
thunkLast:
    ret`;
}

/**
 * The same for a program whose core file may be wanted: as after a trap, the registers that C code keeps lie below the frame, so that those of
 * a thread that waits in its call can be told.
 *
 * SAFETY: as above.
 * @naked
 * @used
 * @export linuxThunkEntryKeeping
 */
export function linuxThunkEntryKeeping(): void {
  asm`
    pushfq
    cld
    push %r11
    push %r9
    push %r8
    push %r10
    push %rdx
    push %rsi
    push %rdi
    push %rax
    mov %rsp, %rdi
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    call ${symbol(linuxDispatch)}
    add $48, %rsp
    jmp thunkAfter`;
}

/**
 * RSP is the SyscallFrame, rax the answer, ecx whether the call came through a thunk; rbx, rbp and r12..r15 are the application's.
 *
 * SAFETY: nothing of the frame has been given back; what is pushed are KeptRegisters.
 * @naked
 * @used
 */
export function linuxLookEntry(): void {
  asm`
linuxLook:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rsi
    lea 48(%rsp), %rdi
    mov %rax, %rdx
    cld
    call ${symbol(linuxReturn)}
    ud2`;
}

staticAssert(sizeOf<SyscallFrame>() === 80, "entry.ts pushes ten words");
staticAssert(offsetOf<SyscallFrame>("userRsp") === 56, "entry.ts: place of userRsp");
staticAssert(offsetOf<SyscallFrame>("rip") === 72, "entry.ts: place of rip");
