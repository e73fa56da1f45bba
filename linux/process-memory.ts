/**
 * process_vm_readv and process_vm_writev: there is one process, so both ends are this one's memory; debuggers and message-passing libraries
 * use the calls on themselves, too.
 */

import { EFAULT, EINVAL, ENOMEM, ESRCH } from "../abi/errno.ts";
import { IOV_MAX, type Iovec } from "../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { type Transfer, transferPut, transferSetVector, transferTake } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskFind, tasksLock } from "./task.ts";

const BUFFER_BYTES = 0x1000n;

/** process_vm_readv(process, local, localCount, remote, remoteCount, flags) */
export function sysProcessVmReadv(call: SyscallFrame): i64 {
  return copyBetween(call, call.a3, call.a4, call.a1, call.a2);
}

/** process_vm_writev: the same arguments. */
export function sysProcessVmWritev(call: SyscallFrame): i64 {
  return copyBetween(call, call.a1, call.a2, call.a3, call.a4);
}

function copyBetween(call: SyscallFrame, from: u64, fromCount: u64, to: u64, toCount: u64): i64 {
  if (call.a5 !== 0n || fromCount > IOV_MAX || toCount > IOV_MAX) {
    return i64(-EINVAL);
  }
  const pieceBytes = u64(sizeOf<Iovec>());
  const memory = heapAlloc((fromCount + toCount + 1n) * pieceBytes + BUFFER_BYTES);
  if (memory === null) {
    return i64(-ENOMEM);
  }
  const buffer = memory.add((fromCount + toCount + 1n) * pieceBytes);
  const source: Transfer = zeroed();
  const target: Transfer = zeroed();
  // SAFETY: room for as many pieces, and for the buffer behind them.
  let result = transferSetVector(source, from, fromCount, castPtr<Iovec>(memory));
  if (result === 0n) {
    result = transferSetVector(target, to, toCount, castPtr<Iovec>(memory).add(fromCount));
  }
  if (result === 0n) {
    result = isOurs(i32.wrap(call.a0)) ? move(source, target, buffer) : i64(-ESRCH);
  }
  heapFree(memory);
  return result;
}

/** A thread's number stands for its process. */
function isOurs(process: i32): bool {
  using _guard = lockAcquire(tasksLock);
  return taskFind(process) !== null;
}

/** Bytes moved until either side ends or cannot be touched; -EFAULT if that is at once. */
function move(source: Transfer, target: Transfer, buffer: Ptr<u8>): i64 {
  let done: u64 = 0n;
  while (source.left > 0n && target.left > 0n) {
    const both: u64 = source.left < target.left ? source.left : target.left;
    const part: u64 = both < BUFFER_BYTES ? both : BUFFER_BYTES;
    const taken = transferTake(source, buffer, part);
    const put = transferPut(target, buffer, taken);
    done += put;
    if (put < part) {
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
  }
  return i64(done);
}
