/**
 * Puts the program into the address space: segments, vDSO and clock page, stack, and the registers of its first instruction.
 *
 *     0x..._0000            support area, 1 MiB below the image: clock page | vDSO | thunks
 *     low .. high           the image; at its own address, or at PIE_BASE
 *     82 MiB behind it      the break; in between thunks that must lie there
 *     anywhere              the interpreter of a dynamic program, a file of the tree
 *     anywhere              the stack: 8 MiB, demand-zero, a guard page below
 *
 * The file's pages are mapped where they lie (linux/core/load-plan.ts says which and which not), so loading costs page tables, not
 * copies. The program was checked by the proxy already; it is checked again, because a module may come from elsewhere (GRUB, QEMU).
 */

import type { Elf64Phdr } from "../abi/elf.ts";
import {
  AT_BASE,
  AT_CLKTCK,
  AT_EGID,
  AT_ENTRY,
  AT_EUID,
  AT_FLAGS,
  AT_GID,
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHENT,
  AT_PHNUM,
  AT_SECURE,
  AT_SYSINFO_EHDR,
  AT_UID,
  HWCAP2_FSGSBASE,
  USER_HZ,
} from "../abi/linux-auxv.ts";
import { MINSIGSTKSZ } from "../abi/linux-signal.ts";
import { APP_BASE, PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck, elfErrorText } from "../compiler/std/elf-check.ts";
import { logWarning } from "../kernel/log/log.ts";
import { directMap, physOf, translate } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionMapPhysical, regionProtect } from "../kernel/mm/regions.ts";
import { vdsoClockPage } from "../kernel/time/clock.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { type CpuidResult, cpuid } from "../nucleus/cpu.ts";
import { fillPage, type LoadPlan, type LoadRun, loadPlan, PageSource } from "./core/load-plan.ts";
import { auxAdd, RANDOM_BYTES, type StackInput, stackImage, stackImageBytes } from "./core/stack-image.ts";
import { fileImageCheck, fileImageMap, fileImageOpen, fileImageReserve, protOfFlags } from "./file-image.ts";
import { filePut } from "./fs/file.ts";
import { programImage, programLayout, STACK_BYTES } from "./layout.ts";
import { programFile, programFilePhys, programModule, programStrings } from "./program.ts";
import { randomBytes } from "./random.ts";

/** Where position-independent programs start: far from the mmap area on both sides. */
const PIE_BASE = 0x5555_5540_0000n;
/** Clock page, vDSO and thunks; the image starts at its end. */
const SUPPORT_BYTES = 0x10_0000n;
/** Some thunks must lie so far behind their sites (linux/core/call-site.ts): the heap starts behind them. */
const THUNK_DISTANCE = 0x520_0000n;
const VDSO_MOST_BYTES = 0x1_0000n;
/** Arguments and environment may take a quarter of the stack, as on Linux. */
const STRINGS_MOST_BYTES = STACK_BYTES / 4n;

const vdsoFile: Slice<u8> = embedFile("kernel/vdso.so");
const plan: LoadPlan = zeroed();
const interpreterImage: ElfImage = zeroed();

/** Loads the program; its first stack pointer, or 0n after `loaderError()` has got a clause for the user. */
export function loaderRun(): VirtAddr {
  const error = elfCheck(programFile(), programImage);
  if (error !== ElfError.None) {
    return fail(elfErrorText(error));
  }
  if (programImage.wantsExecutableStack) {
    logWarning("the program asks for an executable stack and does not get one");
  }
  placeProgram();
  programLayout.startEntry = programLayout.base + programImage.entry;
  if (programImage.interpreterBytes > 0n && !loadInterpreter()) {
    return 0n;
  }
  if (!mapImage() || !mapSupport()) {
    return fail("does not fit into memory");
  }
  return mapStack();
}

/** The first instruction: the program's own, or its interpreter's. */
export function loaderEntry(): VirtAddr {
  return VirtAddr(programLayout.startEntry);
}

/** Puts the interpreter, a file of the tree, into the area of mappings; false after fail(). */
function loadInterpreter(): bool {
  const path = stringOf(programFile().data.add(programImage.interpreterOffset), programImage.interpreterBytes);
  let error: i64 = 0n;
  const file = fileImageOpen(path, addressOf(error));
  if (file === null) {
    void fail("needs its dynamic loader, which is not among the files that are mounted; mount its folder");
    return false;
  }
  const inode = file.inode!;
  let rule: u32 = 0;
  error = fileImageCheck(inode, interpreterImage, addressOf(rule));
  const isUsable = interpreterImage.isPositionIndependent && interpreterImage.interpreterBytes === 0n;
  if (error === 0n && isUsable) {
    error = fileImageReserve(interpreterImage);
    programLayout.interpreterBase = u64.wrap(error);
    error = error < 0n ? error : fileImageMap(inode, interpreterImage, programLayout.interpreterBase);
  }
  filePut(file);
  if (error !== 0n || !isUsable) {
    void fail("cannot be started: its dynamic loader is damaged, or does not fit into memory");
    return false;
  }
  programLayout.startEntry = programLayout.interpreterBase + interpreterImage.entry;
  return true;
}

let errorText: string = "";

export function loaderError(): string {
  return errorText;
}

function fail(text: string): VirtAddr {
  errorText = text;
  return 0n;
}

/** Decides the addresses of everything but the stack. */
function placeProgram(): void {
  const image = programImage;
  const layout = programLayout;
  const slack = image.low & (image.alignment - 1n);
  layout.base = image.isPositionIndependent ? roundUp(PIE_BASE, image.alignment) + slack - image.low : 0n;
  layout.low = layout.base + image.low;
  layout.high = layout.base + image.high;
  // Below the image where there is room, so that the break may grow behind it.
  const fitsBelow = layout.low >= APP_BASE + SUPPORT_BYTES;
  layout.supportBase = fitsBelow ? layout.low - SUPPORT_BYTES : layout.high;
  layout.breakStart = layout.high + (fitsBelow ? 0n : SUPPORT_BYTES) + THUNK_DISTANCE;
  layout.vdso = layout.supportBase + PAGE_SIZE;
  layout.thunks = layout.vdso + VDSO_MOST_BYTES;
  layout.thunkBytes = SUPPORT_BYTES - PAGE_SIZE - VDSO_MOST_BYTES;
}

function roundUp(value: u64, alignment: u64): u64 {
  return (value + alignment - 1n) & ~(alignment - 1n);
}

function mapImage(): bool {
  const file = programFile();
  if (!loadPlan(programImage, file.length, plan)) {
    return false;
  }
  for (let i: u32 = 0; i < plan.count; i++) {
    if (!mapRun(plan.runs[i], file)) {
      return false;
    }
  }
  return true;
}

function mapRun(run: LoadRun, file: Slice<u8>): bool {
  const address = VirtAddr(programLayout.base + run.address);
  const prot = protOfFlags(run.flags);
  switch (run.source) {
    case PageSource.File:
      return regionMapPhysical(address, programFilePhys() + run.fileOffset, run.bytes, prot) >= 0n;
    case PageSource.Zero:
      return regionMap(address, run.bytes, prot, RegionFlag.FixedNoReplace) >= 0n;
    case PageSource.Copy:
      return mapCopies(run, address, prot, file);
  }
}

/** Pages of the program's own, filled through the direct map before their final rights are set. */
function mapCopies(run: LoadRun, address: VirtAddr, prot: Prot, file: Slice<u8>): bool {
  if (regionMap(address, run.bytes, Prot.ReadWrite, RegionFlag.FixedNoReplace) < 0n) {
    return false;
  }
  if (regionPopulate(address, run.bytes) < 0n) {
    return false;
  }
  for (let offset: u64 = 0n; offset < run.bytes; offset += PAGE_SIZE) {
    fillPage(programImage, file, run.address + offset, directMap(translate(address + offset)));
  }
  return prot === Prot.ReadWrite || regionProtect(address, run.bytes, prot) >= 0n;
}

/** The clock page, and behind it the vDSO, which finds the page by that distance. */
function mapSupport(): bool {
  const bytes = roundUp(vdsoFile.length, PAGE_SIZE);
  assert(bytes <= VDSO_MOST_BYTES, "the vDSO fits its place");
  const clock = regionMapPhysical(VirtAddr(programLayout.supportBase), vdsoClockPage(), PAGE_SIZE, Prot.Read);
  const vdso = regionMapPhysical(VirtAddr(programLayout.vdso), physOf(vdsoFile.data), bytes, Prot.ReadExecute);
  return clock >= 0n && vdso >= 0n;
}

function mapStack(): VirtAddr {
  const low = regionMap(0n, STACK_BYTES, Prot.ReadWrite, RegionFlag.Stack);
  if (low < 0n) {
    return fail("does not fit into memory");
  }
  programLayout.stackLow = u64(low);
  programLayout.stackTop = u64(low) + STACK_BYTES;
  const random: Bytes<16> = zeroed();
  randomBytes(elements(random), RANDOM_BYTES);
  const module = programModule();
  const input: StackInput = zeroed();
  input.strings = programStrings();
  input.random = elements(random);
  input.argc = module.argc;
  input.envc = module.envc;
  addFacts(input);
  const bytes = stackImageBytes(input);
  if (bytes > STRINGS_MOST_BYTES) {
    return fail("cannot start: its arguments and environment are longer than 2 MiB");
  }
  // The first pages that the program itself will touch come with it.
  const first = (programLayout.stackTop - bytes) & ~(PAGE_SIZE - 1n);
  if (regionPopulate(VirtAddr(first), programLayout.stackTop - first) < 0n) {
    return fail("does not fit into memory");
  }
  // SAFETY: these pages were just given their frames, writable.
  const memory = sliceOf(pointerAt<u8>(VirtAddr(programLayout.stackTop - bytes)), bytes);
  return VirtAddr(stackImage(memory, programLayout.stackTop, input));
}

function addFacts(input: StackInput): void {
  const image = programImage;
  const module = programModule();
  const features: CpuidResult = zeroed();
  cpuid(1, 0, features);
  auxAdd(input, AT_SYSINFO_EHDR, programLayout.vdso);
  auxAdd(input, AT_HWCAP, u64(features.edx));
  auxAdd(input, AT_PAGESZ, PAGE_SIZE);
  auxAdd(input, AT_CLKTCK, USER_HZ);
  auxAdd(input, AT_PHDR, image.programHeaders === 0n ? 0n : programLayout.base + image.programHeaders);
  auxAdd(input, AT_PHENT, u64(sizeOf<Elf64Phdr>()));
  auxAdd(input, AT_PHNUM, u64(image.programHeaderCount));
  auxAdd(input, AT_BASE, programLayout.interpreterBase);
  auxAdd(input, AT_FLAGS, 0n);
  auxAdd(input, AT_ENTRY, programLayout.base + image.entry);
  auxAdd(input, AT_UID, u64(module.uid));
  auxAdd(input, AT_EUID, u64(module.uid));
  auxAdd(input, AT_GID, u64(module.gid));
  auxAdd(input, AT_EGID, u64(module.gid));
  auxAdd(input, AT_SECURE, 0n);
  auxAdd(input, AT_HWCAP2, bootInfo.hasFsgsbase !== 0 ? HWCAP2_FSGSBASE : 0n);
  auxAdd(input, AT_MINSIGSTKSZ, MINSIGSTKSZ);
}
