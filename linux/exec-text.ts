/**
 * Arguments and environment of a program that execve starts: copied from the memory of the one that it replaces, within Linux's limits.
 *
 *     memory    HEAD_BYTES for what scripts put in front | argv[0] argv[1] ... envp[0] ... each with its NUL
 *               start ^ moves down when a script's interpreter goes in front
 *
 * Everything is copied once, so that other threads may change the originals meanwhile.
 */

import { E2BIG, EFAULT, ENAMETOOLONG, ENOMEM } from "../abi/errno.ts";
import { RLIMIT_STACK } from "../abi/linux-process.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userString } from "../kernel/mm/user-access.ts";
import { STACK_BYTES } from "./layout.ts";
import { limitOf } from "./process.ts";

/** Lines of scripts and the first one's path. */
const HEAD_BYTES = 0x2000n;
const FIRST_BYTES = 0x1000n;
/** MAX_ARG_STRLEN */
const STRING_MOST_BYTES = 0x2_0000n;
/** Linux: three quarters of the stack that a program has by default, and whatever the limit says, so much. */
const MOST_BYTES = (STACK_BYTES / 4n) * 3n;
const LEAST_BYTES = 0x2_0000n;
const WORD = 8n;

/** All zero has no memory. */
export class ExecText {
  memory!: Ptr<u8> | null;
  capacity!: u64;
  /** Where the strings begin and end in the memory. */
  start!: u64;
  end!: u64;
  argc!: u32;
  envc!: u32;
  /** How many bytes the strings may still take. */
  room!: u64;
}

export function execTextFree(text: ExecText): void {
  if (text.memory !== null) {
    heapFree(text.memory);
    text.memory = null;
  }
}

/** argv then envp, each string with its NUL. */
export function execTextStrings(text: ExecText): Slice<u8> {
  return sliceOf(text.memory!.add(text.start), text.end - text.start);
}

/** Copies the strings of two vectors of the application; either may be null. 0n, -E2BIG, -EFAULT or -ENOMEM; `pathBytes` count, too. */
export function execTextRead(text: ExecText, argvAt: u64, envpAt: u64, pathBytes: u64): i64 {
  const most = limitBytes();
  const argc = count(argvAt, most / WORD);
  const envc = argc < 0n ? argc : count(envpAt, most / WORD);
  if (envc < 0n) {
    return envc;
  }
  const pointers = ((argc === 0n ? 1n : u64(argc)) + u64(envc)) * WORD;
  if (most <= pointers + pathBytes) {
    return i64(-E2BIG);
  }
  text.room = most - pointers - pathBytes;
  text.argc = u32(argc);
  text.envc = u32(envc);
  text.start = HEAD_BYTES;
  text.end = HEAD_BYTES;
  if (!grow(text, HEAD_BYTES + FIRST_BYTES)) {
    return i64(-ENOMEM);
  }
  if (argc === 0n) {
    // As on Linux since 5.18: a program may take it for granted that there is a name.
    text.memory!.add(text.end).value = 0;
    text.end += 1n;
    text.argc = 1;
  }
  const copied = copyStrings(text, argvAt, u64(argc));
  return copied !== 0n ? copied : copyStrings(text, envpAt, u64(envc));
}

/** A quarter of RLIMIT_STACK, between Linux's bounds. */
function limitBytes(): u64 {
  const quarter = limitOf(RLIMIT_STACK).rlim_cur / 4n;
  const bounded: u64 = quarter < MOST_BYTES ? quarter : MOST_BYTES;
  return bounded > LEAST_BYTES ? bounded : LEAST_BYTES;
}

/** Pointers in front of the null of a vector: -E2BIG if there are more than `most`, or -EFAULT. */
function count(vectorAt: u64, most: u64): i64 {
  if (vectorAt === 0n) {
    return 0n;
  }
  for (let i: u64 = 0n; i <= most; i++) {
    let pointer: u64 = 0n;
    // SAFETY: eight bytes of a local, here and below.
    if (userRead(castPtr<u8>(addressOf(pointer)), VirtAddr(vectorAt + i * WORD), WORD) !== 0n) {
      return i64(-EFAULT);
    }
    if (pointer === 0n) {
      return i64(i);
    }
  }
  return i64(-E2BIG);
}

function copyStrings(text: ExecText, vectorAt: u64, strings: u64): i64 {
  for (let i: u64 = 0n; i < strings; i++) {
    let pointer: u64 = 0n;
    if (userRead(castPtr<u8>(addressOf(pointer)), VirtAddr(vectorAt + i * WORD), WORD) !== 0n) {
      return i64(-EFAULT);
    }
    const copied = copyString(text, pointer);
    if (copied !== 0n) {
      return copied;
    }
  }
  return 0n;
}

function copyString(text: ExecText, from: u64): i64 {
  for (;;) {
    const room = text.capacity - text.end;
    const most: u64 = room < STRING_MOST_BYTES ? room : STRING_MOST_BYTES;
    const length = userString(sliceOf(text.memory!.add(text.end), most), VirtAddr(from));
    if (length >= 0n) {
      const bytes = u64(length) + 1n;
      if (bytes > text.room) {
        return i64(-E2BIG);
      }
      text.end += bytes;
      text.room -= bytes;
      return 0n;
    }
    if (length !== i64(-ENAMETOOLONG)) {
      return length;
    }
    if (most === STRING_MOST_BYTES) {
      return i64(-E2BIG);
    }
    if (!grow(text, text.capacity * 2n)) {
      return i64(-ENOMEM);
    }
  }
}

function grow(text: ExecText, capacity: u64): bool {
  const memory = heapAlloc(capacity);
  if (memory === null) {
    return false;
  }
  const before = text.memory;
  if (before !== null) {
    copyBytes(memory.add(text.start), before.add(text.start), text.end - text.start);
    heapFree(before);
  }
  text.memory = memory;
  text.capacity = capacity;
  return true;
}

/** The first argument goes away: a script's interpreter takes its place. */
export function execTextDropFirst(text: ExecText): void {
  const memory = text.memory!;
  while (at(memory, text.start) !== 0) {
    text.start += 1n;
    text.room += 1n;
  }
  text.start += 1n;
  text.room += 1n;
  text.argc -= 1;
}

/** Puts an argument in front of the others: 0n or -E2BIG. */
export function execTextPrepend(text: ExecText, argument: string): i64 {
  const bytes = u64(argument.length) + 1n;
  if (bytes > text.start || bytes > text.room) {
    return i64(-E2BIG);
  }
  text.start -= bytes;
  text.room -= bytes;
  text.argc += 1;
  const place = text.memory!.add(text.start);
  copyBytes(place, argument.data, u64(argument.length));
  place.add(argument.length).value = 0;
  return 0n;
}
