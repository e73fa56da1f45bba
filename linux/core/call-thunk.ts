/**
 * The machine code that takes the place of a system-call site, and where it may lie (call-site.ts has a picture). Pure: bytes in, bytes out.
 */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  isLoadBeside,
  JMP_REL32,
  MOV_R32_IMM32,
  read32,
  SHORTEST_BYTES,
  SYSCALL_BYTES,
  signExtended,
} from "./call-site.ts";

export const JUMP_BYTES = 5n;
/** The shortest instruction that leaves room for a jump in front of the `syscall`. */
const ROOMY_BYTES = 5n;
/** A moved instruction has at most 7 bytes. */
export const THUNK_BYTES = 40n;

/** What follows a short instruction: a `syscall`, and behind it the byte that is looked up. */
const SYSCALL_FIRST = 0x0fn;
const SYSCALL_SECOND = 0x05n;

/**
 * Where the thunk of a site may start: `[first, last]`, for a moved instruction of `bytes` bytes at `site`, when `next` is the byte behind the
 * `syscall`. The window may begin below 0: then it is beyond every address.
 */
export function thunkWindowFirst(site: u64, bytes: u64, next: u8): u64 {
  if (bytes >= ROOMY_BYTES) {
    return 0n;
  }
  // rel32 from its top: as many bytes of these as the jump reaches beyond the moved instruction.
  const following = (u64(next) << 24n) | (SYSCALL_SECOND << 16n) | (SYSCALL_FIRST << 8n);
  const upper = u32.wrap(following << (8n * (bytes - SHORTEST_BYTES)));
  return site + JUMP_BYTES + signExtended(upper);
}

export function thunkWindowLast(site: u64, bytes: u64, next: u8): u64 {
  return bytes >= ROOMY_BYTES ? u64.MAX : thunkWindowFirst(site, bytes, next) + (1n << (8n * (bytes - 1n))) - 1n;
}

/**
 * The page for a new thunk that starts in `[first, last]`: the first that begins there, or the one in which a short window lies. A page's thunks
 * begin behind its slot.
 */
export function thunkPage(first: u64, last: u64): u64 {
  const inside = (first + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  const around = first & ~(PAGE_SIZE - 1n);
  const start = first > around + THUNK_BYTES ? first : around + THUNK_BYTES;
  const fitsAround = start <= last && start + THUNK_BYTES <= around + PAGE_SIZE;
  return inside + THUNK_BYTES > last && fitsAround ? around : inside;
}

/** Writes `jmp target` for the address `from`; false if it is out of reach. */
export function encodeJump(out: Slice<u8>, from: u64, target: u64): bool {
  if (!inReach(from + JUMP_BYTES, target)) {
    return false;
  }
  out[0] = JMP_REL32;
  putU32(out, 1n, u32.wrap(target - (from + JUMP_BYTES)));
  return true;
}

/**
 * Writes the thunk at `thunk` for the instruction `moved` and the way back to `back`. `slot` holds the address of the library OS's entry;
 * false if anything is out of reach.
 */
export function encodeThunk(
  out: Slice<u8>,
  thunk: u64,
  moved: Slice<u8>,
  back: u64,
  slot: u64,
  stackTopOffset: u32,
): bool {
  const start = moved.length;
  const callEnd = thunk + start + 18n;
  if (out.length < THUNK_BYTES || start > 7n || !inReach(callEnd, slot)) {
    return false;
  }
  fillBytes(out.data, 0xcc, THUNK_BYTES);
  copyBytes(out.data, moved.data, start);
  if (isLoadBeside(moved)) {
    // Its address counts from its end, which is elsewhere now.
    const target = back - SYSCALL_BYTES + signExtended(read32(moved, u32(start) - 4));
    if (!inReach(thunk + start, target)) {
      return false;
    }
    putU32(out, start - 4n, u32.wrap(target - (thunk + start)));
  }
  put3(out, start, 0x49, 0x89, 0xe3);
  put3(out, start + 3n, 0x65, 0x48, 0x8b);
  setAt(out, start + 6n, 0x24);
  setAt(out, start + 7n, 0x25);
  putU32(out, start + 8n, stackTopOffset);
  setAt(out, start + 12n, 0xff);
  setAt(out, start + 13n, 0x15);
  putU32(out, start + 14n, u32.wrap(slot - callEnd));
  put3(out, start + 18n, 0x4c, 0x89, 0xdc);
  return encodeJump(out.subslice(start + 21n, start + 26n), thunk + start + 21n, back);
}

/** Writes a thunk that answers `answer` without entering the library OS. */
export function encodeConstantThunk(out: Slice<u8>, thunk: u64, back: u64, answer: u32): bool {
  if (out.length < THUNK_BYTES) {
    return false;
  }
  fillBytes(out.data, 0xcc, THUNK_BYTES);
  out[0] = MOV_R32_IMM32;
  putU32(out, 1n, answer);
  return encodeJump(out.subslice(5n, 10n), thunk + 5n, back);
}

/** Whether `target - next` fits 32 signed bits. */
function inReach(next: u64, target: u64): bool {
  return target - next + 0x8000_0000n <= 0xffff_ffffn;
}

function putU32(out: Slice<u8>, offset: u64, value: u32): void {
  for (let i: u32 = 0; i < 4; i++) {
    setAt(out, offset + u64(i), u8((value >> (8 * i)) & 0xff));
  }
}

function put3(out: Slice<u8>, offset: u64, a: u8, b: u8, c: u8): void {
  setAt(out, offset, a);
  setAt(out, offset + 1n, b);
  setAt(out, offset + 2n, c);
}
