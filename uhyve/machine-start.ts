/**
 * What a guest's first instruction finds: page tables, BootInfo, the clock, the channel's queues, the registers of the vCPU.
 *
 * The last step before a machine runs (machine.ts has the ones before). It takes addresses from the image's header, which is still
 * as the proxy loaded it; they are checked nevertheless, because a pointer out of the image would make the monitor write there.
 */

import {
  BOOT_ABI_VERSION,
  BOOT_MODULE_MAGIC,
  type BootInfo,
  ChannelTransport,
  CpuStart,
  Loader,
} from "../abi/boot-info.ts";
import type { ChannelQueues } from "../abi/channel.ts";
import { SYS_clock_gettime } from "../abi/linux-syscalls.ts";
import { CLOCK_REALTIME, NS_PER_SECOND, Timespec } from "../abi/linux-time.ts";
import {
  APP_BASE,
  APP_MAP_LIMIT,
  DIRECT_MAP_BASE,
  IOAPIC_ADDRESS,
  IOAPIC_PHYS,
  LAPIC_ADDRESS,
  LAPIC_PHYS,
  PAGE_SIZE,
  RAM_HOLE_END,
} from "../abi/memory-map.ts";
import type { NinepQueue } from "../abi/ninep.ts";
import { PTE_CACHE_DISABLE, PTE_NO_EXECUTE, PTE_WRITE, PTE_WRITE_THROUGH } from "../abi/x86-paging.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { guestAt } from "./guest-memory.ts";
import { imageContains, imageMap, imagePhysical } from "./kernel-image.ts";
import { tscKhz } from "./kvm.ts";
import { type Machine, MachineError, machineFailed, roundUp } from "./machine.ts";
import { queueInit } from "./ninep/queue.ts";
import { ninepServer } from "./ninep/server.ts";
import { type TableBuilder, tableBuilderInit, tablesMake, tablesMap, tablesMapLargest } from "./page-tables.ts";
import { readTimeStamp } from "./time-stamp.ts";
import { vcpuBootStart, vcpuSetState, vcpuShareTsc } from "./vcpu.ts";

/** The in-kernel APIC's timer runs at 1 GHz (APIC_BUS_CYCLE_NS of KVM). */
const LAPIC_TIMER_KHZ = 1_000_000;

/** Writes what the guest's first instruction finds: page tables, BootInfo, registers. */
export function machineStart(machine: Machine): MachineError {
  if (!buildTables(machine)) return MachineError.BadImage;
  const vcpu = machine.vcpus[0];
  const hasSharedTsc = vcpuShareTsc(vcpu);
  if (!writeBootInfo(machine, hasSharedTsc) || !findQueues(machine)) return MachineError.BadImage;
  const start = new CpuStart();
  vcpuBootStart(start, machine.header, machine.pml4);
  const state = vcpuSetState(vcpu, machine.header, start, machine.features);
  return state < 0n ? machineFailed(machine, MachineError.KvmFailed, "KVM_SET_SREGS", state) : MachineError.None;
}

function buildTables(machine: Machine): bool {
  const builder: TableBuilder = {
    memory: addressOf(machine.memory),
    root: GuestPhys(0n),
    next: GuestPhys(0n),
    end: GuestPhys(0n),
  };
  if (!tableBuilderInit(builder, addressOf(machine.memory), machine.tablesStart, machine.tablesEnd)) return false;
  machine.pml4 = builder.root;
  const isBuilt = mapAll(machine, builder);
  machine.tablesNext = builder.next;
  return isBuilt;
}

function mapAll(machine: Machine, builder: TableBuilder): bool {
  const data = PTE_WRITE | PTE_NO_EXECUTE;
  const device = data | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH;
  const memory = machine.memory;
  const hasHuge = machine.features.hasHugePages;
  const highBytes = memory.bytes - memory.lowBytes;
  return (
    imageMap(builder, machine.kernelFile) &&
    tablesMake(builder, VirtAddr(APP_BASE)) &&
    tablesMake(builder, VirtAddr(APP_MAP_LIMIT - PAGE_SIZE)) &&
    tablesMap(builder, VirtAddr(LAPIC_ADDRESS), LAPIC_PHYS, PAGE_SIZE, PAGE_SIZE, device) &&
    tablesMap(builder, VirtAddr(IOAPIC_ADDRESS), IOAPIC_PHYS, PAGE_SIZE, PAGE_SIZE, device) &&
    tablesMapLargest(builder, VirtAddr(DIRECT_MAP_BASE), 0n, memory.lowBytes, hasHuge, data) &&
    tablesMapLargest(builder, VirtAddr(DIRECT_MAP_BASE + RAM_HOLE_END), RAM_HOLE_END, highBytes, hasHuge, data)
  );
}

function writeBootInfo(machine: Machine, hasSharedTsc: bool): bool {
  const header = machine.header;
  if (!imageContains(header, header.bootInfo, u64(sizeOf<BootInfo>()))) return false;
  const place = guestAt(machine.memory, imagePhysical(header.bootInfo), u64(sizeOf<BootInfo>()));
  if (place === null) return false;
  // SAFETY: inside the loaded image; the kernel's linker aligned it.
  const info = castPtr<BootInfo>(place);
  info.magic = BOOT_MODULE_MAGIC;
  info.version = BOOT_ABI_VERSION;
  info.loader = Loader.Uhyve;
  const memory = machine.memory;
  info.ram[0].start = PhysAddr(0n);
  info.ram[0].bytes = memory.lowBytes;
  info.ramCount = 1;
  if (memory.bytes > memory.lowBytes) {
    info.ram[1].start = PhysAddr(RAM_HOLE_END);
    info.ram[1].bytes = memory.bytes - memory.lowBytes;
    info.ramCount = 2;
  }
  info.cpuCount = machine.cpuCount;
  info.reservedEnd = PhysAddr(roundUp(u64(machine.module) + machine.moduleBytes, PAGE_SIZE));
  info.pml4 = PhysAddr(u64(machine.pml4));
  info.module = PhysAddr(u64(machine.module));
  info.moduleBytes = machine.moduleBytes;
  info.channel = ChannelTransport.Preset;
  info.hasFsgsbase = machine.features.hasFsgsbase ? 1 : 0;
  info.lapicTimerKhz = LAPIC_TIMER_KHZ;
  info.tableArea = PhysAddr(u64(machine.tablesNext));
  info.tableAreaPages = u32((machine.tablesEnd - machine.tablesNext) / PAGE_SIZE);
  info.readyEnd = PhysAddr(machine.readyEnd < memory.bytes ? machine.readyEnd : 0n);
  setClock(machine, info, hasSharedTsc);
  return true;
}

/** Frequency and epoch of the guest's counter, if it is the host's; otherwise the kernel measures and asks the module's clock. */
function setClock(machine: Machine, info: BootInfo, hasSharedTsc: bool): void {
  const khz = tscKhz(machine.vm, machine.vcpus[0].fd);
  if (khz > 0n && khz <= 0xffff_ffffn) info.tscKhz = u32(khz);
  machine.tscKhz = info.tscKhz;
  if (!hasSharedTsc) return;
  const now = new Timespec();
  if (linuxCall(SYS_clock_gettime, u64(CLOCK_REALTIME), callPointer(now)) < 0n) return;
  info.wallClockTsc = readTimeStamp();
  info.wallClockNs = u64(now.tv_sec) * NS_PER_SECOND + u64(now.tv_nsec);
}

/** The channel's queues lie in the image, at an address that the image itself names. */
function findQueues(machine: Machine): bool {
  const header = machine.header;
  const bytes = u64(sizeOf<ChannelQueues>());
  if (!imageContains(header, header.channelQueues, bytes)) return false;
  if ((u64(header.channelQueues) & 15n) !== 0n) return false;
  const place = guestAt(machine.memory, imagePhysical(header.channelQueues), bytes);
  if (place === null) return false;
  machine.channel.memory = addressOf(machine.memory);
  // SAFETY: inside guest RAM and aligned; everything in it is read as the guest's.
  machine.channel.queues = castPtr<ChannelQueues>(place);
  return header.ninepQueue === 0n || findNinepQueue(machine);
}

/** So does the queue for files, if the image has one. */
function findNinepQueue(machine: Machine): bool {
  const header = machine.header;
  const bytes = u64(sizeOf<NinepQueue>());
  if (!imageContains(header, header.ninepQueue, bytes) || (u64(header.ninepQueue) & 15n) !== 0n) return false;
  const place = guestAt(machine.memory, imagePhysical(header.ninepQueue), bytes);
  if (place === null) return false;
  // SAFETY: as above.
  queueInit(ninepServer.device, addressOf(machine.memory), castPtr<NinepQueue>(place));
  machine.hasNinepQueue = true;
  return true;
}
