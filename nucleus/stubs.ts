/**
 * Ring 0: all of it that runs after the start.
 *
 * Hosts that are virtual machines themselves may emulate every one of these instructions (about 0.6 µs each), so the stubs do the
 * least that ring 3 cannot do: they keep the frame from being overwritten, mark the hand-over, and `iretq` through a prebuilt
 * frame into ring 3, where the prologue (upcall.ts) does the work natively. The alternative, building the upcall's frame on the
 * ring-3 stack here, took 35 instructions instead of 5.
 *
 *     exception    processor pushes on the ring-0 stack; frame stays there until the prologue copied it (`busy` masks interrupts)
 *     interrupt    processor pushes on IST 1; the vector is marked pending; if nothing masks: pop the frame into the per-CPU block
 *     NMI, #DF, #MC  IST 2, straight to the panic
 *     int3         with a number of ours in RAX (calls.ts): what needs privilege is done here; otherwise it is an exception
 *     syscall      goes to the linux layer in ring 3
 *
 * Rules on such hosts (DESIGN D3): no `sysretq`, no `int n`, no SSE, return by `iretq`. A fault in here is a broken GS base. On
 * some of them SYSCALL from ring 3 stays in ring 3, so its stub is legal in both rings and privileged work comes by `int3`
 * (docs/decisions/0003-nucleus-calls-by-int3.md, 0011-nucleus-calls-by-number.md).
 */

import { CALL_HALT, CALL_INVALIDATE, CALL_LOAD_TABLE, CALL_READ_MSR, CALL_WRITE_MSR } from "./call-numbers.ts";
import {
  exceptionIretAt,
  fatalIretAt,
  interruptFrame,
  interruptIretAt,
  irqFlags,
  pageFaultIretAt,
  pendingVectors,
  savedRax,
  syscallIret,
  syscallIretAt,
} from "./percpu.ts";

/** Distance between two stubs, for the interrupt table. */
export const EXCEPTION_STUB_BYTES = 16n;
export const INTERRUPT_STUB_BYTES = 16n;

/**
 * Vectors 0 to 31. Those without an error code push a 0 for it (vectors 8, 10..14, 17, 21, 29, 30 have one: SDM table 6-1).
 *
 * SAFETY: entered by the processor only; keeps all registers but RSP, which the frame holds.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function exceptionStubs(): void {
  asm`
    .set vector, 0
    .rept 32
    .balign 16
    .ifeq (0x60227d00 >> vector) & 1
    pushq $0
    .endif
    pushq $vector
    .ifeq (0x40104 >> vector) & 1
    jmp exceptionCommon
    .else
    jmp fatalCommon
    .endif
    .set vector, vector + 1
    .endr
exceptionCommon:
    movb $1, ${percpu(irqFlags.busy)}
    mov ${percpu(exceptionIretAt)}, %rsp
    iretq
fatalCommon:
    movb $1, ${percpu(irqFlags.busy)}
    mov ${percpu(fatalIretAt)}, %rsp
    iretq`;
}

/**
 * Vector 14: CR2 travels in RAX, because only ring 0 can read it.
 *
 * SAFETY: entered by the processor only; RAX is kept in the per-CPU block until the prologue takes it.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function pageFaultStub(): void {
  asm`
    mov %rax, ${percpu(savedRax)}
    mov %cr2, %rax
    movb $1, ${percpu(irqFlags.busy)}
    mov ${percpu(pageFaultIretAt)}, %rsp
    iretq`;
}

/**
 * Vectors 32 to 255: each marks itself pending; the upcall runs the handlers of all that are. Ring 0 is interrupted only in
 * `hlt` and in the first instruction of the `syscall` stub; then the mark must do, since ring 3 cannot resume ring 0.
 *
 * SAFETY: entered by the processor only, on IST 1; changes no register but RSP.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function interruptStubs(): void {
  asm`
    .set vector, 32
    .rept 224
    .balign 16
    orb $(1 << (vector & 7)), ${percpu(pendingVectors)} + (vector >> 3)
    jmp interruptCommon
    .set vector, vector + 1
    .endr
interruptCommon:
    cmpw $0, ${percpu(irqFlags.mask)}
    jne 1f
    testb $3, 8(%rsp)
    jz 1f
    movb $1, ${percpu(irqFlags.busy)}
    popq ${percpu(interruptFrame.rip)}
    popq ${percpu(interruptFrame.cs)}
    popq ${percpu(interruptFrame.rflags)}
    popq ${percpu(interruptFrame.rsp)}
    popq ${percpu(interruptFrame.ss)}
    mov ${percpu(interruptIretAt)}, %rsp
1:  iretq`;
}

/**
 * SYSCALL: RCX is the return address, R11 the flags, RSP is still the caller's. `busy` keeps interrupts out until the linux layer's
 * entry, which clears it, has RSP back. SFMASK leaves IF alone, because a stub that runs in ring 3 could not set it again.
 *
 * SAFETY: entered by the processor only.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function syscallStub(): void {
  asm`
    movb $1, ${percpu(irqFlags.busy)}
    mov %rsp, ${percpu(syscallIret.rsp)}
    mov ${percpu(syscallIretAt)}, %rsp
    iretq`;
}

/**
 * `int3` of a nucleus call: RAX is a number of call-numbers.ts, RDI and RSI its arguments, RAX the result; RCX and RDX are lost. Any other
 * breakpoint is the application's. The calls that programs wait for come first, because each comparison is two instructions more.
 *
 * SAFETY: entered by the processor only; an application's breakpoint keeps every register.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function breakpointStub(): void {
  asm`
    cmp $${imm(CALL_INVALIDATE)}, %rax
    jne 1f
    invlpg (%rdi)
    iretq
1:  cmp $${imm(CALL_LOAD_TABLE)}, %rax
    jne 2f
    mov %rdi, %cr3
    iretq
2:  cmp $${imm(CALL_HALT)}, %rax
    jne 4f
    mov ${percpu(pendingVectors)}, %rax
    or ${percpu(pendingVectors)} + 8, %rax
    or ${percpu(pendingVectors)} + 16, %rax
    or ${percpu(pendingVectors)} + 24, %rax
    jnz 3f
    sti
    hlt
3:  iretq
4:  cmp $${imm(CALL_WRITE_MSR)}, %rax
    jne 5f
    mov %edi, %ecx
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
    wrmsr
    iretq
5:  cmp $${imm(CALL_READ_MSR)}, %rax
    jne exceptionStubs + 3 * 16
    mov %edi, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    iretq`;
}
