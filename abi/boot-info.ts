/**
 * What a kernel learns at its entry, and what a loader learns from the image.
 *
 * `ImageHeader` is the first thing in the kernel image (at KERNEL_BASE): addresses of the static tables that whoever starts a
 * CPU in ring 3 must load (uhyve by KVM_SET_SREGS and KVM_SET_MSRS, nucleus/boot on QEMU and GRUB). `BootInfo` is a static of
 * the kernel that the starter fills before the first instruction at `entry`: facts of the machine. `BootModule` describes what
 * to run and is the same bytes in every isle: uhyve places it in guest memory, QEMU loads it as the initial RAM disk.
 *
 *     BootModule   0  header   | strings: argv[0..argc) then envp[0..envc), each NUL-terminated | path | working directory |
 *                  pad to 8 | mounts | their texts | pad to 4 KiB | program file, or files, which the program is one of
 *
 * Alternatives considered: a device tree or ACPI (parsing at boot for facts the monitor knows), a command line (quoting).
 */

export const IMAGE_MAGIC = 0x4b54_494d_5245_4800n; // "\0HERMITK" little-endian
export const BOOT_MODULE_MAGIC = 0x4d54_494d_5245_4800n; // "\0HERMITM"
/** Raised whenever a struct of this file or of channel.ts changes; a mismatch is refused with a message. */
export const BOOT_ABI_VERSION = 13;

/** First bytes of the image. Addresses are virtual unless they say otherwise. */
@struct()
export class ImageHeader {
  magic!: u64;
  version!: u32;
  maxCpus!: u32;
  /** From KERNEL_BASE to the end of .bss, a multiple of 4 KiB. */
  imageBytes!: u64;
  /** First instruction, in ring 3, with RSP = `stackTop`, GS base = `percpuBase`, IF set, all other registers 0. */
  entry!: VirtAddr;
  stackTop!: VirtAddr;
  gdt!: VirtAddr;
  gdtBytes!: u32;
  idtBytes!: u32;
  idt!: VirtAddr;
  tss!: VirtAddr;
  tssBytes!: u32;
  /** Selectors of the GDT: ring-0 code, ring-3 code, ring-3 data (RPL included), TSS. */
  kernelCodeSelector!: u16;
  userCodeSelector!: u16;
  userDataSelector!: u16;
  tssSelector!: u16;
  reserved!: u32;
  percpuBase!: VirtAddr;
  /** LSTAR and the values of STAR and SFMASK. */
  syscallEntry!: VirtAddr;
  star!: u64;
  sfmask!: u64;
  bootInfo!: VirtAddr;
  /** Queues of the channel (virtio console, split virtqueues): receive is 0, transmit is 1. See channel.ts. */
  channelQueues!: VirtAddr;
  /** Sorted function and line table for backtraces; see compiler/std/line-table.ts. 0 if the image has none. */
  lineTable!: VirtAddr;
  lineTableBytes!: u64;
  /** FixedArray<CpuStart, maxCpus>: what the processors beyond the first are started with. Element 0 is not used. */
  cpuStarts!: VirtAddr;
  /** The queue of the file protocol (ninep.ts): split, NINEP_QUEUE_SIZE entries, for monitors that serve files at UHYVE_PORT_NINEP. */
  ninepQueue!: VirtAddr;
  /** GuestStatus (run-status.ts). */
  guestStatus!: VirtAddr;
  /** Where a packed image (`hermit pack`) has its boot module: a segment of the same ELF file. 0 bytes: it is no packed image. */
  packedModule!: PhysAddr;
  packedBytes!: u64;
}

/**
 * How a processor beyond the first begins: the guest fills its element, then asks for the start (uhyve: UHYVE_PORT_START_CPU; elsewhere
 * INIT and SIPI with the code of nucleus/boot/ap-start.ts). All values are loaded into registers and never followed by a monitor.
 * The rest of the state is the first processor's: control registers, IDT, syscall MSRs, selectors; all other registers are 0.
 */
@struct(48)
export class CpuStart {
  /** First instruction, in ring 3. */
  entry!: VirtAddr;
  stackTop!: VirtAddr;
  /** GS base: the per-CPU block. */
  percpuBase!: VirtAddr;
  /** A GDT of its own (the TSS descriptor is marked busy), of ImageHeader.gdtBytes. */
  gdt!: VirtAddr;
  /** Of ImageHeader.tssBytes. */
  tss!: VirtAddr;
  /** Top-level page table. */
  pml4!: PhysAddr;
}

export const MAX_RAM_RANGES = 16;

@struct(16)
export class RamRange {
  start!: PhysAddr;
  bytes!: u64;
}

export enum Loader {
  None = 0,
  Uhyve = 1,
  Pvh = 2,
  Multiboot = 3,
}

/** How the guest reaches its proxy. */
export enum ChannelTransport {
  /** No proxy: the console is the serial port. */
  None = 0,
  /** Queues of the image, doorbell UHYVE_PORT_NOTIFY, interrupt CHANNEL_VECTOR: nothing to negotiate. */
  Preset = 1,
  /** A virtio console on the virtio-mmio bus, to be found and initialised. */
  VirtioMmio = 2,
}

/** Facts of the machine. Zero means unknown: the kernel measures or probes then. */
@struct()
export class BootInfo {
  magic!: u64;
  version!: u32;
  loader!: Loader;
  /** RAM, sorted, without overlaps. */
  ram!: FixedArray<RamRange, 16>;
  ramCount!: u32;
  cpuCount!: u32;
  /** Physical memory in `[0, reservedEnd)` holds image, tables and module or firmware: not for the allocator. */
  reservedEnd!: PhysAddr;
  /** Top-level page table that is live at entry, and the next free page of the area set aside for tables at start-up. */
  pml4!: PhysAddr;
  module!: PhysAddr;
  moduleBytes!: u64;
  /** Frequency of the time-stamp counter and of the local APIC timer (divider 1). */
  tscKhz!: u32;
  lapicTimerKhz!: u32;
  /** CLOCK_REALTIME in ns when the counter read `wallClockTsc`. */
  wallClockNs!: u64;
  wallClockTsc!: u64;
  channel!: ChannelTransport;
  /** 1 if wrfsbase and friends work in ring 3 (CR4.FSGSBASE). */
  hasFsgsbase!: u32;
  /** Physical address of the PVH start info or multiboot information, for the kernel's log and command line. */
  startInfo!: PhysAddr;
  /** RAM from here on must not be touched before a write to UHYVE_PORT_MEMORY. 0: all RAM is there from the beginning. */
  readyEnd!: PhysAddr;
  /** Zeroed pages below `reservedEnd` for page tables, beside those that are live at entry. */
  tableArea!: PhysAddr;
  tableAreaPages!: u32;
}

export enum ModuleFlag {
  Verbose = 1,
  Strace = 2,
  /** Tell when the program starts (FrameKind.Started). */
  Time = 4,
  /** Core frames are wanted. */
  Core = 8,
}

@struct(16)
export class StdioInfo {
  isTerminal!: u32;
  /** st_mode of the host's file descriptor: pipe, file, terminal, socket. */
  mode!: u32;
  /** How it is open: O_ACCMODE and O_APPEND; O_PATH: it is closed. Without `mode` and `flags` nobody knows (no proxy). */
  flags!: u32;
  /** The low half of st_rdev. */
  device!: u32;
}

/** As struct rlimit has it; without one (`hard` is 0) nobody knows. */
@struct(16)
export class ModuleLimit {
  soft!: u64;
  hard!: u64;
}

/** What to run. Offsets are from the start of the module. */
@struct()
export class BootModule {
  magic!: u64;
  version!: u32;
  flags!: u32;
  totalBytes!: u64;
  stringsOffset!: u32;
  stringsBytes!: u32;
  argc!: u32;
  envc!: u32;
  /** The program's ELF file, at a multiple of 4 KiB. */
  programOffset!: u64;
  programBytes!: u64;
  /** CLOCK_REALTIME in ns when the module was made, for isles without a better clock. */
  wallClockNs!: u64;
  randomSeed!: Bytes<32>;
  stdio!: FixedArray<StdioInfo, 3>;
  /** User and group as the program shall see them. */
  uid!: u32;
  gid!: u32;
  hostName!: Bytes<64>;
  /** The time-stamp counter's frequency as the host knows it (0: unknown); right for TCG and for KVM without scaling. */
  tscKhz!: u32;
  /** The program's path on the host, absolute, without a NUL, right behind the strings; 0 bytes if the host could not tell. */
  pathBytes!: u32;
  /** Processors that the machine was made with. */
  cpuCount!: u32;
  /** The working directory as the program shall see it, absolute, right behind the path; 0 bytes: "/". */
  workingBytes!: u32;
  /** Where the mounts are: FixedArray<ModuleMount, mountCount>, a multiple of 8. */
  mountsOffset!: u32;
  mountCount!: u32;
  /**
   * The files of a packed image: FixedArray<ModuleFile, fileCount>, then names and contents. A multiple of 4 KiB; 0 files: none.
   * The program is one of them. `filesChecksum` is the CRC-32C (RFC 3720, 12.1) of all filesBytes.
   */
  filesOffset!: u64;
  filesBytes!: u64;
  fileCount!: u32;
  filesChecksum!: u32;
  /** What the program's umask(2) is at first. */
  umask!: u32;
  /** Of whoever started the program: -20 to 19. */
  nice!: i32;
  /** What whoever started the program has it ignore and block: bit n - 1 for signal n. */
  ignoredSignals!: u64;
  blockedSignals!: u64;
  /** Limits of whoever started the program (RLIMIT_FSIZE, RLIMIT_STACK, RLIMIT_NOFILE). */
  fileSizeLimit!: ModuleLimit;
  stackLimit!: ModuleLimit;
  filesLimit!: ModuleLimit;
  /** AT_RANDOM of the program that the machine is started for; zeros: the guest makes it. */
  programRandom!: FixedArray<u64, 2>;
}

/** More files than that are not one program. */
export const MAX_MODULE_FILES = 0x10_0000;

/**
 * A file, directory or symbolic link of a packed image. Element 0 is the root directory; the children of a directory are next to each
 * other, behind it. Offsets are from filesOffset.
 */
@struct(48)
export class ModuleFile {
  /** Its own name, without its directories. */
  nameOffset!: u32;
  nameBytes!: u32;
  /** As st_mode. */
  mode!: u32;
  /** Of a directory. */
  firstChild!: u32;
  childCount!: u32;
  reserved!: u32;
  /** Contents (at a multiple of 4 KiB, zeros behind the end) or a link's target. */
  dataOffset!: u64;
  dataBytes!: u64;
  modifyNs!: u64;
}

/** More than a person asks for; the machine of QEMU has fewer places for devices. */
export const MAX_MOUNTS = 64;

export enum ModuleMountKind {
  /** A 9P export: `name` is the tag of its virtio device, and the name to attach to where one server serves them all. */
  Export = 1,
  /** A symbolic link in the root file system: `name` is its target. */
  Link = 2,
  /** The program's file, under a name in the root file system. No `name`. */
  Program = 3,
  /** A small file in the root file system: `name` is what is in it. */
  File = 4,
}

export enum ModuleMountFlag {
  ReadOnly = 1,
}

/** What a program finds at an absolute path. The directories above it are made. Offsets are from the start of the module. */
@struct(32)
export class ModuleMount {
  kind!: ModuleMountKind;
  flags!: u32;
  pathOffset!: u32;
  pathBytes!: u32;
  nameOffset!: u32;
  nameBytes!: u32;
  reserved!: u64;
}
