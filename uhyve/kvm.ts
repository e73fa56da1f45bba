/**
 * System calls on KVM's file descriptors, with the kernel's answers as they are: a value, or a negative errno.
 *
 * One function per ioctl that the monitor uses, so that the argument of each has a type. Documentation/virt/kvm/api.rst of Linux.
 */

import {
  KVM_CHECK_EXTENSION,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_ENABLE_CAP,
  KVM_GET_API_VERSION,
  KVM_GET_MP_STATE,
  KVM_GET_REGS,
  KVM_GET_SREGS,
  KVM_GET_SUPPORTED_CPUID,
  KVM_GET_TSC_KHZ,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_RUN,
  KVM_SET_CPUID2,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_MP_STATE,
  KVM_SET_MSRS,
  KVM_SET_REGS,
  KVM_SET_SREGS,
  KVM_SET_USER_MEMORY_REGION,
  KVM_SET_XCRS,
  KVM_SIGNAL_MSI,
  type KvmCpuid,
  type KvmDeviceAttr,
  type KvmEnableCap,
  type KvmMsi,
  type KvmMsrs,
  type KvmRegs,
  type KvmSregs,
  type KvmUserspaceMemoryRegion,
  type KvmXcrs,
} from "../abi/kvm.ts";
import { O_CLOEXEC, O_RDWR } from "../abi/linux-files.ts";
import { SYS_ioctl, SYS_open } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

/** A file descriptor, or the negative errno that says why there is no KVM for this user. */
export function kvmOpen(): i64 {
  return linuxCall(SYS_open, callPointer("/dev/kvm".data), u64(O_RDWR | O_CLOEXEC), 0n);
}

export function kvmApiVersion(kvm: i32): i64 {
  return ioctl(kvm, KVM_GET_API_VERSION, 0n);
}

export function kvmCreateVm(kvm: i32): i64 {
  return ioctl(kvm, KVM_CREATE_VM, 0n);
}

/** 0 if the capability is missing, otherwise 1 or what the capability counts. */
export function kvmCheckExtension(kvm: i32, capability: u32): i64 {
  return ioctl(kvm, KVM_CHECK_EXTENSION, u64(capability));
}

export function kvmRunBytes(kvm: i32): i64 {
  return ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0n);
}

export function kvmSupportedCpuid(kvm: i32, cpuid: KvmCpuid): i64 {
  return ioctl(kvm, KVM_GET_SUPPORTED_CPUID, callPointer(cpuid));
}

export function vmEnableCap(vm: i32, capability: KvmEnableCap): i64 {
  return ioctl(vm, KVM_ENABLE_CAP, callPointer(capability));
}

export function vmSetMemory(vm: i32, region: KvmUserspaceMemoryRegion): i64 {
  return ioctl(vm, KVM_SET_USER_MEMORY_REGION, callPointer(region));
}

export function vmCreateVcpu(vm: i32, index: u32): i64 {
  return ioctl(vm, KVM_CREATE_VCPU, u64(index));
}

export function vmSignalMsi(vm: i32, message: KvmMsi): i64 {
  return ioctl(vm, KVM_SIGNAL_MSI, callPointer(message));
}

export function vcpuSetCpuid(vcpu: i32, cpuid: KvmCpuid): i64 {
  return ioctl(vcpu, KVM_SET_CPUID2, callPointer(cpuid));
}

export function vcpuSetXcrs(vcpu: i32, xcrs: KvmXcrs): i64 {
  return ioctl(vcpu, KVM_SET_XCRS, callPointer(xcrs));
}

export function vcpuSetSregs(vcpu: i32, sregs: KvmSregs): i64 {
  return ioctl(vcpu, KVM_SET_SREGS, callPointer(sregs));
}

export function vcpuGetSregs(vcpu: i32, sregs: KvmSregs): i64 {
  return ioctl(vcpu, KVM_GET_SREGS, callPointer(sregs));
}

export function vcpuSetRegs(vcpu: i32, regs: KvmRegs): i64 {
  return ioctl(vcpu, KVM_SET_REGS, callPointer(regs));
}

export function vcpuGetRegs(vcpu: i32, regs: KvmRegs): i64 {
  return ioctl(vcpu, KVM_GET_REGS, callPointer(regs));
}

/** How many of the registers were set. */
export function vcpuSetMsrs(vcpu: i32, msrs: KvmMsrs): i64 {
  return ioctl(vcpu, KVM_SET_MSRS, callPointer(msrs));
}

export function vcpuSetMpState(vcpu: i32, state: u32): i64 {
  return ioctl(vcpu, KVM_SET_MP_STATE, u64(virtAddr(addressOf(state))));
}

/** The state (KVM_MP_STATE_...), or a negative errno. */
export function vcpuMpState(vcpu: i32): i64 {
  let state: u32 = 0;
  const result = ioctl(vcpu, KVM_GET_MP_STATE, u64(virtAddr(addressOf(state))));
  return result < 0n ? result : i64(state);
}

/** Of the VM, which newer kernels tell without loading the vCPU, or of the vCPU: they are the same unless somebody sets one. */
export function tscKhz(vm: i32, vcpu: i32): i64 {
  const khz = ioctl(vm, KVM_GET_TSC_KHZ, 0n);
  return khz > 0n ? khz : ioctl(vcpu, KVM_GET_TSC_KHZ, 0n);
}

export function vcpuSetAttribute(vcpu: i32, attribute: KvmDeviceAttr): i64 {
  return ioctl(vcpu, KVM_SET_DEVICE_ATTR, callPointer(attribute));
}

export function vcpuEnter(vcpu: i32): i64 {
  return ioctl(vcpu, KVM_RUN, 0n);
}

function ioctl(fd: i32, request: u32, argument: u64): i64 {
  return linuxCall(SYS_ioctl, u64.wrap(fd), u64(request), argument);
}
