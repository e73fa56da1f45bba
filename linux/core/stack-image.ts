/**
 * What a program finds on its stack at its first instruction.
 *
 *     top    0                            the word at the end that Linux keeps zero
 *            path of the program          AT_EXECFN
 *            strings: argv[0] .. envp[n]  NUL-terminated, in order
 *            "x86_64"                     AT_PLATFORM
 *            16 random bytes              AT_RANDOM
 *            padding
 *            auxv: type, value ..., 0, 0
 *            envp[0] .. envp[envc-1], 0
 *            argv[0] .. argv[argc-1], 0
 *     rsp -> argc                         16-byte aligned
 *
 * Spec: System V ABI AMD64 1.0, 3.4.1 and figure 3.9. Pure: writes to a buffer that stands for the memory below `top`.
 */

import { AT_EXECFN, AT_NULL, AT_PLATFORM, AT_RANDOM } from "../../abi/linux-auxv.ts";

export const MAX_AUX_ENTRIES = 24;
export const RANDOM_BYTES = 16n;
const PLATFORM = "x86_64";
const WORD = 8n;

@struct(16)
export class AuxEntry {
  type!: u64;
  value!: u64;
}

@struct()
export class StackInput {
  /** argv[0..argc) then envp[0..envc), each with its NUL. */
  strings!: Slice<u8>;
  /** By which the program was found; it has no NUL inside. */
  path!: string;
  random!: Ptr<u8>;
  argc!: u32;
  envc!: u32;
  /** All entries but those that point into the stack, which the builder adds. */
  auxCount!: u32;
  aux!: FixedArray<AuxEntry, 24>;
}

export function auxAdd(input: StackInput, type: u64, value: u64): void {
  assert(input.auxCount < MAX_AUX_ENTRIES, "auxiliary vector is full");
  input.aux[input.auxCount] = { type, value };
  input.auxCount++;
}

/** Whether `strings` holds exactly `count` terminated strings. */
export function areStrings(strings: Slice<u8>, count: u32): bool {
  let seen: u32 = 0;
  for (let i: u64 = 0n; i < strings.length; i++) {
    if (at(strings, i) === 0) {
      seen++;
    }
  }
  const isTerminated = strings.length === 0n || at(strings, strings.length - 1n) === 0;
  return seen === count && isTerminated;
}

/** How much of the stack `stackImage` uses, at most. */
export function stackImageBytes(input: StackInput): u64 {
  const words = u64(input.argc) + u64(input.envc) + 2n * (u64(input.auxCount) + 4n) + 3n;
  return input.strings.length + u64(input.path.length) + words * WORD + RANDOM_BYTES + 64n;
}

/**
 * Builds the image in `memory`, which ends at the address `top` (16-byte aligned) and has at least stackImageBytes. Returns the
 * stack pointer. The caller has checked the strings.
 */
export function stackImage(memory: Slice<u8>, top: u64, input: StackInput): u64 {
  assert(memory.length >= stackImageBytes(input), "no room for the stack image");
  const base = top - memory.length;
  const pathAt = top - WORD - (u64(input.path.length) + 1n);
  const stringsAt = pathAt - input.strings.length;
  const platformAt = stringsAt - (u64(PLATFORM.length) + 1n);
  const randomAt = platformAt - RANDOM_BYTES;
  fillBytes(memory.data, 0, memory.length);
  copyBytes(memory.data.add(pathAt - base), input.path.data, u64(input.path.length));
  copyBytes(memory.data.add(stringsAt - base), input.strings.data, input.strings.length);
  copyBytes(memory.data.add(platformAt - base), PLATFORM.data, u64(PLATFORM.length));
  copyBytes(memory.data.add(randomAt - base), input.random, RANDOM_BYTES);
  const words = 1n + u64(input.argc) + 1n + u64(input.envc) + 1n + 2n * (u64(input.auxCount) + 4n);
  const rsp = (randomAt - words * WORD) & ~15n;
  let offset = rsp - base;
  offset = putWord(memory, offset, u64(input.argc));
  let string = stringsAt;
  for (let i: u32 = 0; i < input.argc + input.envc; i++) {
    if (i === input.argc) {
      offset = putWord(memory, offset, 0n);
    }
    offset = putWord(memory, offset, string);
    string = nextString(memory, base, string);
  }
  if (input.envc === 0) {
    offset = putWord(memory, offset, 0n);
  }
  offset = putWord(memory, offset, 0n);
  for (let i: u32 = 0; i < input.auxCount; i++) {
    offset = putPair(memory, offset, input.aux[i].type, input.aux[i].value);
  }
  offset = putPair(memory, offset, AT_PLATFORM, platformAt);
  offset = putPair(memory, offset, AT_RANDOM, randomAt);
  offset = putPair(memory, offset, AT_EXECFN, pathAt);
  offset = putPair(memory, offset, AT_NULL, 0n);
  assert(offset <= randomAt - base, "stack image overlaps its strings");
  return rsp;
}

function nextString(memory: Slice<u8>, base: u64, string: u64): u64 {
  let next = string - base;
  while (at(memory, next) !== 0) {
    next++;
  }
  return base + next + 1n;
}

function putPair(memory: Slice<u8>, offset: u64, type: u64, value: u64): u64 {
  return putWord(memory, putWord(memory, offset, type), value);
}

function putWord(memory: Slice<u8>, offset: u64, value: u64): u64 {
  for (let i: u64 = 0n; i < WORD; i++) {
    setAt(memory, offset + i, u8((value >> (8n * i)) & 0xffn));
  }
  return offset + WORD;
}
