/**
 * The first stack of a program: its memory, and on it arguments, environment and auxiliary vector (core/stack-image.ts).
 *
 *     stackLow .. stackTop     8 MiB, demand-zero, a guard page below; anywhere
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
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionMap } from "../kernel/mm/regions.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { type CpuidResult, cpuid } from "../nucleus/cpu.ts";
import { auxAdd, type StackInput, stackImage, stackImageBytes } from "./core/stack-image.ts";
import { programImage, programLayout, STACK_BYTES } from "./layout.ts";
import { randomForProgram } from "./random.ts";
import { userGroups, users } from "./users.ts";

/** What the program is started with. */
export class StartText {
  /** argv then envp, each string with its NUL. */
  strings!: Slice<u8>;
  argc!: u32;
  envc!: u32;
  /** By which the program was found: AT_EXECFN. */
  path!: string;
}

/** How much of the stack the program's start takes. */
export function startStackBytes(text: StartText): u64 {
  const input: StackInput = zeroed();
  fill(input, text);
  return stackImageBytes(input);
}

/** Makes the stack; the first stack pointer, or 0n: no memory. */
export function startStackMake(text: StartText): VirtAddr {
  const low = regionMap(0n, STACK_BYTES, Prot.ReadWrite, RegionFlag.Stack);
  if (low < 0n) {
    return 0n;
  }
  programLayout.stackLow = u64(low);
  programLayout.stackTop = u64(low) + STACK_BYTES;
  const random: FixedArray<u64, 2> = zeroed();
  randomForProgram(elements(random));
  const input: StackInput = zeroed();
  fill(input, text);
  // SAFETY: 16 bytes of plain integers.
  input.random = castPtr<u8>(elements(random));
  const bytes = stackImageBytes(input);
  // The first pages that the program itself will touch come with it.
  const first = (programLayout.stackTop - bytes) & ~(PAGE_SIZE - 1n);
  if (regionPopulate(VirtAddr(first), programLayout.stackTop - first) < 0n) {
    return 0n;
  }
  // SAFETY: these pages were just given their frames, writable.
  const memory = sliceOf(pointerAt<u8>(VirtAddr(programLayout.stackTop - bytes)), bytes);
  programLayout.startStack = stackImage(memory, programLayout.stackTop, input);
  return VirtAddr(programLayout.startStack);
}

function fill(input: StackInput, text: StartText): void {
  input.strings = text.strings;
  input.path = text.path;
  input.argc = text.argc;
  input.envc = text.envc;
  addFacts(input);
}

function addFacts(input: StackInput): void {
  const image = programImage;
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
  auxAdd(input, AT_UID, u64(users().real));
  auxAdd(input, AT_EUID, u64(users().effective));
  auxAdd(input, AT_GID, u64(userGroups().real));
  auxAdd(input, AT_EGID, u64(userGroups().effective));
  auxAdd(input, AT_SECURE, 0n);
  auxAdd(input, AT_HWCAP2, bootInfo.hasFsgsbase !== 0 ? HWCAP2_FSGSBASE : 0n);
  auxAdd(input, AT_MINSIGSTKSZ, MINSIGSTKSZ);
}
