/**
 * Where memory is touched in order, and how much a fault is given there.
 *
 * Each CPU remembers where it would fault next, for a few streams: loops fill several arrays at once, and the threads of a parallel loop
 * fill parts of one. What is remembered is a hint; memory that was unmapped since makes it wrong, not harmful.
 */

/** Each fault in order gets so many times what the one before got. */
const PORTION_STEP = 4;
/** From this portion on a whole 2 MiB page is given where one fits, and small pages are replaced by one if they are few yet. */
export const LARGE_PORTION = 256;
/** How many arrays a loop, or the threads that take turns on a CPU, are expected to fill at once. */
const STREAMS = 8;

@struct(16)
export class FaultStream {
  /** Where an access in order would fault next. */
  next!: u64;
  /** How many pages the last fault was given. */
  portion!: u32;
  reserved!: u32;
}

/** @percpu */
const streams: FixedArray<FaultStream, 8> = zeroed();
/** @percpu */
let oldestStream: u32 = 0;

/** The stream that goes on at `page` with its next portion, or a new one. */
export function streamOf(page: u64): FaultStream {
  for (let index: u32 = 0; index < STREAMS; index++) {
    const stream = streams[index];
    if (stream.next === page && stream.portion !== 0) {
      if (stream.portion < LARGE_PORTION) {
        stream.portion *= PORTION_STEP;
      }
      return stream;
    }
  }
  oldestStream = (oldestStream + 1) % STREAMS;
  const fresh = streams[oldestStream];
  fresh.portion = 1;
  return fresh;
}

/** The page that an access in order would fault at, and those behind it up to `next`, are there already. */
export function streamsMoveOn(page: u64, next: u64): void {
  for (let index: u32 = 0; index < STREAMS; index++) {
    const stream = streams[index];
    if (stream.next === page) {
      stream.next = next;
    }
  }
}

/** The page before `page` has just been given, and is expected to be touched first: a fault at `page` goes on from there. */
export function expectInOrder(page: u64): void {
  for (let index: u32 = 0; index < STREAMS; index++) {
    if (streams[index].next === page) {
      return;
    }
  }
  oldestStream = (oldestStream + 1) % STREAMS;
  streams[oldestStream].next = page;
  streams[oldestStream].portion = 1;
}
