/**
 * The end of a kernel that cannot go on: a report of what is known, to the proxy if the channel works, else to the serial port,
 * and the machine stops.
 *
 * It runs on any stack in any state: it allocates nothing, takes no lock, and a second panic inside the first one only says so.
 */

import { UHYVE_PORT_ABORT } from "../../abi/uhyve.ts";
import { irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { outl } from "../../nucleus/ports.ts";
import type { TrapFrame } from "../../nucleus/trap-frame.ts";
import { currentThreadOrNull } from "../sched/scheduler.ts";
import { monotonicNs } from "../time/clock.ts";
import { backtrace } from "./backtrace.ts";
import { type Report, reportHex, reportText, reportWrite } from "./report.ts";
import { serialWrite } from "./serial.ts";

/** Called once with the whole report; must not return, allocate or block. */
export type PanicSink = (report: string) => never;

const PANIC_STATUS = 1;
const NS_PER_MS = 1_000_000n;

let sink: PanicSink | null = null;
const report: Report = zeroed();
const panicking: Atomic<u32> = zeroed();

/** Where a report goes; before it is set: the serial port and UHYVE_PORT_ABORT. */
export function panicSetSink(to: PanicSink): void {
  sink = to;
}

/** Reports `why`, the registers of `frame` and the backtrace that leads to it, and ends the machine. */
export function panicWithFrame(frame: Ptr<TrapFrame>, why: string): never {
  begin(why);
  reportRegisters(frame);
  backtrace(report, frame.rip, frame.rbp);
  finish();
}

/**
 * Where `assert` and `panic` of the whole kernel end.
 * @export bts_panic
 * @noreturn
 * @cold
 */
export function panicHere(why: string, file: string, line: u32): never {
  const framePointer = asm<u64>`mov %rbp, ${output("r")}`;
  begin(why);
  reportWrite(report, `  at ${file}:${line}\n`);
  backtrace(report, 0n, framePointer);
  finish();
}

function begin(why: string): void {
  void irqSave();
  if (panicking.exchange(1) !== 0) {
    serialWrite("panic while reporting a panic: ");
    serialWrite(why);
    serialWrite("\n");
    stop();
  }
  const ms = monotonicNs() / NS_PER_MS;
  const thread = currentThreadOrNull();
  const task: u32 = thread === null ? 0 : thread.id;
  reportWrite(report, `kernel panic [${ms / 1000n}.${padded(ms % 1000n, 3)}][${cpuIndex}:${task}]: `);
  reportWrite(report, why);
  reportWrite(report, "\n");
}

function finish(): never {
  const to = sink;
  if (to !== null) {
    to(reportText(report));
  }
  serialWrite(reportText(report));
  stop();
}

/** Ends the vCPU on uhyve; elsewhere nothing listens to the port and the CPU waits for good. */
function stop(): never {
  outl(UHYVE_PORT_ABORT, PANIC_STATUS);
  for (;;) {
    // SAFETY: a hint; interrupts stay masked in software.
    asm`pause`;
  }
}

function reportRegisters(frame: Ptr<TrapFrame>): void {
  pair("rip", u64(frame.rip), "rflags", frame.rflags);
  pair("rsp", u64(frame.rsp), "rbp   ", frame.rbp);
  pair("rax", frame.rax, "rbx   ", frame.rbx);
  pair("rcx", frame.rcx, "rdx   ", frame.rdx);
  pair("rsi", frame.rsi, "rdi   ", frame.rdi);
  pair("r8 ", frame.r8, "r9    ", frame.r9);
  pair("r10", frame.r10, "r11   ", frame.r11);
  pair("r12", frame.r12, "r13   ", frame.r13);
  pair("r14", frame.r14, "r15   ", frame.r15);
  pair("cr2", u64(frame.faultAddress), "error ", frame.error);
  pair("cs ", frame.cs, "vector", frame.vector);
}

function pair(first: string, firstValue: u64, second: string, secondValue: u64): void {
  reportWrite(report, "  ");
  reportWrite(report, first);
  reportWrite(report, " ");
  reportHex(report, firstValue);
  reportWrite(report, "  ");
  reportWrite(report, second);
  reportWrite(report, " ");
  reportHex(report, secondValue);
  reportWrite(report, "\n");
}
