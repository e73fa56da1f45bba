/** /proc/self/{cmdline,environ,auxv,limits,statm}. */

import { AT_NULL } from "../../abi/linux-auxv.ts";
import { RLIM_INFINITY, type Rlimit } from "../../abi/linux-process.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { residentPageCount } from "../../kernel/mm/region-report.ts";
import { userRead } from "../../kernel/mm/user-access.ts";
import { programLayout } from "../layout.ts";
import { type MemoryUse, memoryUse } from "../memory-use.ts";
import { limitOf } from "../process.ts";
import { programArgumentCount, programEnvironmentCount, programStrings } from "../program.ts";
import { put, putByte, putBytes, type Text } from "./text.ts";

/** Entries of the auxiliary vector at most. */
const MOST_AUXILIARY = 64;
const PAIR_BYTES = 16n;
const NAME_WIDTH = 26;
const VALUE_WIDTH = 21;

/** Where the strings of the environment begin: behind argc strings. */
function environmentAt(): u64 {
  const strings = programStrings();
  let left = programArgumentCount();
  let at0: u64 = 0n;
  while (left > 0 && at0 < strings.length) {
    left -= at(strings, at0) === 0 ? 1 : 0;
    at0 += 1n;
  }
  return at0;
}

export function writeCommandLine(text: Text, _argument: u64): void {
  putBytes(text, programStrings().subslice(0n, environmentAt()));
}

export function writeEnvironment(text: Text, _argument: u64): void {
  const strings = programStrings();
  putBytes(text, strings.subslice(environmentAt(), strings.length));
}

/** The vector as the program found it above its environment. */
export function writeAuxiliaryVector(text: Text, _argument: u64): void {
  // argc, argv and its null, envp and its null.
  const words = 1 + programArgumentCount() + 1 + programEnvironmentCount() + 1;
  let place = programLayout.startStack + u64(words) * 8n;
  const pair: FixedArray<u64, 2> = zeroed();
  for (let i: u32 = 0; i < MOST_AUXILIARY; i++) {
    // SAFETY: sixteen bytes of a local.
    const bytes = castPtr<u8>(elements(pair));
    if (userRead(bytes, VirtAddr(place), PAIR_BYTES) !== 0n) {
      return;
    }
    putBytes(text, sliceOf(bytes, PAIR_BYTES));
    if (pair[0] === AT_NULL) {
      return;
    }
    place += PAIR_BYTES;
  }
}

/** Sizes in pages: total, resident, shared, text, 0, data, 0. */
export function writeMemoryUse(text: Text, _argument: u64): void {
  const use: MemoryUse = zeroed();
  memoryUse(use);
  const code = (programLayout.high - programLayout.low) / PAGE_SIZE;
  const data = (use.data + use.stack) / PAGE_SIZE;
  put(text, `${use.all / PAGE_SIZE} ${residentPageCount()} 0 ${code} 0 ${data} 0\n`);
}

/** In the order of the resources' numbers: name, unit. */
const LIMIT_NAMES: FixedArray<string, 16> = fixedArray<string, 16>(
  "Max cpu time",
  "Max file size",
  "Max data size",
  "Max stack size",
  "Max core file size",
  "Max resident set",
  "Max processes",
  "Max open files",
  "Max locked memory",
  "Max address space",
  "Max file locks",
  "Max pending signals",
  "Max msgqueue size",
  "Max nice priority",
  "Max realtime priority",
  "Max realtime timeout",
);
const LIMIT_UNITS: FixedArray<string, 16> = fixedArray<string, 16>(
  "seconds",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "processes",
  "files",
  "bytes",
  "bytes",
  "locks",
  "signals",
  "bytes",
  "",
  "",
  "us",
);

export function writeLimits(text: Text, _argument: u64): void {
  put(text, "Limit                     Soft Limit           Hard Limit           Units     \n");
  for (let i: u32 = 0; i < LIMIT_NAMES.length; i++) {
    const limit: Rlimit = limitOf(i);
    putPadded(text, LIMIT_NAMES[i], NAME_WIDTH);
    putLimit(text, limit.rlim_cur);
    putLimit(text, limit.rlim_max);
    putPadded(text, LIMIT_UNITS[i], 10);
    put(text, "\n");
  }
}

function putLimit(text: Text, value: u64): void {
  if (value === RLIM_INFINITY) {
    putPadded(text, "unlimited", VALUE_WIDTH);
  } else {
    putPadded(text, `${value}`, VALUE_WIDTH);
  }
}

function putPadded(text: Text, part: string, width: u32): void {
  put(text, part);
  for (let i = part.length; i < width; i++) {
    putByte(text, 32);
  }
}
