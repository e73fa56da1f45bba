/**
 * One line of the system-call trace, in strace's form: `write(1, "hello\n", 6) = 6`.
 *
 * Everything follows from the call's name and the kinds of its arguments (linux/arguments.ts), so a new call is traced by being
 * declared. Results that point to memory are printed as the call left them, those of a failed call as addresses. Memory is read
 * through a function, because it is the application's; the tests give one that reads their own.
 */

import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS, MAX_ERRNO } from "../../abi/errno.ts";
import type { Iovec } from "../../abi/linux-files.ts";
import { Direction, isPointer, Kind, layoutOf } from "../arguments.ts";
import {
  type TextBuffer,
  textPut,
  textPutByte,
  textPutHex,
  textPutOctal,
  textPutSigned,
  textPutUnsigned,
} from "./text-buffer.ts";
import {
  adviceName,
  archName,
  clockName,
  errnoName,
  fcntlName,
  futexName,
  ioctlName,
  prctlName,
  putMapFlags,
  putOpenFlags,
  putProtection,
  putRandomFlags,
  putRemapFlags,
  resourceName,
  signalName,
} from "./trace-names.ts";
import { type MemoryReader, putRlimit, putSigaction, putSigset, putTimespec } from "./trace-structs.ts";
import { putAddress, putBytes, putStringCount, putStrings, putText } from "./trace-text.ts";

const VECTOR_LIMIT = 4n;

/** `name(arguments)`. `args` and `kinds` have six elements; `result` is the call's answer. */
export function traceCall(
  line: TextBuffer,
  name: string,
  args: Ptr<u64>,
  kinds: Ptr<Kind>,
  result: i64,
  read: MemoryReader,
): void {
  textPut(line, name);
  textPutByte(line, 40);
  for (let i: u32 = 0; i < 6 && kinds[i] !== Kind.None; i++) {
    if (i > 0) {
      textPut(line, ", ");
    }
    const count = i < 5 ? args[i + 1] : 0n;
    putArgument(line, kinds[i], args[i], count, result, read);
  }
  textPutByte(line, 41);
}

/** ` = 6`, ` = 0x7f0000000000` or ` = -1 ENOENT`, with the newline. `first` is the kind of the call's first argument. */
export function traceResult(line: TextBuffer, first: Kind, result: i64): void {
  textPut(line, " = ");
  const restart = restartText(result);
  if (restart.length > 0) {
    textPut(line, restart);
  } else if (isError(result)) {
    textPut(line, "-1 ");
    putName(line, errnoName(u64.wrap(-result)), u64.wrap(-result));
  } else if (first === Kind.Place) {
    textPutHex(line, u64.wrap(result));
  } else {
    textPutSigned(line, result);
  }
  textPutByte(line, 10);
}

/** What a call that a signal interrupts answers; "" for all others. */
function restartText(result: i64): string {
  switch (result) {
    case i64(-ERESTARTSYS):
      return "? ERESTARTSYS (To be restarted if SA_RESTART is set)";
    case i64(-ERESTARTNOINTR):
      return "? ERESTARTNOINTR (To be restarted)";
    case i64(-ERESTARTNOHAND):
      return "? ERESTARTNOHAND (To be restarted if no handler)";
    case i64(-ERESTART_RESTARTBLOCK):
      return "? ERESTART_RESTARTBLOCK (Interrupted by signal)";
    default:
      return "";
  }
}

function isError(result: i64): bool {
  return result < 0n && result >= i64(-MAX_ERRNO);
}

function putArgument(line: TextBuffer, kind: Kind, value: u64, count: u64, result: i64, read: MemoryReader): void {
  if (isPointer(kind)) {
    putPointer(line, kind, value, count, result, read);
    return;
  }
  switch (kind) {
    case Kind.Signed:
    case Kind.Fd:
      textPutSigned(line, i64(i32.wrap(value)));
      return;
    case Kind.FdOrNone:
      putDirectory(line, i32.wrap(value));
      return;
    case Kind.Unsigned:
      textPutUnsigned(line, value);
      return;
    case Kind.Octal:
      textPutOctal(line, value);
      return;
    case Kind.Address:
    case Kind.Place:
      putAddress(line, value);
      return;
    case Kind.Strings:
      putStrings(line, value, read);
      return;
    case Kind.StringsCounted:
      putStringCount(line, value, read);
      return;
    default:
      putSymbolic(line, kind, u64(u32.wrap(value)));
      return;
  }
}

/** Values with names; linux calls take them as 32 bits. */
function putSymbolic(line: TextBuffer, kind: Kind, value: u64): void {
  switch (kind) {
    case Kind.Protection:
      putProtection(line, value);
      return;
    case Kind.MapFlags:
      putMapFlags(line, value);
      return;
    case Kind.RemapFlags:
      putRemapFlags(line, value);
      return;
    case Kind.OpenFlags:
      putOpenFlags(line, value);
      return;
    case Kind.RandomFlags:
      putRandomFlags(line, value);
      return;
    case Kind.FutexOperation:
      putFutex(line, value);
      return;
    case Kind.Signal:
      putSignal(line, value);
      return;
    default:
      putName(line, nameOf(kind, value), value);
      return;
  }
}

function nameOf(kind: Kind, value: u64): string {
  switch (kind) {
    case Kind.Advice:
      return adviceName(value);
    case Kind.SignalHow:
      return value === 0n ? "SIG_BLOCK" : value === 1n ? "SIG_UNBLOCK" : value === 2n ? "SIG_SETMASK" : "";
    case Kind.Clock:
      return clockName(value);
    case Kind.ClockFlags:
      return value === 1n ? "TIMER_ABSTIME" : "";
    case Kind.Whence:
      return value === 0n ? "SEEK_SET" : value === 1n ? "SEEK_CUR" : value === 2n ? "SEEK_END" : "";
    case Kind.FcntlCommand:
      return fcntlName(value);
    case Kind.IoctlRequest:
      return ioctlName(value);
    case Kind.Resource:
      return resourceName(value);
    case Kind.RusageWho:
      return value === 0n ? "RUSAGE_SELF" : value === 1n ? "RUSAGE_THREAD" : "";
    case Kind.ArchCode:
      return archName(value);
    case Kind.PrctlOption:
      return prctlName(value);
    default:
      return "";
  }
}

function putName(line: TextBuffer, name: string, value: u64): void {
  if (name.length > 0) {
    textPut(line, name);
    return;
  }
  textPutHex(line, value);
}

/** SIGINT, SIGRT_1 */
function putSignal(line: TextBuffer, signal: u64): void {
  if (signal >= 32n && signal <= 64n) {
    textPut(line, "SIGRT_");
    textPutUnsigned(line, signal - 32n);
    return;
  }
  putName(line, signalName(signal), signal);
}

function putFutex(line: TextBuffer, value: u64): void {
  putName(line, futexName(value & 0x7fn), value & 0x7fn);
  if ((value & 128n) !== 0n) {
    textPut(line, "_PRIVATE");
  }
  if ((value & 256n) !== 0n) {
    textPut(line, "|FUTEX_CLOCK_REALTIME");
  }
}

function putDirectory(line: TextBuffer, fd: i32): void {
  if (fd === -100) {
    textPut(line, "AT_FDCWD");
    return;
  }
  textPutSigned(line, i64(fd));
}

function putPointer(line: TextBuffer, kind: Kind, address: u64, count: u64, result: i64, read: MemoryReader): void {
  // What a failed call should have stored is not there.
  const isMissing = layoutOf(kind).direction === Direction.Out && isError(result);
  if (address === 0n || isMissing || !putMemory(line, kind, address, count, result, read)) {
    putAddress(line, address);
  }
}

/** False: the kind is printed as its address, or the memory cannot be read. */
function putMemory(line: TextBuffer, kind: Kind, address: u64, count: u64, result: i64, read: MemoryReader): bool {
  switch (kind) {
    case Kind.Path:
    case Kind.PathOrNone:
      return putText(line, address, read);
    case Kind.BytesIn:
      return putBytes(line, address, count, read);
    case Kind.BytesOut:
      return putBytes(line, address, result > 0n ? u64.wrap(result) : 0n, read);
    case Kind.IovecsIn:
      return putVector(line, address, count, read);
    case Kind.TimespecIn:
    case Kind.TimespecOut:
      return putTimespec(line, address, read);
    case Kind.RlimitIn:
    case Kind.RlimitOut:
      return putRlimit(line, address, read);
    case Kind.SigactionIn:
    case Kind.SigactionOut:
      return putSigaction(line, address, read);
    case Kind.SigsetIn:
    case Kind.SigsetOut:
      return putSigset(line, address, read);
    default:
      return false;
  }
}

function putVector(line: TextBuffer, address: u64, count: u64, read: MemoryReader): bool {
  const entry: Iovec = zeroed();
  const shown = count < VECTOR_LIMIT ? count : VECTOR_LIMIT;
  textPutByte(line, 91);
  for (let i: u64 = 0n; i < shown; i++) {
    if (i > 0n) {
      textPut(line, ", ");
    }
    // SAFETY: an Iovec is plain integers.
    if (read(castPtr<u8>(entry), VirtAddr(address + i * u64(sizeOf<Iovec>())), u64(sizeOf<Iovec>())) !== 0n) {
      textPut(line, "?]");
      return true;
    }
    textPut(line, "{iov_base=");
    if (entry.iov_base === 0n || !putBytes(line, entry.iov_base, entry.iov_len, read)) {
      putAddress(line, entry.iov_base);
    }
    textPut(line, ", iov_len=");
    textPutUnsigned(line, entry.iov_len);
    textPutByte(line, 125);
  }
  textPut(line, count > shown ? ", ...]" : "]");
  return true;
}
