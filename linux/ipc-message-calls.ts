/** msgget, msgsnd, msgrcv, msgctl (ipc/msg.c of Linux): what they check, in its order. */

import { EACCES, EFAULT, EIDRM, EINVAL, ENOMEM, EPERM } from "../abi/errno.ts";
import {
  IPC_INFO,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_INFO,
  MSG_STAT,
  MSG_STAT_ANY,
  MSGMAX,
  MSGMNB,
  MSGMNI,
  MSGPOOL,
  MSGSEG,
  MSGSSZ,
  type Msginfo,
  type MsqidDs,
} from "../abi/linux-ipc.ts";
import { CAP_SYS_RESOURCE } from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { isCapable } from "./capabilities.ts";
import { ipcTableHighest } from "./core/ipc-table.ts";
import type { QueuedMessage } from "./core/message-list.ts";
import { type IpcObject, ipcAt, ipcFillPerm, ipcFind, ipcGet, ipcPermits, ipcPut, ipcRemove, ipcSet } from "./ipc.ts";
import {
  type MessageQueue,
  messageFree,
  messageKind,
  messageMake,
  messageQueueLimitChanged,
  messageQueueOf,
  messageReceive,
  messageSend,
  messagesBytes,
  messagesCount,
  messageText,
  type Reception,
} from "./ipc-messages.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const MAY_READ = 0o444;
const MAY_WRITE = 0o222;
/** The type in front of the text. */
const TYPE_BYTES = 8n;

/** msgget(key, flags) */
export function sysMsgget(call: SyscallFrame): i64 {
  return ipcGet(messageKind, i32.wrap(call.a0), u32.wrap(call.a1), 0n);
}

function refusal(queue: Ptr<MessageQueue>, wanted: u32): i64 {
  if (!ipcPermits(addressOf(queue.object), wanted)) {
    return i64(-EACCES);
  }
  return queue.object.isRemoved ? i64(-EIDRM) : 0n;
}

/** msgsnd(id, message, bytes, flags) */
export function sysMsgsnd(call: SyscallFrame): i64 {
  let type: i64 = 0n;
  // SAFETY: eight bytes of a local.
  if (userRead(castPtr<u8>(addressOf(type)), VirtAddr(call.a1), TYPE_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  if (call.a2 > u64(MSGMAX) || i32.wrap(call.a0) < 0 || type < 1n) {
    return i64(-EINVAL);
  }
  const message = messageMake(type, call.a2);
  if (message === null) {
    return i64(-ENOMEM);
  }
  let result = userRead(messageText(message), VirtAddr(call.a1 + TYPE_BYTES), call.a2);
  if (result === 0n) {
    result = send(i32.wrap(call.a0), message, u32.wrap(call.a3));
  }
  if (result !== 0n) {
    messageFree(message);
  }
  return result;
}

function send(id: i32, message: Ptr<QueuedMessage>, flags: u32): i64 {
  const object = ipcFind(messageKind, id);
  if (object === null) {
    return i64(-EINVAL);
  }
  const queue = messageQueueOf(object);
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(object.lock);
    result = refusal(queue, MAY_WRITE);
    if (result === 0n) {
      result = messageSend(queue, message, flags);
    }
  }
  ipcPut(object);
  return result;
}

/** msgrcv(id, message, bytes, type, flags): the bytes of the text */
export function sysMsgrcv(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a4);
  if (i32.wrap(call.a0) < 0 || i64.wrap(call.a2) < 0n) {
    return i64(-EINVAL);
  }
  if ((flags & MSG_COPY) !== 0 && ((flags & MSG_EXCEPT) !== 0 || (flags & IPC_NOWAIT) === 0)) {
    return i64(-EINVAL);
  }
  const object = ipcFind(messageKind, i32.wrap(call.a0));
  if (object === null) {
    return i64(-EINVAL);
  }
  const reception: Reception = zeroed();
  reception.type = i64.wrap(call.a3);
  reception.flags = flags;
  reception.room = call.a2;
  const queue = messageQueueOf(object);
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(object.lock);
    result = refusal(queue, MAY_READ);
    if (result === 0n) {
      result = messageReceive(queue, reception);
    }
  }
  ipcPut(object);
  const message = reception.message;
  return message === null ? result : handOut(message, call.a1, call.a2);
}

/** Stores a message, which is gone then in any case, as on Linux. */
function handOut(message: Ptr<QueuedMessage>, address: u64, room: u64): i64 {
  const bytes = message.bytes < room ? message.bytes : room;
  let type = message.type;
  // SAFETY: eight bytes of a local.
  const isStored =
    userWrite(VirtAddr(address), castPtr<u8>(addressOf(type)), TYPE_BYTES) === 0n &&
    userWrite(VirtAddr(address + TYPE_BYTES), messageText(message), bytes) === 0n;
  messageFree(message);
  return isStored ? i64(bytes) : i64(-EFAULT);
}

/** msgctl(id, command, argument) */
export function sysMsgctl(call: SyscallFrame): i64 {
  const id = i32.wrap(call.a0);
  const command = u32.wrap(call.a1);
  if (id < 0) {
    return i64(-EINVAL);
  }
  switch (command) {
    case IPC_INFO:
    case MSG_INFO:
      return tellLimits(command, call.a2);
    case IPC_STAT:
      return tell(ipcFind(messageKind, id), command, call.a2);
    case MSG_STAT:
    case MSG_STAT_ANY:
      return tell(ipcAt(messageKind, id), command, call.a2);
    case IPC_SET:
    case IPC_RMID:
      return change(id, command, call.a2);
    default:
      return i64(-EINVAL);
  }
}

/** IPC_STAT; MSG_STAT answers the identifier. Gives the reference back. */
function tell(object: Ptr<IpcObject> | null, command: u32, address: u64): i64 {
  if (object === null) {
    return i64(-EINVAL);
  }
  const status: MsqidDs = zeroed();
  const id = object.id;
  const result = fill(messageQueueOf(object), command, status);
  ipcPut(object);
  if (result !== 0n) {
    return result;
  }
  // SAFETY: plain integers, here and below.
  const written = userWrite(VirtAddr(address), castPtr<u8>(status), u64(sizeOf<MsqidDs>()));
  return written !== 0n || command === IPC_STAT ? written : i64(id);
}

function fill(queue: Ptr<MessageQueue>, command: u32, status: MsqidDs): i64 {
  using _guard = mutexAcquire(queue.object.lock);
  const refused: i64 = command === MSG_STAT_ANY ? 0n : refusal(queue, MAY_READ);
  ipcFillPerm(addressOf(queue.object), status.msg_perm);
  status.msg_stime = i64(queue.sentAt);
  status.msg_rtime = i64(queue.receivedAt);
  status.msg_ctime = i64(queue.object.changedAt);
  status.msg_cbytes = queue.bytes;
  status.msg_qnum = queue.count;
  status.msg_qbytes = queue.mostBytes;
  status.msg_lspid = queue.lastSender;
  status.msg_lrpid = queue.lastReceiver;
  return refused;
}

function change(id: i32, command: u32, address: u64): i64 {
  const wanted: MsqidDs = zeroed();
  if (command === IPC_SET && userRead(castPtr<u8>(wanted), VirtAddr(address), u64(sizeOf<MsqidDs>())) !== 0n) {
    return i64(-EFAULT);
  }
  const object = ipcFind(messageKind, id);
  if (object === null) {
    return i64(-EINVAL);
  }
  const result = command === IPC_RMID ? ipcRemove(messageKind, object) : set(object, wanted);
  ipcPut(object);
  return result;
}

function set(object: Ptr<IpcObject>, wanted: MsqidDs): i64 {
  using _guard = mutexAcquire(object.lock);
  if (wanted.msg_qbytes > u64(MSGMNB) && !isCapable(CAP_SYS_RESOURCE)) {
    return i64(-EPERM);
  }
  const result = ipcSet(object, wanted.msg_perm);
  if (result === 0n) {
    const queue = messageQueueOf(object);
    queue.mostBytes = wanted.msg_qbytes;
    messageQueueLimitChanged(queue);
  }
  return result;
}

/** The limits, or what is in use; the answer is the highest index in use. */
function tellLimits(command: u32, address: u64): i64 {
  const isUse = command === MSG_INFO;
  using _guard = mutexAcquire(messageKind.lock);
  const info: Msginfo = {
    msgpool: isUse ? i32(messageKind.table.count) : MSGPOOL,
    msgmap: isUse ? i32(messagesCount.load()) : MSGMNB,
    msgmax: MSGMAX,
    msgmnb: MSGMNB,
    msgmni: MSGMNI,
    msgssz: MSGSSZ,
    msgtql: isUse ? i32(messagesBytes.load()) : MSGMNB,
    msgseg: u16(MSGSEG),
    reserved: 0,
  };
  const written = userWrite(VirtAddr(address), castPtr<u8>(info), u64(sizeOf<Msginfo>()));
  return written !== 0n ? written : i64(ipcTableHighest(messageKind.table));
}
