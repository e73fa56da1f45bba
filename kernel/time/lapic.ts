/**
 * The local APIC of this CPU, xAPIC mode (SDM volume 3, 11.4): end of interrupt, the one-shot timer, interrupts to other CPUs.
 *
 * Its page is mapped user-accessible. Every access may be an exit to the hypervisor, so the APIC is enabled only when an interrupt
 * is wanted for the first time: a program that prints and ends never touches it.
 */

import { ChannelTransport } from "../../abi/boot-info.ts";
import { LAPIC_ADDRESS } from "../../abi/memory-map.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { rdtsc } from "../../nucleus/cpu.ts";
import { irqMarkPending, irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { CHANNEL_VECTOR, VECTOR_SPURIOUS, VECTOR_TIMER } from "../vectors.ts";
import { tscCountOf } from "./clock.ts";

@mmio(0x400)
class Lapic {
  @at(0x20)
  id!: Ro<u32>;
  @at(0xb0)
  endOfInterrupt!: Wo<u32>;
  @at(0xf0)
  spurious!: Rw<u32>;
  @at(0x300)
  commandLow!: Rw<u32>;
  @at(0x310)
  commandHigh!: Rw<u32>;
  @at(0x320)
  lvtTimer!: Rw<u32>;
  @at(0x350)
  lvtLint0!: Rw<u32>;
  @at(0x380)
  initialCount!: Rw<u32>;
  @at(0x390)
  currentCount!: Ro<u32>;
  @at(0x3e0)
  divide!: Rw<u32>;
}

const SPURIOUS_ENABLE = 0x100;
const LVT_MASKED = 0x1_0000;
const DIVIDE_BY_1 = 0xb;
const ID_SHIFT = 24;
const MAX_COUNT = 0xffff_ffff;
const NS_PER_MS = 1_000_000n;
/** A timer that does not count is given up after so many reads. */
const MAX_READS = 1_000_000;
const CALIBRATION_NS = 2_000_000n;

/** @percpu */
let isEnabled: bool = false;
/** @percpu */
let isTimerSet: bool = false;
/** The same on every processor: measured once. */
let timerKhz: u64 = 0n;

function lapic(): Lapic {
  // SAFETY: the starter maps the APIC's registers there.
  return pointerAt<Lapic>(VirtAddr(LAPIC_ADDRESS));
}

/**
 * Lets interrupts arrive on this CPU. An APIC that is not enabled drops what is sent to it (SDM volume 3, 11.4.7.2), and uhyve sends as
 * soon as a request is answered, which may be before the first wait: the channel's interrupt counts as having come.
 */
export function lapicEnable(): void {
  if (isEnabled) {
    return;
  }
  isEnabled = true;
  lapic().spurious.write(SPURIOUS_ENABLE | VECTOR_SPURIOUS);
  lapic().lvtLint0.write(LVT_MASKED);
  if (cpuIndex === 0 && bootInfo.channel === ChannelTransport.Preset) {
    const wasMasked = irqSave();
    irqMarkPending(CHANNEL_VECTOR);
    irqRestore(wasMasked);
  }
}

/**
 * Before the first wait for an interrupt.
 * @export kernelBeforeHalt
 */
export function kernelBeforeHalt(): void {
  lapicEnable();
}

export function lapicEndOfInterrupt(): void {
  lapic().endOfInterrupt.write(0);
}

export function lapicId(): u32 {
  return lapic().id.read() >> ID_SHIFT;
}

/** Delivery modes of the interrupt command register (SDM volume 3, 11.6.1); both with the level bit asserted. */
export const ICR_FIXED = 0x4000;
export const ICR_INIT = 0x4500;
export const ICR_STARTUP = 0x4600;

/**
 * To whom this CPU's last interrupt went, plus 1: the register keeps it, and writing to one costs an exit to the hypervisor. 0: unknown.
 * @percpu
 */
let destination: u32 = 0;

/** Sends an interrupt to the processor with an APIC identifier: a delivery mode and a vector (for ICR_STARTUP: the page of the code). */
export function lapicSend(apicId: u32, mode: u32, vector: u32): void {
  const wasMasked = irqSave();
  if (destination !== apicId + 1) {
    destination = apicId + 1;
    lapic().commandHigh.write(apicId << ID_SHIFT);
  }
  lapic().commandLow.write(mode | vector);
  irqRestore(wasMasked);
}

/** Requests the timer interrupt in `ns` nanoseconds; longer than the counter reaches is cut, and the handler asks again. */
export function lapicTimerStart(ns: u64): void {
  if (!isTimerSet) {
    isTimerSet = true;
    lapicTimerInit();
  }
  const count = mulShift(ns, timerKhz, 0) / NS_PER_MS + 1n;
  lapic().initialCount.write(count > u64(MAX_COUNT) ? MAX_COUNT : u32(count));
}

export function lapicTimerStop(): void {
  if (isTimerSet) {
    lapic().initialCount.write(0);
  }
}

/**
 * Time-stamp counts per millisecond, measured against the timer, whose frequency is `khz`; 1 ms. Before the timer is used.
 */
export function lapicMeasureTsc(khz: u64): u64 {
  lapicEnable();
  lapic().divide.write(DIVIDE_BY_1);
  lapic().lvtTimer.write(LVT_MASKED | VECTOR_TIMER);
  lapic().initialCount.write(MAX_COUNT);
  const first = lapic().currentCount.read();
  const start = rdtsc();
  let last = first;
  for (let reads: u32 = 0; u64(first - last) < khz && reads < MAX_READS; reads++) {
    last = lapic().currentCount.read();
  }
  const ticks = rdtsc() - start;
  lapic().initialCount.write(0);
  return first === last ? 0n : (ticks * khz) / u64(first - last);
}

/** Sets the timer up; its frequency comes from the monitor or is measured against the time-stamp counter (2 ms, once). */
function lapicTimerInit(): void {
  lapicEnable();
  lapic().divide.write(DIVIDE_BY_1);
  if (timerKhz === 0n) {
    timerKhz = u64(bootInfo.lapicTimerKhz);
  }
  if (timerKhz === 0n) {
    lapic().lvtTimer.write(LVT_MASKED | VECTOR_TIMER);
    timerKhz = measureTimerKhz();
  }
  lapic().lvtTimer.write(VECTOR_TIMER);
}

function measureTimerKhz(): u64 {
  const start = rdtsc();
  const wanted = tscCountOf(CALIBRATION_NS);
  lapic().initialCount.write(MAX_COUNT);
  while (rdtsc() - start < wanted) {}
  const left = lapic().currentCount.read();
  const elapsed = rdtsc() - start;
  lapic().initialCount.write(0);
  const ticks = u64(MAX_COUNT - left);
  assert(ticks > 0n, "the local APIC's timer counts");
  return (ticks * tscCountOf(NS_PER_MS)) / elapsed;
}
