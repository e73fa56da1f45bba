/**
 * Small blocks of memory: pages of 4 KiB cut into blocks of one size class. Pure but for the page source; tested on the host.
 *
 *     page    0 SlabPage header (64 bytes) | block | block | ...       free blocks are linked through their first 8 bytes
 *
 * A class keeps the pages that have a free block; full pages are on no list, empty ones go back to the source but for one per
 * class. The header is found from a block by rounding its address down. Classes grow by halves, so at most a third is wasted.
 */

export const SLAB_PAGE_BYTES = 4096n;
export const SLAB_HEADER_BYTES = 64n;
export const SLAB_CLASS_COUNT = 14;
/** Block sizes; each is a multiple of 16 and uses a page well. */
export const SLAB_CLASS_BYTES: FixedArray<u16, 14> = fixedArray<u16, 14>(
  16,
  32,
  48,
  64,
  96,
  128,
  192,
  256,
  384,
  512,
  672,
  1008,
  1344,
  2016,
);
export const SLAB_LARGEST = 2016n;
export const SLAB_MAGIC = 0x5359_4c42;
/** Freed blocks are filled with this in checked builds, and so are fresh ones. */
export const SLAB_POISON = 0xdb;

@struct(64)
export class SlabPage {
  magic!: u32;
  sizeClass!: u32;
  used!: u32;
  capacity!: u32;
  /** Address of the first free block; 0n: none. */
  free!: u64;
  next!: Ptr<SlabPage> | null;
  previous!: Ptr<SlabPage> | null;
  reserved!: FixedArray<u64, 3>;
}

export type PageSource = () => Ptr<u8> | null;
export type PageSink = (page: Ptr<u8>) => void;

export class Slab {
  pageAlloc!: PageSource;
  pageFree!: PageSink;
  /** Pages with a free block, by class. */
  partial!: FixedArray<Ptr<SlabPage> | null, 14>;
  pageCount!: u32;
  poison!: bool;
}

/** The class whose blocks hold `bytes` (at most SLAB_LARGEST). */
export function slabClassOf(bytes: u64): u32 {
  let index: u32 = 0;
  while (u64(SLAB_CLASS_BYTES[index]) < bytes) {
    index++;
  }
  return index;
}

/** A block of at least `bytes` bytes (1..SLAB_LARGEST), aligned to 16; null if the source has no page. */
export function slabAlloc(slab: Slab, bytes: u64): Ptr<u8> | null {
  const sizeClass = slabClassOf(bytes);
  let page: Ptr<SlabPage> | null = slab.partial[sizeClass];
  if (page === null) {
    page = newPage(slab, sizeClass);
    if (page === null) {
      return null;
    }
  }
  const block = page.free;
  assert(block !== 0n, "a partial page has a free block");
  // SAFETY: free blocks of the page are linked through their first 8 bytes, which nobody else owns.
  page.free = pointerAt<u64>(block).value;
  page.used++;
  if (page.free === 0n) {
    unlink(slab, page);
  }
  return pointerAt<u8>(block);
}

/** The class of a block that is about to be freed. Reads only what does not change while the block is in use. */
export function slabClassOfBlock(block: Ptr<u8>): u32 {
  const address = u64(virtAddr(block));
  // SAFETY: every block lies behind its page's header.
  const page = pointerAt<SlabPage>(address & ~(SLAB_PAGE_BYTES - 1n));
  assert(page.magic === SLAB_MAGIC, "the block comes from the heap");
  return page.sizeClass;
}

/** Gives back a block of slabAlloc. */
export function slabFree(slab: Slab, block: Ptr<u8>): void {
  const address = u64(virtAddr(block));
  const size = u64(SLAB_CLASS_BYTES[slabClassOfBlock(block)]);
  // SAFETY: as slabClassOfBlock.
  const page = pointerAt<SlabPage>(address & ~(SLAB_PAGE_BYTES - 1n));
  const offset = (address & (SLAB_PAGE_BYTES - 1n)) - SLAB_HEADER_BYTES;
  assert(offset % size === 0n, "the block's start is freed");
  assert(page.used > 0, "a block is freed twice");
  if (slab.poison) {
    fillBytes(block, SLAB_POISON, size);
  }
  const wasFull = page.free === 0n;
  pointerAt<u64>(address).value = page.free;
  page.free = address;
  page.used--;
  if (wasFull) {
    link(slab, page);
  }
  if (page.used === 0 && (page.next !== null || page.previous !== null)) {
    unlink(slab, page);
    page.magic = 0;
    slab.pageCount--;
    slab.pageFree(castPtr<u8>(page));
  }
}

/** Bytes that the block of `block` has. */
export function slabSizeOf(block: Ptr<u8>): u64 {
  const page = pointerAt<SlabPage>(u64(virtAddr(block)) & ~(SLAB_PAGE_BYTES - 1n));
  return u64(SLAB_CLASS_BYTES[page.sizeClass]);
}

function newPage(slab: Slab, sizeClass: u32): Ptr<SlabPage> | null {
  const memory = slab.pageAlloc();
  if (memory === null) {
    return null;
  }
  // SAFETY: the source gives whole pages, aligned to their size.
  const page = castPtr<SlabPage>(memory);
  const size = u64(SLAB_CLASS_BYTES[sizeClass]);
  const base = u64(virtAddr(memory)) + SLAB_HEADER_BYTES;
  const capacity = (SLAB_PAGE_BYTES - SLAB_HEADER_BYTES) / size;
  zero(page);
  page.magic = SLAB_MAGIC;
  page.sizeClass = sizeClass;
  page.capacity = u32(capacity);
  for (let index = capacity; index > 0n; index--) {
    const block = base + (index - 1n) * size;
    if (slab.poison) {
      fillBytes(pointerAt<u8>(block), SLAB_POISON, size);
    }
    pointerAt<u64>(block).value = page.free;
    page.free = block;
  }
  slab.pageCount++;
  link(slab, page);
  return page;
}

function link(slab: Slab, page: Ptr<SlabPage>): void {
  const head = slab.partial[page.sizeClass];
  page.previous = null;
  page.next = head;
  if (head !== null) {
    head.previous = page;
  }
  slab.partial[page.sizeClass] = page;
}

function unlink(slab: Slab, page: Ptr<SlabPage>): void {
  const next = page.next;
  const previous = page.previous;
  if (next !== null) {
    next.previous = previous;
  }
  if (previous !== null) {
    previous.next = next;
  } else {
    slab.partial[page.sizeClass] = next;
  }
  page.next = null;
  page.previous = null;
}
