/**
 * What the library OS sees of an interrupted computation: built on a ring-3 stack by the upcall's prologue (nucleus/upcall.ts).
 *
 * The handler may change it; the epilogue restores every register from it and resumes by `iretq` from ring 3 to ring 3.
 * SSE and AVX registers are not part of it: kernel code uses general registers only, so they still hold what the interrupted
 * code left there; a thread switch saves them (kernel/sched/fpu.ts).
 *
 * The prologue and the epilogue know the offsets; upcall.ts asserts them.
 */

@struct(192)
export class TrapFrame {
  r15!: u64;
  r14!: u64;
  r13!: u64;
  r12!: u64;
  r11!: u64;
  r10!: u64;
  r9!: u64;
  r8!: u64;
  rbp!: u64;
  rdi!: u64;
  rsi!: u64;
  rdx!: u64;
  rcx!: u64;
  rbx!: u64;
  rax!: u64;
  /** CR2 at a page fault, otherwise 0. */
  faultAddress!: VirtAddr;
  /** The software interrupt mask of the interrupted code. */
  irqMask!: u64;
  /** 0..31, or INTERRUPT_UPCALL. */
  vector!: u64;
  /** The error code of vectors that push one, otherwise 0. */
  error!: u64;
  rip!: VirtAddr;
  cs!: u64;
  rflags!: u64;
  rsp!: VirtAddr;
  ss!: u64;
}
