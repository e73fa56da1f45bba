/** Typed arrays (ECMA-262 23.2): a fixed number of elements in the arena, zero at first; `subarray` shares them. */
import { allocate } from "./arena.ts";
import { position } from "./list.ts";

const END = 1e300;

@struct()
export class Typed<E> {
  data!: Ptr<E>;
  length!: u32;
}

function typedOver<E>(data: Ptr<E>, length: u32): Typed<E> {
  const array = castPtr<Typed<E>>(allocate<Typed<E>>(1n));
  array.data = data;
  array.length = length;
  return array;
}

export function typedNew<E>(length: f64): Typed<E> {
  return typedOver<E>(allocate<E>(u64(length)), u32(length));
}

export function typedFill<E>(array: Typed<E>, value: E, start: f64 = 0, end: f64 = END): Typed<E> {
  const to: u32 = position(end, array.length);
  for (let i: u32 = position(start, array.length); i < to; i++) array.data[i] = value;
  return array;
}

export function typedSubarray<E>(array: Typed<E>, start: f64 = 0, end: f64 = END): Typed<E> {
  const from: u32 = position(start, array.length);
  const to: u32 = position(end, array.length);
  return typedOver<E>(array.data.add(from), to > from ? to - from : 0);
}

export function typedSlice<E>(array: Typed<E>, start: f64 = 0, end: f64 = END): Typed<E> {
  const from: u32 = position(start, array.length);
  const to: u32 = position(end, array.length);
  const count: u32 = to > from ? to - from : 0;
  const data = allocate<E>(u64(count));
  // SAFETY: `position` keeps both ends inside the array.
  copyBytes(castPtr<u8>(data), castPtr<u8>(array.data.add(from)), u64(count) * u64(sizeOf<E>()));
  return typedOver<E>(data, count);
}

/** Copies all of `source`; the areas may overlap. */
export function typedSet<E>(array: Typed<E>, source: Typed<E>, offset: f64 = 0): void {
  assert(offset > -1.0 && offset <= f64(array.length), "set: the offset lies outside the array");
  const from: u32 = u32(offset);
  assert(source.length <= array.length - from, "set: the source does not fit");
  // SAFETY: the assertions above.
  moveBytes(castPtr<u8>(array.data.add(from)), castPtr<u8>(source.data), u64(source.length) * u64(sizeOf<E>()));
}
