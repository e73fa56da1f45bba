/**
 * Per-CPU words that the nucleus and the library OS share: the software interrupt mask, the pending set, the current stacks and
 * the frames through which ring 0 enters ring 3.
 *
 * They live in the per-CPU block that the GS base points to, in ring 0 and ring 3 alike; there is no `swapgs`, because nothing
 * in this address space is less privileged than the kernel (DESIGN D3). Only the owning CPU touches its block, and every access
 * is one instruction, which is all the atomicity that interrupts on the same CPU require.
 *
 * A module cannot assign another module's variable, so what other modules set has a setter here.
 */

/** Both bytes are tested by one 16-bit comparison in the interrupt entry; it lets an interrupt through only if both are 0. */
@struct(2)
export class IrqFlags {
  /** Nonzero: interrupts only mark themselves pending (nucleus/irq-mask.ts). */
  mask!: u8;
  /** Nonzero from the nucleus's hand-over until the upcall's prologue has copied the frame. */
  busy!: u8;
}

/** What `iretq` pops. */
@struct(40)
export class IretFrame {
  rip!: VirtAddr;
  cs!: u64;
  rflags!: u64;
  rsp!: VirtAddr;
  ss!: u64;
}

/** A vector, its error code and what the processor pushed: the tail of a TrapFrame. */
@struct(56)
export class EntryFrame {
  vector!: u64;
  error!: u64;
  rip!: VirtAddr;
  cs!: u64;
  rflags!: u64;
  rsp!: VirtAddr;
  ss!: u64;
}

/** @percpu */
export const irqFlags: IrqFlags = zeroed();
/**
 * Bit n: vector n has arrived and its handler has not run.
 * @percpu
 */
export const pendingVectors: FixedArray<u64, 4> = zeroed();
/**
 * Top of the current thread's kernel stack (16-byte aligned): where system calls and upcalls from the application start.
 * @percpu
 */
export let kernelStackTop: VirtAddr = 0n;
/**
 * Lowest address of that stack at which an upcall may still begin.
 * @percpu
 */
export let kernelStackLimit: VirtAddr = 0n;
/**
 * 0 for the CPU that booted.
 * @percpu
 */
export let cpuIndex: u32 = 0;

/**
 * Prebuilt frames: ring 0 loads their address into RSP and executes `iretq`.
 * @percpu
 */
export const exceptionIret: IretFrame = zeroed();
/** @percpu */
export const pageFaultIret: IretFrame = zeroed();
/** @percpu */
export const interruptIret: IretFrame = zeroed();
/** @percpu */
export const fatalIret: IretFrame = zeroed();
/** @percpu */
export const syscallIret: IretFrame = zeroed();
/** @percpu */
export let exceptionIretAt: VirtAddr = 0n;
/** @percpu */
export let pageFaultIretAt: VirtAddr = 0n;
/** @percpu */
export let interruptIretAt: VirtAddr = 0n;
/** @percpu */
export let fatalIretAt: VirtAddr = 0n;
/** @percpu */
export let syscallIretAt: VirtAddr = 0n;

/**
 * Where an interrupt's frame goes when it is let through; vector is INTERRUPT_UPCALL.
 * @percpu
 */
export const interruptFrame: EntryFrame = zeroed();
/** @percpu */
export let interruptFrameAt: VirtAddr = 0n;
/**
 * The top 56 bytes of the ring-0 stack, where the frame of an exception from ring 3 lies.
 * @percpu
 */
export let exceptionFrameAt: VirtAddr = 0n;
/** @percpu */
export let fatalFrameAt: VirtAddr = 0n;
/**
 * RAX at a page fault, while RAX carries CR2 to ring 3.
 * @percpu
 */
export let savedRax: u64 = 0n;

/** Vector in the TrapFrame of an interrupt: which ones came is in `pendingVectors`. */
export const INTERRUPT_UPCALL = 256;

/** Upcalls from the application, and those that find less than this between RSP and the stack's end, start at the stack's top. */
const UPCALL_RESERVE_BYTES = 512n;

/** Makes `[bottom, top)` the stack on which system calls and upcalls of this CPU start. Interrupts are masked or not yet possible. */
export function setKernelStack(bottom: VirtAddr, top: VirtAddr): void {
  kernelStackLimit = bottom + UPCALL_RESERVE_BYTES;
  kernelStackTop = top;
}

/** Points the prebuilt frames' addresses at this CPU's block; `exceptionFrame` and `fatalFrame` are the tops of ring-0 stacks. */
export function setFrameAddresses(exceptionFrame: VirtAddr, fatalFrame: VirtAddr): void {
  exceptionIretAt = virtAddr(exceptionIret);
  pageFaultIretAt = virtAddr(pageFaultIret);
  interruptIretAt = virtAddr(interruptIret);
  fatalIretAt = virtAddr(fatalIret);
  syscallIretAt = virtAddr(syscallIret);
  interruptFrameAt = virtAddr(interruptFrame);
  exceptionFrameAt = exceptionFrame;
  fatalFrameAt = fatalFrame;
}
