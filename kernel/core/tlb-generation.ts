/**
 * Who has forgotten which translations: the protocol of TLB shootdown, pure, tested on the host with threads.
 *
 * `current` counts the requests to forget. A CPU that has forgotten all its cached translations after reading `current` as g stores
 * g in its own `seen`; when that is at least the number of a request, the CPU holds nothing that the request was about.
 *
 *     sender      change page tables; n = ++current; forget; for each other CPU: not active, or interrupt it and wait for seen >= n
 *     receiver    g = current; forget; seen = g
 *     idle        active = 0; halt ...; active = 1; if seen < current: as the receiver
 *
 * Why no stale translation survives. All accesses named here are sequentially consistent, so there is one order of them.
 *  - A sender that sees `seen >= n` synchronises with the receiver's store of `seen`. The receiver had read `current` as n or more
 *    before it forgot, hence after the sender's change of the tables: what it has cached since then is the new state.
 *  - A sender that sees `active` as 0 need not wait. Either the CPU stores 1 later in the order, and then reads `current` as n or more and
 *    forgets before it uses a translation of the application; or it had stored 1 earlier, and the sender would have seen 1.
 *  - A CPU that waits for a lock is as good as an idle one, with one exception: processors walk page tables ahead of the program, and may
 *    mark entries as accessed on the way. So a request whose sender frees tables is answered by those that wait, too.
 *  - A CPU that is not started yet is not active; tlbJoin forgets whatever it had cached before.
 *  - Everything that a receiver did with an old translation comes before its store of `seen`, hence before the sender reuses the frame.
 *
 * Senders wait with interrupts masked, and may be requested themselves: they serve while they wait, and so does every loop that
 * waits masked (kernel/sync), which is why two CPUs cannot wait for each other. Only the owner writes its `seen`, which never falls.
 *
 * Considered: naming pages in the request. A receiver pays one entry into ring 0 either way, and the common requests are many pages.
 */

export const TLB_MAX_CPUS = 64;

/** Not started, or halted. */
const IDLE = 0;
const ACTIVE = 1;
/** In a loop that waits for a lock. */
const WAITING = 2;

/** What one CPU tells the others; a cache line of its own, since it is written at every switch to and from idle. */
@struct(64, { align: 64 })
export class CpuTranslations {
  seen!: Atomic<u64>;
  /** IDLE, ACTIVE or WAITING; only an active CPU uses translations that can be taken away. */
  active!: Atomic<u32>;
  reserved!: u32;
  padding!: FixedArray<u64, 6>;
}

/** All zero: no CPU is active. */
export class Translations {
  current!: Atomic<u64>;
  /** CPUs at or above this index have never been active. */
  limit!: Atomic<u32>;
  padding!: FixedArray<u64, 6>;
  cpus!: FixedArray<CpuTranslations, 64>;
}

/** Forgets the cached translations of the CPU that calls it. */
export type TlbForget = () => void;
/** Makes another CPU call tlbServe soon. */
export type TlbSend = (cpu: u32) => void;

/** Answers the requests that CPU `cpu`, the caller's own, has not answered; cheap if there are none. Interrupts are masked. */
export function translationsServe(all: Translations, cpu: u32, forget: TlbForget): void {
  const own = all.cpus[cpu];
  const generation = all.current.load();
  if (own.seen.load(Order.Relaxed) !== generation) {
    forget();
    own.seen.store(generation);
  }
}

/** The CPU takes part from now on. What it has cached so far is forgotten. */
export function translationsJoin(all: Translations, cpu: u32, forget: TlbForget): void {
  assert(cpu < TLB_MAX_CPUS, "the CPU has a place");
  const own = all.cpus[cpu];
  let limit = all.limit.load();
  while (limit <= cpu && !all.limit.compareExchange(limit, cpu + 1)) {
    limit = all.limit.load();
  }
  own.active.store(ACTIVE);
  const generation = all.current.load();
  forget();
  own.seen.store(generation);
}

/** Until translationsLeaveIdle the CPU uses no translation of the application and is not waited for. */
export function translationsEnterIdle(all: Translations, cpu: u32): void {
  all.cpus[cpu].active.store(IDLE);
}

export function translationsLeaveIdle(all: Translations, cpu: u32, forget: TlbForget): void {
  all.cpus[cpu].active.store(ACTIVE);
  translationsServe(all, cpu, forget);
}

/**
 * The CPU, if it is active, waits for a lock from now on, without using translations of the application, until translationsLeaveIdle;
 * it serves meanwhile. False if it was idle: it stays so.
 */
export function translationsEnterWait(all: Translations, cpu: u32): bool {
  const own = all.cpus[cpu];
  if (own.active.load(Order.Relaxed) !== ACTIVE) {
    return false;
  }
  own.active.store(WAITING);
  return true;
}

/** A request, after the page tables were changed; its number is for the two functions below. */
export function translationsRequest(all: Translations): u64 {
  return all.current.fetchAdd(1n) + 1n;
}

/** The CPU itself has forgotten all that request `number` is about, and may say so if it has answered every earlier one. */
export function translationsAnswerOwn(all: Translations, cpu: u32, number: u64): bool {
  const own = all.cpus[cpu];
  if (own.seen.load(Order.Relaxed) !== number - 1n) {
    return false;
  }
  own.seen.store(number);
  return true;
}

/**
 * Interrupts every other CPU that may hold a translation of request `number`, and waits until none does. `pause` serves the requests of
 * others.
 */
export function translationsAwait(
  all: Translations,
  cpu: u32,
  number: u64,
  freesTables: bool,
  send: TlbSend,
  pause: () => void,
): void {
  const limit = all.limit.load();
  for (let other: u32 = 0; other < limit; other++) {
    if (other !== cpu && isBehind(all, other, number, freesTables)) {
      send(other);
    }
  }
  for (let other: u32 = 0; other < limit; other++) {
    while (other !== cpu && isBehind(all, other, number, freesTables)) {
      pause();
    }
  }
}

function isBehind(all: Translations, cpu: u32, number: u64, freesTables: bool): bool {
  const other = all.cpus[cpu];
  const active = other.active.load();
  return (active === ACTIVE || (freesTables && active === WAITING)) && other.seen.load() < number;
}
