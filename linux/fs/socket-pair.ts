/**
 * socketpair(AF_UNIX): two ends that send each other bytes (SOCK_STREAM) or messages (SOCK_DGRAM, SOCK_SEQPACKET).
 *
 * Each end has a queue of what it has been sent, bounded in bytes. One lock guards both ends of a pair, and is not held while bytes move
 * to or from application memory: a message is filled before it is queued, and taken out before it is read. What a reader of a stream
 * did not take goes back to the front; readers of one end take turns by a mutex.
 */

import { EAGAIN, EFAULT, EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTTY, EPIPE, ERESTARTSYS } from "../../abi/errno.ts";
import {
  O_RDWR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  S_IFSOCK,
  type Stat,
} from "../../abi/linux-files.ts";
import { FIONREAD } from "../../abi/linux-terminal.ts";
import { heapAlloc, heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { userWrite } from "../../kernel/mm/user-access.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { signalBrokenPipe } from "../signal-send.ts";
import { AnonymousDevice, anonymousNumber, anonymousStatus } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate, fileIsNonblocking, fileObject, filePut } from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { type Transfer, transferPut, transferTake } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

/** What an end's queue holds at most: Linux's default net.core.wmem_default. */
const QUEUE_BYTES = 212_992n;
/** A stream's bytes travel in messages of at most this size. */
const PIECE_BYTES = 0x8000n;
const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM | POLLWRBAND;

export enum PairKind {
  Stream = 1,
  Datagram = 2,
  Packets = 5,
}

/** Followed by its bytes. */
@struct(24)
class Message {
  next!: Ptr<Message> | null;
  bytes!: u64;
  offset!: u64;
}

export class PairEnd {
  first!: Ptr<Message> | null;
  last!: Ptr<Message> | null;
  queued!: u64;
  isClosed!: bool;
  /** shutdown: nothing more is received, or sent. */
  isReadShut!: bool;
  isWriteShut!: bool;
  readMutex!: Mutex;
  queue!: WaitQueue;
  pair!: Ptr<SocketPair>;
  number!: u64;
}

class SocketPair {
  lock!: SpinLock;
  kind!: PairKind;
  /** A netlink socket without a network: the kernel's end, which has no description, tells of messages in queues (mq_notify). */
  isNotice!: bool;
  ends!: FixedArray<PairEnd, 2>;
  openCount!: u32;
}

export function otherEnd(end: Ptr<PairEnd>): Ptr<PairEnd> {
  const pair = end.pair;
  return virtAddr(end) === virtAddr(pair.ends[0]) ? addressOf(pair.ends[1]) : addressOf(pair.ends[0]);
}

/** Both ends of a new pair into `files`: 0n or -ENOMEM. */
export function socketPairCreate(kind: PairKind, flags: u32, files: Ptr<Ptr<File> | null>): i64 {
  const memory = heapAllocZeroed(u64(sizeOf<SocketPair>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size.
  const pair = castPtr<SocketPair>(memory);
  pair.kind = kind;
  for (let i: u32 = 0; i < 2; i++) {
    pair.ends[i].pair = pair;
    pair.ends[i].number = anonymousNumber();
  }
  const first = fileCreate(PAIR_OPERATIONS, virtAddr(pair.ends[0]), O_RDWR | flags);
  if (first === null) {
    heapFree(memory);
    return i64(-ENOMEM);
  }
  pair.openCount = 1;
  const second = fileCreate(PAIR_OPERATIONS, virtAddr(pair.ends[1]), O_RDWR | flags);
  if (second === null) {
    filePut(first);
    return i64(-ENOMEM);
  }
  pair.openCount = 2;
  files[0] = first;
  files[1] = second;
  return 0n;
}

export function fileIsSocket(file: File): bool {
  return virtAddr(file.operations) === virtAddr(PAIR_OPERATIONS);
}

// --- Sending -----------------------------------------------------------------------------------------------------------------

/** What keeps an end from sending: 0n, or -EPIPE. */
function refusalToSend(end: Ptr<PairEnd>): i64 {
  const other = otherEnd(end);
  return end.isWriteShut || other.isClosed || other.isReadShut ? i64(-EPIPE) : 0n;
}

class SendWish {
  end!: Ptr<PairEnd>;
  bytes!: u64;
}

function hasNoRoom(address: VirtAddr): bool {
  const wish = pointerAt<SendWish>(address);
  const other = otherEnd(wish.end);
  return refusalToSend(wish.end) === 0n && other.queued > 0n && other.queued + wish.bytes > QUEUE_BYTES;
}

/** Sends all bytes, or one message: bytes sent or a negative errno. `isQuiet`: without SIGPIPE. */
export function pairSend(file: File, transfer: Transfer, isNonblocking: bool, isQuiet: bool): i64 {
  const end = fileObject<PairEnd>(file);
  const isStream = end.pair.kind === PairKind.Stream;
  if (!isStream && transfer.left > QUEUE_BYTES) {
    return i64(-EMSGSIZE);
  }
  let done: u64 = 0n;
  let result: i64 = 0n;
  do {
    const part: u64 = isStream && transfer.left > PIECE_BYTES ? PIECE_BYTES : transfer.left;
    result = isStream && part === 0n ? refusalToSend(end) : sendPart(end, transfer, part, isNonblocking);
    done += result > 0n ? u64(result) : 0n;
  } while (transfer.left > 0n && result > 0n);
  if (result === i64(-EPIPE) && !isQuiet && done === 0n) {
    signalBrokenPipe();
  }
  return done > 0n || result >= 0n ? i64(done) : result;
}

/** Sends bytes of one message: how many, or a negative errno. */
export function sendPart(end: Ptr<PairEnd>, transfer: Transfer, bytes: u64, isNonblocking: bool): i64 {
  const wish: SendWish = { end, bytes };
  const other = otherEnd(end);
  if (hasNoRoom(virtAddr(wish))) {
    if (isNonblocking) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(end.queue, hasNoRoom, virtAddr(wish), WRITABLE | POLLHUP)) {
      return i64(-ERESTARTSYS);
    }
  }
  const memory = heapAlloc(u64(sizeOf<Message>()) + bytes);
  if (memory === null) {
    return i64(-ENOBUFS);
  }
  // SAFETY: memory for the header and the bytes behind it.
  const message = castPtr<Message>(memory);
  message.next = null;
  message.bytes = bytes;
  message.offset = 0n;
  if (transferTake(transfer, memory.add(sizeOf<Message>()), bytes) < bytes) {
    heapFree(memory);
    return i64(-EFAULT);
  }
  const refusal = append(end, message);
  if (refusal !== 0n) {
    heapFree(memory);
    return refusal;
  }
  waitWakeAll(other.queue, READABLE);
  return i64(bytes);
}

function append(end: Ptr<PairEnd>, message: Ptr<Message>): i64 {
  using _guard = lockAcquire(end.pair.lock);
  const refusal = refusalToSend(end);
  if (refusal !== 0n) {
    return refusal;
  }
  const other = otherEnd(end);
  const last = other.last;
  if (last === null) {
    other.first = message;
  } else {
    last.next = message;
  }
  other.last = message;
  other.queued += message.bytes;
  return 0n;
}

// --- Receiving ---------------------------------------------------------------------------------------------------------------

function isDry(address: VirtAddr): bool {
  const end = pointerAt<PairEnd>(address);
  return end.first === null && !isAtEnd(end);
}

/** Nothing more can come. */
function isAtEnd(end: Ptr<PairEnd>): bool {
  const other = otherEnd(end);
  const isConnected = end.pair.kind !== PairKind.Datagram;
  return end.isReadShut || (isConnected && (other.isClosed || other.isWriteShut));
}

/** Bytes received, 0n at the end; `isPeek`: what is received stays. */
export function pairReceive(file: File, transfer: Transfer, isNonblocking: bool, isPeek: bool): i64 {
  const end = fileObject<PairEnd>(file);
  if (transfer.left === 0n && end.pair.kind === PairKind.Stream) {
    return 0n;
  }
  while (isDry(virtAddr(end))) {
    if (isNonblocking) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(end.queue, isDry, virtAddr(end), READABLE | POLLHUP | POLLRDHUP)) {
      return i64(-ERESTARTSYS);
    }
  }
  using _turn = mutexAcquire(end.readMutex);
  return takeMessages(end, transfer, isPeek);
}

function takeMessages(end: Ptr<PairEnd>, transfer: Transfer, isPeek: bool): i64 {
  const isStream = end.pair.kind === PairKind.Stream;
  let done: u64 = 0n;
  // Only the holder of the mutex takes messages away, so the first one stays where it is.
  let message = end.first;
  while (message !== null && (transfer.left > 0n || !isStream)) {
    const rest = message.bytes - message.offset;
    const part = rest < transfer.left ? rest : transfer.left;
    // SAFETY: the message's bytes lie behind its header.
    const from = castPtr<u8>(message).add(u64(sizeOf<Message>()) + message.offset);
    const moved = transferPut(transfer, from, part);
    done += moved;
    if (moved < part) {
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
    const next = message.next;
    if (!isPeek) {
      consume(end, message, isStream ? part : rest);
    }
    if (!isStream) {
      break;
    }
    message = isPeek ? null : next === null ? end.first : next;
  }
  return i64(done);
}

function consume(end: Ptr<PairEnd>, message: Ptr<Message>, bytes: u64): void {
  let isEmpty: bool = false;
  {
    using _guard = lockAcquire(end.pair.lock);
    message.offset += bytes;
    end.queued -= bytes;
    isEmpty = message.offset === message.bytes;
    if (isEmpty) {
      end.first = message.next;
      end.last = message.next === null ? null : end.last;
    }
  }
  if (isEmpty) {
    heapFree(castPtr<u8>(message));
  }
  waitWakeAll(otherEnd(end).queue, WRITABLE);
}

// --- The rest ----------------------------------------------------------------------------------------------------------------

/** shutdown(2): `how` 0 receives no more, 1 sends no more, 2 both. */
export function pairShutdown(file: File, how: u32): i64 {
  const end = fileObject<PairEnd>(file);
  const other = otherEnd(end);
  if (other.isClosed && end.pair.kind === PairKind.Datagram) {
    return i64(-ENOTCONN);
  }
  {
    using _guard = lockAcquire(end.pair.lock);
    end.isReadShut = end.isReadShut || how !== 1;
    end.isWriteShut = end.isWriteShut || how !== 0;
  }
  waitWakeAll(end.queue);
  waitWakeAll(other.queue);
  return 0n;
}

export function pairKind(file: File): u32 {
  return u32(fileObject<PairEnd>(file).pair.kind);
}

function pairRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  return pairReceive(file, transfer, fileIsNonblocking(file), false);
}

function pairWrite(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  return pairSend(file, transfer, fileIsNonblocking(file), false);
}

function pairPoll(file: File, table: Ptr<PollTable> | null): u32 {
  const end = fileObject<PairEnd>(file);
  const other = otherEnd(end);
  pollAdd(table, end.queue);
  const isConnected = end.pair.kind !== PairKind.Datagram;
  const hearsNothing = end.isReadShut || (isConnected && (other.isClosed || other.isWriteShut));
  const saysNothing = end.isWriteShut || (isConnected && (other.isClosed || other.isReadShut));
  let ready: u32 = end.first !== null || hearsNothing ? READABLE : 0;
  ready |= hearsNothing ? POLLRDHUP : 0;
  ready |= hearsNothing && saysNothing ? POLLHUP : 0;
  return ready | (other.queued * 4n <= QUEUE_BYTES ? WRITABLE : 0);
}

function waitingBytes(end: Ptr<PairEnd>): u32 {
  using _guard = lockAcquire(end.pair.lock);
  const first = end.first;
  return end.pair.kind === PairKind.Stream ? u32(end.queued) : first === null ? 0 : u32(first.bytes);
}

function pairControl(file: File, request: u32, argument: u64): i64 {
  if (request !== FIONREAD) {
    return i64(-ENOTTY);
  }
  const end = fileObject<PairEnd>(file);
  let count: u32 = waitingBytes(end);
  // SAFETY: four bytes of a local.
  return userWrite(VirtAddr(argument), castPtr<u8>(addressOf(count)), 4n);
}

function pairStatus(file: File, stat: Stat): i64 {
  anonymousStatus(stat, AnonymousDevice.Sockets, fileObject<PairEnd>(file).number, S_IFSOCK | 0o777);
  return 0n;
}

function pairRelease(file: File): void {
  const end = fileObject<PairEnd>(file);
  const pair = end.pair;
  const other = otherEnd(end);
  let isLast: bool = false;
  let message: Ptr<Message> | null = null;
  {
    using _guard = lockAcquire(pair.lock);
    end.isClosed = true;
    message = end.first;
    end.first = null;
    end.last = null;
    end.queued = 0n;
    pair.openCount--;
    isLast = pair.openCount === 0;
  }
  while (message !== null) {
    const next = message.next;
    heapFree(castPtr<u8>(message));
    message = next;
  }
  if (isLast) {
    heapFree(castPtr<u8>(pair));
  } else {
    waitWakeAll(other.queue);
  }
}

const PAIR_OPERATIONS: FileOperations = {
  name: "socket",
  read: pairRead,
  write: pairWrite,
  poll: pairPoll,
  control: pairControl,
  status: pairStatus,
  list: null,
  seek: null,
  release: pairRelease,
  isPositioned: false,
};
