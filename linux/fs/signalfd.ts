/**
 * signalfd(2): pending signals of a mask, taken by reading.
 *
 * The description knows nothing but its mask. Whoever reads or polls asks for its own pending signals and the process's, so two threads
 * may find different ones in the same descriptor. Every signal that becomes pending wakes all that wait; they look again.
 */

import { EAGAIN, EFAULT, EINVAL, ERESTARTSYS } from "../../abi/errno.ts";
import { O_RDWR, POLLIN, POLLRDNORM, type SignalfdSiginfo, type Stat } from "../../abi/linux-files.ts";
import {
  SI_KERNEL,
  SI_TIMER,
  SI_USER,
  SIGBUS,
  SIGCHLD,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
  type Siginfo,
} from "../../abi/linux-signal.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { signalArrivals, signalPendingSet, signalTake } from "../signal-state.ts";
import { anonymousObjectStatus, anonymousSeek } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate, fileIsNonblocking, fileObject } from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { type Transfer, transferPut } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

const INFO_BYTES = 128n;
const READABLE = POLLIN | POLLRDNORM;

class SignalMask {
  signals!: Atomic<u64>;
}

/** A description that reads the signals of a set; null: no memory. */
export function signalfdCreate(signals: u64, flags: u32): Ptr<File> | null {
  const memory = heapAllocZeroed(u64(sizeOf<SignalMask>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size.
  const mask = castPtr<SignalMask>(memory);
  mask.signals.store(signals);
  const file = fileCreate(SIGNALFD_OPERATIONS, virtAddr(mask), O_RDWR | flags);
  if (file === null) {
    heapFree(memory);
  }
  return file;
}

/** False if the description is not a signalfd. */
export function signalfdSetMask(file: File, signals: u64): bool {
  if (virtAddr(file.operations) !== virtAddr(SIGNALFD_OPERATIONS)) {
    return false;
  }
  fileObject<SignalMask>(file).signals.store(signals);
  // Those who wait may find something now.
  waitWakeAll(signalArrivals, READABLE);
  return true;
}

function hasNone(address: VirtAddr): bool {
  return (signalPendingSet() & pointerAt<SignalMask>(address).signals.load()) === 0n;
}

/** Waits for the first signal unless the description says not to; more are taken while there are some and room for them. */
function signalfdRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  if (transfer.left < INFO_BYTES) {
    return i64(-EINVAL);
  }
  const mask = fileObject<SignalMask>(file);
  const info: Siginfo = zeroed();
  let done: i64 = 0n;
  while (transfer.left >= INFO_BYTES) {
    if (signalTake(mask.signals.load(), info) === 0) {
      if (done > 0n) {
        break;
      }
      if (fileIsNonblocking(file)) {
        return i64(-EAGAIN);
      }
      if (!waitWhile(signalArrivals, hasNone, virtAddr(mask), READABLE)) {
        return i64(-ERESTARTSYS);
      }
      continue;
    }
    if (!putInfo(transfer, info)) {
      return done > 0n ? done : i64(-EFAULT);
    }
    done += i64(INFO_BYTES);
  }
  return done;
}

function isFault(info: Siginfo): bool {
  if (info.si_code <= SI_USER || info.si_code >= SI_KERNEL) {
    return false;
  }
  switch (u32(info.si_signo)) {
    case SIGILL:
    case SIGTRAP:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
      return true;
    default:
      return false;
  }
}

/** What siginfo_t has in a union depends on the code and, for what the kernel sends, on the signal. */
function putInfo(transfer: Transfer, info: Siginfo): bool {
  const out: SignalfdSiginfo = zeroed();
  out.ssi_signo = u32(info.si_signo);
  out.ssi_errno = info.si_errno;
  out.ssi_code = info.si_code;
  const low = u32.wrap(info.first);
  const high = u32.wrap(info.first >> 32n);
  if (isFault(info)) {
    out.ssi_addr = info.first;
  } else if (info.si_code === SI_TIMER) {
    out.ssi_tid = low;
    out.ssi_overrun = high;
  } else {
    out.ssi_pid = low;
    out.ssi_uid = high;
  }
  if (info.si_code < SI_USER) {
    out.ssi_ptr = info.value;
    out.ssi_int = i32.wrap(info.value);
  } else if (u32(info.si_signo) === SIGCHLD && info.si_code !== SI_USER && info.si_code < SI_KERNEL) {
    out.ssi_status = i32.wrap(info.value);
  }
  // SAFETY: plain integers.
  return transferPut(transfer, castPtr<u8>(out), INFO_BYTES) === INFO_BYTES;
}

function signalfdPoll(file: File, table: Ptr<PollTable> | null): u32 {
  pollAdd(table, signalArrivals);
  return hasNone(file.object) ? 0 : READABLE;
}

function signalfdStatus(_file: File, stat: Stat): i64 {
  return anonymousObjectStatus(stat);
}

function signalfdRelease(file: File): void {
  heapFree(fileObject<u8>(file));
}

const SIGNALFD_OPERATIONS: FileOperations = {
  name: "anon_inode:[signalfd]",
  read: signalfdRead,
  write: null,
  poll: signalfdPoll,
  control: null,
  status: signalfdStatus,
  list: null,
  seek: anonymousSeek,
  release: signalfdRelease,
  isPositioned: false,
};
