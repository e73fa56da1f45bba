/** Threads of the host for tests of what several CPUs do at once: libc's, because ThreadSanitizer knows no others. */

/** @extern pthread_create */
declare function pthreadCreate(
  thread: Ptr<u64>,
  attributes: Ptr<u8> | null,
  main: (argument: Ptr<u8> | null) => Ptr<u8> | null,
  argument: Ptr<u8> | null,
): i32;
/** @extern pthread_join */
declare function pthreadJoin(thread: u64, result: Ptr<u8> | null): i32;
/** @extern sched_yield */
declare function schedYield(): i32;

export const HOST_THREADS = 4;

const threads: FixedArray<u64, 4> = zeroed();
const indices: FixedArray<u32, 4> = zeroed();
let body: ((index: u32) => void) | null = null;

/** Runs `work` in HOST_THREADS threads, which get the numbers from 0, and waits for all. */
export function runThreads(work: (index: u32) => void): void {
  body = work;
  for (let index: u32 = 0; index < HOST_THREADS; index++) {
    indices[index] = index;
    const argument = castPtr<u8>(addressOf(indices[index]));
    assert(pthreadCreate(addressOf(threads[index]), null, threadMain, argument) === 0, "a thread is made");
  }
  for (let index: u32 = 0; index < HOST_THREADS; index++) {
    assert(pthreadJoin(threads[index], null) === 0, "a thread ends");
  }
}

function threadMain(argument: Ptr<u8> | null): Ptr<u8> | null {
  // SAFETY: runThreads passes the address of a u32.
  body!(castPtr<u32>(argument!).value);
  return null;
}

/** There are more threads than processors: one that waits lets the others run. */
export function hostYield(): void {
  void schedYield();
}
