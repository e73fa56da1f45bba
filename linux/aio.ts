/**
 * Linux's native asynchronous input and output (fs/aio.c of Linux): contexts, submitted requests, and the ring of events that programs may read.
 *
 * A request is done before io_submit returns, as Linux does it with files whose pages it keeps; requests for what may block block there, too.
 * The ring lies in the program's memory: what a program writes there confuses only itself, since the places that count for the kernel are
 * cut to the ring. IOCB_CMD_POLL, whose events come later, is EINVAL.
 *
 *     guarded by contextsLock         the list, and what all contexts ask for together
 *     guarded by a context's lock     its ring
 */

import { EAGAIN, EFAULT, EINVAL, ENOMEM, ERESTARTNOHAND } from "../abi/errno.ts";
import {
  AIO_RING_COMPAT_FEATURES,
  AIO_RING_INCOMPAT_FEATURES,
  AIO_RING_MAGIC,
  type AioRing,
  type IoEvent,
} from "../abi/linux-aio.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionUnmap } from "../kernel/mm/regions.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { type Mutex, mutexAcquire } from "../kernel/sync/mutex.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeAll } from "../kernel/sync/wait-queue.ts";
import { waitIsInterrupted, waitUntil } from "./fs/wait.ts";

/** /proc/sys/fs/aio-max-nr: requests that all contexts may ask for. */
export const AIO_MOST_REQUESTS = 65_536;
/** Linux doubles what is asked for, and refuses what it cannot count as wrong, not as too much. */
const REQUESTS_NEVER = 0x40_0000;

const RING_BYTES = u64(sizeOf<AioRing>());
const EVENT_BYTES = u64(sizeOf<IoEvent>());

export class AioContext {
  next!: Ptr<AioContext> | null;
  references!: Atomic<u32>;
  /** What the program calls it: where its ring is. */
  ringAt!: u64;
  ringBytes!: u64;
  /** What io_setup asked for. */
  requests!: u32;
  /** Places in the ring. */
  places!: u32;
  lock!: Mutex;
  tail!: u32;
  isDestroyed!: bool;
  queue!: WaitQueue;
}

const contextsLock: Mutex = zeroed();
let firstContext: Ptr<AioContext> | null = null;
let requestCount: u32 = 0;

/** Makes a context: its name, or a negative errno. */
export function aioCreate(requests: u32): i64 {
  if (requests === 0 || requests > REQUESTS_NEVER) {
    return i64(-EINVAL);
  }
  if (requests > AIO_MOST_REQUESTS) {
    return i64(-EAGAIN);
  }
  using _guard = mutexAcquire(contextsLock);
  if (requestCount + requests > AIO_MOST_REQUESTS) {
    return i64(-EAGAIN);
  }
  const memory = heapAllocZeroed(u64(sizeOf<AioContext>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of that size.
  const context = castPtr<AioContext>(memory);
  const wanted = RING_BYTES + (u64(requests) + 1n) * EVENT_BYTES;
  context.ringBytes = (wanted + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  context.places = u32((context.ringBytes - RING_BYTES) / EVENT_BYTES);
  context.requests = requests;
  context.references.store(1, Order.Relaxed);
  const made = makeRing(context);
  if (made !== 0n) {
    heapFree(memory);
    return made;
  }
  context.next = firstContext;
  firstContext = context;
  requestCount += requests;
  return i64(context.ringAt);
}

/** Maps the ring and fills its head: 0n or a negative errno. */
function makeRing(context: Ptr<AioContext>): i64 {
  const address = regionMap(VirtAddr(0n), context.ringBytes, Prot.ReadWrite, RegionFlag.None);
  if (address < 0n) {
    return address;
  }
  context.ringAt = u64(address);
  const ring: AioRing = zeroed();
  ring.nr = context.places;
  ring.magic = AIO_RING_MAGIC;
  ring.compat_features = AIO_RING_COMPAT_FEATURES;
  ring.incompat_features = AIO_RING_INCOMPAT_FEATURES;
  ring.header_length = u32(RING_BYTES);
  // SAFETY: plain integers, here and below.
  const written = userWrite(VirtAddr(context.ringAt), castPtr<u8>(ring), RING_BYTES);
  if (written !== 0n) {
    void regionUnmap(VirtAddr(context.ringAt), context.ringBytes);
    return i64(-ENOMEM);
  }
  return 0n;
}

/** The context of a name with a reference for the caller; null: EINVAL. */
export function aioFind(name: u64): Ptr<AioContext> | null {
  using _guard = mutexAcquire(contextsLock);
  let context = firstContext;
  while (context !== null && context.ringAt !== name) {
    context = context.next;
  }
  if (context !== null) {
    void context.references.fetchAdd(1, Order.Relaxed);
  }
  return context;
}

export function aioPut(context: Ptr<AioContext>): void {
  if (context.references.fetchSub(1, Order.AcqRel) === 1) {
    heapFree(castPtr<u8>(context));
  }
}

/** Takes a context out of the list, if it is in it still; who waits for its events is told. */
export function aioDestroy(context: Ptr<AioContext>): i64 {
  if (!unlink(context)) {
    return i64(-EINVAL);
  }
  {
    using _guard = mutexAcquire(context.lock);
    context.isDestroyed = true;
  }
  waitWakeAll(context.queue);
  void regionUnmap(VirtAddr(context.ringAt), context.ringBytes);
  aioPut(context);
  return 0n;
}

function unlink(context: Ptr<AioContext>): bool {
  using _guard = mutexAcquire(contextsLock);
  let before: Ptr<AioContext> | null = null;
  let found = firstContext;
  while (found !== null && virtAddr(found) !== virtAddr(context)) {
    before = found;
    found = found.next;
  }
  if (found === null) {
    return false;
  }
  if (before === null) {
    firstContext = found.next;
  } else {
    before.next = found.next;
  }
  requestCount -= found.requests;
  return true;
}

/** Another program begins: the rings went with the old one's memory. */
export function aioForget(): void {
  let context = firstContext;
  firstContext = null;
  requestCount = 0;
  while (context !== null) {
    const next = context.next;
    aioPut(context);
    context = next;
  }
}

/** Where the program reads next. */
function headOf(context: Ptr<AioContext>): u32 {
  let head: u32 = 0;
  const place = VirtAddr(context.ringAt + u64(offsetOf<AioRing>("head")));
  void userRead(castPtr<u8>(addressOf(head)), place, 4n);
  return head % context.places;
}

function storePlace(context: Ptr<AioContext>, offset: u32, value: u32): i64 {
  let stored = value;
  return userWrite(VirtAddr(context.ringAt + u64(offset)), castPtr<u8>(addressOf(stored)), 4n);
}

function eventAt(context: Ptr<AioContext>, place: u32): VirtAddr {
  return VirtAddr(context.ringAt + RING_BYTES + u64(place) * EVENT_BYTES);
}

function countOf(context: Ptr<AioContext>): u32 {
  return (context.tail + context.places - headOf(context)) % context.places;
}

/** Whether another event has room. */
export function aioHasRoom(context: Ptr<AioContext>): bool {
  using _guard = mutexAcquire(context.lock);
  return !context.isDestroyed && countOf(context) + 1 < context.places;
}

/** A request is done. */
export function aioComplete(context: Ptr<AioContext>, event: IoEvent): void {
  {
    using _guard = mutexAcquire(context.lock);
    if (context.isDestroyed || userWrite(eventAt(context, context.tail), castPtr<u8>(event), EVENT_BYTES) !== 0n) {
      return;
    }
    context.tail = (context.tail + 1) % context.places;
    void storePlace(context, offsetOf<AioRing>("tail"), context.tail);
  }
  waitWakeAll(context.queue);
}

/** Moves up to `most` events to the program's memory: how many, -EFAULT, or -EINVAL if the context is gone. */
function take(context: Ptr<AioContext>, events: u64, most: u64): i64 {
  using _guard = mutexAcquire(context.lock);
  if (context.isDestroyed) {
    return i64(-EINVAL);
  }
  let done: u64 = 0n;
  let head = headOf(context);
  while (done < most && head !== context.tail) {
    const event: IoEvent = zeroed();
    const address = VirtAddr(events + done * EVENT_BYTES);
    if (
      userRead(castPtr<u8>(event), eventAt(context, head), EVENT_BYTES) !== 0n ||
      userWrite(address, castPtr<u8>(event), EVENT_BYTES) !== 0n
    ) {
      return i64(-EFAULT);
    }
    done++;
    head = (head + 1) % context.places;
    if (storePlace(context, offsetOf<AioRing>("head"), head) !== 0n) {
      return i64(-EFAULT);
    }
  }
  return i64(done);
}

/** Up to `most` events, at least `least` unless the time comes: how many, or a negative errno if there are none. */
export function aioTake(context: Ptr<AioContext>, events: u64, least: u64, most: u64, deadlineNs: u64): i64 {
  const waiter: Waiter = zeroed();
  waitBegin(context.queue, waiter);
  let done: u64 = 0n;
  let result = take(context, events, most);
  done += result > 0n ? u64(result) : 0n;
  while (result >= 0n && done < least && waitUntil(deadlineNs)) {
    result = take(context, events + done * EVENT_BYTES, most - done);
    done += result > 0n ? u64(result) : 0n;
  }
  waitEnd(context.queue, waiter);
  if (done > 0n || result < 0n) {
    return done > 0n ? i64(done) : result;
  }
  return least > 0n && waitIsInterrupted() ? i64(-ERESTARTNOHAND) : 0n;
}
