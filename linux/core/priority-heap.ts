/**
 * The messages of a POSIX message queue: the one of the highest priority first, among equals the oldest (mq_receive(3)).
 *
 * A binary heap in an array that is as large as the queue may become, so neither sending nor receiving looks at more than a few messages.
 */

export class PriorityEntry {
  priority!: u32;
  /** The address of what stands here. */
  object!: VirtAddr;
  /** When it came: counts up. */
  order!: u64;
}

export class PriorityHeap {
  entries!: Ptr<PriorityEntry>;
  capacity!: u32;
  count!: u32;
  arrivals!: u64;
}

function isBefore(a: Ptr<PriorityEntry>, b: Ptr<PriorityEntry>): bool {
  return a.priority !== b.priority ? a.priority > b.priority : a.order < b.order;
}

function exchange(a: Ptr<PriorityEntry>, b: Ptr<PriorityEntry>): void {
  const kept: PriorityEntry = zeroed();
  copy(kept, a);
  copy(a, b);
  copy(b, kept);
}

/** There is room. */
export function priorityHeapPut(heap: PriorityHeap, priority: u32, object: VirtAddr): void {
  assert(heap.count < heap.capacity, "a message queue is full");
  let place = heap.count;
  heap.entries[place] = { priority, object, order: heap.arrivals };
  heap.arrivals++;
  heap.count++;
  while (place > 0) {
    const parent = (place - 1) / 2;
    if (!isBefore(heap.entries.add(place), heap.entries.add(parent))) {
      return;
    }
    exchange(heap.entries.add(place), heap.entries.add(parent));
    place = parent;
  }
}

/** Takes the foremost; 0n: there is none. */
export function priorityHeapTake(heap: PriorityHeap): VirtAddr {
  if (heap.count === 0) {
    return 0n;
  }
  const first = heap.entries[0].object;
  heap.count--;
  if (heap.count > 0) {
    copy(heap.entries[0], heap.entries[heap.count]);
    sink(heap);
  }
  return first;
}

/** Moves the first entry down to its place. */
function sink(heap: PriorityHeap): void {
  let place: u32 = 0;
  for (;;) {
    let best = place;
    for (let child = 2 * place + 1; child <= 2 * place + 2 && child < heap.count; child++) {
      if (isBefore(heap.entries.add(child), heap.entries.add(best))) {
        best = child;
      }
    }
    if (best === place) {
      return;
    }
    exchange(heap.entries.add(place), heap.entries.add(best));
    place = best;
  }
}
