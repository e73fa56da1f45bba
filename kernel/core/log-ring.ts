/**
 * The log's memory: whole lines in a ring of bytes, the oldest overwritten first. Pure; tested on the host.
 *
 *     tail                       head          positions count bytes since the start and never wrap (64 bits)
 *      v                          v
 *      [line\n][line\n]...[line\n]             byte p lies at p % size; the size is a power of two
 */

export class LogRing {
  bytes!: Slice<u8>;
  head!: u64;
  /** Start of the oldest whole line. */
  tail!: u64;
}

const NEWLINE = 0x0a;

/** `bytes.length` is a power of two. */
export function logRingInit(ring: LogRing, bytes: Slice<u8>): void {
  assert(bytes.length !== 0n && (bytes.length & (bytes.length - 1n)) === 0n, "a ring has a power of two bytes");
  ring.bytes = bytes;
  ring.head = 0n;
  ring.tail = 0n;
}

/** Appends one line that ends with a newline and has no other. What is longer than half the ring is cut. */
export function logRingAppend(ring: LogRing, line: string): void {
  const size = ring.bytes.length;
  const most = u32(size / 2n);
  const length = line.length > most ? most : line.length;
  makeRoom(ring, u64(length));
  for (let index: u32 = 0; index < length; index++) {
    const byte: u8 = index === length - 1 ? NEWLINE : line.byteAt(index);
    setAt(ring.bytes, (ring.head + u64(index)) & (size - 1n), byte);
  }
  ring.head += u64(length);
}

/**
 * Copies the line at `position` into `buffer` and returns the position behind it; `position` itself if there is none. A position
 * that was overwritten continues with the oldest line. `length` receives the number of bytes, newline included, cut to the buffer.
 */
export function logRingRead(ring: LogRing, position: u64, buffer: Slice<u8>, length: Ptr<u64>): u64 {
  let at0 = position < ring.tail ? ring.tail : position;
  length.value = 0n;
  while (at0 < ring.head) {
    const byte = at(ring.bytes, at0 & (ring.bytes.length - 1n));
    if (length.value < buffer.length) {
      setAt(buffer, length.value, byte);
      length.value = length.value + 1n;
    }
    at0++;
    if (byte === NEWLINE) {
      break;
    }
  }
  return at0;
}

/** Drops the oldest lines until `bytes` more fit. */
function makeRoom(ring: LogRing, bytes: u64): void {
  const size = ring.bytes.length;
  while (ring.head + bytes - ring.tail > size) {
    while (at(ring.bytes, ring.tail & (size - 1n)) !== NEWLINE) {
      ring.tail++;
    }
    ring.tail++;
  }
}
