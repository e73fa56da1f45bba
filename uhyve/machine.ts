/**
 * A virtual machine from nothing to its first instruction, in the order that costs least.
 *
 * machineInit  reserves memory, machinePrepare  loads the image and asks the processor, both without KVM; machineCreate  makes VM and vCPU
 * meanwhile (ahead.ts), and machineSetProcessor  brings both together; machineModule  gives the place of the BootModule behind the image.
 * Then machine-start.ts writes what the guest finds, and vcpu-loop.ts runs it.
 *
 * The interrupt controller: local APICs in the kernel and nothing else (KVM_CAP_SPLIT_IRQCHIP), since devices of ours interrupt by MSI
 * alone. A full KVM_CREATE_IRQCHIP was measured to make the memory slot behind it 6 ms dearer. KVM API: 4.35, 7.5.
 *
 *     guest-physical   KERNEL_PHYS: image | page tables | BootModule, from a page boundary | reservedEnd: free RAM
 *
 * Every function answers with MachineError; `machine.errno` is KVM's own reason for the message.
 */

import type { ImageHeader } from "../abi/boot-info.ts";
import {
  KVM_API_VERSION,
  KVM_CAP_MAX_VCPUS,
  KVM_CAP_SIGNAL_MSI,
  KVM_CAP_SPLIT_IRQCHIP,
  KVM_CAP_SYNC_REGS,
  KVM_SYNC_X86_REGS,
  KVM_SYNC_X86_SREGS,
  type KvmCpuid,
  KvmEnableCap,
  type KvmUserspaceMemoryRegion,
} from "../abi/kvm.ts";
import { SYS_close, SYS_munmap } from "../abi/linux-syscalls.ts";
import {
  DIRECT_MAP_BYTES,
  KERNEL_PHYS,
  LARGE_PAGE_SIZE,
  PAGE_SIZE,
  RAM_HOLE_END,
  RAM_HOLE_START,
} from "../abi/memory-map.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import type { ChannelDevice } from "./channel-device.ts";
import { type CpuFeatures, cpuFeatures, cpuidFromHost } from "./cpuid.ts";
import { type GuestMemory, guestAt, guestMemoryAdvise, guestMemoryEnd, guestMemoryMap } from "./guest-memory.ts";
import { IMAGE_MAX_BYTES, ImageError, imageFileHeader, imageHeader, imageLoad } from "./kernel-image.ts";
import {
  kvmApiVersion,
  kvmCheckExtension,
  kvmCreateVm,
  kvmOpen,
  kvmRunBytes,
  kvmSupportedCpuid,
  vmEnableCap,
  vmSetMemory,
} from "./kvm.ts";
import { DEAR_NS, type LargePages } from "./large-pages.ts";
import type { Lock } from "./lock.ts";
import { tablePagesNeeded } from "./page-tables.ts";
import { type Vcpu, vcpuCreate, vcpuSetProcessor } from "./vcpu.ts";

/** Structures for vCPUs; the image may allow fewer. */
export const MACHINE_MAX_VCPUS = 64;
const SYNCED: u64 = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
/** The pins that a KVM_CAP_SPLIT_IRQCHIP machine names for an I/O APIC that it does not have. */
const IOAPIC_PINS = 24n;
/**
 * RAM behind the program that KVM is told of at once. On hosts where KVM shadows page tables it allocates 10 bytes for each 4 KiB,
 * zeroes and frees them: for 2 GiB that is 1 ms of a start of 2 ms.
 */
const FIRST_MEMORY_BYTES = 0x400_0000n;

export enum MachineError {
  None = 0,
  /** No memory of that size could be reserved. */
  NoHostMemory = 1,
  /** The image does not fit into the guest's memory, or it is damaged. */
  ImageTooLarge = 2,
  BadImage = 3,
  /** The program does not fit behind the image. */
  ModuleTooLarge = 4,
  NoKvm = 5,
  KvmTooOld = 6,
  /** A step of KVM failed: `machine.step` names it. */
  KvmFailed = 7,
  TooManyCpus = 8,
  /** More than the direct map of a guest has room for. */
  TooMuchMemory = 9,
}

export class Machine {
  memory!: GuestMemory;
  header!: Ptr<ImageHeader>;
  kernelFile!: Slice<u8>;
  tablesStart!: GuestPhys;
  tablesEnd!: GuestPhys;
  /** Behind the tables that the monitor has made. */
  tablesNext!: GuestPhys;
  module!: GuestPhys;
  moduleBytes!: u64;
  pml4!: GuestPhys;

  kvm!: i32;
  vm!: i32;
  cpuCount!: u32;
  /** Size of the mapping of a vCPU. */
  runBytes!: u64;
  vcpus!: FixedArray<Vcpu, 64>;
  features!: CpuFeatures;

  /** RAM that KVM knows from the beginning ends here; the rest is added when the guest asks. */
  readyEnd!: u64;
  hasAllMemory!: bool;

  channel!: ChannelDevice;
  /** Held around everything that touches `channel` and the server behind it. */
  channelLock!: Lock;
  /** The image has a queue for files (ninep/server.ts). */
  hasNinepQueue!: bool;
  /** Of the guest's time-stamp counter; 0: KVM does not say. */
  tscKhz!: u32;
  isVerbose!: bool;
  /** A vCPU has died and reports; the others wait for the end of the process. */
  isEnding!: Atomic<u32>;
  /** Exits of each vCPU, MACHINE_MAX_VCPUS counters that whoever made the machine provides. */
  exits!: Ptr<u64>;

  errno!: i32;
  step!: string;
}

/** What a machine is made of. */
export class MachineParts {
  /** The kernel's ELF file, page-aligned. */
  kernelFile!: Slice<u8>;
  memoryBytes!: u64;
  cpuCount!: u32;
  /** Pages for tables that the guest will make. */
  guestTables!: u32;
}

/** Reserves the guest's memory and divides it. The caller says in `moduleBytes` how large the BootModule will be, before machineCreate. */
export function machineInit(machine: Machine, parts: MachineParts): MachineError {
  machine.kernelFile = parts.kernelFile;
  machine.cpuCount = parts.cpuCount;
  machine.kvm = -1;
  if (parts.memoryBytes > DIRECT_MAP_BYTES - (RAM_HOLE_END - RAM_HOLE_START)) return MachineError.TooMuchMemory;
  const mapped = guestMemoryMap(machine.memory, parts.memoryBytes);
  if (mapped < 0n) return machineFailed(machine, MachineError.NoHostMemory, "mmap", mapped);
  const divided = layOut(machine, u64(parts.guestTables) * PAGE_SIZE);
  if (divided !== MachineError.None) return divided;
  guestMemoryAdvise(machine.memory);
  return MachineError.None;
}

/** Loads the image and asks the processor what it can. */
export function machinePrepare(machine: Machine): MachineError {
  machineAskProcessor(machine);
  const loaded = imageLoad(machine.memory, machine.kernelFile);
  if (loaded === ImageError.NoMemory) return MachineError.ImageTooLarge;
  const header = imageHeader(machine.memory);
  if (loaded !== ImageError.None || header === null) return MachineError.BadImage;
  machine.header = header;
  return MachineError.None;
}

/** The place of the BootModule, zeroed, or null if memory ends before it does. */
export function machineModule(machine: Machine): Ptr<u8> | null {
  return guestAt(machine.memory, machine.module, machine.moduleBytes);
}

/** What the first thing that runs in the machine will be told of its processor. */
export function machineAskProcessor(machine: Machine): void {
  cpuidFromHost(cpuidList);
  cpuFeatures(cpuidList, machine.features);
}

/** Opens KVM and makes the VM with its memory and its first vCPU. */
export function machineCreate(machine: Machine): MachineError {
  if (machine.kvm < 0) {
    const opened = machineOpenKvm(machine);
    if (opened !== MachineError.None) return opened;
  }
  if (machine.cpuCount > 1) {
    const most = kvmCheckExtension(machine.kvm, KVM_CAP_MAX_VCPUS);
    if (i64(machine.cpuCount) > most) return MachineError.TooManyCpus;
  }
  const vm = kvmCreateVm(machine.kvm);
  if (vm < 0n) return machineFailed(machine, MachineError.KvmFailed, "KVM_CREATE_VM", vm);
  machine.vm = i32(vm);
  const controller = enableSplitController(machine);
  if (controller < 0n) return machineFailed(machine, MachineError.KvmFailed, "KVM_CAP_SPLIT_IRQCHIP", controller);
  const memory = registerMemory(machine);
  if (memory < 0n) return machineFailed(machine, MachineError.KvmFailed, "KVM_SET_USER_MEMORY_REGION", memory);
  return createFirstVcpu(machine);
}

/**
 * Gives the machine back to KVM, once its only vCPU has left the guest for good; a machine with several ends with the process, whose other
 * threads are still inside. The end of a process would do the same, but dearer: KVM's view of the process's memory is then taken down
 * first and waited for, a third of a millisecond of a start of three.
 */
export function machineClose(machine: Machine): void {
  if (machine.cpuCount > 1) return;
  const vcpu = machine.vcpus[0];
  void linuxCall(SYS_munmap, u64(virtAddr(vcpu.run)), vcpu.runBytes);
  void linuxCall(SYS_close, u64.wrap(vcpu.fd));
  void linuxCall(SYS_close, u64.wrap(machine.vm));
}

/** Opens /dev/kvm and looks whether it can do what this monitor needs. */
export function machineOpenKvm(machine: Machine): MachineError {
  const kvm = kvmOpen();
  if (kvm < 0n) return machineFailed(machine, MachineError.NoKvm, "open", kvm);
  machine.kvm = i32(kvm);
  if (kvmApiVersion(machine.kvm) !== KVM_API_VERSION) return MachineError.KvmTooOld;
  return MachineError.None;
}

/** The capabilities beyond API version 12; to be asked for a message when a step has failed, not at every start. */
export function machineHasCapabilities(machine: Machine): bool {
  const msi = kvmCheckExtension(machine.kvm, KVM_CAP_SIGNAL_MSI);
  return kvmCheckExtension(machine.kvm, KVM_CAP_SPLIT_IRQCHIP) > 0n && msi > 0n;
}

/** Keeps why a step failed, and answers with `error`. */
export function machineFailed(machine: Machine, error: MachineError, step: string, result: i64): MachineError {
  machine.step = step;
  machine.errno = i32(-result);
  return error;
}

/** Divides memory behind the image. Sizes of tables are an upper bound, so that nothing moves once the module is there. */
function layOut(machine: Machine, guestTablesBytes: u64): MachineError {
  const header = imageFileHeader(machine.kernelFile);
  if (header === null || header.imageBytes > IMAGE_MAX_BYTES) return MachineError.BadImage;
  if (machine.cpuCount > header.maxCpus || machine.cpuCount > MACHINE_MAX_VCPUS) return MachineError.TooManyCpus;
  const ramEnd = u64(guestMemoryEnd(machine.memory));
  const tables = tablePagesNeeded(header.imageBytes, ramEnd, false) * PAGE_SIZE + guestTablesBytes;
  machine.tablesStart = GuestPhys(KERNEL_PHYS + header.imageBytes);
  machine.tablesEnd = machine.tablesStart + tables;
  machine.module = machine.tablesEnd;
  const bytes = header.imageBytes + tables;
  return guestAt(machine.memory, GuestPhys(KERNEL_PHYS), bytes) === null
    ? MachineError.ImageTooLarge
    : MachineError.None;
}

/** `alignment` is a power of two. */
export function roundUp(bytes: u64, alignment: u64): u64 {
  return (bytes + alignment - 1n) & ~(alignment - 1n);
}

function enableSplitController(machine: Machine): i64 {
  const capability = new KvmEnableCap();
  capability.cap = KVM_CAP_SPLIT_IRQCHIP;
  capability.args[0] = IOAPIC_PINS;
  return vmEnableCap(machine.vm, capability);
}

function registerMemory(machine: Machine): i64 {
  const memory = machine.memory;
  machine.readyEnd = readyEnd(machine);
  return addSlot(machine, 0, 0n, 0n, machine.readyEnd < memory.bytes ? machine.readyEnd : memory.lowBytes);
}

/** Writes to `pages` which memory the guest begins with behind the BootModule, if that has the size that is expected. */
export function machineFirstMemory(machine: Machine, pages: LargePages): void {
  const start = roundUp(u64(machine.module) + machine.moduleBytes, LARGE_PAGE_SIZE);
  const end = readyEnd(machine);
  pages.start = u64(virtAddr(machine.memory.host)) + start;
  pages.bytes = start < end ? end - start : 0n;
  pages.dearNs = DEAR_NS;
}

/** How much RAM is there from the beginning: room for what is loaded and some more; all of it if that is not much less. */
function readyEnd(machine: Machine): u64 {
  const loaded = u64(machine.module) + machine.moduleBytes;
  const wanted = ((loaded + FIRST_MEMORY_BYTES) & ~(LARGE_PAGE_SIZE - 1n)) + LARGE_PAGE_SIZE;
  return wanted < machine.memory.lowBytes ? wanted : machine.memory.lowBytes;
}

/** Makes the rest of RAM known to KVM, once: 0 or a negative errno. */
export function machineAddMemory(machine: Machine): i64 {
  const memory = machine.memory;
  const start = machine.readyEnd;
  if (machine.hasAllMemory) return 0n;
  machine.hasAllMemory = true;
  guestMemoryAdvise(memory);
  if (start < memory.lowBytes) {
    const result = addSlot(machine, 1, start, start, memory.lowBytes - start);
    if (result < 0n) return result;
  }
  if (memory.bytes === memory.lowBytes) return 0n;
  return addSlot(machine, 2, RAM_HOLE_END, memory.lowBytes, memory.bytes - memory.lowBytes);
}

function addSlot(machine: Machine, slot: u32, guest: u64, offset: u64, bytes: u64): i64 {
  const region: KvmUserspaceMemoryRegion = {
    slot,
    flags: 0,
    guest_phys_addr: guest,
    memory_size: bytes,
    userspace_addr: u64(virtAddr(machine.memory.host)) + offset,
  };
  return vmSetMemory(machine.vm, region);
}

const cpuidList: KvmCpuid = zeroed();

/** Makes the first vCPU; the others are made when the guest starts them (start-vcpu.ts). */
function createFirstVcpu(machine: Machine): MachineError {
  const runBytes = kvmRunBytes(machine.kvm);
  if (runBytes < 0n) return machineFailed(machine, MachineError.KvmFailed, "KVM_GET_VCPU_MMAP_SIZE", runBytes);
  machine.runBytes = u64(runBytes);
  for (let i: u32 = 0; i < machine.cpuCount; i += 1) machine.vcpus[i].index = i;
  const first = machine.vcpus[0];
  first.isStarted.store(1, Order.Relaxed);
  const created = vcpuCreate(first, machine.vm, machine.runBytes);
  return created < 0n ? machineFailed(machine, MachineError.KvmFailed, "KVM_CREATE_VCPU", created) : MachineError.None;
}

/** Tells the first vCPU what processor it is. */
export function machineSetProcessor(machine: Machine): MachineError {
  const processor = setFirstProcessor(machine, machine.vcpus[0]);
  if (processor < 0n) return machineFailed(machine, MachineError.KvmFailed, "KVM_SET_CPUID2", processor);
  const synced = kvmCheckExtension(machine.kvm, KVM_CAP_SYNC_REGS);
  machine.features.hasSyncRegs = synced > 0n && (u64(synced) & SYNCED) === SYNCED;
  return MachineError.None;
}

/** Our own list first; where KVM refuses it, KVM's list, which it cannot refuse. */
function setFirstProcessor(machine: Machine, vcpu: Vcpu): i64 {
  const result = vcpuSetProcessor(vcpu, cpuidList, machine.features);
  if (result >= 0n) return result;
  cpuidList.nent = cpuidList.entries.length;
  const listed = kvmSupportedCpuid(machine.kvm, cpuidList);
  if (listed < 0n) return listed;
  cpuFeatures(cpuidList, machine.features);
  return vcpuSetProcessor(vcpu, cpuidList, machine.features);
}

/** Makes another vCPU, of the first one's kind: 0 or a negative errno. One at a time. */
export function machineMakeVcpu(machine: Machine, vcpu: Vcpu): i64 {
  const created = vcpuCreate(vcpu, machine.vm, machine.runBytes);
  return created < 0n ? created : vcpuSetProcessor(vcpu, cpuidList, machine.features);
}
