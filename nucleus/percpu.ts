/**
 * Per-CPU words that the nucleus and the library OS share: the software interrupt mask, the pending set and the current stacks.
 *
 * They live in the per-CPU block that the GS base points to, in ring 0 and ring 3 alike; there is no `swapgs`, because nothing
 * in this address space is less privileged than the kernel (DESIGN D3). Only the owning CPU touches its block, and every access
 * is one instruction, which is all the atomicity that interrupts on the same CPU require.
 *
 * A module cannot assign another module's variable, so what other modules set has a setter here.
 */

/**
 * Nonzero: interrupts only mark themselves pending. Set and cleared by nucleus/irq-mask.ts.
 * @percpu
 */
export let irqMask: u8 = 0;
/**
 * Nonzero from the nucleus's hand-over until the upcall's prologue has copied the frame; masks interrupts too.
 * @percpu
 */
export let upcallBusy: u8 = 0;
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
 * Scratch of the system-call entry: the application's stack pointer until it is saved in the frame.
 * @percpu
 */
export let userRsp: VirtAddr = 0n;
/**
 * 0 for the CPU that booted.
 * @percpu
 */
export let cpuIndex: u32 = 0;

export function setKernelStackTop(top: VirtAddr): void {
  kernelStackTop = top;
}
