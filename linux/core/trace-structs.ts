/**
 * Structs in a trace line, in strace's form: `{tv_sec=1, tv_nsec=0}`, `[INT TERM]`. False: the memory cannot be read.
 */

import type { Rlimit } from "../../abi/linux-process.ts";
import type { KernelSigaction } from "../../abi/linux-signal.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import { type TextBuffer, textPut, textPutByte, textPutHex, textPutSigned, textPutUnsigned } from "./text-buffer.ts";
import { signalName } from "./trace-names.ts";

/** Copies application memory: 0 or negative errno. */
export type MemoryReader = (destination: Ptr<u8>, source: VirtAddr, bytes: u64) => i64;

export function putTimespec(line: TextBuffer, address: u64, read: MemoryReader): bool {
  const time: Timespec = zeroed();
  // SAFETY: plain integers, here and below.
  if (read(castPtr<u8>(time), VirtAddr(address), u64(sizeOf<Timespec>())) !== 0n) {
    return false;
  }
  textPut(line, "{tv_sec=");
  textPutSigned(line, time.tv_sec);
  textPut(line, ", tv_nsec=");
  textPutSigned(line, time.tv_nsec);
  textPutByte(line, 125);
  return true;
}

export function putRlimit(line: TextBuffer, address: u64, read: MemoryReader): bool {
  const limit: Rlimit = zeroed();
  if (read(castPtr<u8>(limit), VirtAddr(address), u64(sizeOf<Rlimit>())) !== 0n) {
    return false;
  }
  textPut(line, "{rlim_cur=");
  putLimit(line, limit.rlim_cur);
  textPut(line, ", rlim_max=");
  putLimit(line, limit.rlim_max);
  textPutByte(line, 125);
  return true;
}

function putLimit(line: TextBuffer, value: u64): void {
  if (value === u64.MAX) {
    textPut(line, "RLIM64_INFINITY");
  } else if (value !== 0n && (value & 1023n) === 0n) {
    textPutUnsigned(line, value >> 10n);
    textPut(line, "*1024");
  } else {
    textPutUnsigned(line, value);
  }
}

export function putSigaction(line: TextBuffer, address: u64, read: MemoryReader): bool {
  const action: KernelSigaction = zeroed();
  if (read(castPtr<u8>(action), VirtAddr(address), u64(sizeOf<KernelSigaction>())) !== 0n) {
    return false;
  }
  textPut(line, "{sa_handler=");
  if (action.handler <= 1n) {
    textPut(line, action.handler === 0n ? "SIG_DFL" : "SIG_IGN");
  } else {
    textPutHex(line, action.handler);
  }
  textPut(line, ", sa_mask=");
  putSignals(line, action.mask);
  textPut(line, ", sa_flags=");
  textPutHex(line, action.flags);
  textPutByte(line, 125);
  return true;
}

export function putSigset(line: TextBuffer, address: u64, read: MemoryReader): bool {
  let set: u64 = 0n;
  if (read(castPtr<u8>(addressOf(set)), VirtAddr(address), 8n) !== 0n) {
    return false;
  }
  putSignals(line, set);
  return true;
}

/** `[INT TERM]`, and `~[KILL STOP]` where nearly all are in the set. */
function putSignals(line: TextBuffer, set: u64): void {
  const isInverted = popCount(set) > 32;
  const shown = isInverted ? ~set : set;
  if (isInverted) {
    textPutByte(line, 126);
  }
  textPutByte(line, 91);
  let isFirst = true;
  for (let signal: u64 = 1n; signal <= 64n; signal++) {
    if (((shown >> (signal - 1n)) & 1n) !== 0n) {
      if (!isFirst) {
        textPutByte(line, 32);
      }
      isFirst = false;
      const name = signalName(signal);
      if (name.length > 3) {
        textPut(line, name.slice(3, name.length));
      } else {
        textPut(line, "RT_");
        textPutUnsigned(line, signal - 32n);
      }
    }
  }
  textPutByte(line, 93);
}
