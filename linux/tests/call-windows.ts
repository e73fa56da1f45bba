/** Where thunks of sites must lie whose jumps reach over the `syscall`. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { encodeJump, thunkPage, thunkWindowFirst, thunkWindowLast } from "../core/call-thunk.ts";

const out: FixedArray<u8, 5> = zeroed();

/** A jump over the `syscall` still contains it and what follows, wherever in its window the thunk lies. */
function jumpsContainTheSyscall(): void {
  const site = 0x7f12_3456_7233n;
  const following: FixedArray<u8, 3> = fixedArray(0x0f, 0x05, 0x48);
  for (let bytes: u32 = 2; bytes <= 4; bytes++) {
    const first = thunkWindowFirst(site, u64(bytes), following[2]);
    const last = thunkWindowLast(site, u64(bytes), following[2]);
    expectEqual(i64(last - first), i64((1n << (8n * u64(bytes - 1))) - 1n));
    for (let i: u32 = 0; i <= 100; i++) {
      expect(encodeJump(sliceOf(elements(out), 5n), site, first + ((last - first) * u64(i)) / 100n), "within reach");
      for (let at: u32 = bytes; at < 5; at++) {
        expectEqual(i64(out[at]), i64(following[at - bytes]));
      }
    }
  }
  expect(thunkWindowFirst(site, 5n, 0x48) === 0n && thunkWindowLast(site, 5n, 0x48) === u64.MAX, "others lie anywhere");
}

/** Wherever in a page the window of a site of two bytes begins, its thunk lies in it. */
function shortWindowsHavePages(): void {
  for (let offset: u64 = 0n; offset < 4096n; offset++) {
    const first = thunkWindowFirst(0x40_2000n + offset, 2n, 0x48);
    const last = thunkWindowLast(0x40_2000n + offset, 2n, 0x48);
    const page = thunkPage(first, last);
    const start = first > page + 40n ? first : page + 40n;
    expect((page & 0xfffn) === 0n && start <= last && start + 40n <= page + 0x1000n, "the thunk is in window and page");
  }
}

/** With `ret` behind the `syscall` the thunk lies in front of it. */
function windowsBelow(): void {
  const site = 0x7f12_3456_7233n;
  const first = thunkWindowFirst(site, 2n, 0xc3);
  expect(first < site && site - first < 0x8000_0000n, "in front of the site");
  expect(encodeJump(sliceOf(elements(out), 5n), site, first + 7n) && out[4] === 0xc3, "the ret is still there");
  expect(thunkWindowFirst(0x40_1000n, 2n, 0xc3) > 0x8000_0000_0000n, "a program at the bottom has no such place");
}

export function testCallWindows(): void {
  test("call sites: a jump over the syscall still contains it", jumpsContainTheSyscall);
  test("call sites: a page for every short window", shortWindowsHavePages);
  test("call sites: windows in front of the site", windowsBelow);
}
