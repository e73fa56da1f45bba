/**
 * Upcalls: how an interrupt or exception reaches the library OS, and how the interrupted code goes on. All of it in ring 3.
 *
 * The nucleus enters here through a prebuilt frame, on a scratch stack of a few words, with `busy` set, so that nothing can
 * overwrite the frame. The prologue chooses the stack, builds a TrapFrame there, masks interrupts in software and only then
 * clears `busy`:
 *
 *     interrupted RSP inside [kernelStackLimit, kernelStackTop]    the kernel was interrupted: go on below RSP (no red zone)
 *     anywhere else                                                the application, or the first or last instructions of a
 *                                                                  system call, when the kernel stack is empty: its top
 *
 * An overflowing kernel stack is below the limit, hence the report still has a stack. RSP is never trusted to be mapped.
 * The epilogue unmasks first if the interrupted code was not masked, handles what is pending, then restores and `iretq`s;
 * an interrupt in between nests by one frame. It resumes kernel code: into the application leads kernel/sched/resume.ts.
 *
 * Not done in ring 0 on purpose: see stubs.ts.
 */

import {
  exceptionFrameAt,
  fatalFrameAt,
  interruptFrameAt,
  irqFlags,
  kernelStackLimit,
  kernelStackTop,
  savedRax,
} from "./percpu.ts";
import type { TrapFrame } from "./trap-frame.ts";

/** @extern upcallException */
export declare function upcallException(): void;
/** @extern upcallPageFault */
export declare function upcallPageFault(): void;
/** @extern upcallInterrupt */
export declare function upcallInterrupt(): void;
/** @extern upcallFatal */
export declare function upcallFatal(): void;
/** @extern upcallReturn */
export declare function upcallReturn(): void;

/** End of the stack of a panic whose own stack cannot be trusted. */
const FATAL_STACK_BYTES = 8192;
const fatalStack: Bytes<8192> = zeroed();

/**
 * The handler of everything; returns to resume the frame. Defined by the kernel (kernel/trap.ts).
 * @extern kernelUpcall
 */
declare function kernelUpcall(frame: Ptr<TrapFrame>): void;
/** @extern kernelFatal */
declare function kernelFatal(frame: Ptr<TrapFrame>): never;

/**
 * The four entries, the common prologue and the epilogue.
 *
 * SAFETY: entered by `iretq` of the nucleus with RSP at the end of the scratch stack (32 bytes are used). RCX points to the
 * entry frame while the registers are stored; the TrapFrame lies on a kernel stack, which is always mapped.
 * @naked
 * @used
 * @align 16
 */
export function upcallEntries(): void {
  asm`
    .globl upcallException, upcallPageFault, upcallInterrupt, upcallFatal, upcallReturn
upcallInterrupt:
    push %rax
    push %rcx
    mov ${percpu(interruptFrameAt)}, %rcx
    xor %eax, %eax
    jmp 10f
upcallPageFault:
    pushq ${percpu(savedRax)}
    push %rcx
    mov ${percpu(exceptionFrameAt)}, %rcx
    movq $14, (%rcx)
    jmp 10f
upcallException:
    push %rax
    push %rcx
    mov ${percpu(exceptionFrameAt)}, %rcx
    xor %eax, %eax
10: push %rdx
    mov 40(%rcx), %rdx
    cmp ${percpu(kernelStackTop)}, %rdx
    ja 11f
    cmp ${percpu(kernelStackLimit)}, %rdx
    jae 12f
11: mov ${percpu(kernelStackTop)}, %rdx
12: and $-16, %rdx
    sub $192, %rdx
    call storeFrame
    mov %rdx, %rsp
    movb $1, ${percpu(irqFlags.mask)}
    movb $0, ${percpu(irqFlags.busy)}
    cld
    mov %rsp, %rdi
    call ${symbol(kernelUpcall)}
upcallReturn:
    cmpq $0, 128(%rsp)
    jne 13f
    mov %rsp, %rdi
    call ${symbol(unmaskBeforeReturn)}
13: pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rbx
    pop %rax
    lea 32(%rsp), %rsp
    iretq

upcallFatal:
    push %rax
    push %rcx
    push %rdx
    xor %eax, %eax
    mov ${percpu(fatalFrameAt)}, %rcx
    lea ${symbol(fatalStack)} + ${imm(FATAL_STACK_BYTES)} - 192(%rip), %rdx
    call storeFrame
    mov %rdx, %rsp
    movb $1, ${percpu(irqFlags.mask)}
    movb $0, ${percpu(irqFlags.busy)}
    cld
    mov %rsp, %rdi
    call ${symbol(kernelFatal)}

storeFrame:
    mov %r15, 0(%rdx)
    mov %r14, 8(%rdx)
    mov %r13, 16(%rdx)
    mov %r12, 24(%rdx)
    mov %r11, 32(%rdx)
    mov %r10, 40(%rdx)
    mov %r9, 48(%rdx)
    mov %r8, 56(%rdx)
    mov %rbp, 64(%rdx)
    mov %rdi, 72(%rdx)
    mov %rsi, 80(%rdx)
    mov %rbx, 104(%rdx)
    mov %rax, 120(%rdx)
    mov 8(%rsp), %rax
    mov %rax, 88(%rdx)
    mov 16(%rsp), %rax
    mov %rax, 96(%rdx)
    mov 24(%rsp), %rax
    mov %rax, 112(%rdx)
    movzbl ${percpu(irqFlags.mask)}, %eax
    mov %rax, 128(%rdx)
    mov (%rcx), %rax
    mov %rax, 136(%rdx)
    mov 8(%rcx), %rax
    mov %rax, 144(%rdx)
    mov 16(%rcx), %rax
    mov %rax, 152(%rdx)
    mov 24(%rcx), %rax
    mov %rax, 160(%rdx)
    mov 32(%rcx), %rax
    mov %rax, 168(%rdx)
    mov 40(%rcx), %rax
    mov %rax, 176(%rdx)
    mov 48(%rcx), %rax
    mov %rax, 184(%rdx)
    ret`;
}

/**
 * Unmasks for code that was not masked. A function of its own so that the epilogue stays a list of pops.
 * Defined in irq-mask.ts.
 * @extern unmaskBeforeReturn
 */
declare function unmaskBeforeReturn(frame: Ptr<TrapFrame>): void;

staticAssert(sizeOf<TrapFrame>() === 192, "upcall.ts stores 24 words");
staticAssert(offsetOf<TrapFrame>("faultAddress") === 120, "upcall.ts: offset of faultAddress");
staticAssert(offsetOf<TrapFrame>("irqMask") === 128, "upcall.ts: offset of irqMask");
staticAssert(offsetOf<TrapFrame>("vector") === 136, "upcall.ts: offset of vector");
