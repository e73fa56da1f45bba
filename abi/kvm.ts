/**
 * The part of Linux's KVM interface that the monitor uses: Documentation/virt/kvm/api.rst, include/uapi/linux/kvm.h and
 * arch/x86/include/uapi/asm/kvm.h. Names and layouts are the kernel's; sizes are asserted because each ioctl number contains its own.
 */

/** Answered by every KVM since Linux 2.6.22; others are to be refused. */
export const KVM_API_VERSION = 12n;

export const KVM_GET_API_VERSION = 0xae00;
export const KVM_CREATE_VM = 0xae01;
export const KVM_CHECK_EXTENSION = 0xae03;
export const KVM_GET_VCPU_MMAP_SIZE = 0xae04;
export const KVM_GET_SUPPORTED_CPUID = 0xc008_ae05;
export const KVM_CREATE_VCPU = 0xae41;
export const KVM_SET_USER_MEMORY_REGION = 0x4020_ae46;
export const KVM_ENABLE_CAP = 0x4068_aea3;
export const KVM_SIGNAL_MSI = 0x4020_aea5;
export const KVM_RUN = 0xae80;
export const KVM_GET_REGS = 0x8090_ae81;
export const KVM_SET_REGS = 0x4090_ae82;
export const KVM_GET_SREGS = 0x8138_ae83;
export const KVM_SET_SREGS = 0x4138_ae84;
export const KVM_GET_MSRS = 0xc008_ae88;
export const KVM_SET_MSRS = 0x4008_ae89;
export const KVM_SET_CPUID2 = 0x4008_ae90;
export const KVM_GET_MP_STATE = 0x8004_ae98;
export const KVM_SET_MP_STATE = 0x4004_ae99;
export const KVM_SET_XCRS = 0x4188_aea7;
export const KVM_GET_TSC_KHZ = 0xaea3;
export const KVM_SET_DEVICE_ATTR = 0x4018_aee1;
export const KVM_GET_DEVICE_ATTR = 0x4018_aee2;

export const KVM_CAP_USER_MEMORY = 3;
export const KVM_CAP_EXT_CPUID = 7;
export const KVM_CAP_XCRS = 56;
export const KVM_CAP_MAX_VCPUS = 66;
export const KVM_CAP_SYNC_REGS = 74;
export const KVM_CAP_SIGNAL_MSI = 77;
export const KVM_CAP_SPLIT_IRQCHIP = 121;

/** States of a vCPU as multiprocessor: with an APIC in the kernel all but the first begin uninitialised. */
export const KVM_MP_STATE_RUNNABLE = 0;
export const KVM_MP_STATE_HALTED = 3;

/** Attribute of a vCPU: guest counter = host counter * ratio + offset. */
export const KVM_VCPU_TSC_CTRL = 0;
export const KVM_VCPU_TSC_OFFSET = 0n;

export const KVM_EXIT_UNKNOWN = 0;
export const KVM_EXIT_EXCEPTION = 1;
export const KVM_EXIT_IO = 2;
export const KVM_EXIT_DEBUG = 4;
export const KVM_EXIT_HLT = 5;
export const KVM_EXIT_MMIO = 6;
export const KVM_EXIT_IRQ_WINDOW_OPEN = 7;
export const KVM_EXIT_SHUTDOWN = 8;
export const KVM_EXIT_FAIL_ENTRY = 9;
export const KVM_EXIT_INTR = 10;
export const KVM_EXIT_INTERNAL_ERROR = 17;
export const KVM_EXIT_SYSTEM_EVENT = 24;

export const KVM_EXIT_IO_IN = 0;
export const KVM_EXIT_IO_OUT = 1;

/** Sub-errors of KVM_EXIT_INTERNAL_ERROR. */
export const KVM_INTERNAL_ERROR_EMULATION = 1;

@struct(32)
export class KvmUserspaceMemoryRegion {
  slot!: u32;
  flags!: u32;
  guest_phys_addr!: u64;
  memory_size!: u64;
  userspace_addr!: u64;
}

@struct(144)
export class KvmRegs {
  rax!: u64;
  rbx!: u64;
  rcx!: u64;
  rdx!: u64;
  rsi!: u64;
  rdi!: u64;
  rsp!: u64;
  rbp!: u64;
  r8!: u64;
  r9!: u64;
  r10!: u64;
  r11!: u64;
  r12!: u64;
  r13!: u64;
  r14!: u64;
  r15!: u64;
  rip!: u64;
  rflags!: u64;
}

@struct(24)
export class KvmSegment {
  base!: u64;
  limit!: u32;
  selector!: u16;
  type!: u8;
  present!: u8;
  dpl!: u8;
  db!: u8;
  s!: u8;
  l!: u8;
  g!: u8;
  avl!: u8;
  unusable!: u8;
  padding!: u8;
}

@struct(16)
export class KvmDtable {
  base!: u64;
  limit!: u16;
  padding!: FixedArray<u16, 3>;
}

@struct(312)
export class KvmSregs {
  cs!: KvmSegment;
  ds!: KvmSegment;
  es!: KvmSegment;
  fs!: KvmSegment;
  gs!: KvmSegment;
  ss!: KvmSegment;
  tr!: KvmSegment;
  ldt!: KvmSegment;
  gdt!: KvmDtable;
  idt!: KvmDtable;
  cr0!: u64;
  cr2!: u64;
  cr3!: u64;
  cr4!: u64;
  cr8!: u64;
  efer!: u64;
  apic_base!: u64;
  interrupt_bitmap!: FixedArray<u64, 4>;
}

@struct(16)
export class KvmMsrEntry {
  index!: u32;
  reserved!: u32;
  data!: u64;
}

/** `struct kvm_msrs` with room for as many entries as the monitor uses. */
@struct()
export class KvmMsrs {
  nmsrs!: u32;
  pad!: u32;
  entries!: FixedArray<KvmMsrEntry, 4>;
}

@struct(16)
export class KvmXcr {
  xcr!: u32;
  reserved!: u32;
  value!: u64;
}

@struct(392)
export class KvmXcrs {
  nr_xcrs!: u32;
  flags!: u32;
  xcrs!: FixedArray<KvmXcr, 16>;
  padding!: FixedArray<u64, 16>;
}

export const KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;

@struct(40)
export class KvmCpuidEntry {
  function!: u32;
  index!: u32;
  flags!: u32;
  eax!: u32;
  ebx!: u32;
  ecx!: u32;
  edx!: u32;
  padding!: FixedArray<u32, 3>;
}

/** `struct kvm_cpuid2` with room for KVM_MAX_CPUID_ENTRIES as older kernels have it. */
@struct()
export class KvmCpuid {
  nent!: u32;
  padding!: u32;
  entries!: FixedArray<KvmCpuidEntry, 256>;
}

@struct(104)
export class KvmEnableCap {
  cap!: u32;
  flags!: u32;
  args!: FixedArray<u64, 4>;
  pad!: Bytes<64>;
}

@struct(32)
export class KvmMsi {
  address_lo!: u32;
  address_hi!: u32;
  data!: u32;
  flags!: u32;
  devid!: u32;
  pad!: Bytes<12>;
}

@struct(24)
export class KvmDeviceAttr {
  flags!: u32;
  group!: u32;
  attr!: u64;
  addr!: u64;
}

@struct(16)
export class KvmRunIo {
  direction!: u8;
  size!: u8;
  port!: u16;
  count!: u32;
  /** From the start of the kvm_run mapping. */
  data_offset!: u64;
}

@struct(24)
export class KvmRunMmio {
  phys_addr!: u64;
  data!: Bytes<8>;
  len!: u32;
  is_write!: u8;
}

@struct(136)
export class KvmRunInternal {
  suberror!: u32;
  ndata!: u32;
  data!: FixedArray<u64, 16>;
}

@struct(16)
export class KvmRunFailEntry {
  hardware_entry_failure_reason!: u64;
  cpu!: u32;
}

@union(256)
export class KvmRunDetail {
  io!: KvmRunIo;
  mmio!: KvmRunMmio;
  internal!: KvmRunInternal;
  fail_entry!: KvmRunFailEntry;
  hardware_exit_reason!: u64;
  system_event_type!: u32;
  padding!: Bytes<256>;
}

/** The beginning of the mapping of a vCPU; the ioctl KVM_GET_VCPU_MMAP_SIZE says how long the whole is. */
@struct()
export class KvmRun {
  request_interrupt_window!: u8;
  immediate_exit!: u8;
  padding1!: Bytes<6>;
  @at(8) exit_reason!: u32;
  ready_for_interrupt_injection!: u8;
  if_flag!: u8;
  flags!: u16;
  @at(16) cr8!: u64;
  apic_base!: u64;
  @at(32) detail!: KvmRunDetail;
  @at(288) kvm_valid_regs!: u64;
  /** KVM_SYNC_X86_...: what KVM_RUN takes from the fields below before it enters the guest. */
  kvm_dirty_regs!: u64;
  regs!: KvmRegs;
  sregs!: KvmSregs;
}

export const KVM_SYNC_X86_REGS = 1n;
export const KVM_SYNC_X86_SREGS = 2n;
