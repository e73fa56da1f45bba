/**
 * What System V's objects have in common: identifiers and keys, owners and permissions, removal (ipc/util.c of Linux).
 *
 * An object begins with an IpcObject. A call that works with one holds a reference, so removal only takes it out of its table and marks it; who
 * waits for it is told (EIDRM). Its own lock guards what it is; the lock of its kind guards the table, and may be taken inside nothing.
 */

import { EACCES, EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM } from "../abi/errno.ts";
import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE, type IpcPerm } from "../abi/linux-ipc.ts";
import { CAP_IPC_OWNER, CAP_SYS_ADMIN } from "../abi/linux-process.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { type Mutex, mutexAcquire } from "../kernel/sync/mutex.ts";
import { realtimeNs } from "../kernel/time/clock.ts";
import { isCapable } from "./capabilities.ts";
import {
  type IpcSlot,
  type IpcTable,
  ipcIndex,
  ipcSequence,
  ipcTableAdd,
  ipcTableAt,
  ipcTableFind,
  ipcTableMove,
  ipcTableOfKey,
  ipcTableRemove,
  ipcTableWantsCapacity,
} from "./core/ipc-table.ts";
import { isInGroup, userGroups, users } from "./users.ts";

const PERMISSIONS = 0o777;
const NS_PER_SECOND = 1_000_000_000n;

export class IpcObject {
  lock!: Mutex;
  references!: Atomic<u32>;
  kind!: Ptr<IpcKind>;
  id!: i32;
  key!: i32;
  uid!: u32;
  gid!: u32;
  cuid!: u32;
  cgid!: u32;
  mode!: u32;
  isRemoved!: bool;
  /** When it was made or changed, in seconds. */
  changedAt!: u64;
}

/** Semaphores, message queues, shared memory. */
export class IpcKind {
  lock!: Mutex;
  table!: IpcTable;
  /** How many objects there may be. */
  limit!: u32;
  /** A fresh object of a size, all else zero: its address, or a negative errno. */
  make!: (size: u64) => i64;
  /** Whether an object with a key is good enough for who asks for a size. */
  fits!: (object: Ptr<IpcObject>, size: u64) => bool;
  /** The object has left the table; its lock is held. */
  remove!: (object: Ptr<IpcObject>) => void;
  /** The last reference is gone. */
  free!: (object: Ptr<IpcObject>) => void;
}

export function nowSeconds(): u64 {
  return realtimeNs() / NS_PER_SECOND;
}

function objectOf(slot: Ptr<IpcSlot>): Ptr<IpcObject> {
  // SAFETY: tables hold addresses of objects, which have a reference for it.
  return pointerAt<IpcObject>(slot.object);
}

/** One more reference. */
export function ipcKeep(object: Ptr<IpcObject>): Ptr<IpcObject> {
  void object.references.fetchAdd(1, Order.Relaxed);
  return object;
}

export function ipcPut(object: Ptr<IpcObject>): void {
  if (object.references.fetchSub(1, Order.AcqRel) === 1) {
    object.kind.free(object);
  }
}

/** The object of an identifier with a reference for the caller; null: EINVAL. */
export function ipcFind(kind: IpcKind, id: i32): Ptr<IpcObject> | null {
  using _guard = mutexAcquire(kind.lock);
  const slot = ipcTableFind(kind.table, id);
  return slot === null ? null : ipcKeep(objectOf(slot));
}

/** The object in the slot of an identifier, or of an index, whatever its sequence is. */
export function ipcAt(kind: IpcKind, id: i32): Ptr<IpcObject> | null {
  using _guard = mutexAcquire(kind.lock);
  const slot = id < 0 ? null : ipcTableAt(kind.table, ipcIndex(id));
  return slot === null ? null : ipcKeep(objectOf(slot));
}

/** semget, msgget, shmget: an identifier, or a negative errno. */
export function ipcGet(kind: IpcKind, key: i32, flags: u32, size: u64): i64 {
  using _guard = mutexAcquire(kind.lock);
  const slot = key === IPC_PRIVATE ? null : ipcTableOfKey(kind.table, key);
  if (slot === null) {
    return key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0 ? i64(-ENOENT) : create(kind, key, flags, size);
  }
  const object = objectOf(slot);
  if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) {
    return i64(-EEXIST);
  }
  if (!kind.fits(object, size)) {
    return i64(-EINVAL);
  }
  return ipcPermits(object, flags) ? i64(object.id) : i64(-EACCES);
}

/** The kind's lock is held. */
function create(kind: IpcKind, key: i32, flags: u32, size: u64): i64 {
  kind.table.limit = kind.limit;
  if (kind.table.count >= kind.limit) {
    return i64(-ENOSPC);
  }
  if (!grow(kind.table)) {
    return i64(-ENOMEM);
  }
  const made = kind.make(size);
  if (made < 0n) {
    return made;
  }
  // SAFETY: make gives the address of a fresh object.
  const object = pointerAt<IpcObject>(VirtAddr(made));
  object.kind = addressOf(kind);
  object.references.store(1, Order.Relaxed);
  object.key = key;
  object.mode = flags & PERMISSIONS;
  object.uid = users().effective;
  object.cuid = object.uid;
  object.gid = userGroups().effective;
  object.cgid = object.gid;
  object.changedAt = nowSeconds();
  object.id = i32(ipcTableAdd(kind.table, key, virtAddr(object)));
  return i64(object.id);
}

function grow(table: IpcTable): bool {
  const capacity = ipcTableWantsCapacity(table);
  if (capacity === 0) {
    return true;
  }
  const memory = heapAllocZeroed(u64(capacity) * u64(sizeOf<IpcSlot>()));
  if (memory === null) {
    return false;
  }
  // SAFETY: fresh zeroed memory of that size.
  const before = ipcTableMove(table, castPtr<IpcSlot>(memory), capacity);
  if (before !== null) {
    heapFree(castPtr<u8>(before));
  }
  return true;
}

/** IPC_RMID by its owner: 0n, -EPERM, or -EINVAL if somebody was faster. */
export function ipcRemove(kind: IpcKind, object: Ptr<IpcObject>): i64 {
  {
    using _kind = mutexAcquire(kind.lock);
    using _guard = mutexAcquire(object.lock);
    if (object.isRemoved) {
      return i64(-EINVAL);
    }
    if (!isOwn(object)) {
      return i64(-EPERM);
    }
    ipcTableRemove(kind.table, object.id);
    object.isRemoved = true;
    kind.remove(object);
  }
  ipcPut(object);
  return 0n;
}

/** Whether the program may do with the object what the bits of `wanted` say, wherever in the mode they stand. */
export function ipcPermits(object: Ptr<IpcObject>, wanted: u32): bool {
  const user = users().effective;
  const isOwner = user === object.cuid || user === object.uid;
  const shift: u32 = isOwner ? 6 : isInGroup(object.cgid) || isInGroup(object.gid) ? 3 : 0;
  const bits = (wanted | (wanted >> 3) | (wanted >> 6)) & 7;
  return (bits & ~(object.mode >> shift)) === 0 || isCapable(CAP_IPC_OWNER);
}

function isOwn(object: Ptr<IpcObject>): bool {
  const user = users().effective;
  return user === object.cuid || user === object.uid || isCapable(CAP_SYS_ADMIN);
}

/** IPC_SET: 0n, -EPERM or -EINVAL. The object's lock is held. */
export function ipcSet(object: Ptr<IpcObject>, wanted: IpcPerm): i64 {
  if (!isOwn(object)) {
    return i64(-EPERM);
  }
  if (wanted.uid === u32.MAX || wanted.gid === u32.MAX) {
    return i64(-EINVAL);
  }
  object.uid = wanted.uid;
  object.gid = wanted.gid;
  object.mode = wanted.mode & PERMISSIONS;
  object.changedAt = nowSeconds();
  return 0n;
}

/** What IPC_STAT says of it. */
export function ipcFillPerm(object: Ptr<IpcObject>, perm: IpcPerm): void {
  perm.key = object.key;
  perm.uid = object.uid;
  perm.gid = object.gid;
  perm.cuid = object.cuid;
  perm.cgid = object.cgid;
  perm.mode = object.mode;
  perm.seq = u16(ipcSequence(object.id));
}
