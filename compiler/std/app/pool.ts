/**
 * The threads behind parallelFor: one for each processor but the first, which is the caller's own; made at the first loop.
 *
 * A loop is cut into parts, some for each thread, so that the same thread meets the same data in loop after loop; who is done with
 * its own takes parts of the others. What is left of a thread's parts is one word, its cursor: the number of the loop and the next
 * part. A part is taken by compare-and-swap of that word, so whoever wakes late finds another number there and leaves: nobody waits
 * for a thread that took nothing, even if the system does not let it run.
 *
 * Between loops the threads spin for some microseconds, then sleep in the kernel. The fields of the loop are written only while
 * every cursor is closed, those of threads that the new loop does without included: a thread that read the fields while a new loop
 * was prepared fails at its compare-and-swap.
 *
 * The caller works like the others and sleeps only when nothing is left to take. A loop inside of a loop, and one that a second
 * thread begins meanwhile, runs in its thread alone.
 */
import { EVERYBODY, futexWait, futexWake, type Lock, lockAcquire, lockRelease, lockTry, spinHint } from "./lock.ts";
import { parseInteger } from "./numbers.ts";
import { processEnv } from "./start.ts";
import { hardwareConcurrency, startInArea } from "./threads.ts";

const MAX_THREADS = 1024;
/** Parts for each thread: enough to even out what takes longer, few enough to cost nothing. */
const PARTS_PER_THREAD: u64 = 8n;
/** `pause` takes 10 to 140 cycles, so this is some 10 to 60 microseconds: what sleeping and waking up costs. */
const SPINS: u32 = 1500;
const CLOSED: u64 = 0xffff_ffffn;
const MAX_WHOLE = 2 ** 53;

type Run = (data: u64, from: i64, to: i64) => void;

/** On cache lines of its own: its thread takes from here alone, most of the time. */
@struct(64, { align: 64 })
class Share {
  /** The loop's number in the upper, the next part in the lower half. */
  cursor!: Atomic<u64>;
  padding!: FixedArray<u64, 7>;
}

/** One loop. */
@struct(64, { align: 64 })
class Loop {
  run!: Atomic<u64>;
  data!: Atomic<u64>;
  start!: Atomic<u64>;
  count!: Atomic<u64>;
  parts!: Atomic<u64>;
  threads!: Atomic<u64>;
  padding!: FixedArray<u64, 2>;
}

const shares: FixedArray<Share, typeof MAX_THREADS> = zeroed();
const loop: Loop = zeroed();
/** Held by the thread whose loop runs. */
const owner: Lock = zeroed();
/** The number of the loop that runs or ran last. */
const current: Atomic<u32> = zeroed();
const sleepers: Atomic<u32> = zeroed();
/** Parts that are not done. */
const remaining: Atomic<u32> = zeroed();
const isCallerAsleep: Atomic<u32> = zeroed();

/** Guarded by `owner`: threads that share a loop, 0 until it is known; threads that exist; cursors that the last loop opened. */
let threads: u32 = 0;
let started: u32 = 1;
let opened: u32 = 0;
const spins: Atomic<u32> = zeroed();

/** @threadlocal */
let isInLoop: bool = false;

// --- Taking parts ---------------------------------------------------------------------------------------------------------------

function runPart(part: u64): void {
  const count: u64 = loop.count.load(Order.Relaxed);
  const parts: u64 = loop.parts.load(Order.Relaxed);
  const each: u64 = count / parts;
  const longer: u64 = count % parts;
  const from: u64 = part * each + (part < longer ? part : longer);
  const to: u64 = from + each + (part < longer ? 1n : 0n);
  const start: u64 = loop.start.load(Order.Relaxed);
  // SAFETY: `begin` stored the address of a function of this type; a part that is not done keeps its loop alive.
  functionAt<Run>(loop.run.load(Order.Relaxed))(
    loop.data.load(Order.Relaxed),
    i64.wrap(start + from),
    i64.wrap(start + to),
  );
}

/** Takes and runs one part of the thread `victim`; false if it has none left in the loop `tag`. */
function takePart(tag: u32, victim: u64): bool {
  const share = addressOf(shares[u32(victim)]);
  for (;;) {
    const cursor: u64 = share.cursor.load(Order.Acquire);
    if (u32(cursor >> 32n) !== tag) return false;
    const part: u64 = cursor & CLOSED;
    const end: u64 = ((victim + 1n) * loop.parts.load(Order.Relaxed)) / loop.threads.load(Order.Relaxed);
    if (part >= end) return false;
    if (!share.cursor.compareExchange(cursor, cursor + 1n, Order.AcqRel)) continue;
    runPart(part);
    return true;
  }
}

function partsAreDone(count: u32): void {
  if (remaining.fetchSub(count) !== count) return;
  if (isCallerAsleep.load() !== 0) void futexWake(u64(virtAddr(addressOf(remaining))), 1n);
}

/** Its own parts first, then those of the threads behind it. A thread that the loop does without takes none. */
function takeParts(tag: u32, self: u32): void {
  const count: u64 = loop.threads.load(Order.Relaxed);
  if (u64(self) >= count) return;
  for (let k: u64 = 0n; k < count; k++) {
    const other: u64 = u64(self) + k;
    const victim: u64 = other < count ? other : other - count;
    if (victim >= u64(MAX_THREADS)) return;
    let done: u32 = 0;
    while (takePart(tag, victim)) done++;
    if (done > 0) partsAreDone(done);
  }
}

// --- The other threads ----------------------------------------------------------------------------------------------------------

/** Waits for a loop other than `seen`; its number. */
function nextLoop(seen: u32): u32 {
  const limit: u32 = spins.load(Order.Relaxed);
  for (let i: u32 = 0; i < limit; i++) {
    const now: u32 = current.load(Order.Acquire);
    if (now !== seen) return now;
    spinHint();
  }
  void sleepers.fetchAdd(1);
  while (current.load() === seen) void futexWait(u64(virtAddr(addressOf(current))), seen);
  void sleepers.fetchSub(1);
  return current.load(Order.Acquire);
}

function worker(index: u64): void {
  isInLoop = true;
  let seen: u32 = 0;
  for (;;) {
    seen = nextLoop(seen);
    takeParts(seen, u32(index));
  }
}

// --- The caller -----------------------------------------------------------------------------------------------------------------

function startThreads(): void {
  if (threads === 0) {
    const wanted: f64 = parseInteger(processEnv("BTS_THREADS") ?? "", 10.0);
    setCount(wanted >= 1.0 ? wanted : hardwareConcurrency());
  }
  while (started < threads) {
    startInArea(worker, u64(started));
    started++;
  }
}

function setCount(wanted: f64): void {
  threads = wanted < f64(MAX_THREADS) ? u32(wanted) : MAX_THREADS;
  // With fewer processors than threads, one that spins keeps another from working.
  spins.store(f64(threads) <= hardwareConcurrency() ? SPINS : 0, Order.Relaxed);
}

/** How many threads share the loops from now on. */
export function setParallelism(count: f64): void {
  assert(count >= 1.0 && count <= f64(MAX_THREADS), "the number of threads lies between 1 and 1024");
  assert(!isInLoop, "the number of threads cannot change inside of a parallel loop");
  lockAcquire(owner);
  setCount(count);
  lockRelease(owner);
}

/** The next number; 0 stands for no loop. */
function newTag(): u32 {
  const next: u32 = current.load(Order.Relaxed) + 1;
  return next === 0 ? 1 : next;
}

/** All that the last loop opened: with fields of the next loop, one of them would seem to have parts left. */
function closeCursors(tag: u32): void {
  const count: u32 = opened > threads ? opened : threads;
  for (let i: u32 = 0; i < count; i++) shares[i].cursor.store((u64(tag) << 32n) | CLOSED, Order.Relaxed);
  opened = threads;
}

function begin(run: Run, data: u64, start: i64, count: u64): u32 {
  const tag: u32 = newTag();
  const all: u64 = u64(threads);
  const most: u64 = all * PARTS_PER_THREAD;
  const parts: u64 = count < most ? count : most;
  closeCursors(tag);
  fence(Order.SeqCst);
  loop.run.store(u64(functionAddress(run)), Order.Relaxed);
  loop.data.store(data, Order.Relaxed);
  loop.start.store(u64.wrap(start), Order.Relaxed);
  loop.count.store(count, Order.Relaxed);
  loop.parts.store(parts, Order.Relaxed);
  loop.threads.store(all, Order.Relaxed);
  remaining.store(u32(parts), Order.Relaxed);
  for (let i: u32 = 0; i < threads; i++) {
    shares[i].cursor.store((u64(tag) << 32n) | ((u64(i) * parts) / all), Order.Release);
  }
  current.store(tag);
  if (sleepers.load() > 0) void futexWake(u64(virtAddr(addressOf(current))), EVERYBODY);
  return tag;
}

function finish(): void {
  const limit: u32 = spins.load(Order.Relaxed);
  for (let i: u32 = 0; i < limit; i++) {
    if (remaining.load(Order.Acquire) === 0) return;
    spinHint();
  }
  isCallerAsleep.store(1);
  for (;;) {
    const left: u32 = remaining.load();
    if (left === 0) break;
    void futexWait(u64(virtAddr(addressOf(remaining))), left);
  }
  isCallerAsleep.store(0);
}

function isWhole(n: f64): bool {
  return n >= -MAX_WHOLE && n <= MAX_WHOLE && f64(i64(n)) === n;
}

/** Calls `run` for ranges that make up [start, end) together, in several threads; returns when all of them have returned. */
export function parallelRun(run: Run, data: u64, start: f64, end: f64): void {
  assert(isWhole(start) && isWhole(end), "a parallel loop goes from a whole number to a whole number");
  if (start >= end) return;
  if (isInLoop || !lockTry(owner)) {
    run(data, i64(start), i64(end));
    return;
  }
  startThreads();
  isInLoop = true;
  if (threads === 1) run(data, i64(start), i64(end));
  else {
    takeParts(begin(run, data, i64(start), u64(end - start)), 0);
    finish();
  }
  isInLoop = false;
  lockRelease(owner);
}

/** What the calls of a loop's body share; the compiler makes a function for its type that calls `body`. */
@struct()
export class LoopData<T> {
  body!: u64;
  data!: T;
}
