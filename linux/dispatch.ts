/**
 * From a system call's frame to its function and back: look-up, checks, trace.
 *
 * Entered by linux/entry.ts on the thread's kernel stack with interrupts unmasked. The common case is a load, two tests and an indirect
 * call. A number that nobody answers is ENOSYS and is named once in the log.
 */

import { ENOSYS } from "../abi/errno.ts";
import {
  SYS_execve,
  SYS_execveat,
  SYS_exit,
  SYS_exit_group,
  SYS_rt_sigreturn,
  SYSCALL_LIMIT,
} from "../abi/linux-syscalls.ts";
import { channelTrace } from "../drivers/channel/channel.ts";
import { logWarning } from "../kernel/log/log.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { irqRestore, irqSave } from "../nucleus/irq-mask.ts";
import { checkArguments, Kind } from "./arguments.ts";
import { callSiteTrapped } from "./call-sites.ts";
import { type TextBuffer, textClear, textPut, textPutByte, textPutUnsigned, textView } from "./core/text-buffer.ts";
import { traceCall, traceResult } from "./core/trace-line.ts";
import { fdIsOpen } from "./descriptors.ts";
import { execTraceBegin } from "./exec-trace.ts";
import { syscallName } from "./names.ts";
import { programIsTraced } from "./program.ts";
import type { KeptRegisters, SyscallFrame } from "./syscall-frame.ts";
import { SYSCALLS, type SyscallEntry } from "./table.ts";
import { currentTask } from "./task.ts";

let isTracing: bool = false;
/** Bit n: the number n was named in the log. */
const saidNumbers: FixedArray<u64, 8> = zeroed();
const OTHERS_LIMIT = 8;
/** Unknown numbers beyond the table that were named. */
const saidOthers: FixedArray<u32, 8> = zeroed();
let saidOtherCount: u32 = 0;

export function dispatchInit(): void {
  isTracing = programIsTraced();
}

/**
 * A `syscall` instruction was executed: its site may become a jump before the call runs.
 * @export linuxTrapped
 */
export function linuxTrapped(frame: SyscallFrame, kept: KeptRegisters): i64 {
  // Interrupts that came while the nucleus forwarded the call are only marked.
  irqRestore(irqSave());
  // Unwinders know the end of a handler by its bytes: that site stays as it is.
  if (u32.wrap(frame.number) !== SYS_rt_sigreturn) {
    callSiteTrapped(frame, kept, isTracing);
  }
  return linuxDispatch(frame);
}

/**
 * Runs a call; the answer for rax. The number is 32 bits wide, as on Linux.
 * @export linuxDispatch
 */
export function linuxDispatch(frame: SyscallFrame): i64 {
  const number = u32.wrap(frame.number);
  if (unlikely(isTracing)) {
    return dispatchTraced(frame, number);
  }
  return dispatch(frame, number);
}

/** @inline */
function dispatch(frame: SyscallFrame, number: u32): i64 {
  if (unlikely(number >= SYSCALL_LIMIT)) {
    return unknownCall(number);
  }
  const entry = SYSCALLS[number];
  const run = entry.run;
  if (run === null) {
    return unknownCall(number);
  }
  if (entry.kinds[0] !== Kind.None) {
    const checked = checkArguments(addressOf(frame.a0), elements(entry.kinds), fdIsOpen);
    if (checked !== 0n) {
      return checked;
    }
  }
  return run(frame);
}

/** @noinline */
function unknownCall(number: u32): i64 {
  if (isFirstTime(number)) {
    const name = syscallName(number);
    if (name.length > 0) {
      logWarning(`system call ${name} (${number}) is not implemented: ENOSYS`);
    } else {
      logWarning(`there is no system call ${number}: ENOSYS`);
    }
  }
  return i64(-ENOSYS);
}

function isFirstTime(number: u32): bool {
  if (number >= SYSCALL_LIMIT) {
    return isFirstOther(number);
  }
  const bit = 1n << u64(number % 64);
  const isFirst = (saidNumbers[number / 64] & bit) === 0n;
  saidNumbers[number / 64] = saidNumbers[number / 64] | bit;
  return isFirst;
}

/** Numbers that no call has are remembered one by one; when the list is full, nothing more is said. */
function isFirstOther(number: u32): bool {
  for (let i: u32 = 0; i < saidOtherCount; i++) {
    if (saidOthers[i] === number) {
      return false;
    }
  }
  if (saidOtherCount === OTHERS_LIMIT) {
    return false;
  }
  saidOthers[saidOtherCount] = number;
  saidOtherCount += 1;
  return true;
}

/** One line per call, after it, so that results can be shown; calls that do not come back are printed before. */
function dispatchTraced(frame: SyscallFrame, number: u32): i64 {
  const line: TextBuffer = zeroed();
  if (number === SYS_exit || number === SYS_exit_group || number === SYS_rt_sigreturn) {
    putCall(line, frame, number, 0n);
    textPut(line, " = ?\n");
    channelTrace(textView(line));
    return dispatch(frame, number);
  }
  if (number === SYS_execve || number === SYS_execveat) {
    return dispatchExec(frame, number, line);
  }
  const result = dispatch(frame, number);
  textClear(line);
  putCall(line, frame, number, result);
  traceResult(line, firstKind(number), result);
  channelTrace(textView(line));
  return result;
}

/** The arguments are gone when it has worked, and the caller with them. */
function dispatchExec(frame: SyscallFrame, number: u32, line: TextBuffer): i64 {
  const task = currentTask();
  putCall(line, frame, number, 0n);
  execTraceBegin(task, addressOf(line));
  const result = dispatch(frame, number);
  execTraceBegin(task, null);
  traceResult(line, firstKind(number), result);
  channelTrace(textView(line));
  return result;
}

function firstKind(number: u32): Kind {
  return number < SYSCALL_LIMIT ? SYSCALLS[number].kinds[0] : Kind.None;
}

function putCall(line: TextBuffer, frame: SyscallFrame, number: u32, result: i64): void {
  const entry: SyscallEntry | null = number < SYSCALL_LIMIT ? SYSCALLS[number] : null;
  if (entry !== null && entry.run !== null) {
    traceCall(line, entry.name, addressOf(frame.a0), elements(entry.kinds), result, userRead);
    return;
  }
  const name = syscallName(number);
  if (name.length > 0) {
    textPut(line, name);
    textPut(line, "()");
    return;
  }
  textPut(line, "syscall_");
  textPutUnsigned(line, u64(number));
  textPutByte(line, 40);
  textPutByte(line, 41);
}
