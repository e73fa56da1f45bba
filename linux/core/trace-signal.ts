/** A signal in the trace, in strace's form: `--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=2, si_uid=0} ---`. */

import {
  SI_KERNEL,
  SI_QUEUE,
  SI_TIMER,
  SI_TKILL,
  SI_USER,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGRTMIN,
  SIGSEGV,
  SIGTRAP,
  type Siginfo,
} from "../../abi/linux-signal.ts";
import { type TextBuffer, textPut, textPutHex, textPutSigned, textPutUnsigned } from "./text-buffer.ts";
import { signalName } from "./trace-names.ts";

const FPE_NAMES: FixedArray<string, 9> = fixedArray(
  "",
  "FPE_INTDIV",
  "FPE_INTOVF",
  "FPE_FLTDIV",
  "FPE_FLTOVF",
  "FPE_FLTUND",
  "FPE_FLTRES",
  "FPE_FLTINV",
  "FPE_FLTSUB",
);

export function traceSignal(line: TextBuffer, info: Siginfo): void {
  textPut(line, "--- ");
  putSignalName(line, info.si_signo);
  textPut(line, " {si_signo=");
  putSignalName(line, info.si_signo);
  textPut(line, ", si_code=");
  putCode(line, info);
  if (isFault(info)) {
    textPut(line, ", si_addr=");
    putAddress(line, info.first);
  } else if (info.si_code === SI_TIMER) {
    textPut(line, ", si_timerid=");
    textPutHex(line, info.first & 0xffff_ffffn);
    textPut(line, ", si_overrun=");
    textPutUnsigned(line, info.first >> 32n);
    putValue(line, info.value);
  } else if (info.si_code !== SI_KERNEL) {
    textPut(line, ", si_pid=");
    textPutUnsigned(line, info.first & 0xffff_ffffn);
    textPut(line, ", si_uid=");
    textPutUnsigned(line, info.first >> 32n);
    if (info.si_code === SI_QUEUE) {
      putValue(line, info.value);
    }
  }
  textPut(line, "} ---\n");
}

function putSignalName(line: TextBuffer, signal: i32): void {
  const name = signalName(u64(signal));
  if (name.length > 0) {
    textPut(line, name);
    return;
  }
  textPut(line, "SIGRT_");
  textPutSigned(line, i64(signal) - i64(SIGRTMIN));
}

function putAddress(line: TextBuffer, address: u64): void {
  if (address === 0n) {
    textPut(line, "NULL");
  } else {
    textPutHex(line, address);
  }
}

function putValue(line: TextBuffer, value: u64): void {
  textPut(line, ", si_value={int=");
  textPutSigned(line, i64(i32.wrap(value)));
  textPut(line, ", ptr=");
  putAddress(line, value);
  textPut(line, "}");
}

function isFault(info: Siginfo): bool {
  switch (u32(info.si_signo)) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
      return info.si_code > 0 && info.si_code !== SI_KERNEL;
    default:
      return false;
  }
}

function putCode(line: TextBuffer, info: Siginfo): void {
  const name = isFault(info) ? faultName(info) : codeName(info.si_code);
  if (name.length > 0) {
    textPut(line, name);
  } else {
    textPutSigned(line, i64(info.si_code));
  }
}

function codeName(code: i32): string {
  switch (code) {
    case SI_USER:
      return "SI_USER";
    case SI_KERNEL:
      return "SI_KERNEL";
    case SI_QUEUE:
      return "SI_QUEUE";
    case SI_TIMER:
      return "SI_TIMER";
    case SI_TKILL:
      return "SI_TKILL";
    default:
      return "";
  }
}

function faultName(info: Siginfo): string {
  switch (u32(info.si_signo)) {
    case SIGSEGV:
      return info.si_code === 1 ? "SEGV_MAPERR" : info.si_code === 2 ? "SEGV_ACCERR" : "";
    case SIGBUS:
      return info.si_code === 1 ? "BUS_ADRALN" : info.si_code === 2 ? "BUS_ADRERR" : "";
    case SIGFPE:
      return info.si_code < 9 ? FPE_NAMES[u32(info.si_code)] : "";
    case SIGILL:
      return info.si_code === 2 ? "ILL_ILLOPN" : "";
    default:
      return info.si_code === 1 ? "TRAP_BRKPT" : info.si_code === 2 ? "TRAP_TRACE" : "";
  }
}
