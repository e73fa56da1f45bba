/**
 * epoll: many descriptors watched at once, at a cost that grows with those that are ready.
 *
 * Each watched file has an item whose waiters stand in the file's wait queues. A wake-up there puts the item on the ready list and wakes
 * one thread that waits. What is on the list may be ready: it is asked again before it is told of, and, unless it is watched for edges
 * or once, stays on the list for the next call.
 *
 *     mutex      items, and whoever tells of them; taken before those of instances that this one watches
 *     lock       the ready list only, since wake-ups come from interrupts too; never held while anything else is called
 *     treeMutex  which instance watches which, and the end of instances and of watched descriptions
 */

import { EEXIST, ELOOP, ENOENT, ENOMEM } from "../../abi/errno.ts";
import {
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  EPOLLWAKEUP,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLRDNORM,
  type Stat,
} from "../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import {
  type Waiter,
  type WaitQueue,
  waitEnd,
  waitJoin,
  waitWakeAll,
  waitWakeOne,
} from "../../kernel/sync/wait-queue.ts";
import { anonymousObjectStatus, anonymousSeek } from "./anonymous.ts";
import { type ReadyList, readyAppend, readyPop, readyRemove } from "./core/ready-list.ts";
import {
  type EpollItem,
  type ItemTable,
  type ItemWaiter,
  itemAny,
  itemFind,
  itemInsert,
  itemRemove,
} from "./epoll-item.ts";
import { type File, type FileOperations, fileCreate, fileObject, filesSetForgetWatchers } from "./file.ts";
import { filePoll } from "./poll-set.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";

/** Instances that watch instances, as on Linux. */
const MOST_NESTING = 5;
/** Bits of an item's events that say how to tell of them. */
const MANNERS = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
const ALWAYS = POLLERR | POLLHUP;
const READABLE = POLLIN | POLLRDNORM;

export class Epoll {
  mutex!: Mutex;
  items!: ItemTable;
  lock!: SpinLock;
  ready!: ReadyList;
  /** Threads in epoll_wait. */
  sleepers!: WaitQueue;
  /** Whoever polls the instance itself. */
  pollers!: WaitQueue;
}

const treeMutex: Mutex = zeroed();
/** Guards the lists of items that begin in File.watchers. */
const watchersLock: SpinLock = zeroed();

/** A description of a new instance; null: no memory. */
export function epollCreate(): Ptr<File> | null {
  const memory = heapAllocZeroed(u64(sizeOf<Epoll>()));
  if (memory === null) {
    return null;
  }
  filesSetForgetWatchers(forgetWatchers);
  const file = fileCreate(EPOLL_OPERATIONS, virtAddr(memory), O_RDWR);
  if (file === null) {
    heapFree(memory);
  }
  return file;
}

export function fileIsEpoll(file: File): bool {
  return virtAddr(file.operations) === virtAddr(EPOLL_OPERATIONS);
}

// --- Becoming ready ----------------------------------------------------------------------------------------------------------

/** Puts the item on the ready list and wakes a thread; whether there was one. */
function makeReady(item: Ptr<EpollItem>): bool {
  const epoll = item.epoll;
  {
    using _guard = lockAcquire(epoll.lock);
    void readyAppend(epoll.ready, addressOf(item.ready));
  }
  const woke = waitWakeOne(epoll.sleepers);
  waitWakeAll(epoll.pollers, READABLE);
  return woke;
}

/** Called by a wake-up in a queue of the watched file, with that queue's lock held. */
function itemNotified(waiter: Ptr<Waiter>, _events: u32): bool {
  // SAFETY: `waiter` is the first field of ItemWaiter.
  const item = castPtr<ItemWaiter>(waiter).item!;
  // An item that told once is silent until it is modified.
  return (item.events & ~MANNERS) === 0 ? false : makeReady(item);
}

/** PollAddHook: the item enters a queue instead of the current thread. */
function enterQueue(table: Ptr<PollTable>, queue: Ptr<WaitQueue>): void {
  // SAFETY: watch put its item there.
  const item = pointerAt<EpollItem>(table.hookArgument);
  assert(item.waiterCount < item.waiters.length, "a file has at most two queues");
  const place = item.waiters[item.waiterCount];
  item.waiterCount++;
  place.item = item;
  place.queue = queue;
  place.waiter.notify = itemNotified;
  place.waiter.isExclusive = (item.events & EPOLLEXCLUSIVE) !== 0;
  place.waiter.events = item.events | ALWAYS;
  waitJoin(queue, place.waiter);
}

// --- Adding, changing, removing ----------------------------------------------------------------------------------------------

/** EPOLL_CTL_ADD: 0, -EEXIST, -ENOMEM, -ELOOP. */
export function epollAdd(self: Ptr<File>, fd: i32, file: Ptr<File>, events: u32, data: u64): i64 {
  if (fileIsEpoll(file)) {
    using _tree = mutexAcquire(treeMutex);
    return watches(file, self, 0) || depthOf(file, 0) + 1 > MOST_NESTING
      ? i64(-ELOOP)
      : addItem(self, fd, file, events, data);
  }
  return addItem(self, fd, file, events, data);
}

function addItem(self: Ptr<File>, fd: i32, file: Ptr<File>, events: u32, data: u64): i64 {
  const epoll = fileObject<Epoll>(self);
  using _guard = mutexAcquire(epoll.mutex);
  if (itemFind(epoll.items, fd, file) !== null) {
    return i64(-EEXIST);
  }
  const memory = heapAllocZeroed(u64(sizeOf<EpollItem>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size.
  const item = castPtr<EpollItem>(memory);
  item.epoll = epoll;
  item.file = file;
  item.fd = fd;
  item.events = events | ALWAYS;
  item.data = data;
  if (!itemInsert(epoll.items, item)) {
    heapFree(memory);
    return i64(-ENOMEM);
  }
  watch(item);
  return 0n;
}

function watch(item: Ptr<EpollItem>): void {
  {
    using _watchers = lockAcquire(watchersLock);
    item.nextWatcher = firstWatcher(item.file);
    item.file.watchers = virtAddr(item);
  }
  const table: PollTable = zeroed();
  table.hook = enterQueue;
  table.hookArgument = virtAddr(item);
  const ready = filePoll(item.file, addressOf(table));
  if ((ready & item.events) !== 0) {
    void makeReady(item);
  }
}

function firstWatcher(file: File): Ptr<EpollItem> | null {
  // SAFETY: only this file stores there.
  return file.watchers === 0n ? null : pointerAt<EpollItem>(file.watchers);
}

/** EPOLL_CTL_MOD: 0 or -ENOENT. */
export function epollModify(self: Ptr<File>, fd: i32, file: Ptr<File>, events: u32, data: u64): i64 {
  const epoll = fileObject<Epoll>(self);
  using _guard = mutexAcquire(epoll.mutex);
  const item = itemFind(epoll.items, fd, file);
  if (item === null) {
    return i64(-ENOENT);
  }
  item.events = events | ALWAYS;
  item.data = data;
  for (let index: u32 = 0; index < item.waiterCount; index++) {
    item.waiters[index].waiter.events = item.events;
  }
  // What happens from here on is seen by itemNotified, what happened before by the question.
  fence(Order.SeqCst);
  if ((filePoll(file, null) & item.events) !== 0) {
    void makeReady(item);
  }
  return 0n;
}

/** EPOLL_CTL_DEL: 0 or -ENOENT. */
export function epollDelete(self: Ptr<File>, fd: i32, file: Ptr<File>): i64 {
  const epoll = fileObject<Epoll>(self);
  using _guard = mutexAcquire(epoll.mutex);
  const item = itemFind(epoll.items, fd, file);
  if (item === null) {
    return i64(-ENOENT);
  }
  drop(epoll, item);
  return 0n;
}

/** Takes an item out of everything it is in. The caller holds the instance's mutex. */
function drop(epoll: Ptr<Epoll>, item: Ptr<EpollItem>): void {
  for (let index: u32 = 0; index < item.waiterCount; index++) {
    // After this no wake-up knows the item: each holds the queue's lock for as long as it uses it.
    waitEnd(item.waiters[index].queue!, item.waiters[index].waiter);
  }
  {
    using _ready = lockAcquire(epoll.lock);
    readyRemove(epoll.ready, addressOf(item.ready));
  }
  unlinkWatcher(item);
  itemRemove(epoll.items, item);
  heapFree(castPtr<u8>(item));
}

function unlinkWatcher(item: Ptr<EpollItem>): void {
  using _guard = lockAcquire(watchersLock);
  let at0 = firstWatcher(item.file);
  if (at0 !== null && virtAddr(at0) === virtAddr(item)) {
    item.file.watchers = item.nextWatcher === null ? 0n : virtAddr(item.nextWatcher);
    return;
  }
  while (at0 !== null) {
    const next = at0.nextWatcher;
    if (next !== null && virtAddr(next) === virtAddr(item)) {
      at0.nextWatcher = item.nextWatcher;
      return;
    }
    at0 = next;
  }
}

/** FileRelease: the last reference of a watched description is gone. */
function forgetWatchers(file: File): void {
  using _tree = mutexAcquire(treeMutex);
  let epoll = epollOfFirstWatcher(file);
  while (epoll !== null) {
    using _guard = mutexAcquire(epoll.mutex);
    // The item may have been removed before the mutex was ours.
    const item = watcherOf(file, epoll);
    if (item !== null) {
      drop(epoll, item);
    }
    epoll = epollOfFirstWatcher(file);
  }
}

function epollOfFirstWatcher(file: File): Ptr<Epoll> | null {
  using _guard = lockAcquire(watchersLock);
  const first = firstWatcher(file);
  return first === null ? null : first.epoll;
}

function watcherOf(file: File, epoll: Ptr<Epoll>): Ptr<EpollItem> | null {
  using _guard = lockAcquire(watchersLock);
  let item = firstWatcher(file);
  while (item !== null && virtAddr(item.epoll) !== virtAddr(epoll)) {
    item = item.nextWatcher;
  }
  return item;
}

function epollRelease(file: File): void {
  const epoll = fileObject<Epoll>(file);
  {
    using _tree = mutexAcquire(treeMutex);
    using _guard = mutexAcquire(epoll.mutex);
    let item = itemAny(epoll.items);
    while (item !== null) {
      drop(epoll, item);
      item = itemAny(epoll.items);
    }
  }
  if (epoll.items.buckets !== null) {
    heapFree(castPtr<u8>(epoll.items.buckets));
  }
  heapFree(castPtr<u8>(epoll));
}

// --- Instances that watch instances ------------------------------------------------------------------------------------------

/** Whether `file` is `wanted` or watches it, directly or through others. The caller holds treeMutex. */
function watches(file: Ptr<File>, wanted: Ptr<File>, depth: u32): bool {
  if (virtAddr(file) === virtAddr(wanted)) {
    return true;
  }
  if (!fileIsEpoll(file) || depth > MOST_NESTING) {
    return false;
  }
  const table = fileObject<Epoll>(file).items;
  for (let index: u32 = 0; index < table.bucketCount; index++) {
    let item = table.buckets![index].first;
    while (item !== null) {
      if (fileIsEpoll(item.file) && watches(item.file, wanted, depth + 1)) {
        return true;
      }
      item = item.nextInBucket;
    }
  }
  return false;
}

/** How many instances are watched one through the other, this one included. The caller holds treeMutex. */
function depthOf(file: Ptr<File>, depth: u32): u32 {
  if (!fileIsEpoll(file) || depth > MOST_NESTING) {
    return 0;
  }
  let deepest: u32 = 0;
  const table = fileObject<Epoll>(file).items;
  for (let index: u32 = 0; index < table.bucketCount; index++) {
    let item = table.buckets![index].first;
    while (item !== null) {
      const below = depthOf(item.file, depth + 1);
      deepest = below > deepest ? below : deepest;
      item = item.nextInBucket;
    }
  }
  return deepest + 1;
}

/** Whether an item on the ready list is ready indeed; those that are not leave the list. */
function epollPoll(file: File, table: Ptr<PollTable> | null): u32 {
  const epoll = fileObject<Epoll>(file);
  pollAdd(table, epoll.pollers);
  using _guard = mutexAcquire(epoll.mutex);
  let item = popReady(epoll);
  while (item !== null) {
    if ((filePoll(item.file, null) & item.events & ~MANNERS) !== 0) {
      putBack(epoll, item);
      return READABLE;
    }
    item = popReady(epoll);
  }
  return 0;
}

/** The first item of the ready list, taken out. */
export function popReady(epoll: Ptr<Epoll>): Ptr<EpollItem> | null {
  using _guard = lockAcquire(epoll.lock);
  const node = readyPop(epoll.ready);
  // SAFETY: `ready` is the first field of EpollItem.
  return node === null ? null : castPtr<EpollItem>(node);
}

/** Puts an item at the end of the ready list again. */
export function putBack(epoll: Ptr<Epoll>, item: Ptr<EpollItem>): void {
  using _guard = lockAcquire(epoll.lock);
  void readyAppend(epoll.ready, addressOf(item.ready));
}

function epollStatus(_file: File, stat: Stat): i64 {
  return anonymousObjectStatus(stat);
}

const EPOLL_OPERATIONS: FileOperations = {
  name: "anon_inode:[eventpoll]",
  read: null,
  write: null,
  poll: epollPoll,
  control: null,
  status: epollStatus,
  list: null,
  seek: anonymousSeek,
  release: epollRelease,
  isPositioned: false,
};
