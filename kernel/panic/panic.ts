/** The end of a kernel that cannot go on. (API; see below.) */

import type { TrapFrame } from "../../nucleus/trap-frame.ts";

/** Called once with the whole report; must not return, allocate or block. */
export type PanicSink = (report: string) => never;

/** Where a report goes; before it is set: the serial port and UHYVE_PORT_ABORT. */
export function panicSetSink(sink: PanicSink): void {
  panic("panicSetSink");
}

/** Reports `why`, the registers of `frame` and the backtrace that leads to it, and ends the machine. */
export function panicWithFrame(frame: Ptr<TrapFrame>, why: string): never {
  panic(why);
}

/** Writes "function (file:line)" for a code address of the kernel; the length written, 0 if unknown. */
export function symbolize(address: VirtAddr, buffer: Slice<u8>): u64 {
  panic("symbolize");
}
