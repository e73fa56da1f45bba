/**
 * Whether the proxy's streams could be read or written, and being told when they can.
 *
 * One notice for each direction of each stream: an Await that the proxy answers when something has come. What it says is known until a read
 * or write may have used it up; then nothing is known, and a new notice is asked for only if somebody waits. So a thread in poll(2), an epoll
 * instance and a blocked reader wait in one queue, and a wait costs nothing while nothing happens.
 *
 *     nothing known  --ask-->  asked  --answer-->  known  --forget-->  nothing known
 */

import { CHANNEL_STREAM_COUNT, FrameKind } from "../../abi/channel.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../../abi/linux-files.ts";
import { threadBlock } from "../../kernel/sched/scheduler.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { engineIsDone, engineRelease } from "./engine.ts";
import { channelPort, PortKind } from "./port.ts";
import { requestAcquire, requestFinish, requestProgress, requestSend } from "./request.ts";
import type { Slot } from "./slots.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

export class Readiness {
  lock!: SpinLock;
  /** Whoever waits: threads and epoll's items. */
  queue!: WaitQueue;
  /** The notice under way. */
  slot!: Ptr<Slot> | null;
  /** Somebody is about to ask for one. */
  isAsking!: bool;
  /** Events that hold, as poll(2) names them; 0: nothing known. */
  known!: u32;
  stream!: u16;
  events!: u32;
}

const readiness: FixedArray<Readiness, 6> = zeroed();
/** How many notices are under way: an interrupt without any looks no further. */
const noticeCount: Atomic<u32> = zeroed();

export function readinessInit(): void {
  for (let stream: u32 = 0; stream < CHANNEL_STREAM_COUNT; stream++) {
    for (let direction: u32 = 0; direction < 2; direction++) {
      const entry = readiness[stream * 2 + direction];
      entry.stream = u16(stream);
      entry.events = direction === 0 ? READABLE : WRITABLE;
    }
  }
}

/** Of reading from the stream, or of writing to it. */
export function readinessOf(stream: u16, isOutput: bool): Ptr<Readiness> {
  return addressOf(readiness[u32(stream) * 2 + (isOutput ? 1 : 0)]);
}

/**
 * The events that hold now, after asking the proxy if nothing is known. If somebody waits, which is the caller by `isWaiting` or a waiter in
 * the queue, a notice is under way when this answers 0.
 */
export function readinessNow(entry: Ptr<Readiness>, isWaiting: bool): u32 {
  if (channelPort.kind === PortKind.None) return entry.events;
  takeNotice(entry);
  if (entry.known !== 0 || isAsked(entry)) return entry.known;
  if (isWaiting || entry.queue.head !== null) {
    ask(entry);
    if (entry.known !== 0) return entry.known;
  }
  return askNow(entry);
}

function askNow(entry: Ptr<Readiness>): u32 {
  const slot = requestAcquire(FrameKind.Poll, entry.stream, i32(entry.events));
  return eventsOf(entry, requestFinish(slot, bytesOf("")));
}

/** As readinessNow of a caller that waits, without asking the proxy more than the notice. */
export function readinessWait(entry: Ptr<Readiness>): u32 {
  if (channelPort.kind === PortKind.None) return entry.events;
  takeNotice(entry);
  if (entry.known === 0 && !isAsked(entry)) ask(entry);
  return entry.known;
}

/** Blocks until reading or writing is worth another try, whatever was known before. */
export function readinessBlock(entry: Ptr<Readiness>): void {
  readinessForget(entry);
  const waiter: Waiter = zeroed();
  waitBegin(entry.queue, waiter);
  while (readinessWait(entry) === 0) threadBlock();
  waitEnd(entry.queue, waiter);
}

/** A read or a write has used up what was known. */
export function readinessForget(entry: Ptr<Readiness>): void {
  if (channelPort.kind === PortKind.None) return;
  takeNotice(entry);
  using _guard = lockAcquire(entry.lock);
  entry.known = 0;
}

/** For those that are told of changes only (epoll's edges): asks for a notice if somebody stands in the queue. */
export function readinessRearm(entry: Ptr<Readiness>): void {
  if (channelPort.kind !== PortKind.None && entry.queue.head !== null) void readinessWait(entry);
}

/** Takes in the notices that have been answered. Called after every progress of the channel, also in interrupt context. */
export function readinessTakeNotices(): void {
  if (noticeCount.load() === 0) return;
  for (let index: u32 = 0; index < readiness.length; index++) takeNotice(addressOf(readiness[index]));
}

function isAsked(entry: Ptr<Readiness>): bool {
  using _guard = lockAcquire(entry.lock);
  return entry.slot !== null || entry.isAsking;
}

function takeNotice(entry: Ptr<Readiness>): void {
  let events: u32 = 0;
  {
    using _guard = lockAcquire(entry.lock);
    const slot = entry.slot;
    if (slot === null || !engineIsDone(slot)) return;
    entry.slot = null;
    events = eventsOf(entry, engineRelease(slot));
    entry.known = events;
    void noticeCount.fetchSub(1);
  }
  waitWakeAll(entry.queue, events);
  requestProgress();
}

/** An error is something to be found by reading or writing. */
function eventsOf(entry: Ptr<Readiness>, answer: i64): u32 {
  return answer < 0n ? entry.events | POLLERR | POLLHUP : u32(answer);
}

function ask(entry: Ptr<Readiness>): void {
  {
    using _guard = lockAcquire(entry.lock);
    if (entry.slot !== null || entry.isAsking || entry.known !== 0) return;
    entry.isAsking = true;
  }
  const slot = requestAcquire(FrameKind.Await, entry.stream, i32(entry.events));
  {
    // Before it is sent: the answer may come at once.
    using _guard = lockAcquire(entry.lock);
    entry.slot = addressOf(slot);
    entry.isAsking = false;
    void noticeCount.fetchAdd(1);
  }
  if (requestSend(slot, bytesOf("")) < 0n) abandon(entry, slot);
  takeNotice(entry);
}

/** The channel is broken: every request on it ends with an error, which is for readers and writers to see. */
function abandon(entry: Ptr<Readiness>, slot: Slot): void {
  {
    using _guard = lockAcquire(entry.lock);
    if (entry.slot === null) return;
    entry.slot = null;
    entry.known = eventsOf(entry, -1n);
    void engineRelease(slot);
    void noticeCount.fetchSub(1);
  }
  waitWakeAll(entry.queue);
}
