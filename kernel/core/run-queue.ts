/**
 * Ready threads of one CPU: a FIFO per priority and a bitmap of the priorities that have any. Pure; tested on the host.
 *
 * The node is the first field of whatever is queued, so no memory is needed to queue anything. Everything is O(1).
 */

export const PRIORITY_COUNT = 32;

export class RunNode {
  next!: Ptr<RunNode> | null;
  previous!: Ptr<RunNode> | null;
  priority!: u32;
  queued!: bool;
}

export class RunList {
  head!: Ptr<RunNode> | null;
  tail!: Ptr<RunNode> | null;
}

/** All zero is an empty queue. */
export class RunQueue {
  /** Bit p: list p is not empty. */
  ready!: u32;
  count!: u32;
  lists!: FixedArray<RunList, 32>;
}

/** Appends a node that is in no queue to the list of its priority. */
export function runQueuePush(queue: RunQueue, node: Ptr<RunNode>): void {
  assert(!node.queued, "a thread is queued once");
  assert(node.priority < PRIORITY_COUNT, "priority in range");
  const list = queue.lists[node.priority];
  const tail = list.tail;
  node.next = null;
  node.previous = tail;
  if (tail === null) {
    list.head = node;
  } else {
    tail.next = node;
  }
  list.tail = node;
  node.queued = true;
  queue.ready |= u32(1) << node.priority;
  queue.count++;
}

/** Takes the first node of the highest priority that has one; null if the queue is empty. */
export function runQueuePop(queue: RunQueue): Ptr<RunNode> | null {
  if (queue.ready === 0) {
    return null;
  }
  const node = queue.lists[runQueueHighest(queue)].head;
  if (node !== null) {
    runQueueRemove(queue, node);
  }
  return node;
}

/** Takes a queued node out. */
export function runQueueRemove(queue: RunQueue, node: Ptr<RunNode>): void {
  assert(node.queued, "the thread is queued");
  const list = queue.lists[node.priority];
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
  if (list.head === null) {
    queue.ready &= ~(u32(1) << node.priority);
  }
  node.next = null;
  node.previous = null;
  node.queued = false;
  queue.count--;
}

/** At most so many nodes of a list are looked at by runQueueFindLast. */
const MOST_LOOKED_AT = 16;

/** The last node of the highest priority that `accepts` wants, among the last few of each list; null if there is none. */
export function runQueueFindLast(
  queue: RunQueue,
  accepts: (node: Ptr<RunNode>, argument: u64) => bool,
  argument: u64,
): Ptr<RunNode> | null {
  let left = queue.ready;
  while (left !== 0) {
    const priority: u32 = 31 - countLeadingZeros(left);
    left &= ~(u32(1) << priority);
    let node: Ptr<RunNode> | null = queue.lists[priority].tail;
    for (let looked: u32 = 0; node !== null && looked < MOST_LOOKED_AT; looked++) {
      if (accepts(node, argument)) {
        return node;
      }
      node = node.previous;
    }
  }
  return null;
}

/** The highest priority with a ready thread; the queue is not empty. */
export function runQueueHighest(queue: RunQueue): u32 {
  assert(queue.ready !== 0, "the queue is not empty");
  return 31 - countLeadingZeros(queue.ready);
}
