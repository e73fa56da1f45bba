/** Trace lines as strace would print them, over memory of this process. */

import { EFAULT, ENOENT } from "../../abi/errno.ts";
import type { Iovec } from "../../abi/linux-files.ts";
import type { Rlimit } from "../../abi/linux-process.ts";
import type { KernelSigaction } from "../../abi/linux-signal.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { checkArguments, Kind } from "../arguments.ts";
import { type TextBuffer, textClear, textPut, textView } from "../core/text-buffer.ts";
import { traceCall, traceResult } from "../core/trace-line.ts";

const line: TextBuffer = zeroed();
const args: FixedArray<u64, 6> = zeroed();
const kinds: FixedArray<Kind, 6> = zeroed();

function readOwn(destination: Ptr<u8>, source: VirtAddr, bytes: u64): i64 {
  if (source < 0x1_0000n) {
    return i64(-EFAULT);
  }
  copyBytes(destination, pointerAt<u8>(source), bytes);
  return 0n;
}

function setArguments(a: u64, ka: Kind, b: u64, kb: Kind, c: u64, kc: Kind): void {
  zero(args);
  zero(kinds);
  args[0] = a;
  args[1] = b;
  args[2] = c;
  kinds[0] = ka;
  kinds[1] = kb;
  kinds[2] = kc;
}

function expectLine(name: string, result: i64, wanted: string): void {
  textClear(line);
  traceCall(line, name, elements(args), elements(kinds), result, readOwn);
  traceResult(line, kinds[0], result);
  expect(textView(line) === wanted, wanted);
  if (textView(line) !== wanted) {
    expect(false, textView(line));
  }
}

function address(text: string): u64 {
  return u64(virtAddr(text.data));
}

function strings(): void {
  setArguments(1n, Kind.Fd, address("hello\n"), Kind.BytesIn, 6n, Kind.Unsigned);
  expectLine("write", 6n, 'write(1, "hello\\n", 6) = 6\n');
  setArguments(1n, Kind.Fd, address('a\0b\x011\x7f\xff"\\'), Kind.BytesIn, 4n, Kind.Unsigned);
  expectLine("write", 4n, 'write(1, "a\\0b\\1", 4) = 4\n');
  setArguments(1n, Kind.Fd, address("\x011\t"), Kind.BytesIn, 3n, Kind.Unsigned);
  expectLine("write", 3n, 'write(1, "\\0011\\t", 3) = 3\n');
  setArguments(1n, Kind.Fd, address("0123456789012345678901234567890123456789"), Kind.BytesIn, 40n, Kind.Unsigned);
  expectLine("write", 40n, 'write(1, "01234567890123456789012345678901"..., 40) = 40\n');
  setArguments(1n, Kind.Fd, 8n, Kind.BytesIn, 1n, Kind.Unsigned);
  expectLine("write", i64(-EFAULT), "write(1, 0x8, 1) = -1 EFAULT\n");
  setArguments(u64.wrap(-100n), Kind.FdOrNone, address("/etc/passwd"), Kind.Path, 0o2000000n, Kind.OpenFlags);
  expectLine("openat", i64(-ENOENT), 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = -1 ENOENT\n');
}

function results(): void {
  setArguments(0n, Kind.Fd, address("abc"), Kind.BytesOut, 100n, Kind.Unsigned);
  expectLine("read", 3n, 'read(0, "abc", 100) = 3\n');
  expectLine("read", 0n, 'read(0, "", 100) = 0\n');
  setArguments(0n, Kind.Place, 0n, Kind.None, 0n, Kind.None);
  expectLine("brk", 0x7f12_3456_7000n, "brk(NULL) = 0x7f1234567000\n");
  setArguments(0n, Kind.None, 0n, Kind.None, 0n, Kind.None);
  expectLine("getpid", 2n, "getpid() = 2\n");
  setArguments(9n, Kind.Signed, 0n, Kind.None, 0n, Kind.None);
  expectLine("odd", -200n, "odd(9) = -1 0xc8\n");
}

function names(): void {
  setArguments(3n, Kind.Protection, 0x22n, Kind.MapFlags, 2n, Kind.Signal);
  expectLine("mmap", 0n, "mmap(PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, SIGINT) = 0\n");
  setArguments(0n, Kind.Protection, 0x4000_0002n, Kind.MapFlags, 99n, Kind.Clock);
  expectLine("odd", 0n, "odd(PROT_NONE, MAP_PRIVATE|0x40000000, 0x63) = 0\n");
  setArguments(33n, Kind.Signal, 32n, Kind.Signal, 65n, Kind.Signal);
  expectLine("odd", 0n, "odd(SIGRT_1, SIGRT_0, 0x41) = 0\n");
  setArguments(0x1002n, Kind.ArchCode, 0x5413n, Kind.IoctlRequest, 0o644n, Kind.Octal);
  expectLine("odd", 0n, "odd(ARCH_SET_FS, TIOCGWINSZ, 0644) = 0\n");
  setArguments(0x80n, Kind.FutexOperation, 0n, Kind.SignalHow, 3n, Kind.Resource);
  expectLine("odd", 0n, "odd(FUTEX_WAIT_PRIVATE, SIG_BLOCK, RLIMIT_STACK) = 0\n");
}

function structures(): void {
  const time: Timespec = { tv_sec: 5n, tv_nsec: 7n };
  const limit: Rlimit = { rlim_cur: 8n << 20n, rlim_max: u64.MAX };
  const action: KernelSigaction = { handler: 1n, flags: 0x1400_0000n, restorer: 0n, mask: (1n << 1n) | (1n << 14n) };
  setArguments(
    u64(virtAddr(time)),
    Kind.TimespecIn,
    u64(virtAddr(limit)),
    Kind.RlimitOut,
    u64(virtAddr(action)),
    Kind.SigactionIn,
  );
  expectLine(
    "odd",
    0n,
    "odd({tv_sec=5, tv_nsec=7}, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}, {sa_handler=SIG_IGN, sa_mask=[INT TERM], sa_flags=0x14000000}) = 0\n",
  );
  let set: u64 = ~(1n << 8n);
  setArguments(u64(virtAddr(addressOf(set))), Kind.SigsetIn, 0n, Kind.SigsetOut, 0n, Kind.None);
  expectLine("odd", 0n, "odd(~[KILL], NULL) = 0\n");
  const vector: Iovec = { iov_base: address("xyz"), iov_len: 3n };
  setArguments(1n, Kind.Fd, u64(virtAddr(vector)), Kind.IovecsIn, 1n, Kind.Unsigned);
  expectLine("writev", 3n, 'writev(1, [{iov_base="xyz", iov_len=3}], 1) = 3\n');
}

/** execve(2): argv as it is, of envp only the number. */
function vectorsOfStrings(): void {
  const two: FixedArray<u64, 3> = fixedArray(address("sh"), address("-c"), 0n);
  const none: FixedArray<u64, 1> = zeroed();
  const odd: FixedArray<u64, 2> = fixedArray(8n, 0n);
  const many: FixedArray<u64, 34> = zeroed();
  for (let i: u32 = 0; i < 33; i++) {
    many[i] = address("x");
  }
  setArguments(u64(virtAddr(elements(two))), Kind.Strings, 0n, Kind.StringsCounted, 0n, Kind.None);
  expectLine("odd", 0n, 'odd(["sh", "-c"], NULL) = 0\n');
  setArguments(u64(virtAddr(elements(none))), Kind.Strings, 8n, Kind.StringsCounted, 8n, Kind.Strings);
  expectLine("odd", 0n, "odd([], 0x8, 0x8) = 0\n");
  setArguments(u64(virtAddr(elements(odd))), Kind.Strings, 0n, Kind.None, 0n, Kind.None);
  expectLine("odd", 0n, "odd([0x8]) = 0\n");
  setArguments(u64(virtAddr(elements(many))), Kind.Strings, 0n, Kind.None, 0n, Kind.None);
  textClear(line);
  traceCall(line, "odd", elements(args), elements(kinds), 0n, readOwn);
  const text = textView(line);
  expect(text.slice(text.length - 10, text.length) === '"x", ...])', "cut after 32");
  setArguments(u64(virtAddr(elements(two))), Kind.StringsCounted, 0n, Kind.None, 0n, Kind.None);
  textClear(line);
  traceCall(line, "odd", elements(args), elements(kinds), 0n, readOwn);
  const counted = textView(line);
  expect(counted.slice(counted.length - 14, counted.length) === " /* 2 vars */)", "the number");
}

function longLines(): void {
  textClear(line);
  for (let i: u32 = 0; i < 300; i++) {
    textPut(line, "0123456789");
  }
  const text = textView(line);
  expect(text.length === 1024 && text.slice(1020, 1024) === "...\n", "a line that is too long is cut and still ends");
}

function isOpen(fd: i32): bool {
  return fd >= 0 && fd < 3;
}

function checked(): i64 {
  return checkArguments(elements(args), elements(kinds), isOpen);
}

function checks(): void {
  setArguments(1n, Kind.Fd, 0x40_0000n, Kind.BytesIn, 10n, Kind.Unsigned);
  expectEqual(checked(), 0n);
  args[0] = 3n;
  expectEqual(checked(), -9n);
  args[0] = u64.wrap(-1n);
  expectEqual(checked(), -9n);
  args[0] = 0x1_0000_0001n;
  expectEqual(checked(), 0n);
  args[1] = 8n;
  expectEqual(checked(), 0n);
  args[2] = 0n;
  expectEqual(checked(), 0n);
  args[1] = 0x7dff_ffff_ffffn;
  args[2] = 1n;
  expectEqual(checked(), 0n);
  args[2] = 2n;
  expectEqual(checked(), -14n);
  args[2] = u64.MAX;
  expectEqual(checked(), -14n);
  setArguments(1n, Kind.Clock, 0n, Kind.TimespecOut, 0n, Kind.None);
  expectEqual(checked(), 0n);
  setArguments(1n, Kind.Fd, 0n, Kind.StatOut, 0n, Kind.None);
  expectEqual(checked(), -14n);
}

export function testTraceLine(): void {
  test("trace: strings and buffers", strings);
  test("trace: results", results);
  test("trace: flags and names", names);
  test("trace: structs", structures);
  test("trace: vectors of strings", vectorsOfStrings);
  test("trace: long lines", longLines);
  test("arguments: descriptors and addresses are checked by their kinds", checks);
}
