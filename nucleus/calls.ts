/**
 * Ring-3 side of the nucleus: what needs privilege, as functions. Each is one `syscall` with a number in a private range.
 *
 * The kernel calls these; so could the application, which shares the address space and the privilege (DESIGN D3: the machine
 * is the boundary). Cost: a few instructions in ring 0, about 5 µs on hosts that emulate ring 0.
 */

export const NUCLEUS_CALL_BASE = 0x6000_0000;

/** Forgets the cached translation of the page at `address` on this CPU. */
export function invalidatePage(address: VirtAddr): void {
  panic("invalidatePage");
}

/** Loads the top-level page table at `root` and forgets all cached translations but global ones. */
export function loadPageTable(root: PhysAddr): void {
  panic("loadPageTable");
}

/** Sleeps until an interrupt is pending. The caller has masked interrupts (irqSave) and unmasks afterwards, which runs the handler. */
export function haltUntilInterrupt(): void {
  panic("haltUntilInterrupt");
}

export function writeMsr(register: u32, value: u64): void {
  panic("writeMsr");
}

export function readMsr(register: u32): u64 {
  panic("readMsr");
}

/** The FS base (thread pointer) of the running thread: wrfsbase where it works, a nucleus call otherwise. */
export function setFsBase(base: VirtAddr): void {
  panic("setFsBase");
}

export function getFsBase(): VirtAddr {
  panic("getFsBase");
}
