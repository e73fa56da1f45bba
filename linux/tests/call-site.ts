/** Which bytes are a system-call site, and what jumps and thunks look like to a processor. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  besideAddress,
  callNumber,
  isEndOfJump,
  movableBytes,
  type Registers,
  type SiteWords,
} from "../core/call-site.ts";
import { encodeConstantThunk, encodeJump, encodeThunk } from "../core/call-thunk.ts";

/** 14 bytes, then `syscall`. */
const code: FixedArray<u8, 16> = zeroed();
const registers: Registers = zeroed();
const out: FixedArray<u8, 40> = zeroed();
const STACK_WORD = 0x1234_5678_9abcn;
const BESIDE_WORD = 0xffff_8000_0000_0081n;
const words: SiteWords = zeroed();
const OTHER = 0xdead_0000_beefn;

function clear(): void {
  words.onStack = STACK_WORD;
  words.beside = BESIDE_WORD;
  fillBytes(elements(code), 0x90, 14n);
  code[14] = 0x0f;
  code[15] = 0x05;
  for (let i: u32 = 0; i < 16; i++) {
    registers[i] = OTHER + u64(i);
  }
}

function movable(): i64 {
  return i64(movableBytes(sliceOf(elements(code), 16n), registers, words));
}

/** `mov $39,%eax` before the `syscall`, as libc has it. */
function makeSite(): void {
  clear();
  code[9] = 0xb8;
  code[10] = 39;
  code[11] = 0;
  code[12] = 0;
  code[13] = 0;
  registers[0] = 39n;
}

function accepts(): void {
  makeSite();
  expectEqual(movable(), 5n);
  expectEqual(i64(callNumber(sliceOf(elements(code), 16n), 5n)), 39n);
  code[8] = 0xfa;
  expectEqual(movable(), 5n); // endbr64
  code[8] = 0xff;
  expectEqual(movable(), 5n); // xor %edi,%edi
  code[8] = 0x00;
  expectEqual(movable(), 5n); // padding
}

function refuses(): void {
  makeSite();
  registers[0] = 40n;
  expectEqual(movable(), 0n); // reached by a jump to the syscall
  makeSite();
  registers[0] = 0x1_0000_0027n;
  expectEqual(movable(), 0n);
  makeSite();
  code[15] = 0x34;
  expectEqual(movable(), 0n); // sysenter
  makeSite();
  code[8] = 0x48;
  expectEqual(movable(), 0n); // a 64-bit immediate
  code[8] = 0x66;
  expectEqual(movable(), 0n); // a 16-bit immediate
  code[8] = 0x8d;
  expectEqual(movable(), 0n); // lea 39(%rax),%edi
  makeSite();
  code[9] = 0xb9;
  registers[1] = 39n;
  expectEqual(movable(), 0n); // rcx does not survive the syscall: nothing to compare with
  makeSite();
  expectEqual(i64(movableBytes(sliceOf(elements(code), 15n), registers, words)), 0n);
}

/** Longer instructions that end in b8 and the number. */
function refusesTails(): void {
  makeSite();
  code[7] = 0xc7;
  code[8] = 0x45;
  expectEqual(movable(), 0n); // movl $39,-72(%rbp)
  makeSite();
  code[6] = 0xc7;
  code[7] = 0x44;
  code[8] = 0x24;
  expectEqual(movable(), 0n); // movl $39,-72(%rsp)
  makeSite();
  code[4] = 0xc7;
  code[5] = 0x05;
  expectEqual(movable(), 0n); // movl $39,disp32(%rip)
  makeSite();
  code[4] = 0x48;
  code[5] = 0xb9;
  expectEqual(movable(), 0n); // movabs
  makeSite();
  code[6] = 0xc7;
  code[7] = 0xc0;
  expectEqual(movable(), 5n); // c7 that cannot reach so far is no reason
}

function set3(a: u8, b: u8, c: u8): void {
  code[11] = a;
  code[12] = b;
  code[13] = c;
}

function registerMoves(): void {
  clear();
  set3(0x48, 0x89, 0xde); // mov %rbx,%rsi
  expectEqual(movable(), 0n);
  registers[6] = registers[3];
  expectEqual(movable(), 3n);
  clear();
  set3(0x4c, 0x89, 0xc0); // mov %r8,%rax
  registers[0] = registers[8];
  expectEqual(movable(), 3n);
  clear();
  set3(0x44, 0x89, 0xc8); // mov %r9d,%eax
  registers[9] = 0xffff_ffff_0000_0009n;
  registers[0] = 9n;
  expectEqual(movable(), 3n);
  registers[0] = registers[9];
  expectEqual(movable(), 0n);
  clear();
  set3(0x48, 0x89, 0xce); // mov %rcx,%rsi: rcx is lost
  registers[6] = registers[1];
  expectEqual(movable(), 0n);
  clear();
  set3(0x48, 0x89, 0x1e); // mov %rbx,(%rsi) is no register move
  registers[6] = registers[3];
  expectEqual(movable(), 0n);
  clear();
  set3(0x48, 0x8b, 0xf3); // mov %rbx,%rsi in its other encoding
  registers[6] = registers[3];
  expectEqual(movable(), 3n);
  code[10] = 0x66;
  expectEqual(movable(), 0n);
}

function otherShapes(): void {
  clear();
  code[9] = 0x4c;
  code[10] = 0x8b;
  set3(0x4c, 0x24, 0x08); // mov 8(%rsp),%r9: syscall(2)
  expectEqual(movable(), 0n);
  registers[9] = STACK_WORD;
  expectEqual(movable(), 5n);
  expect(callNumber(sliceOf(elements(code), 16n), 5n) === u64.MAX, "any number may come here");
  clear();
  code[9] = 0x48;
  code[10] = 0x8d;
  set3(0x74, 0x24, 0xf0); // lea -16(%rsp),%rsi
  registers[6] = registers[4] - 16n;
  expectEqual(movable(), 5n);
  clear();
  code[7] = 0x48;
  code[8] = 0xc7;
  code[9] = 0xc0;
  code[10] = 1;
  set3(0, 0, 0); // mov $1,%rax
  registers[0] = 1n;
  expectEqual(movable(), 7n);
  clear();
  code[8] = 0x41;
  code[9] = 0xba;
  code[10] = 8;
  set3(0, 0, 0); // mov $8,%r10d
  registers[10] = 8n;
  expectEqual(movable(), 6n);
  clear();
  code[9] = 0xba;
  code[10] = 3;
  set3(0, 0, 0); // mov $3,%edx
  registers[2] = 3n;
  expectEqual(movable(), 5n);
}

/** `mov disp32(%rip),%esi`, as libgomp's futex calls end. */
function makeLoad(): void {
  clear();
  code[8] = 0x8b;
  code[9] = 0x35;
  code[10] = 0xf0;
  set3(0xff, 0xff, 0xff);
  registers[6] = 0x81n;
}

function loads(): void {
  makeLoad();
  expectEqual(movable(), 6n);
  expect(besideAddress(sliceOf(elements(code), 16n), 0x40_1000n) === 0x40_0ff0n, "16 bytes before the syscall");
  registers[6] = 0x80n;
  expectEqual(movable(), 0n); // another value than what stands there
  makeLoad();
  registers[6] = BESIDE_WORD;
  expectEqual(movable(), 0n); // 32 bits are loaded
  code[7] = 0x48; // mov disp32(%rip),%rsi
  expectEqual(movable(), 7n);
  code[7] = 0x44; // mov disp32(%rip),%r14d
  expectEqual(movable(), 0n);
  registers[14] = 0x81n;
  expectEqual(movable(), 7n);
  makeLoad();
  code[7] = 0x0f;
  expectEqual(movable(), 0n); // jnp and more
  makeLoad();
  code[9] = 0x0d;
  registers[1] = 0x81n;
  expectEqual(movable(), 0n); // rcx is lost
  makeLoad();
  code[9] = 0x36;
  expectEqual(movable(), 0n); // another addressing mode
}

function relativeTarget(offset: u32, from: u64): u64 {
  let displacement: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    displacement |= u32(out[offset + i]) << (8 * i);
  }
  return from + u64.wrap(i64(i32.wrap(displacement)));
}

function jumps(): void {
  const place = sliceOf(elements(out), 5n);
  expect(encodeJump(place, 0x40_1000n, 0x30_0020n), "within reach");
  expectEqual(i64(out[0]), 0xe9n);
  expect(relativeTarget(1, 0x40_1005n) === 0x30_0020n, "backwards");
  expect(encodeJump(place, 0x1_0000n, 0x8001_0004n), "as far as it goes");
  expect(!encodeJump(place, 0x1_0000n, 0x8001_0005n), "one byte further");
  expect(!encodeJump(place, 0x5555_5555_0000n, 0x40_0000n), "terabytes away");
}

function set2(a: u8, b: u8): void {
  code[12] = a;
  code[13] = b;
}

function shortMoves(): void {
  clear();
  set2(0x31, 0xc0); // xor %eax,%eax: read
  expectEqual(movable(), 0n);
  registers[0] = 0n;
  expectEqual(movable(), 2n);
  code[11] = 0x48; // xor %rax,%rax
  expectEqual(movable(), 0n);
  clear();
  set2(0x31, 0xf8); // xor %edi,%eax is no constant
  registers[0] = 0n;
  expectEqual(movable(), 0n);
  clear();
  set2(0x31, 0xc9); // xor %ecx,%ecx: rcx is lost
  registers[1] = 0n;
  expectEqual(movable(), 0n);
  clear();
  set2(0x89, 0xdf); // mov %ebx,%edi
  registers[7] = registers[3] & 0xffff_ffffn;
  expectEqual(movable(), 2n);
  registers[7] = registers[3] + 1n;
  expectEqual(movable(), 0n);
  clear();
  set2(0x8b, 0xfb); // the same in its other encoding
  registers[7] = registers[3] & 0xffff_ffffn;
  expectEqual(movable(), 2n);
}

/** A site of two bytes with its last bytes in longer instructions, each with registers that fit. */
function refusesShortTails(): void {
  clear();
  registers[7] = 0n;
  set2(0x33, 0xff);
  expectEqual(movable(), 2n); // xor %edi,%edi
  code[11] = 0x74;
  expectEqual(movable(), 0n); // lea -1(%rbx,%rsi),%rsi: 48 8d 74 33 ff
  code[11] = 0x83;
  expectEqual(movable(), 0n); // xorl $-1,(%rbx)
  code[8] = 0x8d;
  code[9] = 0x35;
  code[10] = 0;
  code[11] = 0;
  expectEqual(movable(), 0n); // lea disp32(%rip),%rsi
  code[9] = 0xb3;
  expectEqual(movable(), 0n); // lea disp32(%rbx),%rsi
  code[7] = 0x8d;
  code[8] = 0xb4;
  code[9] = 0x33;
  expectEqual(movable(), 0n); // lea disp32(%rbx,%rsi),%rsi
  clear();
  set2(0x8b, 0xff);
  registers[7] = 5n;
  expectEqual(movable(), 0n); // mov %edi,%edi: any small number fits
  clear();
  set3(0x44, 0x89, 0xc0);
  registers[8] = 5n;
  registers[0] = 5n;
  expectEqual(movable(), 3n); // mov %r8d,%eax
  code[10] = 0x8d;
  expectEqual(movable(), 0n); // lea -64(%rcx,%rcx,4),%eax
}

/** xor %eax,%eax; syscall; xor %eax,%eax; syscall: the first jump has the second instruction's first byte. */
function keepsEndsOfJumps(): void {
  clear();
  const bytes = sliceOf(elements(code), 16n);
  code[8] = 0xe9;
  code[9] = 0x10;
  code[10] = 0x0f;
  code[11] = 0x05;
  set2(0x31, 0xc0);
  expect(isEndOfJump(bytes, 2n), "the byte belongs to the jump before");
  expect(!isEndOfJump(bytes, 3n), "the byte before it is the syscall's");
  code[8] = 0x31;
  expect(!isEndOfJump(bytes, 2n), "no jump yet");
}

function privateFutex(): void {
  clear();
  code[10] = 0x40;
  set3(0x80, 0xf6, 0x81); // xor $0x81,%sil
  registers[0] = 202n;
  registers[6] = 0x81n;
  expectEqual(movable(), 4n);
  registers[6] = 1n;
  expectEqual(movable(), 4n);
  registers[6] = 0x80n;
  expectEqual(movable(), 0n); // no flag was turned there
  registers[6] = 0x81n;
  registers[0] = 39n;
  expectEqual(movable(), 0n); // another call
}

function thunks(): void {
  const place = sliceOf(elements(out), 40n);
  makeSite();
  const moved = sliceOf(elements(code), 16n).subslice(9n, 14n);
  expect(encodeThunk(place, 0x30_0028n, moved, 0x40_1007n, 0x30_0000n, 0x48), "made");
  expect(out[0] === 0xb8 && out[1] === 39, "mov $39,%eax");
  expect(out[5] === 0x49 && out[6] === 0x89 && out[7] === 0xe3, "mov %rsp,%r11");
  expect(out[8] === 0x65 && out[11] === 0x24 && out[12] === 0x25 && out[13] === 0x48, "mov %gs:0x48,%rsp");
  expect(out[17] === 0xff && out[18] === 0x15, "call *slot(%rip)");
  expect(relativeTarget(19, 0x30_003fn) === 0x30_0000n, "the slot");
  expect(out[23] === 0x4c && out[24] === 0x89 && out[25] === 0xdc, "mov %r11,%rsp");
  expect(relativeTarget(27, 0x30_0047n) === 0x40_1007n, "back behind the syscall instruction");
  expect(out[31] === 0xcc, "nothing behind it");
  expect(!encodeThunk(place, 0x5555_5555_0000n, moved, 0x40_1007n, 0x30_0000n, 0x48), "out of reach");
}

/** A load counts from its own end, so its displacement changes with its place. */
function thunksThatLoad(): void {
  const place = sliceOf(elements(out), 40n);
  makeLoad();
  const moved = sliceOf(elements(code), 16n).subslice(8n, 14n);
  expect(encodeThunk(place, 0x30_0028n, moved, 0x40_1008n, 0x30_0000n, 0x48), "made");
  expect(out[0] === 0x8b && out[1] === 0x35, "the load");
  expect(relativeTarget(2, 0x30_002en) === 0x40_0ff6n, "reads what it read before");
  expect(relativeTarget(28, 0x30_0048n) === 0x40_1008n, "back behind the syscall instruction");
  code[13] = 0x7f;
  expect(!encodeThunk(place, 0x30_0028n, moved, 0x40_1008n, 0x30_0000n, 0x48), "what it reads is out of reach");
}

function constantThunks(): void {
  expect(encodeConstantThunk(sliceOf(elements(out), 40n), 0x30_0040n, 0x40_1007n, 0x1234_5678), "made");
  expect(out[0] === 0xb8 && out[1] === 0x78 && out[4] === 0x12, "mov $answer,%eax");
  expect(out[5] === 0xe9 && relativeTarget(6, 0x30_004an) === 0x40_1007n, "back behind the syscall instruction");
}

export function testCallSite(): void {
  test("call sites: the common form is one", accepts);
  test("call sites: other forms are none", refuses);
  test("call sites: ends of longer instructions are none", refusesTails);
  test("call sites: moves between registers", registerMoves);
  test("call sites: numbers, stack addresses, the end of syscall(2)", otherShapes);
  test("call sites: loads of what lies beside the code", loads);
  test("call sites: jumps reach 2 GiB and no further", jumps);
  test("call sites: short moves", shortMoves);
  test("call sites: longer instructions that end like short moves", refusesShortTails);
  test("call sites: the last byte of a jump stays", keepsEndsOfJumps);
  test("call sites: the operation of a futex", privateFutex);
  test("call sites: thunks", thunks);
  test("call sites: thunks of loads", thunksThatLoad);
  test("call sites: thunks of constant calls", constantThunks);
}
