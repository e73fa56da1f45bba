/**
 * HERMIT_CORE: the program's memory and registers as an ELF core file (abi/linux-core.ts), streamed to the proxy, which has it open.
 *
 * Everything else stands still: the other processors are stopped for good, so nothing is locked and nothing changes. The file's headers tell
 * how long everything is, so what they speak of is counted first. Memory goes from where it lies; pages that were never given stay holes
 * in the file and read as zeros, as they would have.
 */

import {
  EI_CLASS,
  EI_DATA,
  EI_VERSION,
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  type Elf64Ehdr,
  type Elf64Phdr,
  EM_X86_64,
  ET_CORE,
  EV_CURRENT,
  PF_R,
  PF_W,
  PF_X,
  PT_LOAD,
  PT_NOTE,
} from "../abi/elf.ts";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import {
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGQUIT,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
  SIGXCPU,
  SIGXFSZ,
  type Siginfo,
} from "../abi/linux-signal.ts";
import { APP_BASE, PAGE_SIZE } from "../abi/memory-map.ts";
import { channelCore } from "../drivers/channel/channel.ts";
import { directMap } from "../kernel/mm/page-table.ts";
import { RegionKind } from "../kernel/mm/region-kinds.ts";
import { type MemoryRun, nextRegion, nextRun, type RegionReport } from "../kernel/mm/region-report.ts";
import { fpuAreaAlloc } from "../kernel/sched/fpu.ts";
import { currentThread, schedulerStoreCurrent } from "../kernel/sched/scheduler.ts";
import { stopOthersForGood } from "../kernel/smp/stop.ts";
import { CORE_MOST_REGIONS, coreMemoryOffset, coreNotesOffset } from "./core/core-layout.ts";
import { type CoreDeath, coreNotes } from "./core-notes.ts";
import { type CoreWriter, corePut, coreWriterAlign, coreWriterBegin } from "./core-writer.ts";
import { programWantsCore } from "./program.ts";
import { firstTask, type Task } from "./task.ts";

/** What one Core frame carries. */
const RUN_BYTES = 0x1_0000n;
/** A region of which the file has all, with holes; of larger ones it ends behind the last page that is there. */
const WHOLE_BYTES = 0x4000_0000n;

/** Writes the core file, if one is wanted and the signal is of those that make one. The machine ends after this. */
export function coreDump(signal: u32, info: Siginfo | null): void {
  if (!programWantsCore() || !dumpsCore(signal)) {
    return;
  }
  const self = currentThread();
  if (self.ranApplication && self.fpuState === null) {
    self.fpuState = fpuAreaAlloc();
  }
  schedulerStoreCurrent();
  stopOthersForGood(schedulerStoreCurrent);
  const death: CoreDeath = zeroed();
  death.signal = signal;
  death.info.si_signo = i32(signal);
  if (info !== null) {
    copy(death.info, info);
  }
  death.task = dyingTask();
  write(death);
}

/** signal(7): those whose default action is "Core". */
function dumpsCore(signal: u32): bool {
  switch (signal) {
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGXCPU:
    case SIGXFSZ:
    case SIGSYS:
      return true;
    default:
      return false;
  }
}

/** The current thread's, unless it is none of the program's, as in an interrupt. */
function dyingTask(): Ptr<Task> {
  const self = currentThread();
  let task: Ptr<Task> | null = addressOf(firstTask);
  let found: Ptr<Task> = addressOf(firstTask);
  while (task !== null) {
    const thread = task.thread;
    if (thread !== null && virtAddr(thread) === virtAddr(self)) {
      return task;
    }
    // The first one may have ended; then any that has not.
    if (found.thread === null && thread !== null) {
      found = task;
    }
    task = task.next;
  }
  return found;
}

function write(death: CoreDeath): void {
  const writer: CoreWriter = zeroed();
  coreWriterBegin(writer, true);
  coreNotes(writer, death);
  const noteBytes = writer.total;
  const regionCount = countRegions();
  coreWriterBegin(writer, false);
  putFileHeader(writer, regionCount);
  putProgramHeaders(writer, regionCount, noteBytes);
  coreNotes(writer, death);
  coreWriterAlign(writer);
  let page = writer.total / PAGE_SIZE;
  const region: RegionReport = zeroed();
  let address: u64 = APP_BASE;
  for (let index: u32 = 0; index < regionCount && writer.isWorking && nextDumped(address, region); index++) {
    writer.isWorking = sendRegion(region, page);
    page += fileBytes(region) / PAGE_SIZE;
    address = region.end;
  }
  if (writer.isWorking) {
    void channelCore(u32(page), bytesOf(""));
  }
}

/** The lowest region above `address` that a program could have used. */
function nextDumped(address: u64, region: RegionReport): bool {
  let from = address;
  while (nextRegion(from, region)) {
    if (region.kind !== RegionKind.Guard) {
      return true;
    }
    from = region.end;
  }
  return false;
}

function countRegions(): u32 {
  const region: RegionReport = zeroed();
  let count: u32 = 0;
  let address: u64 = APP_BASE;
  while (count < CORE_MOST_REGIONS && nextDumped(address, region)) {
    count++;
    address = region.end;
  }
  return count;
}

function putFileHeader(writer: CoreWriter, regionCount: u32): void {
  const header: Elf64Ehdr = zeroed();
  // SAFETY: e_ident has sixteen bytes; the rest is plain integers.
  castPtr<u32>(elements(header.e_ident)).value = ELF_MAGIC;
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = u64(sizeOf<Elf64Ehdr>());
  header.e_ehsize = u16(sizeOf<Elf64Ehdr>());
  header.e_phentsize = u16(sizeOf<Elf64Phdr>());
  header.e_phnum = u16(regionCount + 1);
  corePut(writer, castPtr<u8>(header), u64(sizeOf<Elf64Ehdr>()));
}

function putProgramHeaders(writer: CoreWriter, regionCount: u32, noteBytes: u64): void {
  const header: Elf64Phdr = zeroed();
  header.p_type = PT_NOTE;
  header.p_offset = coreNotesOffset(regionCount);
  header.p_filesz = noteBytes;
  header.p_align = 4n;
  corePut(writer, castPtr<u8>(header), u64(sizeOf<Elf64Phdr>()));
  const region: RegionReport = zeroed();
  let offset = coreMemoryOffset(regionCount, noteBytes);
  let address: u64 = APP_BASE;
  for (let index: u32 = 0; index < regionCount && nextDumped(address, region); index++) {
    zero(header);
    header.p_type = PT_LOAD;
    header.p_flags = segmentFlags(region.prot);
    header.p_offset = offset;
    header.p_vaddr = region.start;
    header.p_filesz = fileBytes(region);
    header.p_memsz = region.end - region.start;
    header.p_align = PAGE_SIZE;
    corePut(writer, castPtr<u8>(header), u64(sizeOf<Elf64Phdr>()));
    offset += header.p_filesz;
    address = region.end;
  }
}

function segmentFlags(prot: u32): u32 {
  const read: u32 = (prot & PROT_READ) !== 0 ? PF_R : 0;
  const write0: u32 = (prot & PROT_WRITE) !== 0 ? PF_W : 0;
  const execute: u32 = (prot & PROT_EXEC) !== 0 ? PF_X : 0;
  return read | write0 | execute;
}

/** How much of a region the file has: nothing of a reservation that was never used. */
function fileBytes(region: RegionReport): u64 {
  const run: MemoryRun = zeroed();
  const bytes = region.end - region.start;
  if (bytes <= WHOLE_BYTES && region.prot !== 0) {
    return bytes;
  }
  let last = region.start;
  while (nextRun(last, region.end, bytes, run)) {
    last = run.start + run.bytes;
  }
  return last - region.start;
}

/** Sends the pages that are there; the region's first byte lies at the file's page `page`. False if the channel is broken. */
function sendRegion(region: RegionReport, page: u64): bool {
  const run: MemoryRun = zeroed();
  let address = region.start;
  while (nextRun(address, region.end, RUN_BYTES, run)) {
    const place = page + (run.start - region.start) / PAGE_SIZE;
    if (!channelCore(u32(place), sliceOf(directMap(run.physical), run.bytes))) {
      return false;
    }
    address = run.start + run.bytes;
  }
  return true;
}
