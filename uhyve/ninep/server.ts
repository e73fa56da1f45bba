/**
 * The file server of a machine: its exports, and the doorbell at which a vCPU's thread answers what is in the queue.
 *
 * Requests are answered in the thread that rang, so one costs an exit and no hand-over, and several vCPUs are served side by side. The queue's
 * lock is held for taking a chain and for giving it back, never around a call of the host. A chain may have been taken by another vCPU's
 * doorbell and not be answered yet when its own finds the queue empty: then the thread waits until any request is finished (the guest looks,
 * and rings again if it was not its own), instead of letting the guest turn in circles.
 */

import { ENAMETOOLONG, ENFILE, ENXIO } from "../../abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_PATH, S_IFDIR, S_IFMT, S_IFREG, Statx } from "../../abi/linux-files.ts";
import { FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAKE, RLIMIT_NOFILE, Rlimit } from "../../abi/linux-process.ts";
import { KernelSigaction, SIG_IGN, SIGSET_BYTES, SIGXFSZ } from "../../abi/linux-signal.ts";
import {
  SYS_close,
  SYS_futex,
  SYS_openat,
  SYS_prlimit64,
  SYS_rt_sigaction,
  SYS_umask,
} from "../../abi/linux-syscalls.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { QueueViolation } from "../channel-device.ts";
import { type Lock, lockAcquire, lockRelease } from "../lock.ts";
import { callLinux, hostStat } from "./host.ts";
import { MAX_EXPORT_NAME_BYTES, MAX_EXPORTS, MAX_FIDS, MAX_REQUESTS, RESERVED_DESCRIPTORS } from "./limits.ts";
import { type QueueDevice, queueGive, queueRead, queueTake } from "./queue.ts";
import { deviceOf, type NinepRequest, type NinepSession } from "./request.ts";
import { sessionAnswer, sessionInit } from "./session.ts";

/** A vCPU that waits for another one's request looks at its own work from time to time: its answer may have come before it rang. */
const MOST_WAIT_NS = 200_000n;

export class NinepServer {
  session!: NinepSession;
  device!: QueueDevice;
  /** Held around queueTake and queueGive. */
  queueLock!: Lock;
  /** Chains that were taken and are not given back. */
  busy!: Atomic<u32>;
  /** Counts those that were: what a thread without one of its own waits for. */
  finished!: Atomic<u32>;
  /** Threads that do. */
  waiting!: Atomic<u32>;
  hasHost!: bool;
  requests!: FixedArray<NinepRequest, 64>;
}

export const ninepServer: NinepServer = zeroed();

/**
 * Offers a directory or a regular file of the host to the guest, which attaches to it by `name`; 0 or a negative errno. `path` is the user's
 * own and may lead through symbolic links.
 */
export function ninepServerAddExport(server: NinepServer, name: string, path: Ptr<u8>, isReadOnly: bool): i64 {
  const flags = u64(O_PATH | O_CLOEXEC);
  const fd = linuxCall(SYS_openat, u64.wrap(AT_FDCWD), u64(virtAddr(path)), flags);
  if (fd < 0n) return fd;
  const result = ninepServerAddExportFd(server, name, i32(fd), isReadOnly);
  if (result < 0n) void linuxCall(SYS_close, u64(fd));
  return result;
}

/** The same of a descriptor, which is the server's from then on unless the answer is an error. */
export function ninepServerAddExportFd(server: NinepServer, name: string, fd: i32, isReadOnly: bool): i64 {
  const session = server.session;
  if (name.length > MAX_EXPORT_NAME_BYTES) return i64(-ENAMETOOLONG);
  if (session.exportCount === MAX_EXPORTS) return i64(-ENFILE);
  const prepared = server.hasHost ? 0n : prepareHost(server);
  if (prepared < 0n) return prepared;
  const stat = new Statx();
  const result = hostStat(session.host, fd, stat);
  if (result < 0n) return result;
  const type = u32(stat.stx_mode) & S_IFMT;
  if (type !== S_IFDIR && type !== S_IFREG) return i64(-ENXIO);
  const entry = session.exports[session.exportCount];
  copyBytes(elements(entry.name), name.data, u64(name.length));
  entry.nameBytes = name.length;
  entry.fd = fd;
  entry.isReadOnly = isReadOnly;
  entry.type = type;
  entry.device = deviceOf(stat);
  entry.qidPath = stat.stx_ino;
  session.exportCount += 1;
  return 0n;
}

/** What the process needs to serve files: 0, or the negative errno with which /proc/self/fd could not be opened. */
function prepareHost(server: NinepServer): i64 {
  const flags = u64(O_PATH | O_DIRECTORY | O_CLOEXEC);
  const fd = linuxCall(SYS_openat, u64.wrap(AT_FDCWD), callPointer("/proc/self/fd".data), flags);
  if (fd < 0n) return fd;
  server.session.host.call = callLinux;
  server.session.host.procFd = i32(fd);
  sessionInit(server.session, raiseDescriptorLimit());
  // Modes are the guest's: it has applied its program's mask.
  void linuxCall(SYS_umask, 0n);
  // A write beyond RLIMIT_FSIZE is an error of that write (EFBIG), not the end of the monitor.
  const action = new KernelSigaction();
  action.handler = SIG_IGN;
  void linuxCall(SYS_rt_sigaction, u64(SIGXFSZ), callPointer(action), 0n, SIGSET_BYTES);
  server.hasHost = true;
  return 0n;
}

/** Makes the soft limit what the hard one allows, as far as fids can use it; how many fids there may be. */
function raiseDescriptorLimit(): u32 {
  const limit = new Rlimit();
  if (linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_NOFILE), 0n, callPointer(limit)) < 0n) return 0;
  const most = u64(MAX_FIDS + RESERVED_DESCRIPTORS);
  if (limit.rlim_cur < most && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
    if (linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_NOFILE), callPointer(limit), 0n) < 0n) {
      void linuxCall(SYS_prlimit64, 0n, u64(RLIMIT_NOFILE), 0n, callPointer(limit));
    }
  }
  const usable = limit.rlim_cur < most ? limit.rlim_cur : most;
  return usable > u64(RESERVED_DESCRIPTORS) ? u32(usable) - RESERVED_DESCRIPTORS : 0;
}

/** The doorbell, in the thread of vCPU `index`: None, or how the guest broke the rules of the queue. */
export function ninepServerRing(server: NinepServer, index: u32): QueueViolation {
  assert(index < MAX_REQUESTS, "every vCPU has a request of its own");
  const request = server.requests[index];
  let hasServed = false;
  const finishedBefore = server.finished.load(Order.Acquire);
  for (;;) {
    const head = take(server);
    if (head < 0) break;
    hasServed = true;
    const violation = serve(server, request, u16(head));
    if (violation !== QueueViolation.None) return violation;
  }
  if (server.device.violation !== QueueViolation.None) return server.device.violation;
  if (!hasServed) waitForAnother(server, finishedBefore);
  return QueueViolation.None;
}

function take(server: NinepServer): i32 {
  lockAcquire(server.queueLock);
  const head = queueTake(server.device);
  if (head >= 0) void server.busy.fetchAdd(1, Order.Relaxed);
  lockRelease(server.queueLock);
  return head;
}

function serve(server: NinepServer, request: NinepRequest, head: u16): QueueViolation {
  const violation = queueRead(server.device, head, request.chain);
  if (violation !== QueueViolation.None) return violation;
  const bytes = sessionAnswer(server.session, request);
  if (bytes === 0) return QueueViolation.NoRoomForAnswer;
  lockAcquire(server.queueLock);
  queueGive(server.device, head, bytes);
  void server.busy.fetchSub(1, Order.Relaxed);
  lockRelease(server.queueLock);
  void server.finished.fetchAdd(1, Order.SeqCst);
  if (server.waiting.load(Order.SeqCst) > 0) {
    const everyone = u64(u32.MAX >> 1);
    void linuxCall(SYS_futex, callPointer(addressOf(server.finished)), u64(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), everyone);
  }
  return QueueViolation.None;
}

/** Until a request of another thread is finished, if one is in progress and none was since `before`; not for long. */
function waitForAnother(server: NinepServer, before: u32): void {
  void server.waiting.fetchAdd(1, Order.SeqCst);
  if (server.busy.load(Order.SeqCst) > 0 && server.finished.load(Order.SeqCst) === before) {
    const operation = u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
    const limit: Timespec = { tv_sec: 0n, tv_nsec: MOST_WAIT_NS };
    void linuxCall(SYS_futex, callPointer(addressOf(server.finished)), operation, u64(before), callPointer(limit));
  }
  void server.waiting.fetchSub(1, Order.SeqCst);
}
