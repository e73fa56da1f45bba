/**
 * Measures what guest instructions cost on this host, in ring 0 and in ring 3.
 *
 * Some hosts run guest ring 3 natively and emulate ring 0 at a thousandth of the speed (DESIGN D3); no flag says so, so a machine of
 * one page of code counts down a register in each ring, and a stopwatch tells. The cost of entering and leaving is taken off by
 * a run with a single iteration.
 *
 *     guest-physical   PROBE_CODE   mov $count, %ecx; 1: dec %ecx; jnz 1b; mov %al, PROBE_EXIT; 2: jmp 2b
 *     guest-virtual    the same; PROBE_EXIT is mapped to an address where nothing is: writing there leaves the guest
 */

import { CpuStart, ImageHeader } from "../abi/boot-info.ts";
import { KVM_EXIT_MMIO } from "../abi/kvm.ts";
import { SYS_clock_gettime, SYS_close, SYS_munmap } from "../abi/linux-syscalls.ts";
import { CLOCK_MONOTONIC, NS_PER_SECOND, Timespec } from "../abi/linux-time.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { PTE_WRITE } from "../abi/x86-paging.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { guestAt, guestMemoryMap } from "./guest-memory.ts";
import { vcpuEnter } from "./kvm.ts";
import {
  type Machine,
  MachineError,
  machineAskProcessor,
  machineClose,
  machineCreate,
  machineSetProcessor,
} from "./machine.ts";
import { type TableBuilder, tableBuilderInit, tablesMap } from "./page-tables.ts";
import { vcpuBootStart, vcpuSetState } from "./vcpu.ts";

const PROBE_MEMORY_BYTES = 0x20_0000n;
const PROBE_TABLES = 0x1000n;
const PROBE_TABLES_END = 0x8000n;
/** A page for the descriptor tables that nobody reads. */
const PROBE_DESCRIPTORS = 0x8000n;
const PROBE_CODE = 0x1_0000n;
const PROBE_STACK_TOP = 0x1_1000n;
const PROBE_EXIT = 0x2_0000n;
const NOTHING_THERE = 0xd000_0000n;
const TRIES = 3;
/** An emulated ring 0 takes a millisecond for these, a native one a microsecond. */
export const RING0_ITERATIONS = 1000;
export const RING3_ITERATIONS = 100_000;

/** Makes the probe's machine: MachineError as machineCreate gives it. */
export function ringProbeCreate(machine: Machine): MachineError {
  machine.kvm = -1;
  machine.cpuCount = 1;
  if (guestMemoryMap(machine.memory, PROBE_MEMORY_BYTES) < 0n) return MachineError.NoHostMemory;
  const created = machineCreate(machine);
  if (created !== MachineError.None) return created;
  machineAskProcessor(machine);
  const set = machineSetProcessor(machine);
  if (set !== MachineError.None) return set;
  return mapProbe(machine) ? MachineError.None : MachineError.BadImage;
}

/** Gives back what ringProbeCreate has made, however far it came. */
export function ringProbeEnd(machine: Machine): void {
  if (machine.vm > 0) machineClose(machine);
  if (machine.kvm > 0) void linuxCall(SYS_close, u64(machine.kvm));
  void linuxCall(SYS_munmap, u64(virtAddr(machine.memory.host)), machine.memory.bytes);
}

/** Nanoseconds that `iterations` of the loop take in `ring` (0 or 3), or 0 if the guest did not get through. */
export function ringProbeRun(machine: Machine, ring: u16, iterations: u32): u64 {
  const overhead = fastest(machine, ring, 1);
  const total = fastest(machine, ring, iterations);
  if (overhead === 0n || total === 0n) return 0n;
  return total > overhead ? total - overhead : 1n;
}

function fastest(machine: Machine, ring: u16, iterations: u32): u64 {
  let best: u64 = u64.MAX;
  for (let i: u32 = 0; i < TRIES; i += 1) {
    const elapsed = runOnce(machine, ring, iterations);
    if (elapsed === 0n) return 0n;
    if (elapsed < best) best = elapsed;
  }
  return best;
}

function runOnce(machine: Machine, ring: u16, iterations: u32): u64 {
  writeLoop(machine, iterations);
  const header = new ImageHeader();
  header.entry = VirtAddr(PROBE_CODE);
  header.stackTop = VirtAddr(PROBE_STACK_TOP);
  header.gdt = VirtAddr(PROBE_DESCRIPTORS);
  header.idt = VirtAddr(PROBE_DESCRIPTORS);
  header.tss = VirtAddr(PROBE_DESCRIPTORS);
  header.gdtBytes = 0x50;
  header.idtBytes = 0x10;
  header.tssBytes = 0x68;
  header.userCodeSelector = 0x30 | ring;
  header.userDataSelector = 0x28 | ring;
  header.tssSelector = 0x40;
  const vcpu = machine.vcpus[0];
  const begin = new CpuStart();
  vcpuBootStart(begin, header, machine.pml4);
  if (vcpuSetState(vcpu, header, begin, machine.features) < 0n) return 0n;
  const start = nowNs();
  if (vcpuEnter(vcpu.fd) < 0n) return 0n;
  const elapsed = nowNs() - start;
  const run = vcpu.run;
  return run.exit_reason === KVM_EXIT_MMIO && run.detail.mmio.phys_addr === NOTHING_THERE ? elapsed : 0n;
}

function mapProbe(machine: Machine): bool {
  const builder: TableBuilder = {
    memory: addressOf(machine.memory),
    root: GuestPhys(0n),
    next: GuestPhys(0n),
    end: GuestPhys(0n),
  };
  const memory = addressOf(machine.memory);
  if (!tableBuilderInit(builder, memory, GuestPhys(PROBE_TABLES), GuestPhys(PROBE_TABLES_END))) return false;
  machine.pml4 = builder.root;
  return (
    tablesMap(builder, VirtAddr(PROBE_DESCRIPTORS), PROBE_DESCRIPTORS, PAGE_SIZE, PAGE_SIZE, PTE_WRITE) &&
    tablesMap(builder, VirtAddr(PROBE_CODE), PROBE_CODE, PAGE_SIZE, PAGE_SIZE, PTE_WRITE) &&
    tablesMap(builder, VirtAddr(PROBE_EXIT), NOTHING_THERE, PAGE_SIZE, PAGE_SIZE, PTE_WRITE)
  );
}

function writeLoop(machine: Machine, iterations: u32): void {
  const code = guestAt(machine.memory, GuestPhys(PROBE_CODE), PAGE_SIZE);
  if (code === null) return;
  code[0] = 0xb9;
  writeLittleEndian(code.add(1), u64(iterations), 4);
  writeLittleEndian(code.add(5), 0xfc75_c9ffn, 4);
  code[9] = 0xa2;
  writeLittleEndian(code.add(10), PROBE_EXIT, 8);
  writeLittleEndian(code.add(18), 0xfeebn, 2);
}

function writeLittleEndian(place: Ptr<u8>, value: u64, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 1) place[i] = u8.wrap(value >> u64(8 * i));
}

function nowNs(): u64 {
  const now = new Timespec();
  void linuxCall(SYS_clock_gettime, u64(CLOCK_MONOTONIC), callPointer(now));
  return u64(now.tv_sec) * NS_PER_SECOND + u64(now.tv_nsec);
}
