/**
 * Interrupts: who handles which vector, and the I/O APIC that routes lines to vectors.
 *
 * The nucleus only says that some vectors are pending; each is handled here, with interrupts masked, and acknowledged at the local
 * APIC once. Vectors that arrive while a handler runs join the set and are handled in the same turn.
 */

import { ChannelTransport } from "../abi/boot-info.ts";
import { ENODEV, ENOSPC } from "../abi/errno.ts";
import { IOAPIC_ADDRESS } from "../abi/memory-map.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { irqRestore, irqSave, takePending } from "../nucleus/irq-mask.ts";
import { cpuIndex } from "../nucleus/percpu.ts";
import { lapicEnable, lapicEndOfInterrupt, lapicId } from "./time/lapic.ts";
import {
  CHANNEL_VECTOR,
  FIRST_DEVICE_VECTOR,
  isOfVectorClass,
  LAST_DEVICE_VECTOR,
  VECTOR_RESCHEDULE,
  VECTOR_SPURIOUS,
  VECTOR_TIMER,
  VECTOR_TLB,
} from "./vectors.ts";

/** Runs with interrupts masked; the local APIC's end of interrupt follows by itself. */
export type IrqHandler = (vector: u32) => void;

const VECTOR_WORDS = 4;
const VECTORS_PER_WORD = 64;

const handlers: FixedArray<IrqHandler | null, 256> = zeroed();
let nextVector: u32 = FIRST_DEVICE_VECTOR;

/** Registers the handler of a vector; one per vector. */
export function irqRegister(vector: u32, handler: IrqHandler): void {
  assert(isOfVectorClass(vector), "interrupts are of one class of priority");
  assert(handlers[vector] === null, "a vector has one handler");
  handlers[vector] = handler;
}

/** A vector that nobody uses; -ENOSPC if all are taken. */
export function irqAllocateVector(): i64 {
  const wasMasked = irqSave();
  let result: i64 = -i64(ENOSPC);
  if (nextVector <= LAST_DEVICE_VECTOR) {
    result = i64(nextVector);
    nextVector++;
  }
  irqRestore(wasMasked);
  return result;
}

/**
 * The nucleus's mask calls this by name.
 * @export kernelPendingInterrupts
 */
export function irqRunPending(): void {
  for (let word: u32 = 0; word < VECTOR_WORDS; word++) {
    let pending = takePending(word);
    while (pending !== 0n) {
      const bit = countTrailingZeros(pending);
      pending &= pending - 1n;
      runVector(word * VECTORS_PER_WORD + bit);
    }
  }
}

/** What /proc/interrupts counts. */
export enum InterruptKind {
  Timer = 0,
  Reschedule = 1,
  Tlb = 2,
  Channel = 3,
  Other = 4,
}

/** One cache line a processor, written by it alone. */
@struct(64)
class InterruptCounts {
  counts!: FixedArray<u64, 8>;
}
/** @align 64 */
const interruptCounts: FixedArray<InterruptCounts, 64> = zeroed();

/** Interrupts of a kind that a processor has handled since the start. */
export function interruptCount(cpu: u32, kind: InterruptKind): u64 {
  return interruptCounts[cpu].counts[u32(kind)];
}

function kindOf(vector: u32): InterruptKind {
  switch (vector) {
    case VECTOR_TIMER:
      return InterruptKind.Timer;
    case VECTOR_RESCHEDULE:
      return InterruptKind.Reschedule;
    case VECTOR_TLB:
      return InterruptKind.Tlb;
    case CHANNEL_VECTOR:
      return InterruptKind.Channel;
    default:
      return InterruptKind.Other;
  }
}

function runVector(vector: u32): void {
  interruptCounts[cpuIndex].counts[u32(kindOf(vector))]++;
  const handler = handlers[vector];
  if (handler !== null) {
    handler(vector);
  }
  // The spurious vector is not in service and must not be acknowledged (SDM volume 3, 11.9).
  if (vector !== VECTOR_SPURIOUS) {
    lapicEndOfInterrupt();
  }
}

// --- I/O APIC (Intel 82093AA, 3.0) -------------------------------------------------------------------------------------------

@mmio(0x20)
class IoApic {
  @at(0x00)
  select!: Wo<u32>;
  @at(0x10)
  window!: Rw<u32>;
}

const IOAPIC_VERSION = 0x01;
const IOAPIC_REDIRECTION = 0x10;
const DESTINATION_SHIFT = 24;

function ioapicRead(register: u32): u32 {
  // SAFETY: the starter maps the I/O APIC's registers there.
  const ioapic = pointerAt<IoApic>(VirtAddr(IOAPIC_ADDRESS));
  ioapic.select.write(register);
  return ioapic.window.read();
}

function ioapicWrite(register: u32, value: u32): void {
  // SAFETY: as ioapicRead.
  const ioapic = pointerAt<IoApic>(VirtAddr(IOAPIC_ADDRESS));
  ioapic.select.write(register);
  ioapic.window.write(value);
}

/** Routes input `pin` of the I/O APIC to `vector` on this CPU, edge-triggered, active high; -ENODEV without such a pin. */
export function ioapicRoute(pin: u32, vector: u32): i64 {
  if (bootInfo.channel === ChannelTransport.Preset) {
    // uhyve has no I/O APIC: its devices send messages.
    return -i64(ENODEV);
  }
  const last = (ioapicRead(IOAPIC_VERSION) >> 16) & 0xff;
  if (pin > last) {
    return -i64(ENODEV);
  }
  lapicEnable();
  ioapicWrite(IOAPIC_REDIRECTION + 2 * pin + 1, lapicId() << DESTINATION_SHIFT);
  ioapicWrite(IOAPIC_REDIRECTION + 2 * pin, vector);
  return 0n;
}
