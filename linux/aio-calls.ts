/** io_setup, io_destroy, io_submit, io_cancel, io_getevents, io_pgetevents (fs/aio.c of Linux): what they check, in its order. */

import { EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EOPNOTSUPP, ERESTARTNOHAND, ERESTARTSYS } from "../abi/errno.ts";
import {
  IOCB_CMD_FDSYNC,
  IOCB_CMD_FSYNC,
  IOCB_CMD_PREAD,
  IOCB_CMD_PREADV,
  IOCB_CMD_PWRITE,
  IOCB_CMD_PWRITEV,
  IOCB_FLAG_RESFD,
  type Iocb,
  type IoEvent,
} from "../abi/linux-aio.ts";
import { IOV_MAX } from "../abi/linux-files.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import { type AioContext, aioComplete, aioCreate, aioDestroy, aioFind, aioHasRoom, aioPut, aioTake } from "./aio.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs } from "./clock.ts";
import { fdGet } from "./descriptors.ts";
import { sysFdatasync, sysFsync } from "./file-sizes.ts";
import { sysPread64, sysPreadv, sysPwrite64, sysPwritev, sysRead, sysReadv, sysWrite, sysWritev } from "./files.ts";
import { eventfdAdd, fileIsEventfd } from "./fs/eventfd.ts";
import { type File, fileMayRead, fileMayWrite, filePut } from "./fs/file.ts";
import { signalMaskEnter, signalMaskLeave } from "./signal-wait.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** RWF_HIPRI, RWF_DSYNC and RWF_SYNC change nothing; others are not offered for single buffers. */
const HARMLESS_FLAGS = 7;

/** io_setup(requests, name) */
export function sysIoSetup(call: SyscallFrame): i64 {
  let name: u64 = 0n;
  // SAFETY: eight bytes of a local, here and below.
  if (userRead(castPtr<u8>(addressOf(name)), VirtAddr(call.a1), 8n) !== 0n) {
    return i64(-EFAULT);
  }
  if (name !== 0n) {
    return i64(-EINVAL);
  }
  const made = aioCreate(u32.wrap(call.a0));
  if (made < 0n) {
    return made;
  }
  name = u64(made);
  const stored = userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(name)), 8n);
  return stored === 0n ? 0n : afterwards(aioFind(name), stored);
}

/** Destroys a context, if there is one, and gives the answer. */
function afterwards(context: Ptr<AioContext> | null, answer: i64): i64 {
  if (context !== null) {
    void aioDestroy(context);
    aioPut(context);
  }
  return answer;
}

/** io_destroy(context) */
export function sysIoDestroy(call: SyscallFrame): i64 {
  const context = aioFind(call.a0);
  if (context === null) {
    return i64(-EINVAL);
  }
  const result = aioDestroy(context);
  aioPut(context);
  return result;
}

/** io_submit(context, count, requests): how many were taken, or why the first one was not. */
export function sysIoSubmit(call: SyscallFrame): i64 {
  const context = i64.wrap(call.a1) < 0n ? null : aioFind(call.a0);
  if (context === null) {
    return i64(-EINVAL);
  }
  let done: u64 = 0n;
  let result: i64 = 0n;
  while (done < call.a1 && result === 0n) {
    let address: u64 = 0n;
    result = userRead(castPtr<u8>(addressOf(address)), VirtAddr(call.a2 + 8n * done), 8n);
    if (result === 0n) {
      result = submit(context, address);
    }
    done += result === 0n ? 1n : 0n;
  }
  aioPut(context);
  return done > 0n ? i64(done) : result;
}

function submit(context: Ptr<AioContext>, address: u64): i64 {
  const request: Iocb = zeroed();
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(request), VirtAddr(address), u64(sizeOf<Iocb>())) !== 0n) {
    return i64(-EFAULT);
  }
  if (request.aio_reserved2 !== 0n || i64.wrap(request.aio_nbytes) < 0n) {
    return i64(-EINVAL);
  }
  if (!aioHasRoom(context)) {
    return i64(-EAGAIN);
  }
  const file = fdGet(i32.wrap(request.aio_fildes));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = submitOn(context, file, request, address);
  filePut(file);
  return result;
}

function submitOn(context: Ptr<AioContext>, file: Ptr<File>, request: Iocb, address: u64): i64 {
  const isTold = (request.aio_flags & IOCB_FLAG_RESFD) !== 0;
  const counter = isTold ? fdGet(i32.wrap(request.aio_resfd)) : null;
  let result: i64 = 0n;
  if (isTold && (counter === null || !fileIsEventfd(counter))) {
    result = i64(counter === null ? -EBADF : -EINVAL);
  }
  let key: u32 = 0;
  if (result === 0n) {
    const place = VirtAddr(address + u64(offsetOf<Iocb>("aio_key")));
    result = userWrite(place, castPtr<u8>(addressOf(key)), 4n);
  }
  if (result === 0n) {
    result = refusal(file, request);
  }
  if (result === 0n) {
    const event: IoEvent = { data: request.aio_data, obj: address, res: run(file, request), res2: 0n };
    aioComplete(context, event);
    if (counter !== null) {
      eventfdAdd(counter, 1n);
    }
  }
  if (counter !== null) {
    filePut(counter);
  }
  return result;
}

/** What is wrong with a request before anything is done: 0n or a negative errno. */
function refusal(file: File, request: Iocb): i64 {
  switch (u32(request.aio_lio_opcode)) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PREADV:
      return transferRefusal(fileMayRead(file), file.operations.read !== null, request);
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PWRITEV:
      return transferRefusal(fileMayWrite(file), file.operations.write !== null, request);
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC: {
      const isEmpty = request.aio_buf === 0n && request.aio_offset === 0n && request.aio_nbytes === 0n;
      return isEmpty && request.aio_rw_flags === 0 && file.inode !== null ? 0n : i64(-EINVAL);
    }
    default:
      return i64(-EINVAL);
  }
}

function transferRefusal(isAllowed: bool, isPossible: bool, request: Iocb): i64 {
  const isVector = u32(request.aio_lio_opcode) >= IOCB_CMD_PREADV;
  if ((request.aio_rw_flags & ~HARMLESS_FLAGS) !== 0) {
    return i64(-EOPNOTSUPP);
  }
  if (!isAllowed) {
    return i64(-EBADF);
  }
  return !isPossible || request.aio_offset < 0n || (isVector && request.aio_nbytes > u64(IOV_MAX)) ? i64(-EINVAL) : 0n;
}

/** Does what the request asks for, as the call of the same name: the event's result. */
function run(file: File, request: Iocb): i64 {
  const call: SyscallFrame = zeroed();
  call.a0 = u64(request.aio_fildes);
  call.a1 = request.aio_buf;
  call.a2 = request.aio_nbytes;
  call.a3 = u64.wrap(request.aio_offset);
  const hasPlace = file.operations.isPositioned;
  const result = runAs(u32(request.aio_lio_opcode), call, hasPlace);
  return result === i64(-ERESTARTSYS) || result === i64(-ERESTARTNOHAND) ? i64(-EINTR) : result;
}

function runAs(opcode: u32, call: SyscallFrame, hasPlace: bool): i64 {
  switch (opcode) {
    case IOCB_CMD_PREAD:
      return hasPlace ? sysPread64(call) : sysRead(call);
    case IOCB_CMD_PWRITE:
      return hasPlace ? sysPwrite64(call) : sysWrite(call);
    case IOCB_CMD_PREADV:
      return hasPlace ? sysPreadv(call) : sysReadv(call);
    case IOCB_CMD_PWRITEV:
      return hasPlace ? sysPwritev(call) : sysWritev(call);
    case IOCB_CMD_FSYNC:
      return sysFsync(call);
    default:
      return sysFdatasync(call);
  }
}

/** io_cancel(context, request, event): every request has been done already. */
export function sysIoCancel(call: SyscallFrame): i64 {
  let key: u32 = 0;
  const place = VirtAddr(call.a1 + u64(offsetOf<Iocb>("aio_key")));
  return userRead(castPtr<u8>(addressOf(key)), place, 4n) !== 0n ? i64(-EFAULT) : i64(-EINVAL);
}

/** io_getevents(context, least, most, events, timeout) */
export function sysIoGetevents(call: SyscallFrame): i64 {
  const result = takeEvents(call);
  return result === i64(-ERESTARTNOHAND) ? i64(-EINTR) : result;
}

/** io_pgetevents(context, least, most, events, timeout, mask) */
export function sysIoPgetevents(call: SyscallFrame): i64 {
  const mask: FixedArray<u64, 2> = zeroed();
  // SAFETY: sixteen bytes of a local: where the mask is, and its size.
  if (call.a5 !== 0n && userRead(castPtr<u8>(elements(mask)), VirtAddr(call.a5), 16n) !== 0n) {
    return i64(-EFAULT);
  }
  const entered = signalMaskEnter(mask[0], mask[1]);
  return entered !== 0n ? entered : signalMaskLeave(takeEvents(call));
}

function takeEvents(call: SyscallFrame): i64 {
  const least = i64.wrap(call.a1);
  const most = i64.wrap(call.a2);
  let deadlineNs: u64 = NEVER_NS;
  if (call.a4 !== 0n) {
    const ns = readTimespecNs(call.a4);
    if (ns === i64(-EFAULT)) {
      return ns;
    }
    deadlineNs = ns >= FOREVER_NS ? NEVER_NS : ns < 0n ? 0n : deadlineAfter(monotonicNs(), u64(ns));
  }
  const context = aioFind(call.a0);
  if (context === null) {
    return i64(-EINVAL);
  }
  const isSense = least >= 0n && most >= least;
  const result = isSense ? aioTake(context, call.a3, u64(least), u64(most), deadlineNs) : i64(-EINVAL);
  aioPut(context);
  return result;
}
