/** semctl(2): values, status, limits and removal of System V semaphores (ipc/sem.c of Linux). */

import { EACCES, EFAULT, EIDRM, EINVAL, ENOMEM, ERANGE } from "../abi/errno.ts";
import {
  GETALL,
  GETNCNT,
  GETPID,
  GETVAL,
  GETZCNT,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SEM_INFO,
  SEM_STAT,
  SEM_STAT_ANY,
  SEMMNI,
  SEMMNS,
  SEMMSL,
  SEMOPM,
  SEMUSZ,
  SEMVMX,
  SETALL,
  SETVAL,
  type SemidDs,
  type Seminfo,
} from "../abi/linux-ipc.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { ipcTableHighest } from "./core/ipc-table.ts";
import { PROCESS_ID } from "./identity.ts";
import {
  type IpcObject,
  ipcAt,
  ipcFillPerm,
  ipcFind,
  ipcPermits,
  ipcPut,
  ipcRemove,
  ipcSet,
  nowSeconds,
} from "./ipc.ts";
import {
  type SemaphoreSet,
  semaphoreKind,
  semaphoreSetOf,
  semaphoresChanged,
  semaphoresUsed,
  semaphoreWaiterCount,
} from "./ipc-semaphores.ts";
import { undoForgetValues } from "./ipc-undo.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const MAY_READ = 0o444;
const MAY_WRITE = 0o222;

/** semctl(id, number, command, argument) */
export function sysSemctl(call: SyscallFrame): i64 {
  const id = i32.wrap(call.a0);
  const command = u32.wrap(call.a2);
  if (id < 0) {
    return i64(-EINVAL);
  }
  switch (command) {
    case IPC_INFO:
    case SEM_INFO:
      return tellLimits(command, call.a3);
    case IPC_STAT:
      return withSet(ipcFind(semaphoreKind, id), call);
    case SEM_STAT:
    case SEM_STAT_ANY:
      return withSet(ipcAt(semaphoreKind, id), call);
    case SETVAL:
      return i32.wrap(call.a3) < 0 || i32.wrap(call.a3) > SEMVMX
        ? i64(-ERANGE)
        : withSet(ipcFind(semaphoreKind, id), call);
    case GETALL:
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case SETALL:
      return withSet(ipcFind(semaphoreKind, id), call);
    case IPC_SET:
    case IPC_RMID:
      return change(id, command, call.a3);
    default:
      return i64(-EINVAL);
  }
}

/** Runs a command on a set, whose reference it gives back. */
function withSet(object: Ptr<IpcObject> | null, call: SyscallFrame): i64 {
  if (object === null) {
    return i64(-EINVAL);
  }
  const result = command(semaphoreSetOf(object), call);
  ipcPut(object);
  return result;
}

function command(set: Ptr<SemaphoreSet>, call: SyscallFrame): i64 {
  switch (u32.wrap(call.a2)) {
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
      return tell(set, u32.wrap(call.a2), call.a3);
    case GETALL:
      return getAll(set, call.a3);
    case SETALL:
      return setAll(set, call.a3);
    case SETVAL:
      return setOne(set, u32.wrap(call.a1), u16(u32.wrap(call.a3)));
    default:
      return getOne(set, u32.wrap(call.a1), u32.wrap(call.a2));
  }
}

function refusal(set: Ptr<SemaphoreSet>, wanted: u32): i64 {
  if (!ipcPermits(addressOf(set.object), wanted)) {
    return i64(-EACCES);
  }
  return set.object.isRemoved ? i64(-EIDRM) : 0n;
}

function getOne(set: Ptr<SemaphoreSet>, number: u32, command: u32): i64 {
  using _guard = mutexAcquire(set.object.lock);
  const refused = refusal(set, MAY_READ);
  if (refused !== 0n) {
    return refused;
  }
  if (number >= set.count) {
    return i64(-EINVAL);
  }
  switch (command) {
    case GETVAL:
      return i64(set.values[number].value);
    case GETPID:
      return i64(set.values[number].pid);
    default:
      return i64(semaphoreWaiterCount(set, number, command === GETZCNT));
  }
}

function setOne(set: Ptr<SemaphoreSet>, number: u32, value: u16): i64 {
  using _guard = mutexAcquire(set.object.lock);
  if (number >= set.count) {
    return i64(-EINVAL);
  }
  const refused = refusal(set, MAY_WRITE);
  if (refused !== 0n) {
    return refused;
  }
  undoForgetValues(set, number, 1);
  set.values[number].value = value;
  set.values[number].pid = PROCESS_ID;
  set.object.changedAt = nowSeconds();
  semaphoresChanged(set);
  return 0n;
}

/** Room for the values as unsigned shorts, as programs see them. */
function valuesRoom(set: Ptr<SemaphoreSet>): Ptr<u16> | null {
  const memory = heapAlloc(u64(set.count) * 2n);
  // SAFETY: heap blocks are aligned to 16.
  return memory === null ? null : castPtr<u16>(memory);
}

function getAll(set: Ptr<SemaphoreSet>, address: u64): i64 {
  const values = valuesRoom(set);
  if (values === null) {
    return i64(-ENOMEM);
  }
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(set.object.lock);
    result = refusal(set, MAY_READ);
    for (let number: u32 = 0; number < set.count; number++) {
      values[number] = set.values[number].value;
    }
  }
  if (result === 0n) {
    result = userWrite(VirtAddr(address), castPtr<u8>(values), u64(set.count) * 2n);
  }
  heapFree(castPtr<u8>(values));
  return result;
}

function setAll(set: Ptr<SemaphoreSet>, address: u64): i64 {
  const values = valuesRoom(set);
  if (values === null) {
    return i64(-ENOMEM);
  }
  let result = refusal(set, MAY_WRITE);
  if (result === 0n) {
    result = userRead(castPtr<u8>(values), VirtAddr(address), u64(set.count) * 2n);
  }
  for (let number: u32 = 0; number < set.count && result === 0n; number++) {
    result = values[number] > SEMVMX ? i64(-ERANGE) : 0n;
  }
  if (result === 0n) {
    result = storeAll(set, values);
  }
  heapFree(castPtr<u8>(values));
  return result;
}

function storeAll(set: Ptr<SemaphoreSet>, values: Ptr<u16>): i64 {
  using _guard = mutexAcquire(set.object.lock);
  if (set.object.isRemoved) {
    return i64(-EIDRM);
  }
  for (let number: u32 = 0; number < set.count; number++) {
    set.values[number].value = values[number];
    set.values[number].pid = PROCESS_ID;
  }
  undoForgetValues(set, 0, set.count);
  set.object.changedAt = nowSeconds();
  semaphoresChanged(set);
  return 0n;
}

/** IPC_STAT; SEM_STAT answers the identifier. */
function tell(set: Ptr<SemaphoreSet>, command: u32, address: u64): i64 {
  const status: SemidDs = zeroed();
  {
    using _guard = mutexAcquire(set.object.lock);
    const refused: i64 = command === SEM_STAT_ANY ? 0n : refusal(set, MAY_READ);
    if (refused !== 0n) {
      return refused;
    }
    ipcFillPerm(addressOf(set.object), status.sem_perm);
    status.sem_otime = i64(set.operatedAt);
    status.sem_ctime = i64(set.object.changedAt);
    status.sem_nsems = u64(set.count);
  }
  // SAFETY: plain integers, here and below.
  const written = userWrite(VirtAddr(address), castPtr<u8>(status), u64(sizeOf<SemidDs>()));
  return written !== 0n || command === IPC_STAT ? written : i64(set.object.id);
}

function change(id: i32, command: u32, address: u64): i64 {
  const wanted: SemidDs = zeroed();
  if (command === IPC_SET && userRead(castPtr<u8>(wanted), VirtAddr(address), u64(sizeOf<SemidDs>())) !== 0n) {
    return i64(-EFAULT);
  }
  const object = ipcFind(semaphoreKind, id);
  if (object === null) {
    return i64(-EINVAL);
  }
  let result: i64 = 0n;
  if (command === IPC_RMID) {
    result = ipcRemove(semaphoreKind, object);
  } else {
    using _guard = mutexAcquire(object.lock);
    result = ipcSet(object, wanted.sem_perm);
  }
  ipcPut(object);
  return result;
}

/** The limits, or what is in use; the answer is the highest index in use. */
function tellLimits(command: u32, address: u64): i64 {
  const info: Seminfo = {
    semmap: SEMMNS,
    semmni: SEMMNI,
    semmns: SEMMNS,
    semmnu: SEMMNS,
    semmsl: SEMMSL,
    semopm: SEMOPM,
    semume: SEMOPM,
    semusz: SEMUSZ,
    semvmx: SEMVMX,
    semaem: SEMVMX,
  };
  using _guard = mutexAcquire(semaphoreKind.lock);
  if (command === SEM_INFO) {
    info.semusz = i32(semaphoreKind.table.count);
    info.semaem = i32(semaphoresUsed());
  }
  const written = userWrite(VirtAddr(address), castPtr<u8>(info), u64(sizeOf<Seminfo>()));
  return written !== 0n ? written : i64(ipcTableHighest(semaphoreKind.table));
}
