/**
 * System V message queues: messages with a type, of which receivers choose (ipc/msg.c of Linux).
 *
 * A message for which a receiver waits goes to it at once. A sender that finds no room waits until there is: its message
 * is put into the queue for it then.
 *
 *     guarded by the queue's lock      all of it
 */

import { E2BIG, EAGAIN, EIDRM, EINTR, ENOMEM, ENOMSG, ERESTARTNOHAND } from "../abi/errno.ts";
import { IPC_NOWAIT, MSG_COPY, MSG_NOERROR, MSGMNB, MSGMNI } from "../abi/linux-ipc.ts";
import { heapAlloc, heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { mutexAcquire, mutexRelease } from "../kernel/sync/mutex.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import {
  type MatchMode,
  type MessageList,
  matchModeOf,
  messageAppend,
  messageFind,
  messageMatches,
  messageRemove,
  type QueuedMessage,
} from "./core/message-list.ts";
import { PROCESS_ID } from "./identity.ts";
import { type IpcKind, type IpcObject, nowSeconds } from "./ipc.ts";
import {
  type Sleeper,
  type SleeperList,
  sleeperBegin,
  sleeperEnd,
  sleeperFinish,
  sleepersAdd,
  sleepersFinishAll,
  sleeperWait,
} from "./sleepers.ts";

export class MessageQueue {
  object!: IpcObject;
  messages!: MessageList;
  count!: u64;
  bytes!: u64;
  /** The limit of both. */
  mostBytes!: u64;
  sentAt!: u64;
  receivedAt!: u64;
  lastSender!: i32;
  lastReceiver!: i32;
  senders!: SleeperList;
  receivers!: SleeperList;
}

/** Who waits to send, with the message. */
class Sender {
  sleeper!: Sleeper;
  message!: Ptr<QueuedMessage>;
}

/** What a receiver asks for, and what it has got. */
export class Reception {
  sleeper!: Sleeper;
  type!: i64;
  mode!: MatchMode;
  flags!: u32;
  /** Room for the text. */
  room!: u64;
  message!: Ptr<QueuedMessage> | null;
}

export const messageKind: IpcKind = {
  lock: zeroed(),
  table: zeroed(),
  limit: MSGMNI,
  make: makeQueue,
  fits: fitsAny,
  remove: removeQueue,
  free: freeQueue,
};
/** In all queues: what MSG_INFO tells. */
export const messagesCount: Atomic<u64> = zeroed();
export const messagesBytes: Atomic<u64> = zeroed();

export function messageQueueOf(object: Ptr<IpcObject>): Ptr<MessageQueue> {
  // SAFETY: objects of this kind are queues.
  return castPtr<MessageQueue>(object);
}

function makeQueue(_size: u64): i64 {
  const memory = heapAllocZeroed(u64(sizeOf<MessageQueue>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of that size.
  castPtr<MessageQueue>(memory).mostBytes = u64(MSGMNB);
  return i64(virtAddr(memory));
}

function fitsAny(_object: Ptr<IpcObject>, _size: u64): bool {
  return true;
}

function removeQueue(object: Ptr<IpcObject>): void {
  const queue = messageQueueOf(object);
  sleepersFinishAll(queue.receivers, i64(-EIDRM));
  sleepersFinishAll(queue.senders, i64(-EIDRM));
  let message = queue.messages.first;
  while (message !== null) {
    takeOut(queue, message);
    messageFree(message);
    message = queue.messages.first;
  }
}

function freeQueue(object: Ptr<IpcObject>): void {
  heapFree(castPtr<u8>(object));
}

/** A message of a size, whose bytes are for the caller to fill; null: no memory. */
export function messageMake(type: i64, bytes: u64): Ptr<QueuedMessage> | null {
  const memory = heapAlloc(u64(sizeOf<QueuedMessage>()) + bytes);
  if (memory === null) {
    return null;
  }
  // SAFETY: memory of that size; all fields are set before they are read.
  const message = castPtr<QueuedMessage>(memory);
  message.type = type;
  message.bytes = bytes;
  return message;
}

export function messageFree(message: Ptr<QueuedMessage>): void {
  heapFree(castPtr<u8>(message));
}

export function messageText(message: Ptr<QueuedMessage>): Ptr<u8> {
  // SAFETY: the text follows.
  return castPtr<u8>(message.add(1));
}

function hasRoom(queue: Ptr<MessageQueue>, bytes: u64): bool {
  return queue.bytes + bytes <= queue.mostBytes && queue.count + 1n <= queue.mostBytes;
}

function putIn(queue: Ptr<MessageQueue>, message: Ptr<QueuedMessage>): void {
  messageAppend(queue.messages, message);
  queue.count++;
  queue.bytes += message.bytes;
  void messagesCount.fetchAdd(1n);
  void messagesBytes.fetchAdd(message.bytes);
}

function takeOut(queue: Ptr<MessageQueue>, message: Ptr<QueuedMessage>): void {
  messageRemove(queue.messages, message);
  queue.count--;
  queue.bytes -= message.bytes;
  void messagesCount.fetchSub(1n);
  void messagesBytes.fetchSub(message.bytes);
}

function receptionAt(sleeper: Ptr<Sleeper>): Ptr<Reception> {
  // SAFETY: the receivers of a queue are Receptions, which begin with their sleeper.
  return castPtr<Reception>(sleeper);
}

/** Gives the message to the first receiver that waits for it, or puts it into the queue. */
function deliver(queue: Ptr<MessageQueue>, message: Ptr<QueuedMessage>): void {
  queue.lastSender = PROCESS_ID;
  queue.sentAt = nowSeconds();
  let sleeper = queue.receivers.first;
  while (sleeper !== null) {
    const next = sleeper.next;
    const reception = receptionAt(sleeper);
    if (messageMatches(message.type, reception.type, reception.mode)) {
      if (fitsInto(message, reception)) {
        reception.message = message;
        noteReceived(queue);
        sleeperFinish(queue.receivers, sleeper, 0n);
        return;
      }
      sleeperFinish(queue.receivers, sleeper, i64(-E2BIG));
    }
    sleeper = next;
  }
  putIn(queue, message);
}

function fitsInto(message: Ptr<QueuedMessage>, reception: Reception): bool {
  return message.bytes <= reception.room || (reception.flags & MSG_NOERROR) !== 0;
}

function noteReceived(queue: Ptr<MessageQueue>): void {
  queue.lastReceiver = PROCESS_ID;
  queue.receivedAt = nowSeconds();
}

/** Does for senders what has become possible, in their order; one whose message is too large still keeps no smaller one waiting. */
function admitSenders(queue: Ptr<MessageQueue>): void {
  let sleeper = queue.senders.first;
  while (sleeper !== null) {
    const next = sleeper.next;
    // SAFETY: the senders of a queue are Senders, which begin with their sleeper.
    const sender = castPtr<Sender>(sleeper);
    if (hasRoom(queue, sender.message.bytes)) {
      deliver(queue, sender.message);
      sleeperFinish(queue.senders, sleeper, 0n);
    }
    sleeper = next;
  }
}

/** The queue's limit was changed. */
export function messageQueueLimitChanged(queue: Ptr<MessageQueue>): void {
  admitSenders(queue);
}

/** Sends a message, which is the queue's if that works: 0n or a negative errno. The queue's lock is held, at the end again. */
export function messageSend(queue: Ptr<MessageQueue>, message: Ptr<QueuedMessage>, flags: u32): i64 {
  if (hasRoom(queue, message.bytes)) {
    deliver(queue, message);
    return 0n;
  }
  if ((flags & IPC_NOWAIT) !== 0) {
    return i64(-EAGAIN);
  }
  const sender: Sender = zeroed();
  sender.message = message;
  sleeperBegin(sender.sleeper);
  sleepersAdd(queue.senders, sender.sleeper);
  return sleep(queue, queue.senders, sender.sleeper);
}

/** Receives into `reception.message`, which is the caller's then: 0n or a negative errno. The queue's lock is held, at the end again. */
export function messageReceive(queue: Ptr<MessageQueue>, reception: Reception): i64 {
  reception.mode = matchModeOf(reception.type, reception.flags);
  const found = messageFind(queue.messages, reception.type, reception.mode);
  if (found !== null) {
    return takeFound(queue, reception, found);
  }
  if ((reception.flags & IPC_NOWAIT) !== 0) {
    return i64(-ENOMSG);
  }
  sleeperBegin(reception.sleeper);
  sleepersAdd(queue.receivers, reception.sleeper);
  return sleep(queue, queue.receivers, reception.sleeper);
}

function takeFound(queue: Ptr<MessageQueue>, reception: Reception, found: Ptr<QueuedMessage>): i64 {
  if (!fitsInto(found, reception)) {
    return i64(-E2BIG);
  }
  if ((reception.flags & MSG_COPY) !== 0) {
    const twin = messageMake(found.type, found.bytes);
    if (twin === null) {
      return i64(-ENOMEM);
    }
    copyBytes(messageText(twin), messageText(found), found.bytes);
    reception.message = twin;
    return 0n;
  }
  takeOut(queue, found);
  noteReceived(queue);
  reception.message = found;
  admitSenders(queue);
  return 0n;
}

/** Until somebody has finished the sleeper. Never again behind a handler, but where a signal came to nothing. */
function sleep(queue: Ptr<MessageQueue>, list: SleeperList, sleeper: Sleeper): i64 {
  mutexRelease(queue.object.lock);
  const why = sleeperWait(sleeper, NEVER_NS);
  void mutexAcquire(queue.object.lock);
  if (sleeperEnd(list, sleeper)) {
    return sleeper.result;
  }
  return why === i64(-EINTR) ? i64(-ERESTARTNOHAND) : why;
}
