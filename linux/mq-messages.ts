/**
 * Sending to and receiving from a POSIX message queue, and telling who asked for it that one is no longer empty (ipc/mqueue.c of Linux).
 *
 * Who waits stands by the priority of its thread, equals in the order in which they came. A notice is for one message; it is sent after the
 * queue's lock has been given back, because a signal may end the program.
 */

import { EAGAIN, EINTR, ERESTARTSYS } from "../abi/errno.ts";
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../abi/linux-files.ts";
import { NOTIFY_COOKIE_BYTES, NOTIFY_REMOVED, NOTIFY_WOKENUP } from "../abi/linux-ipc.ts";
import { SI_MESGQ, SIGEV_SIGNAL, type Siginfo } from "../abi/linux-signal.ts";
import { mutexAcquire, mutexRelease } from "../kernel/sync/mutex.ts";
import { waitWakeAll } from "../kernel/sync/wait-queue.ts";
import { realtimeNs } from "../kernel/time/clock.ts";
import { priorityHeapPut, priorityHeapTake } from "./core/priority-heap.ts";
import { filePut } from "./fs/file.ts";
import type { MqMessage, MqNotice, Mqueue } from "./fs/mqueue.ts";
import { noticeDeliver } from "./fs/notice-socket.ts";
import { infoFromUser, signalSend } from "./signal-send.ts";
import {
  type Sleeper,
  type SleeperList,
  sleeperBegin,
  sleeperEnd,
  sleeperFinish,
  sleepersAddByRank,
  sleeperWait,
} from "./sleepers.ts";
import { currentTask } from "./task.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
/** Of a thread with the lowest nice value; those with real-time priorities stand above. */
const RANK_REALTIME = 100;
const NICE_HIGHEST = 20;

/** Who sends or receives, with the message: before, or afterwards. */
export class MqWaiter {
  sleeper!: Sleeper;
  message!: Ptr<MqMessage> | null;
}

function waiterAt(sleeper: Ptr<Sleeper>): Ptr<MqWaiter> {
  // SAFETY: the sleepers of a message queue are MqWaiters, which begin with them.
  return castPtr<MqWaiter>(sleeper);
}

function rank(): u32 {
  const task = currentTask();
  return task.effectivePriority > 0 ? RANK_REALTIME + task.effectivePriority : u32(NICE_HIGHEST - task.nice);
}

/** Until somebody has finished the waiter: 0n, -ETIMEDOUT or -ERESTARTSYS. The queue's lock is held. */
function sleep(queue: Ptr<Mqueue>, list: SleeperList, waiter: MqWaiter, deadlineNs: u64): i64 {
  sleeperBegin(waiter.sleeper);
  waiter.sleeper.rank = rank();
  sleepersAddByRank(list, waiter.sleeper);
  mutexRelease(queue.lock);
  const why = sleeperWait(waiter.sleeper, deadlineNs);
  void mutexAcquire(queue.lock);
  if (sleeperEnd(list, waiter.sleeper)) {
    return waiter.sleeper.result;
  }
  return why === i64(-EINTR) ? i64(-ERESTARTSYS) : why;
}

function insert(queue: Ptr<Mqueue>, message: Ptr<MqMessage>): void {
  priorityHeapPut(queue.messages, message.priority, virtAddr(message));
  queue.bytes += message.bytes;
}

/** Sends a message, which is the queue's if that works: 0n or a negative errno. */
export function mqSend(queue: Ptr<Mqueue>, message: Ptr<MqMessage>, deadlineNs: u64, mayWait: bool): i64 {
  const notice: MqNotice = zeroed();
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(queue.lock);
    if (queue.messages.count === queue.mostMessages) {
      const waiter: MqWaiter = zeroed();
      waiter.message = message;
      result = mayWait ? sleep(queue, queue.senders, waiter, deadlineNs) : i64(-EAGAIN);
    } else {
      pass(queue, message, notice);
    }
  }
  if (notice.isWanted) {
    tell(notice, NOTIFY_WOKENUP);
  }
  return result;
}

/** To the first receiver that waits, or into the queue; who asked for it is told of the first one there. The queue's lock is held. */
function pass(queue: Ptr<Mqueue>, message: Ptr<MqMessage>, notice: MqNotice): void {
  queue.changedNs = realtimeNs();
  const receiver = queue.receivers.first;
  if (receiver !== null) {
    waiterAt(receiver).message = message;
    sleeperFinish(queue.receivers, receiver, 0n);
    return;
  }
  insert(queue, message);
  if (queue.notice.isWanted && queue.messages.count === 1) {
    copy(notice, queue.notice);
    zero(queue.notice);
  }
  waitWakeAll(queue.queue, READABLE);
}

/** Receives `waiter.message`, which is the caller's then: 0n or a negative errno. */
export function mqReceive(queue: Ptr<Mqueue>, waiter: MqWaiter, deadlineNs: u64, mayWait: bool): i64 {
  using _guard = mutexAcquire(queue.lock);
  const first = priorityHeapTake(queue.messages);
  if (first === 0n) {
    return mayWait ? sleep(queue, queue.receivers, waiter, deadlineNs) : i64(-EAGAIN);
  }
  // SAFETY: what stands in the heap is messages.
  const message = pointerAt<MqMessage>(first);
  waiter.message = message;
  queue.bytes -= message.bytes;
  queue.changedNs = realtimeNs();
  const sender = queue.senders.first;
  if (sender === null) {
    waitWakeAll(queue.queue, WRITABLE);
  } else {
    insert(queue, waiterAt(sender).message!);
    sleeperFinish(queue.senders, sender, 0n);
  }
  return 0n;
}

/** By a signal, or by a message to the socket that a C library's thread reads; SIGEV_NONE: not at all. The notice is used up. */
function tell(notice: MqNotice, what: u8): void {
  const socket = notice.socket;
  if (socket !== null) {
    notice.cookie[u32(NOTIFY_COOKIE_BYTES - 1n)] = what;
    noticeDeliver(socket, sliceOf(elements(notice.cookie), NOTIFY_COOKIE_BYTES));
    filePut(socket);
  } else if (what === NOTIFY_WOKENUP && notice.how === SIGEV_SIGNAL && notice.signal !== 0) {
    const info: Siginfo = zeroed();
    infoFromUser(info, u32(notice.signal), SI_MESGQ);
    info.value = notice.value;
    void signalSend(info);
  }
}

/** Nobody is to be told any more: mq_notify(queue, NULL), or the process has closed a descriptor of the queue. */
export function mqForgetNotice(queue: Ptr<Mqueue>): void {
  const notice: MqNotice = zeroed();
  {
    using _guard = mutexAcquire(queue.lock);
    copy(notice, queue.notice);
    zero(queue.notice);
  }
  if (notice.isWanted) {
    tell(notice, NOTIFY_REMOVED);
  }
}
