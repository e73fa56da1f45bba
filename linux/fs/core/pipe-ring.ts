/**
 * A pipe's buffer: a ring of slots, each a page with bytes somewhere inside, as Linux's pipes have it. Pure; tested on the host.
 *
 * The slots, not the bytes, are what a pipe can hold: a page from which one byte was read is not free yet, and a write that does not fit
 * behind the last page's bytes begins a new page. So a pipe is full, writable and empty exactly when Linux's is, and a write of at most
 * PIPE_BUF bytes never mixes with others. One drained page is kept for the next write.
 *
 *     head --> [page: ..bytes..] [page: bytes] [page: bytes...] <-- tail        tail - head slots are in use
 */

export const PIPE_PAGE_BYTES = 4096;

export class PipeSlot {
  page!: Ptr<u8> | null;
  offset!: u32;
  bytes!: u32;
  /** A write in packet mode (O_DIRECT): reads take it by itself. */
  isPacket!: bool;
}

export class PipeRing {
  slots!: Ptr<PipeSlot>;
  /** A power of two. */
  slotCount!: u32;
  head!: u32;
  tail!: u32;
  /** All bytes in all slots. */
  bytes!: u64;
  spare!: Ptr<u8> | null;
}

export type PipePageSource = () => Ptr<u8> | null;
export type PipePageSink = (page: Ptr<u8>) => void;

export function ringUsed(ring: PipeRing): u32 {
  return ring.tail - ring.head;
}

export function ringIsEmpty(ring: PipeRing): bool {
  return ring.tail === ring.head;
}

export function ringIsFull(ring: PipeRing): bool {
  return ring.tail - ring.head >= ring.slotCount;
}

/** The slot that is read next; the ring is not empty. */
export function ringFirst(ring: PipeRing): Ptr<PipeSlot> {
  return ring.slots.add(ring.head & (ring.slotCount - 1));
}

/** Where `count` bytes fit behind the bytes of the last slot; null if a new slot is needed. */
export function ringMergePlace(ring: PipeRing, count: u32): Ptr<u8> | null {
  if (ringIsEmpty(ring)) {
    return null;
  }
  const last = ring.slots.add((ring.tail - 1) & (ring.slotCount - 1));
  const end = last.offset + last.bytes;
  const page = last.page;
  return page === null || last.isPacket || end + count > PIPE_PAGE_BYTES ? null : page.add(end);
}

/** `count` bytes were put where ringMergePlace said. */
export function ringMerged(ring: PipeRing, count: u32): void {
  const last = ring.slots.add((ring.tail - 1) & (ring.slotCount - 1));
  last.bytes += count;
  ring.bytes += u64(count);
}

/** A page for the next slot, which stays the ring's; null if there is no memory. */
export function ringPage(ring: PipeRing, source: PipePageSource): Ptr<u8> | null {
  const spare = ring.spare;
  if (spare !== null) {
    return spare;
  }
  ring.spare = source();
  return ring.spare;
}

/** The page of ringPage, filled with `count` bytes from its beginning, becomes a slot. The ring is not full. */
export function ringPush(ring: PipeRing, count: u32, isPacket: bool): void {
  assert(!ringIsFull(ring), "the ring has a free slot");
  ring.slots[ring.tail & (ring.slotCount - 1)] = { page: ring.spare, offset: 0, bytes: count, isPacket };
  ring.spare = null;
  ring.tail++;
  ring.bytes += u64(count);
}

/** `count` bytes of the first slot were read; an empty slot is given up, and a packet as a whole. */
export function ringConsume(ring: PipeRing, count: u32, sink: PipePageSink): void {
  const slot = ringFirst(ring);
  assert(count <= slot.bytes, "no more is consumed than is there");
  const taken = slot.isPacket ? slot.bytes : count;
  slot.offset += taken;
  slot.bytes -= taken;
  ring.bytes -= u64(taken);
  if (slot.bytes === 0) {
    const page = slot.page!;
    slot.page = null;
    ring.head++;
    if (ring.spare === null) {
      ring.spare = page;
    } else {
      sink(page);
    }
  }
}

/** Moves the slots in use to another array of `slotCount` slots, which is at least as many; the old array is the caller's again. */
export function ringResize(ring: PipeRing, slots: Ptr<PipeSlot>, slotCount: u32): Ptr<PipeSlot> {
  const used = ringUsed(ring);
  assert(used <= slotCount, "what is in use fits");
  for (let index: u32 = 0; index < used; index++) {
    copy(slots[index], ring.slots[(ring.head + index) & (ring.slotCount - 1)]);
  }
  const before = ring.slots;
  ring.slots = slots;
  ring.slotCount = slotCount;
  ring.head = 0;
  ring.tail = used;
  return before;
}

/** Gives all pages back; the slots are the caller's. */
export function ringClear(ring: PipeRing, sink: PipePageSink): void {
  while (!ringIsEmpty(ring)) {
    const page = ringFirst(ring).page;
    if (page !== null) {
      sink(page);
    }
    ring.head++;
  }
  const spare = ring.spare;
  if (spare !== null) {
    sink(spare);
  }
  ring.spare = null;
  ring.bytes = 0n;
}
