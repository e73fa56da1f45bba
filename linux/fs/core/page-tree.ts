/**
 * The pages of a file in memory: a radix tree by page number, 512 entries a node, so sparse files cost what they hold. Pure; tested on the
 * host.
 *
 *     height 0    the root is page 0 itself, or nothing
 *     height n    the root is a node; its entries are trees of height n - 1, or nothing (0)
 *
 * Pages are aligned to 4 KiB: the low bits of their entries are marks of the owner's (pageMarks).
 */

export const NODE_ENTRIES = 512;
const NODE_SHIFT = 9n;
const ENTRY_MASK = 511n;
/** Enough for all offsets: 2^63 bytes are 2^51 pages. The bound of every recursion here. */
const MOST_HEIGHT = 6;
const MARKS_MASK = 0xfffn;

export class PageNode {
  entries!: FixedArray<u64, 512>;
}

/** All zero is empty. */
export class PageTree {
  root!: u64;
  height!: u32;
  pages!: u64;
}

/** A zeroed page, or null. Nodes are pages, too. */
export type TreePageSource = () => Ptr<u8> | null;
export type TreePageSink = (page: Ptr<u8>) => void;

function nodeAt(address: u64): Ptr<PageNode> {
  // SAFETY: entries of nodes above height 1 are nodes of this file.
  return pointerAt<PageNode>(address);
}

function reaches(height: u32, index: u64): bool {
  return height >= MOST_HEIGHT || index >> (NODE_SHIFT * u64(height)) === 0n;
}

/** Where the entry of a page is, or null if there is no such page. */
function placeOf(tree: PageTree, index: u64): Ptr<u64> | null {
  if (!reaches(tree.height, index)) {
    return null;
  }
  let place = addressOf(tree.root);
  for (let level = tree.height; level > 0 && place.value !== 0n; level--) {
    const slot = u32((index >> (NODE_SHIFT * u64(level - 1))) & ENTRY_MASK);
    place = addressOf(nodeAt(place.value).entries[slot]);
  }
  return place.value === 0n ? null : place;
}

/** The page of a number, or null. */
export function pageFind(tree: PageTree, index: u64): Ptr<u8> | null {
  const place = placeOf(tree, index);
  return place === null ? null : pointerAt<u8>(place.value & ~MARKS_MASK);
}

/** The marks of a page, 0n at first; 0n if there is no such page. */
export function pageMarks(tree: PageTree, index: u64): u64 {
  const place = placeOf(tree, index);
  return place === null ? 0n : place.value & MARKS_MASK;
}

/** Gives a page that is there other marks, below 4096. */
export function pageSetMarks(tree: PageTree, index: u64, marks: u64): void {
  const place = placeOf(tree, index);
  assert(place !== null && marks <= MARKS_MASK, "a page that is there is marked");
  place.value = (place.value & ~MARKS_MASK) | marks;
}

/** Enters a page where there is none; false if there is no memory for nodes. */
export function pageInsert(tree: PageTree, index: u64, page: Ptr<u8>, source: TreePageSource): bool {
  while (!reaches(tree.height, index)) {
    if (tree.root !== 0n) {
      const node = source();
      if (node === null) {
        return false;
      }
      castPtr<PageNode>(node).entries[0] = tree.root;
      tree.root = u64(virtAddr(node));
    }
    tree.height++;
  }
  let place = addressOf(tree.root);
  for (let level = tree.height; level > 0; level--) {
    if (place.value === 0n) {
      const node = source();
      if (node === null) {
        return false;
      }
      place.value = u64(virtAddr(node));
    }
    const slot = u32((index >> (NODE_SHIFT * u64(level - 1))) & ENTRY_MASK);
    place = addressOf(nodeAt(place.value).entries[slot]);
  }
  assert(place.value === 0n, "a page is entered once");
  place.value = u64(virtAddr(page));
  tree.pages++;
  return true;
}

/** Gives up all pages with numbers in `[first, end)`, and nodes that become empty. */
export function pagesDrop(tree: PageTree, first: u64, end: u64, sink: TreePageSink): void {
  if (tree.root !== 0n && first < end) {
    tree.root = dropIn(tree, tree.root, tree.height, 0n, first, end, sink);
  }
  if (tree.root === 0n) {
    tree.height = 0;
  }
}

/** What is left of a tree of `height` whose first page has the number `base`: its address or 0n. */
function dropIn(tree: PageTree, address: u64, height: u32, base: u64, first: u64, end: u64, sink: TreePageSink): u64 {
  if (height === 0) {
    if (base < first || base >= end) {
      return address;
    }
    tree.pages--;
    sink(pointerAt<u8>(address & ~MARKS_MASK));
    return 0n;
  }
  const node = nodeAt(address);
  const span = 1n << (NODE_SHIFT * u64(height - 1));
  let isEmpty: bool = true;
  for (let slot: u32 = 0; slot < NODE_ENTRIES; slot++) {
    const from = base + u64(slot) * span;
    if (node.entries[slot] !== 0n && from < end && from + span > first) {
      node.entries[slot] = dropIn(tree, node.entries[slot], height - 1, from, first, end, sink);
    }
    isEmpty = isEmpty && node.entries[slot] === 0n;
  }
  if (isEmpty) {
    sink(castPtr<u8>(node));
    return 0n;
  }
  return address;
}

/** The lowest page number of at least `from` that has a page; u64.MAX if there is none. */
export function pageNext(tree: PageTree, from: u64): u64 {
  if (tree.root === 0n || !reaches(tree.height, from)) {
    return u64.MAX;
  }
  return nextIn(tree.root, tree.height, 0n, from);
}

function nextIn(address: u64, height: u32, base: u64, from: u64): u64 {
  if (height === 0) {
    return base >= from ? base : u64.MAX;
  }
  const node = nodeAt(address);
  const span = 1n << (NODE_SHIFT * u64(height - 1));
  const start: u64 = from <= base ? 0n : (from - base) / span;
  for (let slot = u32(start); slot < NODE_ENTRIES; slot++) {
    if (node.entries[slot] !== 0n) {
      const found = nextIn(node.entries[slot], height - 1, base + u64(slot) * span, from);
      if (found !== u64.MAX) {
        return found;
      }
    }
  }
  return u64.MAX;
}
