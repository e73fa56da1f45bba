/**
 * Advisory locks of files in exports are the server's, so programs of the host and guests exclude each other. The guest is one process to it.
 *
 * A server never waits for a lock (its thread is the guest's processor): it answers that the lock is taken, and the guest asks again
 * (linux/range-lock-table.ts). QEMU's server grants every lock.
 */

import { EAGAIN, EIO, ENOLCK, ENOMEM } from "../../../abi/errno.ts";
import { F_GETLK, F_RDLCK, F_UNLCK, F_WRLCK, type Flock } from "../../../abi/linux-files.ts";
import { NINEP_LOCK_BLOCK, NinepLockStatus, NinepLockType, NinepType } from "../../../abi/ninep.ts";
import {
  wireGet8,
  wireGet32,
  wireGet64,
  wireGetString,
  wirePut8,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../../compiler/std/wire.ts";
import { answerEnd } from "../../../drivers/ninep/message.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepBegin, ninepCall, ninepEnd } from "../../../drivers/ninep/transport.ts";
import { PROCESS_ID } from "../../identity.ts";
import type { File } from "../file.ts";
import { type Inode, inodeIsRegular } from "../inode.ts";
import { type NinepNode, nodeOf } from "./export.ts";
import { fileFid } from "./open-file.ts";

const CLIENT = "hermit";

function typeOf(lock: Flock): u8 {
  const type = lock.l_type;
  return u8(u32(type === F_RDLCK ? NinepLockType.Read : type === F_WRLCK ? NinepLockType.Write : NinepLockType.Unlock));
}

function begin(node: Ptr<NinepNode>, type: NinepType, fid: u32, lock: Flock): Ptr<NinepRequest> | null {
  const request = ninepBegin(node.export.transport, type);
  if (request !== null) {
    wirePut32(request.wire, fid);
    wirePut8(request.wire, typeOf(lock));
    if (type === NinepType.Tlock) {
      wirePut32(request.wire, NINEP_LOCK_BLOCK);
    }
    wirePut64(request.wire, u64(lock.l_start));
    wirePut64(request.wire, u64(lock.l_len));
    wirePut32(request.wire, u32(PROCESS_ID));
    wirePutString(request.wire, CLIENT);
  }
  return request;
}

/** InodeOperations.lock: `lock` counts from the file's beginning. */
export function ninepLock(inode: Ptr<Inode>, file: File, command: u32, lock: Flock): i64 {
  if (!inodeIsRegular(inode)) {
    lock.l_type = F_UNLCK;
    return 0n;
  }
  const node = nodeOf(inode);
  return command === F_GETLK ? getLock(node, fileFid(file), lock) : setLock(node, fileFid(file), lock);
}

function setLock(node: Ptr<NinepNode>, fid: u32, lock: Flock): i64 {
  const request = begin(node, NinepType.Tlock, fid, lock);
  if (request === null) {
    return i64(-ENOMEM);
  }
  let result = ninepCall(request);
  if (result === 0n) {
    const status = u32(wireGet8(request.wire));
    result = answerEnd(request.wire);
    if (result === 0n && status !== u32(NinepLockStatus.Success)) {
      const isTaken = status === u32(NinepLockStatus.Blocked) || status === u32(NinepLockStatus.Grace);
      result = i64(isTaken ? -EAGAIN : -ENOLCK);
    }
  }
  ninepEnd(request);
  return result;
}

function getLock(node: Ptr<NinepNode>, fid: u32, lock: Flock): i64 {
  const request = begin(node, NinepType.Tgetlock, fid, lock);
  if (request === null) {
    return i64(-ENOMEM);
  }
  let result = ninepCall(request);
  if (result === 0n) {
    const type = u32(wireGet8(request.wire));
    const start = wireGet64(request.wire);
    const length = wireGet64(request.wire);
    const process = wireGet32(request.wire);
    void wireGetString(request.wire);
    result = answerEnd(request.wire);
    if (result === 0n && type > u32(NinepLockType.Unlock)) {
      result = i64(-EIO);
    }
    if (result === 0n) {
      takeLock(lock, type, start, length, process);
    }
  }
  ninepEnd(request);
  return result;
}

/** Nobody holds a lock that would be in the way: only the type says so. */
function takeLock(lock: Flock, type: u32, start: u64, length: u64, process: u32): void {
  lock.l_type = F_UNLCK;
  if (type !== u32(NinepLockType.Unlock)) {
    lock.l_type = type === u32(NinepLockType.Read) ? F_RDLCK : F_WRLCK;
    lock.l_whence = 0;
    lock.l_start = i64.wrap(start);
    lock.l_len = i64.wrap(length);
    lock.l_pid = i32.wrap(process);
  }
}
