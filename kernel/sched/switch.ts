/**
 * The switch from one kernel stack to another.
 *
 * Kernel code uses general registers only, and a call keeps six of them; so a thread that does not run is its stack pointer, with
 * those six and the return address on its stack. FPU state and FS base are the caller's business (scheduler.ts).
 */

/**
 * Saves the running context's stack pointer at `save` and continues the context of `resume`.
 * @extern switchStacks
 */
export declare function switchStacks(save: Ptr<u64>, resume: VirtAddr): void;

/**
 * Where a new thread begins: its first frame holds the function in RBX and the argument in R12 (thread.ts builds it).
 * @extern threadStart
 */
export declare function threadStart(): void;

/** @extern threadMain */
declare function threadMain(entry: u64, argument: u64): never;

/**
 * SAFETY: System V convention: RBX, RBP, R12..R15 are kept for the caller, the rest is dead across a call. RBP = 0 in a new
 * thread ends its backtraces.
 * @naked
 * @used
 */
export function switchCode(): void {
  asm`
    .globl switchStacks, threadStart
switchStacks:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
threadStart:
    mov %rbx, %rdi
    mov %r12, %rsi
    xor %ebp, %ebp
    call ${symbol(threadMain)}
    ud2`;
}

/** What switchStacks pops, lowest address first. */
@struct(56)
export class SwitchFrame {
  r15!: u64;
  r14!: u64;
  r13!: u64;
  r12!: u64;
  rbx!: u64;
  rbp!: u64;
  rip!: VirtAddr;
}
