/** The functions of Math that choose, count or guess (ECMA-262 21.3.2); the elementary functions have files of their own. */
import { isNegative } from "./float-parts.ts";
import type { List } from "./list.ts";
import { systemCall } from "./system.ts";

const SYS_getrandom: u32 = 318;

export function mathMax(a: f64, b: f64): f64 {
  if (a !== a || b !== b) return NaN;
  if (a === b) return isNegative(a) ? b : a;
  return a > b ? a : b;
}

export function mathMin(a: f64, b: f64): f64 {
  if (a !== a || b !== b) return NaN;
  if (a === b) return isNegative(a) ? a : b;
  return a < b ? a : b;
}

export function listMax(list: List<f64>): f64 {
  let result: f64 = -Infinity;
  for (let i: u32 = 0; i < list.length; i++) result = mathMax(result, list.data[i]);
  return result;
}

export function listMin(list: List<f64>): f64 {
  let result: f64 = Infinity;
  for (let i: u32 = 0; i < list.length; i++) result = mathMin(result, list.data[i]);
  return result;
}

export function mathSign(x: f64): f64 {
  return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}

export function mathImul(a: f64, b: f64): f64 {
  return f64(i32(a | 0) * i32(b | 0));
}

/** @threadlocal */
let randomLow: u64 = 0n;
/** @threadlocal */
let randomHigh: u64 = 0n;

/** Seeds from the kernel; the fallback only has to differ between runs. */
function seed(): void {
  const words: FixedArray<u64, 2> = zeroed();
  void systemCall(SYS_getrandom, u64(virtAddr(elements(words))), 16n, 0n, 0n, 0n, 0n);
  randomLow = words[0];
  randomHigh = words[1] | 1n;
}

/** xorshift128+ (Vigna 2014), 52 bits a number: what the engines use. */
export function mathRandom(): f64 {
  if (randomHigh === 0n && randomLow === 0n) seed();
  let x: u64 = randomLow;
  const y: u64 = randomHigh;
  randomLow = y;
  x = x ^ (x << 23n);
  x = x ^ (x >> 17n) ^ y ^ (y >> 26n);
  randomHigh = x;
  return f64OfBits(((x + y) >> 12n) | 0x3ff0_0000_0000_0000n) - 1.0;
}
