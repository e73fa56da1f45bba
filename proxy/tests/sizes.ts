/** Sizes and counts as users write them. */

import { expect, test } from "../../compiler/std/testing.ts";
import { type ParsedNumber, parseCount, parseSize } from "../sizes.ts";

const number: ParsedNumber = zeroed();

export function sizeTests(): void {
  test("sizes: plain numbers are bytes", plain);
  test("sizes: suffixes of either case", suffixes);
  test("sizes: hexadecimal", hexadecimal);
  test("sizes: what is none", notSizes);
  test("sizes: more than 64 bits", tooLarge);
  test("counts: digits only", counts);
}

function sizeIs(text: string, value: u64): void {
  parseSize(text, number);
  expect(number.isValid && number.value === value, text);
}

function isNoSize(text: string): void {
  parseSize(text, number);
  expect(!number.isValid, text);
}

function plain(): void {
  sizeIs("0", 0n);
  sizeIs("67108864", 0x400_0000n);
  sizeIs("18446744073709551615", 0xffff_ffff_ffff_ffffn);
}

function suffixes(): void {
  sizeIs("512K", 0x8_0000n);
  sizeIs("512k", 0x8_0000n);
  sizeIs("64M", 0x400_0000n);
  sizeIs("64m", 0x400_0000n);
  sizeIs("2G", 0x8000_0000n);
  sizeIs("1t", 0x100_0000_0000n);
  sizeIs("1P", 0x4_0000_0000_0000n);
  sizeIs("15e", 0xf000_0000_0000_0000n);
  sizeIs("0M", 0n);
}

function hexadecimal(): void {
  sizeIs("0x4000000", 0x400_0000n);
  sizeIs("0XfF", 255n);
  sizeIs("0x40M", 0x400_0000n);
  sizeIs("0x1E", 30n);
  isNoSize("0x");
  isNoSize("0xM");
  isNoSize("x10");
  isNoSize("0x1g0");
}

function notSizes(): void {
  isNoSize("");
  isNoSize("M");
  isNoSize("lots");
  isNoSize("64MM");
  isNoSize("64X");
  isNoSize("64M ");
  isNoSize(" 64M");
  isNoSize("-64M");
  isNoSize("+64M");
  isNoSize("1.5G");
  isNoSize("1_000");
  isNoSize("fM");
}

function tooLarge(): void {
  isNoSize("18446744073709551616");
  isNoSize("99999999999999999999");
  isNoSize("16E");
  isNoSize("18446744073709551615G");
  isNoSize("0x10000000000000000");
}

function counts(): void {
  parseCount("12", number);
  expect(number.isValid && number.value === 12n, "12");
  parseCount("", number);
  expect(!number.isValid, "nothing");
  parseCount("0x2", number);
  expect(!number.isValid, "hexadecimal");
  parseCount("2K", number);
  expect(!number.isValid, "a suffix");
}
