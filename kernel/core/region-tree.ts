/**
 * The application's regions: disjoint address ranges with a protection, in an AVL tree by address. Pure; tested on the host.
 *
 * Each node knows the span and the largest hole of its subtree, so finding room is O(log n) like everything else. Nodes come from
 * the caller. Alternative considered: a sorted list, as programs with few mappings would allow; Go and the JVM have thousands.
 *
 *     subtree    low ... [region] hole [region] hole [region] ... high        largestHole: between regions of this subtree
 */

export class Region {
  start!: u64;
  /** First address behind the region. */
  end!: u64;
  prot!: u32;
  kind!: u32;
  /** Bits that the tree does not look at: what programs have said about the region. */
  traits!: u32;
  /** What the kind needs: the physical address of `start`, or its offset in what is shown. */
  detail!: u64;
  /** What a region of a file shows, 0n of other regions; and the others that show it (kernel/mm/mapped-object.ts). */
  object!: VirtAddr;
  nextOfObject!: Ptr<Region> | null;
  previousOfObject!: Ptr<Region> | null;

  left!: Ptr<Region> | null;
  right!: Ptr<Region> | null;
  height!: u32;
  low!: u64;
  high!: u64;
  largestHole!: u64;
}

export class RegionTree {
  root!: Ptr<Region> | null;
  count!: u32;
  /** The sizes of all regions together. */
  bytes!: u64;
}

/** An AVL tree of 2^32 nodes is at most this high: the bound of every recursion here. */
export const MAX_TREE_HEIGHT = 48;

/** The region that holds `address`; null if none does. */
export function treeFind(tree: RegionTree, address: u64): Ptr<Region> | null {
  let node = tree.root;
  while (node !== null) {
    if (address < node.start) {
      node = node.left;
    } else if (address >= node.end) {
      node = node.right;
    } else {
      return node;
    }
  }
  return null;
}

/** The lowest region that ends above `address`: the one that holds it or else the next; null if there is none. */
export function treeFirstAbove(tree: RegionTree, address: u64): Ptr<Region> | null {
  let best: Ptr<Region> | null = null;
  let node = tree.root;
  while (node !== null) {
    if (node.end > address) {
      best = node;
      node = node.left;
    } else {
      node = node.right;
    }
  }
  return best;
}

/** The highest region that starts below `address`; null if there is none. */
export function treeLastBelow(tree: RegionTree, address: u64): Ptr<Region> | null {
  let best: Ptr<Region> | null = null;
  let node = tree.root;
  while (node !== null) {
    if (node.start < address) {
      best = node;
      node = node.right;
    } else {
      node = node.left;
    }
  }
  return best;
}

/** Adds a region that overlaps none. */
export function treeInsert(tree: RegionTree, region: Ptr<Region>): void {
  assert(region.start < region.end, "a region is not empty");
  region.left = null;
  region.right = null;
  update(region);
  tree.root = insertBelow(tree.root, region);
  tree.count++;
  tree.bytes += region.end - region.start;
}

/** Takes a region of the tree out of it. */
export function treeRemove(tree: RegionTree, region: Ptr<Region>): void {
  tree.root = removeBelow(tree.root, region);
  tree.count--;
  tree.bytes -= region.end - region.start;
}

/**
 * Changes the bounds of a region of the tree without changing the order: `[start, end)` overlaps no other region.
 */
export function treeResize(tree: RegionTree, region: Ptr<Region>, start: u64, end: u64): void {
  assert(start < end, "a region is not empty");
  const key = region.start;
  tree.bytes += end - start - (region.end - region.start);
  region.start = start;
  region.end = end;
  refresh(tree.root, region, key);
}

/** What treeFindHole looks for. `align` is a power of two. */
export class HoleQuery {
  bytes!: u64;
  align!: u64;
  low!: u64;
  high!: u64;
}

/**
 * The highest address in `[low, high)` at which `bytes` bytes are free at a multiple of `align`; 0n if there is none. Highest
 * first keeps mappings away from the heap, as programs expect of Linux.
 */
export function treeFindHole(tree: RegionTree, query: HoleQuery): u64 {
  if (query.bytes === 0n || query.high < query.low || query.bytes > query.high - query.low) {
    return 0n;
  }
  return holeBelow(tree.root, 0n, u64.MAX, query);
}

/** Searches the free space of `[floor, ceiling)`, in which all regions are those of `node`'s subtree. */
function holeBelow(node: Ptr<Region> | null, floor: u64, ceiling: u64, query: HoleQuery): u64 {
  if (node === null) {
    return placeIn(floor, ceiling, query);
  }
  const largest = larger(node.largestHole, larger(node.low - floor, ceiling - node.high));
  if (largest < query.bytes || ceiling <= query.low || query.high <= floor) {
    return 0n;
  }
  const place = holeBelow(node.right, node.end, ceiling, query);
  return place !== 0n ? place : holeBelow(node.left, floor, node.start, query);
}

function placeIn(floor: u64, ceiling: u64, query: HoleQuery): u64 {
  const low = larger(floor, query.low);
  const high = ceiling < query.high ? ceiling : query.high;
  if (high < low || high - low < query.bytes) {
    return 0n;
  }
  const place = (high - query.bytes) & ~(query.align - 1n);
  return place >= low ? place : 0n;
}

function larger(a: u64, b: u64): u64 {
  return a > b ? a : b;
}

// --- Balance ---------------------------------------------------------------------------------------------------------------

function heightOf(node: Ptr<Region> | null): u32 {
  return node === null ? 0 : node.height;
}

/** Recomputes what a node knows about its subtree from its children. */
function update(node: Ptr<Region>): void {
  const left = node.left;
  const right = node.right;
  const leftHeight = heightOf(left);
  const rightHeight = heightOf(right);
  node.height = 1 + (leftHeight > rightHeight ? leftHeight : rightHeight);
  node.low = node.start;
  node.high = node.end;
  node.largestHole = 0n;
  if (left !== null) {
    node.low = left.low;
    node.largestHole = larger(left.largestHole, node.start - left.high);
  }
  if (right !== null) {
    node.high = right.high;
    node.largestHole = larger(node.largestHole, larger(right.largestHole, right.low - node.end));
  }
}

function rotateRight(node: Ptr<Region>): Ptr<Region> {
  const left = node.left!;
  node.left = left.right;
  left.right = node;
  update(node);
  update(left);
  return left;
}

function rotateLeft(node: Ptr<Region>): Ptr<Region> {
  const right = node.right!;
  node.right = right.left;
  right.left = node;
  update(node);
  update(right);
  return right;
}

/** The root of the subtree after its children's heights may have come to differ by two. */
function balance(node: Ptr<Region>): Ptr<Region> {
  update(node);
  const left = node.left;
  const right = node.right;
  if (left !== null && heightOf(left) > heightOf(right) + 1) {
    if (heightOf(left.left) < heightOf(left.right)) {
      node.left = rotateLeft(left);
    }
    return rotateRight(node);
  }
  if (right !== null && heightOf(right) > heightOf(left) + 1) {
    if (heightOf(right.right) < heightOf(right.left)) {
      node.right = rotateRight(right);
    }
    return rotateLeft(node);
  }
  return node;
}

function insertBelow(node: Ptr<Region> | null, region: Ptr<Region>): Ptr<Region> {
  if (node === null) {
    return region;
  }
  if (region.end <= node.start) {
    node.left = insertBelow(node.left, region);
  } else {
    assert(region.start >= node.end, "regions do not overlap");
    node.right = insertBelow(node.right, region);
  }
  return balance(node);
}

function removeBelow(node: Ptr<Region> | null, region: Ptr<Region>): Ptr<Region> | null {
  if (node === null) {
    panic("the region is not in the tree");
  }
  if (region.start < node.start) {
    node.left = removeBelow(node.left, region);
    return balance(node);
  }
  if (region.start > node.start) {
    node.right = removeBelow(node.right, region);
    return balance(node);
  }
  const left = node.left;
  const right = node.right;
  if (left === null || right === null) {
    return left === null ? right : left;
  }
  // The next higher region takes the node's place.
  const heir = leftmost(right);
  heir.right = withoutLeftmost(right);
  heir.left = left;
  return balance(heir);
}

function leftmost(root: Ptr<Region>): Ptr<Region> {
  let node = root;
  for (;;) {
    const left = node.left;
    if (left === null) {
      return node;
    }
    node = left;
  }
}

function withoutLeftmost(node: Ptr<Region>): Ptr<Region> | null {
  const left = node.left;
  if (left === null) {
    return node.right;
  }
  node.left = withoutLeftmost(left);
  return balance(node);
}

/** Updates the nodes on the way to `region`, found by its old start `key`. */
function refresh(node: Ptr<Region> | null, region: Ptr<Region>, key: u64): void {
  if (node === null) {
    panic("the region is not in the tree");
  }
  if (virtAddr(node) !== virtAddr(region)) {
    refresh(key < node.start ? node.left : node.right, region, key);
  }
  update(node);
}

/** Panics unless order, balance and the stored sums hold; for tests. Returns the number of regions. */
export function treeCheck(tree: RegionTree): u32 {
  const count = checkBelow(tree.root);
  assert(count === tree.count, "count counts the regions");
  return count;
}

function checkBelow(node: Ptr<Region> | null): u32 {
  if (node === null) {
    return 0;
  }
  const left = node.left;
  const right = node.right;
  const count = 1 + checkBelow(left) + checkBelow(right);
  const leftHeight = heightOf(left);
  const rightHeight = heightOf(right);
  assert(leftHeight <= rightHeight + 1 && rightHeight <= leftHeight + 1, "the tree is balanced");
  assert(left === null || left.high <= node.start, "left of a region is lower");
  assert(right === null || right.low >= node.end, "right of a region is higher");
  const low = node.low;
  const high = node.high;
  const hole = node.largestHole;
  const height = node.height;
  update(node);
  assert(low === node.low && high === node.high && hole === node.largestHole && height === node.height, "sums hold");
  return count;
}
