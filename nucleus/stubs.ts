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
 *     syscall      a number of the private range is done here; everything else goes to the linux layer in ring 3
 *
 * Rules on such hosts (DESIGN D3): no `sysretq`, no `int n`, no SSE, return by `iretq`. A fault in here is a broken GS base.
 */

import {
  callIret,
  callIretAt,
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
 * Vectors 32 to 255: each marks itself pending; the upcall runs the handlers of all that are.
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
 * SYSCALL: RCX is the return address, R11 the flags, interrupts are off, RSP is still the caller's.
 *
 * Linux's numbers go to the entry of the linux layer with every register as it was, R11 and RCX as SYSCALL set them. Numbers
 * from NUCLEUS_CALL_BASE are the nucleus's own: RDI and RSI are arguments, RAX the result; RCX and R11 are lost as always.
 *
 * SAFETY: entered by the processor only.
 * @naked
 * @used
 * @align 16
 * @section .text.nucleus
 */
export function syscallStub(): void {
  asm`
    cmp $0x60000000, %eax
    jae nucleusCall
    mov %rsp, ${percpu(syscallIret.rsp)}
    mov ${percpu(syscallIretAt)}, %rsp
    iretq
nucleusCall:
    mov %rcx, ${percpu(callIret.rip)}
    mov %rsp, ${percpu(callIret.rsp)}
    mov ${percpu(callIretAt)}, %rsp
    cmp $0x60000001, %eax
    jb callInvalidate
    je callLoadTable
    cmp $0x60000003, %eax
    jb callHalt
    je callWriteMsr
    mov %edi, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    iretq
callInvalidate:
    invlpg (%rdi)
    iretq
callLoadTable:
    mov %rdi, %cr3
    iretq
callWriteMsr:
    mov %edi, %ecx
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
    wrmsr
    iretq
callHalt:
    mov ${percpu(pendingVectors)}, %rax
    or ${percpu(pendingVectors)} + 8, %rax
    or ${percpu(pendingVectors)} + 16, %rax
    or ${percpu(pendingVectors)} + 24, %rax
    jnz 2f
    sti
    hlt
    cli
2:  iretq`;
}
