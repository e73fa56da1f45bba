/**
 * The kernel's own part of the boot script, in order: kernelMain calls these one per line.
 *
 *     logInit(); trapInit(); memoryInit(); clockInit(); interruptInit(); schedulerInit();
 */

/** Fills the interrupt table and the upcall frames: exceptions are reported from here on. */
export function trapInit(): void {
  panic("trapInit");
}
/** Frames, page tables, heap, regions from the boot information. */
export function memoryInit(): void {
  panic("memoryInit");
}
/** Clock frequency, clock page. */
export function clockInit(): void {
  panic("clockInit");
}
/** Local APIC, timer. */
export function interruptInit(): void {
  panic("interruptInit");
}
/** The current stack becomes the first thread; idle thread. */
export function schedulerInit(): void {
  panic("schedulerInit");
}
