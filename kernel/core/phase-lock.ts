/**
 * A lock with many readers or one writer, for what is read by every CPU all the time: the protocol, pure, tested on the host with threads.
 *
 * Each CPU has a place of its own, a cache line that says whether it reads. A reader stores there and looks at `writing`: nothing that
 * two readers share is written, so they do not slow each other down however many they are. The writer pays: it looks at every place.
 *
 *     reader    place = Inside; writing is 0: in.  Otherwise place = Waiting, until the writer makes it Inside or `writing` is 0 again
 *     writer    writing = 1; wait until no place is Inside; ...; make every Waiting place Inside; writing = 0
 *
 * Reader and writer store first and look afterwards, both sequentially consistent, so at least one of them sees the other. A reader that
 * waits for a writer gets its turn before the next writer does, and a writer waits only for readers that came before it: neither
 * starves. Writers exclude each other by a lock of the caller's.
 *
 * Considered: one counter of readers. Faults of eight CPUs would fight for its cache line, which is what this lock is to avoid.
 */

export const PHASE_MAX_CPUS = 64;

const OUTSIDE = 0;
const INSIDE = 1;
const WAITING = 2;

@struct(64, { align: 64 })
export class ReaderPlace {
  state!: Atomic<u32>;
  /** For the shell: what the CPU's interrupt mask was. */
  wasMasked!: bool;
  padding!: FixedArray<u64, 7>;
}

/** All zero is free. */
export class PhaseLock {
  writing!: Atomic<u32>;
  /** CPUs at or above this index have never read. */
  limit!: Atomic<u32>;
  padding!: FixedArray<u64, 7>;
  places!: FixedArray<ReaderPlace, 64>;
}

/** Called in every round of waiting. */
export type PhasePause = () => void;

/** CPU `cpu`, which cannot be interrupted by another reader until phaseReadLeave, reads from now on. Returns its place. */
export function phaseReadEnter(lock: PhaseLock, cpu: u32, pause: PhasePause): Ptr<ReaderPlace> {
  const place = addressOf(lock.places[cpu]);
  if (cpu >= lock.limit.load(Order.Relaxed)) {
    raiseLimit(lock, cpu + 1);
  }
  place.state.store(INSIDE);
  if (lock.writing.load() !== 0) {
    waitForWriter(lock, place, pause);
  }
  return place;
}

export function phaseReadLeave(place: Ptr<ReaderPlace>): void {
  place.state.store(OUTSIDE, Order.Release);
}

/** @noinline */
function raiseLimit(lock: PhaseLock, wanted: u32): void {
  assert(wanted <= PHASE_MAX_CPUS, "the CPU has a place");
  let limit = lock.limit.load();
  while (limit < wanted && !lock.limit.compareExchange(limit, wanted)) {
    limit = lock.limit.load();
  }
}

/** @noinline */
function waitForWriter(lock: PhaseLock, place: Ptr<ReaderPlace>, pause: PhasePause): void {
  place.state.store(WAITING);
  for (;;) {
    if (lock.writing.load() === 0) {
      // Only one of the two makes it Inside: this, or a writer that is leaving.
      void place.state.compareExchange(WAITING, INSIDE);
      if (lock.writing.load() === 0) {
        return;
      }
      place.state.store(WAITING);
    } else if (place.state.load() === INSIDE) {
      return;
    }
    pause();
  }
}

/** Waits for all readers; the caller holds the lock of the writers and is no reader. */
export function phaseWriteEnter(lock: PhaseLock, pause: PhasePause): void {
  lock.writing.store(1);
  const limit = lock.limit.load();
  for (let cpu: u32 = 0; cpu < limit; cpu++) {
    while (lock.places[cpu].state.load() === INSIDE) {
      pause();
    }
  }
}

export function phaseWriteLeave(lock: PhaseLock): void {
  const limit = lock.limit.load();
  for (let cpu: u32 = 0; cpu < limit; cpu++) {
    if (lock.places[cpu].state.load(Order.Relaxed) === WAITING) {
      void lock.places[cpu].state.compareExchange(WAITING, INSIDE);
    }
  }
  lock.writing.store(0);
}
