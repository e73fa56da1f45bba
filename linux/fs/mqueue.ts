/**
 * POSIX message queues as files (mq_overview(7), ipc/mqueue.c of Linux): names, limits, and descriptions that can be polled.
 *
 * Names are a list of their own, as Linux's are before somebody mounts them. A queue lives as long as it has a name or a description. A
 * message goes to a receiver that waits, of the highest priority first, as long as there is one; what a sender waits with goes into the queue
 * for it as soon as a message leaves.
 *
 *     guarded by `namesLock`           the list, what all queues together may take, owner and mode
 *     guarded by the queue's lock      its messages, who waits, who is to be told
 */

import { EFAULT, EINVAL, EMFILE, ENOMEM, ENOSPC, EOVERFLOW } from "../../abi/errno.ts";
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, S_IFREG, type Stat } from "../../abi/linux-files.ts";
import {
  MQ_HARD_MSG_MAX,
  MQ_HARD_MSGSIZE_MAX,
  MQ_MESSAGE_BYTES,
  MQ_MSG_MAX,
  MQ_MSGSIZE_MAX,
  MQ_PRIO_MAX,
  MQ_PRIORITY_BYTES,
  MQ_QUEUES_MAX,
  type MqAttr,
} from "../../abi/linux-ipc.ts";
import { CAP_DAC_OVERRIDE, CAP_SYS_RESOURCE, RLIMIT_MSGQUEUE } from "../../abi/linux-process.ts";
import { heapAlloc, heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import type { WaitQueue } from "../../kernel/sync/wait-queue.ts";
import { realtimeNs } from "../../kernel/time/clock.ts";
import { isCapable } from "../capabilities.ts";
import { type PriorityEntry, type PriorityHeap, priorityHeapTake } from "../core/priority-heap.ts";
import { PROCESS_ID } from "../identity.ts";
import { limitOf } from "../process.ts";
import type { SleeperList } from "../sleepers.ts";
import { fileGroup, fileUser, isInGroup } from "../users.ts";
import { anonymousNumber } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate, fileObject } from "./file.ts";
import { fileSeekUnsized } from "./io.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { umask } from "./process-files.ts";
import { type Transfer, transferPut } from "./transfer.ts";

/** NAME_MAX */
export const MQ_NAME_BYTES = 255;
/** The device number of a file system that is mounted nowhere. */
const DEVICE = 19n;
/** What fstat says of its size. */
const STATUS_BYTES = 80n;
const NS_PER_SECOND = 1_000_000_000n;

/** How a message that comes to an empty queue is told about. */
export class MqNotice {
  isWanted!: bool;
  /** SIGEV_* */
  how!: u32;
  signal!: i32;
  value!: u64;
  /** Of SIGEV_THREAD, with a reference. */
  socket!: Ptr<File> | null;
  cookie!: Bytes<32>;
}

export class Mqueue {
  lock!: Mutex;
  /** The name counts as one. */
  references!: Atomic<u32>;
  next!: Ptr<Mqueue> | null;
  name!: Bytes<256>;
  isUnlinked!: bool;
  uid!: u32;
  gid!: u32;
  mode!: u32;
  number!: u64;
  changedNs!: u64;
  /** What it counts as in RLIMIT_MSGQUEUE. */
  charge!: u64;
  mostMessages!: u32;
  messageBytes!: u64;
  messages!: PriorityHeap;
  /** Of all messages. */
  bytes!: u64;
  senders!: SleeperList;
  receivers!: SleeperList;
  notice!: MqNotice;
  queue!: WaitQueue;
}

/** Its bytes follow it. */
@struct(16)
export class MqMessage {
  bytes!: u64;
  priority!: u32;
  reserved!: u32;
}

export const namesLock: Mutex = zeroed();
let firstQueue: Ptr<Mqueue> | null = null;
let queueCount: u32 = 0;
let chargedBytes: u64 = 0n;

export function mqueueName(queue: Ptr<Mqueue>): string {
  let length: u64 = 0n;
  while (queue.name[u32(length)] !== 0) {
    length++;
  }
  return stringOf(elements(queue.name), length);
}

/** The queue of a name; namesLock is held. */
export function mqueueFind(name: string): Ptr<Mqueue> | null {
  let queue = firstQueue;
  while (queue !== null && mqueueName(queue) !== name) {
    queue = queue.next;
  }
  return queue;
}

/** Whether root's limits or those of everybody else allow what `attributes` ask for: 0n, -EINVAL or -EOVERFLOW. */
function checkSizes(attributes: MqAttr): i64 {
  const most: u64 = isCapable(CAP_SYS_RESOURCE) ? MQ_HARD_MSG_MAX : MQ_MSG_MAX;
  const mostBytes: u64 = isCapable(CAP_SYS_RESOURCE) ? MQ_HARD_MSGSIZE_MAX : MQ_MSGSIZE_MAX;
  if (attributes.mq_maxmsg <= 0n || attributes.mq_msgsize <= 0n) {
    return i64(-EINVAL);
  }
  if (attributes.mq_maxmsg > i64(most) || attributes.mq_msgsize > i64(mostBytes)) {
    return i64(-EINVAL);
  }
  return u64(attributes.mq_msgsize) > u64.MAX / u64(attributes.mq_maxmsg) ? i64(-EOVERFLOW) : 0n;
}

/** What a queue may come to take: all of it counts from the beginning. */
function chargeOf(attributes: MqAttr): u64 {
  const messages = u64(attributes.mq_maxmsg);
  const priorities: u64 = messages < u64(MQ_PRIO_MAX) ? messages : u64(MQ_PRIO_MAX);
  return messages * (u64(attributes.mq_msgsize) + MQ_MESSAGE_BYTES) + priorities * MQ_PRIORITY_BYTES;
}

/** Makes a queue with a name that no other one has: its address, or a negative errno. namesLock is held. */
export function mqueueMake(name: string, mode: u32, attributes: MqAttr): i64 {
  if (queueCount >= MQ_QUEUES_MAX && !isCapable(CAP_SYS_RESOURCE)) {
    return i64(-ENOSPC);
  }
  const refused = checkSizes(attributes);
  if (refused !== 0n) {
    return refused;
  }
  const charge = chargeOf(attributes);
  if (chargedBytes + charge > limitOf(RLIMIT_MSGQUEUE).rlim_cur) {
    return i64(-EMFILE);
  }
  const capacity = u32(attributes.mq_maxmsg);
  const head = u64(sizeOf<Mqueue>());
  const memory = heapAllocZeroed(head + u64(capacity) * u64(sizeOf<PriorityEntry>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of that size.
  const queue = castPtr<Mqueue>(memory);
  queue.messages.entries = castPtr<PriorityEntry>(memory.add(head));
  queue.messages.capacity = capacity;
  queue.mostMessages = capacity;
  queue.messageBytes = u64(attributes.mq_msgsize);
  queue.charge = charge;
  queue.mode = mode & 0o777 & ~umask();
  queue.uid = fileUser();
  queue.gid = fileGroup();
  queue.number = anonymousNumber();
  queue.changedNs = realtimeNs();
  copyBytes(elements(queue.name), name.data, u64(name.length));
  queue.references.store(1, Order.Relaxed);
  queue.next = firstQueue;
  firstQueue = queue;
  queueCount++;
  chargedBytes += charge;
  return i64(virtAddr(queue));
}

/** Takes a queue's name away; namesLock is held. */
export function mqueueUnlink(queue: Ptr<Mqueue>): void {
  const first = firstQueue;
  queue.isUnlinked = true;
  if (first !== null && virtAddr(first) === virtAddr(queue)) {
    firstQueue = queue.next;
    return;
  }
  let before = first;
  while (before !== null) {
    const after: Ptr<Mqueue> | null = before.next;
    if (after !== null && virtAddr(after) === virtAddr(queue)) {
      before.next = queue.next;
      return;
    }
    before = after;
  }
}

/** Gives a reference back; the last one frees the queue with its messages. namesLock is not held. */
export function mqueuePut(queue: Ptr<Mqueue>): void {
  if (queue.references.fetchSub(1, Order.AcqRel) !== 1) {
    return;
  }
  let message = priorityHeapTake(queue.messages);
  while (message !== 0n) {
    // SAFETY: what stands in the heap is messages.
    heapFree(pointerAt<u8>(message));
    message = priorityHeapTake(queue.messages);
  }
  {
    using _guard = mutexAcquire(namesLock);
    queueCount--;
    chargedBytes -= queue.charge;
  }
  heapFree(castPtr<u8>(queue));
}

/** Whether the program may do with a queue what R_OK | W_OK say. */
export function mqueuePermits(queue: Ptr<Mqueue>, wanted: u32): bool {
  const user = fileUser();
  const shift: u32 = queue.uid === user ? 6 : isInGroup(queue.gid) ? 3 : 0;
  return isCapable(CAP_DAC_OVERRIDE) || ((queue.mode >> shift) & wanted) === wanted;
}

/** A message of a size, whose bytes are for the caller to fill; null: no memory. */
export function mqMessageMake(bytes: u64, priority: u32): Ptr<MqMessage> | null {
  const memory = heapAlloc(u64(sizeOf<MqMessage>()) + bytes);
  if (memory === null) {
    return null;
  }
  // SAFETY: memory of that size.
  const message = castPtr<MqMessage>(memory);
  message.bytes = bytes;
  message.priority = priority;
  return message;
}

export function mqMessageText(message: Ptr<MqMessage>): Ptr<u8> {
  // SAFETY: the bytes follow.
  return castPtr<u8>(message.add(1));
}

/** A description of a queue, with a reference of its own; null: no memory. */
export function mqueueOpen(queue: Ptr<Mqueue>, flags: u32): Ptr<File> | null {
  const file = fileCreate(MQUEUE_OPERATIONS, virtAddr(queue), flags);
  if (file !== null) {
    void queue.references.fetchAdd(1, Order.Relaxed);
  }
  return file;
}

/** The queue of a description; null: it is something else. */
export function fileMqueue(file: File): Ptr<Mqueue> | null {
  return virtAddr(file.operations) === virtAddr(MQUEUE_OPERATIONS) ? fileObject<Mqueue>(file) : null;
}

function mqueuePoll(file: File, table: Ptr<PollTable> | null): u32 {
  const queue = fileObject<Mqueue>(file);
  pollAdd(table, queue.queue);
  const count = queue.messages.count;
  const readable: u32 = count > 0 ? POLLIN | POLLRDNORM : 0;
  return readable | (count < queue.mostMessages ? POLLOUT | POLLWRNORM : 0);
}

function mqueueStatus(file: File, stat: Stat): i64 {
  const queue = fileObject<Mqueue>(file);
  zero(stat);
  stat.st_dev = DEVICE;
  stat.st_ino = queue.number;
  stat.st_nlink = 1n;
  stat.st_mode = S_IFREG | queue.mode;
  stat.st_uid = queue.uid;
  stat.st_gid = queue.gid;
  stat.st_size = i64(STATUS_BYTES);
  stat.st_blksize = 4096n;
  stat.st_mtime = queue.changedNs / NS_PER_SECOND;
  stat.st_mtime_nsec = queue.changedNs % NS_PER_SECOND;
  stat.st_atime = stat.st_mtime;
  stat.st_ctime = stat.st_mtime;
  return 0n;
}

/** What a reader of the file sees: bytes in the queue, and who is told about messages. */
function mqueueRead(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const queue = fileObject<Mqueue>(file);
  const line: Bytes<128> = zeroed();
  const whole = sliceOf(elements(line), u64(line.length));
  let length: u64 = 0n;
  {
    using _guard = mutexAcquire(queue.lock);
    const notice = queue.notice;
    const signal: i32 = notice.isWanted ? notice.signal : 0;
    length = putField(whole, length, "QSIZE:", queue.bytes, 10);
    length = putField(whole, length, " NOTIFY:", notice.isWanted ? u64(notice.how) : 0n, 5);
    length = putField(whole, length, " SIGNO:", u64(signal), 5);
    length = putField(whole, length, " NOTIFY_PID:", notice.isWanted ? u64(PROCESS_ID) : 0n, 6);
  }
  setAt(whole, length, 10);
  length++;
  if (position.value >= length) {
    return 0n;
  }
  const rest = length - position.value;
  const part = rest < transfer.left ? rest : transfer.left;
  const moved = transferPut(transfer, whole.data.add(position.value), part);
  position.value += moved;
  return moved === 0n && part > 0n ? i64(-EFAULT) : i64(moved);
}

/** A label and a number, left-aligned in its column; where the text ends. */
function putField(buffer: Slice<u8>, start: u64, label: string, value: u64, width: u32): u64 {
  const digits = `${value}`;
  copyBytes(buffer.data.add(start), label.data, u64(label.length));
  const first = start + u64(label.length);
  fillBytes(buffer.data.add(first), 32, u64(width));
  copyBytes(buffer.data.add(first), digits.data, u64(digits.length));
  return first + u64(digits.length > width ? digits.length : width);
}

function mqueueRelease(file: File): void {
  mqueuePut(fileObject<Mqueue>(file));
}

const MQUEUE_OPERATIONS: FileOperations = {
  name: "mqueue",
  read: mqueueRead,
  write: null,
  poll: mqueuePoll,
  control: null,
  status: mqueueStatus,
  list: null,
  seek: fileSeekUnsized,
  release: mqueueRelease,
  isPositioned: true,
};
