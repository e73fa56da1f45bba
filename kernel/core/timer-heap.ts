/**
 * Timers by deadline: a pairing heap whose links lie in the timers. Pure; tested on the host.
 *
 * Arming and cancelling need no memory, so neither can fail and there is no limit on timers. Insert O(1), remove O(log n)
 * amortised. Alternatives considered: a binary heap in an array (a limit), a timer wheel (its ticks; this kernel has none).
 *
 *     root -> child -> sibling -> sibling     `previous` is the elder sibling, or the parent of the eldest
 */

export class TimerNode {
  deadlineNs!: u64;
  child!: Ptr<TimerNode> | null;
  sibling!: Ptr<TimerNode> | null;
  previous!: Ptr<TimerNode> | null;
  armed!: bool;
}

/** All zero is an empty heap. */
export class TimerHeap {
  root!: Ptr<TimerNode> | null;
  count!: u64;
}

/** Adds a node that is in no heap; `deadlineNs` is set. Equal deadlines are served in any order. */
export function timerHeapInsert(heap: TimerHeap, node: Ptr<TimerNode>): void {
  assert(!node.armed, "a timer is armed once");
  node.child = null;
  node.sibling = null;
  node.previous = null;
  node.armed = true;
  heap.root = meld(heap.root, node);
  heap.count++;
}

/** The node with the earliest deadline; null if there is none. */
export function timerHeapFirst(heap: TimerHeap): Ptr<TimerNode> | null {
  return heap.root;
}

/** Takes an armed node out. */
export function timerHeapRemove(heap: TimerHeap, node: Ptr<TimerNode>): void {
  assert(node.armed, "the timer is armed");
  const previous = node.previous;
  const orphans = pairUp(node.child);
  if (previous === null) {
    heap.root = orphans;
  } else {
    const sibling = node.sibling;
    const parentOfEldest = previous.child !== null && virtAddr(previous.child) === virtAddr(node);
    if (parentOfEldest) {
      previous.child = sibling;
    } else {
      previous.sibling = sibling;
    }
    if (sibling !== null) {
      sibling.previous = previous;
    }
    heap.root = meld(heap.root, orphans);
  }
  node.child = null;
  node.sibling = null;
  node.previous = null;
  node.armed = false;
  heap.count--;
}

/** One heap of two roots without siblings. */
function meld(a: Ptr<TimerNode> | null, b: Ptr<TimerNode> | null): Ptr<TimerNode> | null {
  if (a === null) {
    return b;
  }
  if (b === null) {
    return a;
  }
  return a.deadlineNs <= b.deadlineNs ? adopt(a, b) : adopt(b, a);
}

function adopt(parent: Ptr<TimerNode>, child: Ptr<TimerNode>): Ptr<TimerNode> {
  const eldest = parent.child;
  child.sibling = eldest;
  child.previous = parent;
  if (eldest !== null) {
    eldest.previous = child;
  }
  parent.child = child;
  return parent;
}

/** Melds a list of siblings: in pairs from the left, then the pairs from the right. No recursion: lists may be long. */
function pairUp(first: Ptr<TimerNode> | null): Ptr<TimerNode> | null {
  let pairs: Ptr<TimerNode> | null = null;
  let next = first;
  while (next !== null) {
    const a = next;
    const b = a.sibling;
    next = b === null ? null : b.sibling;
    detach(a);
    if (b !== null) {
      detach(b);
    }
    const pair = meld(a, b)!;
    pair.sibling = pairs;
    pairs = pair;
  }
  let root: Ptr<TimerNode> | null = null;
  while (pairs !== null) {
    const pair = pairs;
    pairs = pair.sibling;
    detach(pair);
    root = meld(root, pair);
  }
  return root;
}

function detach(node: Ptr<TimerNode>): void {
  node.sibling = null;
  node.previous = null;
}

/** Panics unless every parent is due before its children and links agree; for tests. */
export function timerHeapCheck(heap: TimerHeap): void {
  const root = heap.root;
  let count: u64 = 0n;
  let node = root;
  // Walks in preorder by the links themselves: down, right, or back up to the next right.
  while (node !== null) {
    count++;
    assert(node.armed, "queued timers are armed");
    const child = node.child;
    if (child !== null) {
      assert(child.previous !== null && virtAddr(child.previous) === virtAddr(node), "the eldest points to its parent");
      checkSiblings(node);
      node = child;
    } else {
      node = nextInPreorder(node);
    }
  }
  assert(count === heap.count, "count counts the timers");
}

function checkSiblings(parent: Ptr<TimerNode>): void {
  let node = parent.child;
  while (node !== null) {
    assert(parent.deadlineNs <= node.deadlineNs, "a parent is due first");
    const sibling = node.sibling;
    assert(sibling === null || virtAddr(sibling.previous) === virtAddr(node), "siblings point back");
    node = sibling;
  }
}

function nextInPreorder(from: Ptr<TimerNode>): Ptr<TimerNode> | null {
  let node = from;
  for (;;) {
    const sibling = node.sibling;
    if (sibling !== null) {
      return sibling;
    }
    // To the eldest sibling, then to the parent.
    let up = node.previous;
    while (up !== null && (up.child === null || virtAddr(up.child) !== virtAddr(node))) {
      node = up;
      up = node.previous;
    }
    if (up === null) {
      return null;
    }
    node = up;
  }
}
