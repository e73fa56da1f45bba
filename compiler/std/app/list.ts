/**
 * Arrays (ECMA-262 23.1) without holes: elements in one block that doubles when it is full; the old block is left behind.
 *
 * The functions are the methods of arrays by name (`list` + `Push`). Positions are numbers, as in the language.
 */
import { allocate } from "./arena.ts";

/** The largest length of an array in JavaScript. */
const MAX_LENGTH: u64 = 0xffff_ffffn;
const FIRST_CAPACITY: u64 = 8n;
/** A position behind every element. */
const END = 1e300;

@struct()
export class List<T> {
  data!: Ptr<T>;
  length!: u32;
  capacity!: u32;
}

@struct()
export class Optional<T> {
  present!: bool;
  value!: T;
}

export function listNew<T>(capacity: f64): List<T> {
  const list = castPtr<List<T>>(allocate<List<T>>(1n));
  const count: u64 = u64(capacity);
  list.data = allocate<T>(count);
  list.capacity = u32(count);
  return list;
}

function emptyList<T>(): List<T> {
  return listNew<T>(0.0);
}

function reserve<T>(list: List<T>, count: u64): void {
  if (count <= u64(list.capacity)) return;
  assert(count <= MAX_LENGTH, "the array is too long");
  let capacity: u64 = u64(list.capacity) * 2n;
  if (capacity < FIRST_CAPACITY) capacity = FIRST_CAPACITY;
  if (capacity < count) capacity = count;
  if (capacity > MAX_LENGTH) capacity = MAX_LENGTH;
  const data = allocate<T>(capacity);
  // SAFETY: both blocks hold `length` elements at least.
  copyBytes(castPtr<u8>(data), castPtr<u8>(list.data), u64(list.length) * u64(sizeOf<T>()));
  list.data = data;
  list.capacity = u32(capacity);
}

export function listPush<T>(list: List<T>, value: T): f64 {
  if (list.length === list.capacity) reserve<T>(list, u64(list.length) + 1n);
  list.data[list.length] = value;
  list.length++;
  return f64(list.length);
}

/** Makes room for one element behind the end; the caller stores it. */
export function listSlot<T>(list: List<T>): void {
  if (list.length === list.capacity) reserve<T>(list, u64(list.length) + 1n);
  list.length++;
}

export function listAppend<T>(list: List<T>, other: T[]): void {
  const from = castList<T>(other);
  const count: u32 = from.length;
  reserve<T>(list, u64(list.length) + u64(count));
  for (let i: u32 = 0; i < count; i++) list.data[list.length + i] = from.data[i];
  list.length = list.length + count;
}

function castList<T>(list: T[]): List<T> {
  return listOf<T>(list);
}

export function listSetLength<T>(list: List<T>, length: f64): void {
  assert(length >= 0.0 && length <= f64(list.length), "an array can only be made shorter");
  list.length = u32(length);
}

export function listPop<T>(list: List<T>): T | undefined {
  if (list.length === 0) return undefined;
  list.length--;
  return list.data[list.length];
}

export function listShift<T>(list: List<T>): T | undefined {
  if (list.length === 0) return undefined;
  const first = list.data[0];
  for (let i: u32 = 1; i < list.length; i++) list.data[i - 1] = list.data[i];
  list.length--;
  return first;
}

export function listUnshift<T>(list: List<T>, value: T): f64 {
  reserve<T>(list, u64(list.length) + 1n);
  for (let i: u32 = list.length; i > 0; i--) list.data[i] = list.data[i - 1];
  list.data[0] = value;
  list.length++;
  return f64(list.length);
}

/** A relative position (ECMA-262: negative counts from the end), clamped to the array. */
export function position(relative: f64, length: u32): u32 {
  // NaN is 0 here, as ToIntegerOrInfinity has it.
  if (!(relative < 0.0)) return relative > f64(length) ? length : relative >= 0.0 ? u32(relative) : 0;
  // Truncation towards zero: -0.5 is position 0.
  if (relative > -1.0) return 0;
  return -relative >= f64(length) ? 0 : length - u32(-relative);
}

function copyRange<T>(list: List<T>, from: u32, to: u32): List<T> {
  const count: u32 = to > from ? to - from : 0;
  const result = listNew<T>(f64(count));
  for (let i: u32 = 0; i < count; i++) result.data[i] = list.data[from + i];
  result.length = count;
  return result;
}

export function listAt<T>(list: List<T>, index: f64): T | undefined {
  let i: f64 = index === index ? index : 0.0;
  if (i > -1.0 && i < 0.0) i = 0.0;
  if (i < 0.0) i = f64(list.length) - f64(u32(-i));
  if (i < 0.0 || i >= f64(list.length)) return undefined;
  return list.data[u32(i)];
}

export function listConcat<T>(list: List<T>, other: T[]): T[] {
  const result = copyRange<T>(list, 0, list.length);
  listAppend<T>(result, other);
  return arrayOf<T>(result);
}

export function listSlice<T>(list: List<T>, start: f64 = 0, end: f64 = END): T[] {
  return arrayOf<T>(copyRange<T>(list, position(start, list.length), position(end, list.length)));
}

export function listSplice<T>(list: List<T>, start: f64, deleteCount: f64): T[] {
  const from: u32 = position(start, list.length);
  const rest: u32 = list.length - from;
  const count: u32 = deleteCount >= f64(rest) ? rest : deleteCount > 0.0 ? u32(deleteCount) : 0;
  const removed = copyRange<T>(list, from, from + count);
  for (let i: u32 = from; i + count < list.length; i++) list.data[i] = list.data[i + count];
  list.length = list.length - count;
  return arrayOf<T>(removed);
}

export function listFill<T>(list: List<T>, value: T, start: f64 = 0, end: f64 = END): T[] {
  const to: u32 = position(end, list.length);
  for (let i: u32 = position(start, list.length); i < to; i++) list.data[i] = value;
  return arrayOf<T>(list);
}

export function listReverse<T>(list: List<T>): T[] {
  for (let i: u32 = 0; i < list.length / 2; i++) {
    const j: u32 = list.length - 1 - i;
    const value = list.data[i];
    list.data[i] = list.data[j];
    list.data[j] = value;
  }
  return arrayOf<T>(list);
}

export function listIncludes<T>(list: List<T>, value: T): bool {
  for (let i: u32 = 0; i < list.length; i++) if (sameKey(list.data[i], value)) return true;
  return false;
}

export function listIndexOf<T>(list: List<T>, value: T): f64 {
  for (let i: u32 = 0; i < list.length; i++) if (list.data[i] === value) return f64(i);
  return -1.0;
}

export function listLastIndexOf<T>(list: List<T>, value: T): f64 {
  for (let i: u32 = list.length; i > 0; i--) if (list.data[i - 1] === value) return f64(i - 1);
  return -1.0;
}

// The number of elements is read before the first call and elements are read when their turn comes, as ECMA-262 says; an array
// that a callback makes shorter ends the iteration early (there, the missing elements are skipped).

export function listForEach<T>(list: List<T>, action: (value: T, index: f64) => void): void {
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) action(list.data[i], f64(i));
}

export function listEvery<T>(list: List<T>, test: (value: T, index: f64) => bool): bool {
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) if (!test(list.data[i], f64(i))) return false;
  return true;
}

export function listSome<T>(list: List<T>, test: (value: T, index: f64) => bool): bool {
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) if (test(list.data[i], f64(i))) return true;
  return false;
}

export function listFilter<T>(list: List<T>, test: (value: T, index: f64) => bool): T[] {
  const result = emptyList<T>();
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) {
    const value = list.data[i];
    if (test(value, f64(i))) void listPush<T>(result, value);
  }
  return arrayOf<T>(result);
}

export function listFind<T>(list: List<T>, test: (value: T, index: f64) => bool): T | undefined {
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) {
    const value = list.data[i];
    if (test(value, f64(i))) return value;
  }
  return undefined;
}

export function listFindIndex<T>(list: List<T>, test: (value: T, index: f64) => bool): f64 {
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) if (test(list.data[i], f64(i))) return f64(i);
  return -1.0;
}

export function listMap<T, U>(list: List<T>, f: (value: T, index: f64) => U): U[] {
  const count: u32 = list.length;
  const result = listNew<U>(f64(count));
  for (let i: u32 = 0; i < count && i < list.length; i++) void listPush<U>(result, f(list.data[i], f64(i)));
  return arrayOf<U>(result);
}

export function listReduce<T, U>(list: List<T>, f: (accumulator: U, value: T, index: f64) => U, initial: U): U {
  let accumulator = initial;
  const count: u32 = list.length;
  for (let i: u32 = 0; i < count && i < list.length; i++) accumulator = f(accumulator, list.data[i], f64(i));
  return accumulator;
}

export function listJoin<T>(list: List<T>, separator: string = ","): string {
  if (list.length === 0) return "";
  const pieces = listNew<string>(f64(list.length) * 2.0 - 1.0);
  for (let i: u32 = 0; i < list.length; i++) {
    if (i > 0) void listPush<string>(pieces, separator);
    void listPush<string>(pieces, toText(list.data[i]));
  }
  return textJoin(pieces.data, pieces.length);
}

/** Stable merge sort, bottom up: runs of doubling length are merged from one block into the other. */
export function listSort<T>(list: List<T>, compare: (a: T, b: T) => f64): T[] {
  const count: u32 = list.length;
  let from = copyRange<T>(list, 0, count).data;
  let to = allocate<T>(u64(count));
  for (let width: u64 = 1n; width < u64(count); width = width * 2n) {
    for (let start: u64 = 0n; start < u64(count); start = start + width * 2n) {
      mergeRuns<T>(from, to, start, width, u64(count), compare);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  // SAFETY: the list has at least as many elements as before unless the comparison took some away.
  const kept: u32 = list.length < count ? list.length : count;
  copyBytes(castPtr<u8>(list.data), castPtr<u8>(from), u64(kept) * u64(sizeOf<T>()));
  return arrayOf<T>(list);
}

function mergeRuns<T>(
  from: Ptr<T>,
  to: Ptr<T>,
  start: u64,
  width: u64,
  count: u64,
  compare: (a: T, b: T) => f64,
): void {
  const middle: u64 = start + width < count ? start + width : count;
  const end: u64 = middle + width < count ? middle + width : count;
  let left: u64 = start;
  let right: u64 = middle;
  for (let i: u64 = start; i < end; i++) {
    const takeLeft: bool = left < middle && (right >= end || !(compare(at(from, left), at(from, right)) > 0.0));
    setAt(to, i, at(from, takeLeft ? left : right));
    if (takeLeft) left++;
    else right++;
  }
}

import { textJoin } from "./text.ts";
