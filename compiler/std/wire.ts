/**
 * Little-endian messages in memory that nobody trusts: a cursor that reads and one that writes, both bounded.
 *
 * A cursor that would pass its end marks itself as failed, gives zeros and stays where it is, so a caller reads all the fields of a message
 * and asks once whether they were there. Strings are views of the message.
 */

export class Wire {
  bytes!: Slice<u8>;
  position!: u64;
  hasFailed!: bool;
}

export function wireBegin(wire: Wire, bytes: Slice<u8>): void {
  wire.bytes = bytes;
  wire.position = 0n;
  wire.hasFailed = false;
}

/** Bytes between the cursor and the end. */
export function wireLeft(wire: Wire): u64 {
  return wire.bytes.length - wire.position;
}

/** The place of `count` bytes, which the cursor passes; null after marking the failure. */
function take(wire: Wire, count: u64): Ptr<u8> | null {
  if (wire.hasFailed || count > wireLeft(wire)) {
    wire.hasFailed = true;
    return null;
  }
  const place = wire.bytes.data.add(wire.position);
  wire.position += count;
  return place;
}

function getInteger(wire: Wire, count: u64): u64 {
  const place = take(wire, count);
  if (place === null) return 0n;
  let value: u64 = 0n;
  for (let i: u64 = 0n; i < count; i += 1n) value |= u64(at(place, i)) << (8n * i);
  return value;
}

function putInteger(wire: Wire, value: u64, count: u64): void {
  const place = take(wire, count);
  if (place === null) return;
  for (let i: u64 = 0n; i < count; i += 1n) setAt(place, i, u8.wrap(value >> (8n * i)));
}

export function wireGet8(wire: Wire): u8 {
  return u8(getInteger(wire, 1n));
}

export function wireGet16(wire: Wire): u16 {
  return u16(getInteger(wire, 2n));
}

export function wireGet32(wire: Wire): u32 {
  return u32(getInteger(wire, 4n));
}

export function wireGet64(wire: Wire): u64 {
  return getInteger(wire, 8n);
}

/** `count` bytes of the message, or an empty view. */
export function wireGetBytes(wire: Wire, count: u64): Slice<u8> {
  const place = take(wire, count);
  return place === null ? sliceOf(wire.bytes.data, 0n) : sliceOf(place, count);
}

/** A u16 length and as many bytes: a view of the message, or "". */
export function wireGetString(wire: Wire): string {
  const bytes = wireGetBytes(wire, u64(wireGet16(wire)));
  return stringOf(bytes.data, bytes.length);
}

export function wirePut8(wire: Wire, value: u8): void {
  putInteger(wire, u64(value), 1n);
}

export function wirePut16(wire: Wire, value: u16): void {
  putInteger(wire, u64(value), 2n);
}

export function wirePut32(wire: Wire, value: u32): void {
  putInteger(wire, u64(value), 4n);
}

export function wirePut64(wire: Wire, value: u64): void {
  putInteger(wire, value, 8n);
}

export function wirePutBytes(wire: Wire, bytes: Slice<u8>): void {
  const place = take(wire, bytes.length);
  if (place !== null) copyBytes(place, bytes.data, bytes.length);
}

/** A u16 length and the bytes; longer than 65535 fails. */
export function wirePutString(wire: Wire, text: string): void {
  if (text.length > u32(u16.MAX)) {
    wire.hasFailed = true;
    return;
  }
  wirePut16(wire, u16(text.length));
  wirePutBytes(wire, bytesOf(text));
}
