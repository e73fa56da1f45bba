/**
 * Puts the program that the machine was started for into the address space: segments, vDSO and clock page, stack, and the registers of its
 * first instruction. Where everything lies is decided in program-place.ts and start-stack.ts; the interpreter of a dynamic program, a file
 * of the tree, goes anywhere.
 *
 * The file's pages are mapped where they lie (linux/core/load-plan.ts says which and which not), so loading costs page tables, not
 * copies. The program was checked by the proxy already; it is checked again, because a module may come from elsewhere (GRUB, QEMU).
 */

import { ELIBBAD } from "../abi/errno.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, elfCheck, elfErrorText } from "../compiler/std/elf-check.ts";
import { logWarning } from "../kernel/log/log.ts";
import { directMap, translate } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionMapPhysical, regionProtect } from "../kernel/mm/regions.ts";
import { fillPage, type LoadPlan, type LoadRun, loadPlan, PageSource } from "./core/load-plan.ts";
import { interpreterMap, interpreterOpen, protOfFlags } from "./file-image.ts";
import { filePut } from "./fs/file.ts";
import { programImage, programLayout, STACK_BYTES } from "./layout.ts";
import { programExecutedAs, programFile, programFilePhys, programModule, programStrings } from "./program.ts";
import { mapSupport, placeProgram } from "./program-place.ts";
import { type StartText, startStackBytes, startStackMake } from "./start-stack.ts";

/** Arguments and environment may take a quarter of the stack, as on Linux. */
const STRINGS_MOST_BYTES = STACK_BYTES / 4n;

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

/** Puts the interpreter into the area of mappings; false after fail(). */
function loadInterpreter(): bool {
  const path = stringOf(programFile().data.add(programImage.interpreterOffset), programImage.interpreterBytes);
  let error: i64 = 0n;
  const file = interpreterOpen(path, interpreterImage, addressOf(error));
  if (file === null && error !== i64(-ELIBBAD)) {
    void fail("needs its dynamic loader, which is not among the files that are mounted; mount its folder");
    return false;
  }
  if (file !== null) {
    error = interpreterMap(file, interpreterImage);
    filePut(file);
  }
  if (error !== 0n) {
    void fail("cannot be started: its dynamic loader is damaged, or does not fit into memory");
    return false;
  }
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

function mapStack(): VirtAddr {
  const module = programModule();
  const text: StartText = {
    strings: programStrings(),
    argc: module.argc,
    envc: module.envc,
    path: programExecutedAs(),
  };
  if (startStackBytes(text) > STRINGS_MOST_BYTES) {
    return fail("cannot start: its arguments and environment are longer than 2 MiB");
  }
  const stack = startStackMake(text);
  return stack === 0n ? fail("does not fit into memory") : stack;
}
