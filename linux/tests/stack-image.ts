/** The initial stack, read back as a program's start code reads it. */

import { AT_EXECFN, AT_NULL, AT_PAGESZ, AT_PLATFORM, AT_RANDOM } from "../../abi/linux-auxv.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { areStrings, auxAdd, type StackInput, stackImage, stackImageBytes } from "../core/stack-image.ts";

const TOP = 0x7dff_ffff_f000n;
const memory: FixedArray<u8, 8192> = zeroed();
const random: FixedArray<u8, 16> = fixedArray<u8, 16>(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const input: StackInput = zeroed();
let base: u64 = 0n;

function build(strings: string, argc: u32, envc: u32): u64 {
  zero(input);
  input.strings = bytesOf(strings);
  input.path = "/bin/prog";
  input.random = elements(random);
  input.argc = argc;
  input.envc = envc;
  auxAdd(input, AT_PAGESZ, 4096n);
  const bytes = stackImageBytes(input);
  expect(bytes <= 8192n, "the test's memory is large enough");
  base = TOP - bytes;
  return stackImage(sliceOf(elements(memory), bytes), TOP, input);
}

function word(address: u64): u64 {
  let value: u64 = 0n;
  for (let i: u64 = 0n; i < 8n; i++) {
    value |= u64(at(memory, address - base + i)) << (8n * i);
  }
  return value;
}

function text(address: u64): string {
  let length: u64 = 0n;
  while (at(memory, address - base + length) !== 0) {
    length++;
  }
  return stringOf(elements(memory).add(address - base), length);
}

function auxiliary(start: u64, type: u64): u64 {
  for (let entry: u64 = start; word(entry) !== AT_NULL; entry += 16n) {
    if (word(entry) === type) {
      return word(entry + 8n);
    }
  }
  return 0n;
}

function usual(): void {
  const rsp = build("prog\0one\0\0HOME=/\0A=b\0", 3, 2);
  expect((rsp & 15n) === 0n, "rsp is a multiple of 16");
  expectEqual(i64(word(rsp)), 3n);
  expect(text(word(rsp + 8n)) === "prog", "argv[0]");
  expect(text(word(rsp + 16n)) === "one", "argv[1]");
  expect(text(word(rsp + 24n)) === "", "argv[2] is empty");
  expectEqual(i64(word(rsp + 32n)), 0n);
  expect(text(word(rsp + 40n)) === "HOME=/", "envp[0]");
  expect(text(word(rsp + 48n)) === "A=b", "envp[1]");
  expectEqual(i64(word(rsp + 56n)), 0n);
  const aux = rsp + 64n;
  expectEqual(i64(auxiliary(aux, AT_PAGESZ)), 4096n);
  expect(text(auxiliary(aux, AT_EXECFN)) === "/bin/prog", "AT_EXECFN");
  expect(text(auxiliary(aux, AT_PLATFORM)) === "x86_64", "AT_PLATFORM");
  const bytes = auxiliary(aux, AT_RANDOM) - base;
  expect(at(memory, bytes) === 1 && at(memory, bytes + 15n) === 16, "AT_RANDOM");
  expectEqual(i64(word(TOP - 8n)), 0n);
}

function withoutEnvironment(): void {
  const rsp = build("p\0", 1, 0);
  expectEqual(i64(word(rsp + 16n)), 0n);
  expectEqual(i64(word(rsp + 24n)), 0n);
  expectEqual(i64(auxiliary(rsp + 32n, AT_PAGESZ)), 4096n);
}

function withoutArguments(): void {
  const rsp = build("X=1\0", 0, 1);
  expectEqual(i64(word(rsp)), 0n);
  expectEqual(i64(word(rsp + 8n)), 0n);
  expect(text(word(rsp + 16n)) === "X=1", "envp[0]");
  expect(text(auxiliary(rsp + 32n, AT_EXECFN)) === "/bin/prog", "its path all the same");
}

/** The number of words is odd and even in turn; rsp must be aligned either way. */
function aligned(): void {
  expect((build("a\0b\0", 2, 0) & 15n) === 0n, "two");
  expect((build("a\0b\0c\0", 2, 1) & 15n) === 0n, "three");
  expect((build("a\0b\0c\0d\0", 4, 0) & 15n) === 0n, "four");
}

function countsStrings(): void {
  expect(areStrings(bytesOf("a\0b\0"), 2), "two strings");
  expect(!areStrings(bytesOf("a\0b\0"), 3), "three wanted");
  expect(!areStrings(bytesOf("a\0b"), 1), "the last one is not terminated");
  expect(areStrings(bytesOf(""), 0), "none");
}

export function testStackImage(): void {
  test("stack: arguments, environment, auxiliary vector", usual);
  test("stack: no environment", withoutEnvironment);
  test("stack: no arguments", withoutArguments);
  test("stack: aligned for every count", aligned);
  test("stack: strings are counted and terminated", countsStrings);
}
