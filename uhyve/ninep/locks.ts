/** Tlock and Tgetlock. No lock is waited for: a vCPU would stand still; the guest asks again. */

import { EACCES, EBADF, EINVAL, EPROTO } from "../../abi/errno.ts";
import { F_RDLCK, F_UNLCK, F_WRLCK, Flock, S_IFREG, SEEK_SET } from "../../abi/linux-files.ts";
import { NINEP_LOCK_BLOCK, NinepLockStatus, NinepLockType } from "../../abi/ninep.ts";
import {
  wireGet8,
  wireGet32,
  wireGet64,
  wireGetString,
  wirePut8,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../compiler/std/wire.ts";
import type { Fid } from "./fid-table.ts";
import { isLockTaken, lockFileSet, lockFileTest } from "./lock-table.ts";
import { fidError, fidGet, isReadOnly, isWhole, type NinepRequest } from "./request.ts";

export function lock(request: NinepRequest): i64 {
  const input = request.input;
  const fid = fidGet(request);
  const type = wireGet8(input);
  const flags = wireGet32(input);
  const wanted = new Flock();
  getRange(request, wanted, type);
  void wireGet32(input);
  void wireGetString(input);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  if ((flags & ~NINEP_LOCK_BLOCK) !== 0) return i64(-EINVAL);
  const refused = refuse(fid, type);
  if (refused < 0n) return refused;
  const result = lockFileSet(request.session.locks, request.session.host, fid, !isReadOnly(request, fid), wanted);
  const isTaken = isLockTaken(result) || result === i64(-EACCES);
  if (result < 0n && !isTaken) return result;
  wirePut8(request.output, isTaken ? u8(NinepLockStatus.Blocked) : u8(NinepLockStatus.Success));
  return 0n;
}

export function getLock(request: NinepRequest): i64 {
  const input = request.input;
  const output = request.output;
  const fid = fidGet(request);
  const type = wireGet8(input);
  const wanted = new Flock();
  getRange(request, wanted, type);
  const process = wireGet32(input);
  const client = wireGetString(input);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  const refused = refuse(fid, type);
  if (refused < 0n) return refused;
  if (type === NinepLockType.Unlock) return i64(-EINVAL);
  const result = lockFileTest(request.session.locks, request.session.host, fid, !isReadOnly(request, fid), wanted);
  if (result < 0n) return result;
  wirePut8(output, typeOf(wanted.l_type));
  wirePut64(output, u64.wrap(wanted.l_start));
  wirePut64(output, u64.wrap(wanted.l_len));
  wirePut32(output, wanted.l_type === F_UNLCK ? process : u32.wrap(wanted.l_pid));
  wirePutString(output, client);
  return 0n;
}

function getRange(request: NinepRequest, wanted: Flock, type: u8): void {
  wanted.l_type = type === NinepLockType.Read ? F_RDLCK : F_UNLCK;
  if (type === NinepLockType.Write) wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = i64.wrap(wireGet64(request.input));
  wanted.l_len = i64.wrap(wireGet64(request.input));
}

function typeOf(hostType: i16): u8 {
  if (hostType === F_RDLCK) return u8(NinepLockType.Read);
  return hostType === F_WRLCK ? u8(NinepLockType.Write) : u8(NinepLockType.Unlock);
}

/** Locks are of open files. */
function refuse(fid: Fid, type: u8): i64 {
  if (type > NinepLockType.Unlock) return i64(-EINVAL);
  return fid.isOpen && fid.type === S_IFREG ? 0n : i64(-EBADF);
}
