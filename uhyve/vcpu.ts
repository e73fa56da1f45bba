/**
 * One virtual processor: its file descriptors, and the state in which it starts.
 *
 * The guest starts in ring 3, with paging on and every table that the image brings loaded (abi/boot-info.ts): on a host that
 * emulates ring 0, each instruction of a start-up sequence in ring 0 would cost as much as a thousand in ring 3, and on any other
 * host nothing is lost. So nothing is read back from KVM either: the state is written whole. KVM API: 4.12, 4.13, 4.18, 4.20.
 */

import type { CpuStart, ImageHeader } from "../abi/boot-info.ts";
import {
  KVM_SYNC_X86_REGS,
  KVM_SYNC_X86_SREGS,
  KVM_VCPU_TSC_CTRL,
  KVM_VCPU_TSC_OFFSET,
  type KvmCpuid,
  type KvmDeviceAttr,
  type KvmMsrEntry,
  KvmMsrs,
  KvmRegs,
  type KvmRun,
  type KvmSegment,
  KvmSregs,
  KvmXcrs,
} from "../abi/kvm.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { SYS_mmap } from "../abi/linux-syscalls.ts";
import { LAPIC_PHYS } from "../abi/memory-map.ts";
import {
  APIC_BASE_BSP,
  APIC_BASE_ENABLE,
  CR0_AM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_PE,
  CR0_PG,
  CR0_WP,
  CR4_FSGSBASE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_OSXSAVE,
  CR4_PAE,
  CR4_PGE,
  CR4_PSE,
  EFER_LMA,
  EFER_LME,
  EFER_NXE,
  EFER_SCE,
  MSR_LSTAR,
  MSR_SFMASK,
  MSR_STAR,
  RFLAGS_IF,
  RFLAGS_RESERVED_1,
} from "../abi/x86-registers.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { type CpuFeatures, cpuidSetApic } from "./cpuid.ts";
import {
  vcpuSetAttribute,
  vcpuSetCpuid,
  vcpuSetMsrs,
  vcpuSetRegs,
  vcpuSetSregs,
  vcpuSetXcrs,
  vmCreateVcpu,
} from "./kvm.ts";

export class Vcpu {
  index!: u32;
  fd!: i32;
  /** The host's number of the thread that runs it. */
  thread!: i32;
  /** 1 once the guest may run on it. */
  isStarted!: Atomic<u32>;
  /** 1 once its thread is in vcpuLoop: the fields around are valid then. */
  isLive!: Atomic<u32>;
  run!: Ptr<KvmRun>;
  runBytes!: u64;
}

/** Types of segments in descriptors (Intel SDM volume 3, 3.4.5.1): accessed ones, as they are when loaded. */
const TYPE_DATA = 3;
const TYPE_CODE = 11;
const TYPE_IDLE_TSS = 9;
const TYPE_BUSY_TSS = 11;
/** The ring is the requested privilege level of the selectors. */
const RING_MASK = 3;
const FLAT_LIMIT = 0xffff_ffff;

/** Creates the vCPU and maps its communication page: 0 or a negative errno. */
export function vcpuCreate(vcpu: Vcpu, vm: i32, runBytes: u64): i64 {
  const fd = vmCreateVcpu(vm, vcpu.index);
  if (fd < 0n) return fd;
  const run = linuxCall(SYS_mmap, 0n, runBytes, u64(PROT_READ | PROT_WRITE), u64(MAP_SHARED), u64(fd), 0n);
  if (run < 0n) return run;
  vcpu.fd = i32(fd);
  // SAFETY: KVM's mapping begins with struct kvm_run.
  vcpu.run = pointerAt<KvmRun>(u64(run));
  vcpu.runBytes = runBytes;
  return 0n;
}

/** Tells the vCPU what processor it is and enables the extended state: 0 or a negative errno. */
export function vcpuSetProcessor(vcpu: Vcpu, cpuid: KvmCpuid, features: CpuFeatures): i64 {
  cpuidSetApic(cpuid, vcpu.index);
  const result = vcpuSetCpuid(vcpu.fd, cpuid);
  if (result < 0n || !features.hasXsave) return result;
  const xcrs = new KvmXcrs();
  xcrs.nr_xcrs = 1;
  xcrs.xcrs[0].value = features.xcr0;
  return vcpuSetXcrs(vcpu.fd, xcrs);
}

/** The guest's time-stamp counter shall be the host's, so that both sides can compare readings; false if KVM cannot. */
export function vcpuShareTsc(vcpu: Vcpu): bool {
  const offset: u64 = 0n;
  const attribute: KvmDeviceAttr = {
    flags: 0,
    group: KVM_VCPU_TSC_CTRL,
    attr: KVM_VCPU_TSC_OFFSET,
    addr: u64(virtAddr(addressOf(offset))),
  };
  return vcpuSetAttribute(vcpu.fd, attribute) >= 0n;
}

/** How the boot processor begins: at the image's entry. */
export function vcpuBootStart(start: CpuStart, image: ImageHeader, pml4: GuestPhys): void {
  start.entry = image.entry;
  start.stackTop = image.stackTop;
  start.percpuBase = image.percpuBase;
  start.gdt = image.gdt;
  start.tss = image.tss;
  start.pml4 = PhysAddr(u64(pml4));
}

/**
 * Sets every register for the first instruction that `start` names: 0 or a negative errno. Any values in `start` are safe. Most go along
 * with the first KVM_RUN, where KVM can do that: each call of its own would load and unload the vCPU, for 10 us.
 */
export function vcpuSetState(vcpu: Vcpu, image: ImageHeader, start: CpuStart, features: CpuFeatures): i64 {
  const msrs = setSyscallMsrs(vcpu, image);
  if (msrs < 0n) return msrs;
  if (features.hasSyncRegs) {
    fillSregs(vcpu.run.sregs, vcpu, image, start, features);
    fillRegs(vcpu.run.regs, start);
    vcpu.run.kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
    return 0n;
  }
  const sregs = new KvmSregs();
  fillSregs(sregs, vcpu, image, start, features);
  const result = vcpuSetSregs(vcpu.fd, sregs);
  if (result < 0n) return result;
  const regs = new KvmRegs();
  fillRegs(regs, start);
  return vcpuSetRegs(vcpu.fd, regs);
}

function fillSregs(sregs: KvmSregs, vcpu: Vcpu, image: ImageHeader, start: CpuStart, features: CpuFeatures): void {
  zero(sregs);
  setSegments(sregs, image, start, features);
  sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
  sregs.cr3 = u64(start.pml4);
  sregs.cr4 = CR4_PAE | CR4_PSE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
  if (features.hasXsave) sregs.cr4 |= CR4_OSXSAVE;
  if (features.hasFsgsbase) sregs.cr4 |= CR4_FSGSBASE;
  sregs.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
  sregs.apic_base = LAPIC_PHYS | APIC_BASE_ENABLE | (vcpu.index === 0 ? APIC_BASE_BSP : 0n);
}

function fillRegs(regs: KvmRegs, start: CpuStart): void {
  zero(regs);
  regs.rip = u64(start.entry);
  regs.rsp = u64(start.stackTop);
  regs.rflags = RFLAGS_RESERVED_1 | RFLAGS_IF;
}

function setSyscallMsrs(vcpu: Vcpu, image: ImageHeader): i64 {
  const msrs = new KvmMsrs();
  msrs.nmsrs = 3;
  setMsr(msrs.entries[0], MSR_STAR, image.star);
  setMsr(msrs.entries[1], MSR_LSTAR, u64(image.syscallEntry));
  setMsr(msrs.entries[2], MSR_SFMASK, image.sfmask);
  return vcpuSetMsrs(vcpu.fd, msrs);
}

function setMsr(entry: KvmMsrEntry, index: u32, value: u64): void {
  entry.index = index;
  entry.data = value;
}

function setSegments(sregs: KvmSregs, image: ImageHeader, start: CpuStart, features: CpuFeatures): void {
  setFlat(sregs.cs, image.userCodeSelector, TYPE_CODE);
  sregs.cs.l = 1;
  sregs.cs.db = 0;
  setFlat(sregs.ss, image.userDataSelector, TYPE_DATA);
  setFlat(sregs.ds, image.userDataSelector, TYPE_DATA);
  setFlat(sregs.es, image.userDataSelector, TYPE_DATA);
  setFlat(sregs.fs, image.userDataSelector, TYPE_DATA);
  setFlat(sregs.gs, image.userDataSelector, TYPE_DATA);
  sregs.gs.base = u64(start.percpuBase);
  sregs.tr.base = u64(start.tss);
  sregs.tr.limit = image.tssBytes - 1;
  sregs.tr.selector = image.tssSelector;
  sregs.tr.type = features.wantsIdleTss ? TYPE_IDLE_TSS : TYPE_BUSY_TSS;
  sregs.tr.present = 1;
  sregs.ldt.unusable = 1;
  sregs.gdt.base = u64(start.gdt);
  sregs.gdt.limit = u16(image.gdtBytes - 1);
  sregs.idt.base = u64(image.idt);
  sregs.idt.limit = u16(image.idtBytes - 1);
}

function setFlat(segment: KvmSegment, selector: u16, type: u8): void {
  segment.limit = FLAT_LIMIT;
  segment.selector = selector;
  segment.type = type;
  segment.present = 1;
  segment.dpl = u8(selector & RING_MASK);
  segment.db = 1;
  segment.s = 1;
  segment.g = 1;
}
