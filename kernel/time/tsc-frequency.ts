/**
 * The frequency of the time-stamp counter where nobody has told it: CPUID, else the local APIC of a
 * hypervisor, else channel 2 of the PIT.
 *
 * CPUID leaves 0x15 and 0x16: SDM volume 2A; leaf 0x40000010 (kHz in EAX) is a convention of hypervisors. PIT: Intel 8254; its
 * gate and output of channel 2 are bits 0 and 5 of port 0x61.
 */

import { type CpuidResult, cpuid, rdtsc } from "../../nucleus/cpu.ts";
import { inb, outb } from "../../nucleus/ports.ts";
import { lapicMeasureTsc } from "./lapic.ts";

const ECX_HYPERVISOR = 0x8000_0000;
const HYPERVISOR_BASE = 0x4000_0000;
const HYPERVISOR_TIMING = 0x4000_0010;
const HZ_PER_KHZ = 1000n;
const KHZ_PER_MHZ = 1000n;

const PIT_HZ = 1_193_182n;
const PIT_CHANNEL_2 = 0x42;
const PIT_COMMAND = 0x43;
/** Channel 2, low byte then high byte, mode 0: output rises at the end of the count. */
const PIT_ONE_SHOT = 0xb0;
const PIT_GATE_PORT = 0x61;
const PIT_GATE = 0x01;
const PIT_SPEAKER = 0x02;
const PIT_OUTPUT = 0x20;
/** About 10 ms. */
const PIT_COUNT = 11932;
/** A machine whose PIT never answers is given up after so many reads. */
const MAX_PIT_READS = 10_000_000;

/** Local APIC timers of hypervisors count nanoseconds (KVM's APIC_BUS_CYCLE_NS, QEMU's apic_common). */
const VIRTUAL_LAPIC_KHZ = 1_000_000n;

/** Tries what is known before what must be measured. */
export function measureTscKhz(): u64 {
  const khz = cpuidKhz();
  if (khz !== 0n) {
    return khz;
  }
  const measured = isVirtual() ? lapicMeasureTsc(VIRTUAL_LAPIC_KHZ) : 0n;
  return measured !== 0n ? measured : pitKhz();
}

function isVirtual(): bool {
  const result: CpuidResult = zeroed();
  cpuid(1, 0, result);
  return (result.ecx & ECX_HYPERVISOR) !== 0;
}

function cpuidKhz(): u64 {
  const result: CpuidResult = zeroed();
  cpuid(1, 0, result);
  if ((result.ecx & ECX_HYPERVISOR) !== 0) {
    cpuid(HYPERVISOR_BASE, 0, result);
    if (result.eax >= HYPERVISOR_TIMING) {
      cpuid(HYPERVISOR_TIMING, 0, result);
      if (result.eax !== 0) {
        return u64(result.eax);
      }
    }
  }
  cpuid(0, 0, result);
  const highest = result.eax;
  if (highest >= 0x15) {
    cpuid(0x15, 0, result);
    if (result.eax !== 0 && result.ebx !== 0 && result.ecx !== 0) {
      return (u64(result.ecx) * u64(result.ebx)) / u64(result.eax) / HZ_PER_KHZ;
    }
  }
  if (highest >= 0x16) {
    cpuid(0x16, 0, result);
    return u64(result.eax & 0xffff) * KHZ_PER_MHZ;
  }
  return 0n;
}

function pitKhz(): u64 {
  const gate = inb(PIT_GATE_PORT);
  outb(PIT_GATE_PORT, (gate & ~PIT_SPEAKER & 0xff) | PIT_GATE);
  outb(PIT_COMMAND, PIT_ONE_SHOT);
  outb(PIT_CHANNEL_2, PIT_COUNT & 0xff);
  outb(PIT_CHANNEL_2, PIT_COUNT >> 8);
  const start = rdtsc();
  let reads: u32 = 0;
  while ((inb(PIT_GATE_PORT) & PIT_OUTPUT) === 0 && reads < MAX_PIT_READS) {
    reads++;
  }
  const ticks = rdtsc() - start;
  outb(PIT_GATE_PORT, gate);
  assert(
    reads > 0 && reads < MAX_PIT_READS,
    "the frequency of the time-stamp counter is unknown: no CPUID leaf, no PIT",
  );
  return (ticks * PIT_HZ) / u64(PIT_COUNT) / HZ_PER_KHZ;
}
