/**
 * The notes of a core file, in the order in which Linux writes them: the dying thread's status, what concerns the process, the thread's FPU;
 * then status and FPU of every other thread.
 */

import { AT_NULL } from "../abi/linux-auxv.ts";
import {
  CORE_NAME_BYTES,
  CORE_XCR0_OFFSET,
  type Elf64Nhdr,
  type ElfPrpsinfo,
  type ElfPrstatus,
  NT_AUXV,
  NT_FILE,
  NT_FPREGSET,
  NT_PRPSINFO,
  NT_PRSTATUS,
  NT_SIGINFO,
  NT_X86_XSTATE,
} from "../abi/linux-core.ts";
import type { Siginfo } from "../abi/linux-signal.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { fpuAreaBytes, fpuFeatures } from "../kernel/sched/fpu.ts";
import { coreRegisters } from "./core-registers.ts";
import { type CoreWriter, corePut, corePutZeros } from "./core-writer.ts";
import { PARENT_ID, PROCESS_ID } from "./identity.ts";
import { programImage, programLayout } from "./layout.ts";
import {
  programArgumentCount,
  programEnvironmentCount,
  programFilePath,
  programName,
  programStrings,
} from "./program.ts";
import { firstTask, type Task } from "./task.ts";
import { userGroups, users } from "./users.ts";

const LEGACY_BYTES = 512n;
/** What the processor leaves to software, and Linux uses for XCR0. */
const SOFTWARE_BYTES = 48n;
const XSTATE_BV_OFFSET = 512n;
const X87_BYTES = 160n;
const INITIAL_CONTROL_WORD = 0x37f;
const MXCSR_OFFSET = 24n;
const AUXILIARY_MOST = 64;
const FNAME_BYTES = 16;
const PSARGS_BYTES = 80;

/** What the file says about the death. */
export class CoreDeath {
  signal!: u32;
  info!: Siginfo;
  /** The thread that comes first. */
  task!: Ptr<Task>;
}

export function coreNotes(writer: CoreWriter, death: CoreDeath): void {
  void putStatus(writer, death.task, death.signal);
  putProcess(writer);
  putNote(writer, NT_SIGINFO, castPtr<u8>(death.info), u64(sizeOf<Siginfo>()));
  putAuxiliary(writer);
  putFiles(writer);
  putFpu(writer, death.task);
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    if (virtAddr(task) !== virtAddr(death.task) && putStatus(writer, task, death.signal)) {
      putFpu(writer, task);
    }
    task = task.next;
  }
}

function putHeader(writer: CoreWriter, type: u32, bytes: u64): void {
  const name = type === NT_X86_XSTATE ? "LINUX\0\0" : "CORE\0\0\0";
  const header: Elf64Nhdr = { n_namesz: type === NT_X86_XSTATE ? 6 : 5, n_descsz: u32(bytes), n_type: type };
  // SAFETY: plain integers; a literal ends with one more NUL.
  corePut(writer, castPtr<u8>(header), u64(sizeOf<Elf64Nhdr>()));
  corePut(writer, name.data, CORE_NAME_BYTES);
}

function putNote(writer: CoreWriter, type: u32, content: Ptr<u8>, bytes: u64): void {
  putHeader(writer, type, bytes);
  corePut(writer, content, bytes);
  putPadding(writer, bytes);
}

function putPadding(writer: CoreWriter, bytes: u64): void {
  corePutZeros(writer, (4n - (bytes & 3n)) & 3n);
}

/** False if the thread has ended or has not begun. */
function putStatus(writer: CoreWriter, task: Ptr<Task>, signal: u32): bool {
  const status: ElfPrstatus = zeroed();
  if (task.thread === null || !coreRegisters(task.thread, status.pr_reg)) {
    return false;
  }
  status.si_signo = i32(signal);
  status.pr_cursig = u16(signal);
  status.pr_sigpend = task.signals.pending.pending;
  status.pr_sighold = task.signals.blocked;
  status.pr_pid = task.tid;
  status.pr_ppid = PARENT_ID;
  status.pr_pgrp = PROCESS_ID;
  status.pr_sid = PROCESS_ID;
  status.pr_fpvalid = task.thread.fpuState !== null ? 1 : 0;
  // SAFETY: plain integers, here and below.
  putNote(writer, NT_PRSTATUS, castPtr<u8>(status), u64(sizeOf<ElfPrstatus>()));
  return true;
}

function putProcess(writer: CoreWriter): void {
  const process: ElfPrpsinfo = zeroed();
  process.pr_sname = 82; // R
  process.pr_uid = users().real;
  process.pr_gid = userGroups().real;
  process.pr_pid = PROCESS_ID;
  process.pr_ppid = PARENT_ID;
  process.pr_pgrp = PROCESS_ID;
  process.pr_sid = PROCESS_ID;
  const name = programName();
  const length: u32 = name.length < FNAME_BYTES ? name.length : FNAME_BYTES - 1;
  copyBytes(elements(process.pr_fname), name.data, u64(length));
  fillArguments(process);
  putNote(writer, NT_PRPSINFO, castPtr<u8>(process), u64(sizeOf<ElfPrpsinfo>()));
}

/** The arguments, with blanks between them. */
function fillArguments(process: ElfPrpsinfo): void {
  const strings = programStrings();
  let left = programArgumentCount();
  for (let i: u32 = 0; i < PSARGS_BYTES - 1 && u64(i) < strings.length && left > 0; i++) {
    const byte = at(strings, u64(i));
    left -= byte === 0 ? 1 : 0;
    process.pr_psargs[i] = byte === 0 ? (left > 0 ? 32 : 0) : byte;
  }
}

function putAuxiliary(writer: CoreWriter): void {
  const vector: FixedArray<u64, 128> = zeroed();
  const words = 1 + programArgumentCount() + 1 + programEnvironmentCount() + 1;
  const place = VirtAddr(programLayout.startStack + u64(words) * 8n);
  let count: u32 = 0;
  let isEnd: bool = false;
  while (!isEnd && count < AUXILIARY_MOST) {
    const pair = castPtr<u8>(elements(vector).add(count * 2));
    if (userRead(pair, place + u64(count) * 16n, 16n) !== 0n) {
      break;
    }
    isEnd = vector[count * 2] === AT_NULL;
    count++;
  }
  putNote(writer, NT_AUXV, castPtr<u8>(elements(vector)), u64(count) * 16n);
}

/** The segments of the program's file. */
function putFiles(writer: CoreWriter): void {
  const path = programFilePath();
  const count = programImage.segmentCount;
  const bytes = 16n + u64(count) * (24n + u64(path.length) + 1n);
  putHeader(writer, NT_FILE, bytes);
  putWords(writer, u64(count), PAGE_SIZE);
  for (let i: u32 = 0; i < count; i++) {
    const segment = programImage.segments[i];
    const start = programLayout.base + segment.address;
    putWords(writer, start & ~(PAGE_SIZE - 1n), (start + segment.memoryBytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n));
    const page: u64 = segment.fileOffset / PAGE_SIZE;
    corePut(writer, castPtr<u8>(addressOf(page)), 8n);
  }
  for (let i: u32 = 0; i < count; i++) {
    corePut(writer, path.data, u64(path.length));
    corePutZeros(writer, 1n);
  }
  putPadding(writer, bytes);
}

function putWords(writer: CoreWriter, first: u64, second: u64): void {
  const words: FixedArray<u64, 2> = fixedArray(first, second);
  corePut(writer, castPtr<u8>(elements(words)), 16n);
}

function putFpu(writer: CoreWriter, task: Ptr<Task>): void {
  const area = task.thread === null ? null : task.thread.fpuState;
  if (area === null) {
    return;
  }
  const legacy: Bytes<512> = zeroed();
  copyBytes(elements(legacy), area, LEGACY_BYTES);
  const features = fpuFeatures();
  if (features !== 0n) {
    // SAFETY: the area is as large, and XSAVE's header follows the legacy part.
    dropInitial(elements(legacy), castPtr<u64>(area.add(XSTATE_BV_OFFSET)).value);
  }
  putNote(writer, NT_FPREGSET, elements(legacy), LEGACY_BYTES);
  if (features === 0n) {
    return;
  }
  const bytes = fpuAreaBytes();
  putHeader(writer, NT_X86_XSTATE, bytes);
  corePut(writer, area, CORE_XCR0_OFFSET);
  corePut(writer, castPtr<u8>(addressOf(features)), 8n);
  corePutZeros(writer, SOFTWARE_BYTES - 8n);
  corePut(writer, area.add(LEGACY_BYTES), bytes - LEGACY_BYTES);
  putPadding(writer, bytes);
}

/** XSAVEOPT leaves alone what is in its initial state: whatever lies there is old. */
function dropInitial(legacy: Ptr<u8>, present: u64): void {
  if ((present & 1n) === 0n) {
    // x87: everything but MXCSR and its mask.
    fillBytes(legacy, 0, MXCSR_OFFSET);
    fillBytes(legacy.add(32), 0, X87_BYTES - 32n);
    castPtr<u16>(legacy).value = INITIAL_CONTROL_WORD;
  }
  if ((present & 2n) === 0n) {
    fillBytes(legacy.add(X87_BYTES), 0, CORE_XCR0_OFFSET - X87_BYTES);
  }
}
