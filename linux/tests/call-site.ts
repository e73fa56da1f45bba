/** Which bytes are a system-call site, and what thunks look like to a processor. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { encodeConstantThunk, encodeJump, encodeThunk, isCallSite } from "../core/call-site.ts";

/** Six bytes before, `mov $39,%eax`, `syscall`. */
const code: FixedArray<u8, 13> = zeroed();
const out: FixedArray<u8, 32> = zeroed();

function makeSite(): void {
  const plain: FixedArray<u8, 13> = fixedArray<u8, 13>(
    0x90,
    0x90,
    0xf3,
    0x0f,
    0x1e,
    0xfa,
    0xb8,
    39,
    0,
    0,
    0,
    0x0f,
    0x05,
  );
  copy(code, plain);
}

function isSite(number: u32): bool {
  return isCallSite(sliceOf(elements(code), 13n), number);
}

function accepts(): void {
  makeSite();
  expect(isSite(39), "endbr64; mov $39,%eax; syscall");
  code[5] = 0xff;
  expect(isSite(39), "behind `xor %edi,%edi`");
  code[5] = 0x00;
  expect(isSite(39), "behind padding");
}

function refuses(): void {
  makeSite();
  expect(!isSite(40), "rax holds another number: the code was reached by a jump");
  code[6] = 0xb9;
  expect(!isSite(39), "mov to another register");
  makeSite();
  code[12] = 0x34;
  expect(!isSite(39), "sysenter");
  makeSite();
  code[5] = 0x41;
  expect(!isSite(39), "REX.B: mov to r8d");
  code[5] = 0x48;
  expect(!isSite(39), "REX.W: a 64-bit immediate");
  code[5] = 0x66;
  expect(!isSite(39), "a 16-bit immediate");
  code[5] = 0x8d;
  expect(!isSite(39), "lea 39(%rax),%edi");
  expect(!isCallSite(sliceOf(elements(code), 12n), 39), "too few bytes");
}

/** Longer instructions that end in b8 and the number. */
function refusesTails(): void {
  makeSite();
  code[4] = 0xc7;
  code[5] = 0x45;
  expect(!isSite(39), "movl $39,-72(%rbp)");
  makeSite();
  code[3] = 0xc7;
  code[4] = 0x44;
  code[5] = 0x24;
  expect(!isSite(39), "movl $39,-72(%rsp)");
  makeSite();
  code[1] = 0xc7;
  code[2] = 0x05;
  expect(!isSite(39), "movl $39,disp32(%rip)");
  makeSite();
  code[1] = 0x48;
  code[2] = 0xb9;
  expect(!isSite(39), "movabs");
  makeSite();
  code[3] = 0xc7;
  code[4] = 0xc0;
  expect(isSite(39), "c7 that cannot reach so far is no reason");
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

function thunks(): void {
  const place = sliceOf(elements(out), 32n);
  expect(encodeThunk(place, 0x30_0020n, 0x40_1000n, 24, 0x30_0000n, 0x48), "made");
  expect(out[0] === 0x49 && out[1] === 0x89 && out[2] === 0xe3, "mov %rsp,%r11");
  expect(out[3] === 0x65 && out[6] === 0x24 && out[7] === 0x25 && out[8] === 0x48, "mov %gs:0x48,%rsp");
  expect(out[12] === 0xb8 && out[13] === 24, "mov $24,%eax");
  expect(out[17] === 0xff && out[18] === 0x15, "call *slot(%rip)");
  expect(relativeTarget(19, 0x30_0037n) === 0x30_0000n, "the slot");
  expect(out[23] === 0x4c && out[24] === 0x89 && out[25] === 0xdc, "mov %r11,%rsp");
  expect(relativeTarget(27, 0x30_003fn) === 0x40_1007n, "back behind the syscall instruction");
  expect(out[31] === 0xcc, "nothing behind it");
  expect(!encodeThunk(place, 0x5555_5555_0000n, 0x40_1000n, 24, 0x30_0000n, 0x48), "out of reach");
}

function constantThunks(): void {
  expect(encodeConstantThunk(sliceOf(elements(out), 32n), 0x30_0040n, 0x40_1000n, 0x1234_5678), "made");
  expect(out[0] === 0xb8 && out[1] === 0x78 && out[4] === 0x12, "mov $answer,%eax");
  expect(out[5] === 0xe9 && relativeTarget(6, 0x30_004an) === 0x40_1007n, "back behind the syscall instruction");
}

export function testCallSite(): void {
  test("call sites: the common form is one", accepts);
  test("call sites: other forms are none", refuses);
  test("call sites: ends of longer instructions are none", refusesTails);
  test("call sites: jumps reach 2 GiB and no further", jumps);
  test("call sites: thunks", thunks);
  test("call sites: thunks of constant calls", constantThunks);
}
