/**
 * Running a vCPU: enter the guest, serve the exit, enter again; a table of ports and a handler per kind of exit.
 *
 * A guest of ours leaves for few reasons, mostly the doorbell of its queues. Everything else is either harmless and answered as an empty bus
 * would (ports and device registers that nobody claims), or the end of the guest, with a report (report.ts). KVM API, 5.
 */

import { EAGAIN, EINTR } from "../abi/errno.ts";
import {
  KVM_EXIT_FAIL_ENTRY,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_INTR,
  KVM_EXIT_IO,
  KVM_EXIT_IO_OUT,
  KVM_EXIT_MMIO,
  KVM_EXIT_SHUTDOWN,
  KVM_EXIT_SYSTEM_EVENT,
} from "../abi/kvm.ts";
import { SYS_gettid, SYS_write } from "../abi/linux-syscalls.ts";
import { IOAPIC_PHYS, PAGE_SIZE } from "../abi/memory-map.ts";
import {
  UHYVE_NINEP_ATTEND,
  UHYVE_PORT_ABORT,
  UHYVE_PORT_DISCARD,
  UHYVE_PORT_MEMORY,
  UHYVE_PORT_NINEP,
  UHYVE_PORT_NOTIFY,
  UHYVE_PORT_START_CPU,
} from "../abi/uhyve.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { QueueViolation, queueViolationText } from "./channel-device.ts";
import { channelDoorbell, channelSendSignals, RUNS_ON } from "./channel-service.ts";
import { DiscardError, discardMemory } from "./discard.ts";
import { vcpuEnter } from "./kvm.ts";
import { lockAcquire, lockRelease } from "./lock.ts";
import { type Machine, machineAddMemory } from "./machine.ts";
import { attendantAsk, ninepAttendant } from "./ninep/attendant.ts";
import { ninepServer, ninepServerRing } from "./ninep/server.ts";
import { reportDeath, waitForEnd } from "./report.ts";
import { gateHasPending, signalGate } from "./signal-gate.ts";
import { isReportWanted, STATUS_QUIT } from "./signals.ts";
import { startVcpu } from "./start-vcpu.ts";
import type { Vcpu } from "./vcpu.ts";

/** The first serial port: a kernel without its channel writes its last words there. */
const COM1_DATA = 0x3f8;
const COM1_LINE_STATUS = 0x3fd;
/** Line status: the transmitter is empty (16550: THRE | TEMT). */
const LINE_STATUS_IDLE = 0x60;
const FLOATING_BUS = 0xff;

/** Runs the vCPU, in the thread that made it, until the machine ends; the exit status. */
export function vcpuLoop(machine: Machine, vcpu: Vcpu): i32 {
  vcpu.thread = i32(linuxCall(SYS_gettid));
  vcpu.isLive.store(1, Order.Release);
  for (;;) {
    if (machine.isEnding.load(Order.Acquire) !== 0) waitForEnd();
    const entered = vcpuEnter(vcpu.fd);
    setAt(machine.exits, u64(vcpu.index), at(machine.exits, u64(vcpu.index)) + 1n);
    if (entered < 0n && entered !== i64(-EINTR) && entered !== i64(-EAGAIN)) {
      return reportDeath(machine, vcpu, `KVM_RUN failed with error ${-entered}`);
    }
    if (entered === i64(-EINTR)) writeVolatile(addressOf(vcpu.run.immediate_exit), 0);
    if (isReportWanted()) {
      void reportDeath(machine, vcpu, "SIGQUIT asked for this report");
      return STATUS_QUIT;
    }
    if (vcpu.index === 0 && gateHasPending(signalGate)) channelSendSignals(machine);
    const status = entered < 0n ? RUNS_ON : serveExit(machine, vcpu);
    if (status !== RUNS_ON) return status;
  }
}

function serveExit(machine: Machine, vcpu: Vcpu): i32 {
  const run = vcpu.run;
  switch (run.exit_reason) {
    case KVM_EXIT_IO:
      return servePort(machine, vcpu);
    case KVM_EXIT_MMIO:
      return serveMmio(machine, vcpu);
    case KVM_EXIT_INTR:
      return RUNS_ON;
    case KVM_EXIT_SHUTDOWN:
      return reportDeath(machine, vcpu, "triple fault: an exception could not be delivered");
    case KVM_EXIT_INTERNAL_ERROR:
      return reportInternalError(machine, vcpu);
    case KVM_EXIT_FAIL_ENTRY:
      return reportDeath(
        machine,
        vcpu,
        `the processor refused the guest's state (reason ${hex(run.detail.fail_entry.hardware_entry_failure_reason)})`,
      );
    case KVM_EXIT_SYSTEM_EVENT:
      return reportDeath(machine, vcpu, `system event ${run.detail.system_event_type} of KVM`);
    default:
      return reportDeath(machine, vcpu, `an exit of KVM that this monitor does not know (${run.exit_reason})`);
  }
}

function reportInternalError(machine: Machine, vcpu: Vcpu): i32 {
  const internal = vcpu.run.detail.internal;
  return reportDeath(machine, vcpu, `KVM could not go on (internal error ${internal.suberror})`);
}

function servePort(machine: Machine, vcpu: Vcpu): i32 {
  const io = vcpu.run.detail.io;
  // SAFETY: KVM places the data inside the mapping; size * count bytes, of which only the first `size` matter here.
  const data = castPtr<u8>(vcpu.run).add(io.data_offset);
  if (u32(io.direction) !== KVM_EXIT_IO_OUT) {
    fillBytes(data, io.port === COM1_LINE_STATUS ? LINE_STATUS_IDLE : FLOATING_BUS, u64(io.size) * u64(io.count));
    return RUNS_ON;
  }
  switch (u32(io.port)) {
    case UHYVE_PORT_NOTIFY:
      return channelDoorbell(machine);
    case UHYVE_PORT_NINEP:
      return serveFiles(machine, vcpu, portWord(data, io.size));
    case UHYVE_PORT_ABORT:
      return i32(data[0]);
    case UHYVE_PORT_MEMORY:
      return addMemory(machine, vcpu);
    case UHYVE_PORT_DISCARD:
      return discard(machine, vcpu, portWord(data, io.size));
    case UHYVE_PORT_START_CPU:
      return startVcpu(machine, vcpu, portWord(data, io.size));
    case COM1_DATA:
      void linuxCall(SYS_write, 2n, u64(virtAddr(data)), u64(io.count));
      return RUNS_ON;
    default:
      return RUNS_ON;
  }
}

/** The guest has requests in its queue for files. */
function serveFiles(machine: Machine, vcpu: Vcpu, word: u32): i32 {
  if (!machine.hasNinepQueue)
    return reportDeath(machine, vcpu, "it asked for files, but its image names no queue for that");
  const violation = ninepServerRing(ninepServer, vcpu.index, u16.wrap(word));
  if ((word & UHYVE_NINEP_ATTEND) !== 0) attendantAsk(ninepAttendant);
  if (violation === QueueViolation.None) return RUNS_ON;
  return reportDeath(machine, vcpu, `it broke the rules of its queue for files: ${queueViolationText(violation)}`);
}

/** The word that was written; a narrower write is no number of ours, whatever it says. */
function portWord(data: Ptr<u8>, bytes: u8): u32 {
  // SAFETY: KVM's data area, four bytes of it; x86 reads words at any alignment.
  return bytes === 4 ? castPtr<u32>(data).value : u32.MAX;
}

/** The guest needs the rest of its memory. */
function addMemory(machine: Machine, vcpu: Vcpu): i32 {
  lockAcquire(machine.channelLock);
  const result = machineAddMemory(machine);
  lockRelease(machine.channelLock);
  if (result >= 0n) return RUNS_ON;
  return reportDeath(machine, vcpu, `the host refused memory that was promised (error ${-result})`);
}

/** The guest gives memory back. */
function discard(machine: Machine, vcpu: Vcpu, address: u32): i32 {
  switch (discardMemory(machine.memory, GuestPhys(u64(address)))) {
    case DiscardError.NoRange:
      return reportDeath(machine, vcpu, `it gave back memory by a list at ${hex(address)}, where none can be`);
    case DiscardError.NotRam:
      return reportDeath(machine, vcpu, "it gave back memory that it does not have");
    default:
      return RUNS_ON;
  }
}

/** There are no devices in memory; the page of the I/O APIC answers as an empty bus, everything else is a stray pointer. */
function serveMmio(machine: Machine, vcpu: Vcpu): i32 {
  const mmio = vcpu.run.detail.mmio;
  if (mmio.phys_addr < IOAPIC_PHYS || mmio.phys_addr >= IOAPIC_PHYS + PAGE_SIZE) {
    const verb = mmio.is_write === 0 ? "read" : "written";
    return reportDeath(machine, vcpu, `physical address ${hex(mmio.phys_addr)} was ${verb}, where nothing is`);
  }
  if (mmio.is_write === 0) fillBytes(elements(mmio.data), FLOATING_BUS, 8n);
  return RUNS_ON;
}
