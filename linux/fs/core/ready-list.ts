/**
 * A list of things that became ready, each in it at most once, first come first served. Pure; tested on the host.
 *
 * The links lie in the things themselves, so becoming ready needs no memory and can happen in an interrupt.
 */

export class ReadyNode {
  next!: Ptr<ReadyNode> | null;
  previous!: Ptr<ReadyNode> | null;
  isQueued!: bool;
}

/** All zero is empty. */
export class ReadyList {
  head!: Ptr<ReadyNode> | null;
  tail!: Ptr<ReadyNode> | null;
  count!: u32;
}

/** Puts a node at the end; false if it is in the list already. */
export function readyAppend(list: ReadyList, node: Ptr<ReadyNode>): bool {
  if (node.isQueued) {
    return false;
  }
  const tail = list.tail;
  node.isQueued = true;
  node.next = null;
  node.previous = tail;
  if (tail === null) {
    list.head = node;
  } else {
    tail.next = node;
  }
  list.tail = node;
  list.count++;
  return true;
}

/** Takes the first node; null if there is none. */
export function readyPop(list: ReadyList): Ptr<ReadyNode> | null {
  const head = list.head;
  if (head !== null) {
    readyRemove(list, head);
  }
  return head;
}

/** Takes a node out, if it is in the list. */
export function readyRemove(list: ReadyList, node: Ptr<ReadyNode>): void {
  if (!node.isQueued) {
    return;
  }
  const next = node.next;
  const previous = node.previous;
  if (next === null) {
    list.tail = previous;
  } else {
    next.previous = previous;
  }
  if (previous === null) {
    list.head = next;
  } else {
    previous.next = next;
  }
  node.isQueued = false;
  list.count--;
}
