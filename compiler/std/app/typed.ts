/**
 * Typed arrays (ECMA-262 23.2): a fixed number of elements in the arena, zero at first; `subarray` and views of one buffer share
 * them. Nothing here changes once it is made: the compiler reads `data` and `length` before a loop and keeps them.
 */
import { allocate } from "./arena.ts";
import { position } from "./list.ts";

const END = 1e300;

@struct()
export class Typed<E> {
  data!: Ptr<E>;
  length!: u32;
  /** It is a view of a SharedArrayBuffer, which Atomics.wait demands. */
  isShared!: bool;
}

@struct()
export class SharedBuffer {
  data!: Ptr<u8>;
  length!: f64;
}

function typedOver<E>(data: Ptr<E>, length: u32, isShared: bool): Typed<E> {
  const array = castPtr<Typed<E>>(allocate<Typed<E>>(1n));
  array.data = data;
  array.length = length;
  array.isShared = isShared;
  return array;
}

export function typedNew<E>(length: f64): Typed<E> {
  return typedOver<E>(allocate<E>(u64(length)), u32(length), false);
}

export function sharedBufferNew(length: f64): SharedBuffer {
  const buffer = castPtr<SharedBuffer>(allocate<SharedBuffer>(1n));
  buffer.data = allocate<u8>(u64(length));
  buffer.length = length;
  return buffer;
}

/** A view (ECMA-262 23.2.5.1.3); a negative `length` stands for the rest of the buffer. */
export function typedView<E>(buffer: SharedBuffer, offset: f64, length: f64): Typed<E> {
  const size: f64 = f64(sizeOf<E>());
  assert(offset >= 0.0 && offset <= buffer.length, "the view begins outside of the buffer");
  const from: u64 = u64(offset);
  const rest: u64 = u64(buffer.length) - from;
  assert(from % u64(sizeOf<E>()) === 0n, "a view begins at a multiple of the size of its elements");
  const isWhole: bool = rest % u64(sizeOf<E>()) === 0n;
  assert(length >= 0.0 || isWhole, "the buffer is no whole number of elements");
  const count: f64 = length >= 0.0 ? length : f64(rest) / size;
  assert(count * size <= f64(rest) && count <= 4294967295.0, "the view is longer than the buffer");
  // SAFETY: the assertions above.
  return typedOver<E>(castPtr<E>(buffer.data.add(from)), u32(count), true);
}

export function typedFill<E>(array: Typed<E>, value: E, start: f64 = 0, end: f64 = END): Typed<E> {
  const to: u32 = position(end, array.length);
  for (let i: u32 = position(start, array.length); i < to; i++) array.data[i] = value;
  return array;
}

export function typedSubarray<E>(array: Typed<E>, start: f64 = 0, end: f64 = END): Typed<E> {
  const from: u32 = position(start, array.length);
  const to: u32 = position(end, array.length);
  return typedOver<E>(array.data.add(from), to > from ? to - from : 0, array.isShared);
}

export function typedSlice<E>(array: Typed<E>, start: f64 = 0, end: f64 = END): Typed<E> {
  const from: u32 = position(start, array.length);
  const to: u32 = position(end, array.length);
  const count: u32 = to > from ? to - from : 0;
  const data = allocate<E>(u64(count));
  // SAFETY: `position` keeps both ends inside the array.
  copyBytes(castPtr<u8>(data), castPtr<u8>(array.data.add(from)), u64(count) * u64(sizeOf<E>()));
  return typedOver<E>(data, count, false);
}

/** Copies all of `source`; the areas may overlap. */
export function typedSet<E>(array: Typed<E>, source: Typed<E>, offset: f64 = 0): void {
  assert(offset > -1.0 && offset <= f64(array.length), "set: the offset lies outside the array");
  const from: u32 = u32(offset);
  assert(source.length <= array.length - from, "set: the source does not fit");
  // SAFETY: the assertions above.
  moveBytes(castPtr<u8>(array.data.add(from)), castPtr<u8>(source.data), u64(source.length) * u64(sizeOf<E>()));
}
