/**
 * The file server of a machine: its exports, and the doorbell at which a vCPU's thread answers what is in the queue.
 *
 * Requests are answered in the thread that rang, so one costs an exit and no hand-over, and several vCPUs are served side by side. The queue's
 * lock is held for taking a chain and for giving it back, never around a call of the host. A chain may have been taken by somebody else, another
 * vCPU's doorbell or the attendant (attendant.ts), and not be answered yet when its own doorbell finds the queue empty: then the thread waits until
 * any request is finished (the guest looks, and rings again if it was not its own), instead of letting the guest turn in circles.
 */

import { ENAMETOOLONG, ENFILE, ENXIO } from "../../abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_PATH, S_IFDIR, S_IFMT, S_IFREG, Statx } from "../../abi/linux-files.ts";
import { FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAKE, RLIMIT_NOFILE, Rlimit } from "../../abi/linux-process.ts";
import { SYS_close, SYS_futex, SYS_openat, SYS_prlimit64, SYS_umask } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { QueueViolation } from "../channel-device.ts";
import { type Lock, lockAcquire, lockRelease } from "../lock.ts";
import { callLinux, hostStat } from "./host.ts";
import {
  ATTENDANT_REQUEST,
  MAX_EXPORT_NAME_BYTES,
  MAX_EXPORTS,
  MAX_FIDS,
  MAX_REQUESTS,
  RESERVED_DESCRIPTORS,
} from "./limits.ts";
import { type QueueDevice, queueGive, queueRead, queueTake, queueWantNotify } from "./queue.ts";
import { deviceOf, type NinepRequest, type NinepSession } from "./request.ts";
import { sessionAnswer, sessionInit } from "./session.ts";

export class NinepServer {
  session!: NinepSession;
  device!: QueueDevice;
  /** Held around queueTake and queueGive, and what they count. */
  queueLock!: Lock;
  /** Chains that were taken and are not given back. */
  busy!: u32;
  /** Counts those that were: what a thread without one of its own waits for. */
  finished!: Atomic<u32>;
  /** Threads that do. */
  waiting!: Atomic<u32>;
  /** 1 while a thread watches the queue (attendant.ts). */
  isAttended!: Atomic<u32>;
  hasHost!: bool;
  requests!: FixedArray<NinepRequest, 65>;
}

export const ninepServer: NinepServer = zeroed();
staticAssert(
  MAX_REQUESTS === 65 && ATTENDANT_REQUEST === 64,
  "a structure for each request in progress, the last the attendant's",
);

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

/**
 * The doorbell, in the thread of vCPU `index`, whose guest has looked at `seen` answers (modulo 65536): None, or how the guest broke the rules of
 * the queue.
 */
export function ninepServerRing(server: NinepServer, index: u32, seen: u16): QueueViolation {
  assert(index < ATTENDANT_REQUEST, "every vCPU has a request of its own");
  const wasAttended = server.isAttended.load(Order.Relaxed) !== 0;
  if (ninepServerServe(server, index) === 0) waitForAnother(server, seen);
  else if (wasAttended) ninepServerAttend(server, false);
  lockAcquire(server.queueLock);
  const violation = server.device.violation;
  lockRelease(server.queueLock);
  return violation;
}

/** Answers what is in the queue, with request structure `index`: how many that were. Stops at a rule that the guest breaks. */
export function ninepServerServe(server: NinepServer, index: u32): u32 {
  const request = server.requests[index];
  let served: u32 = 0;
  for (;;) {
    const head = take(server);
    if (head < 0) return served;
    served += 1;
    serve(server, request, u16(head));
  }
}

/** From now on a thread watches the queue, or does not any more: the guest is told. */
export function ninepServerAttend(server: NinepServer, isAttended: bool): void {
  const wanted: u32 = isAttended ? 1 : 0;
  if (server.isAttended.load(Order.Relaxed) === wanted) return;
  lockAcquire(server.queueLock);
  server.isAttended.store(wanted, Order.Release);
  queueWantNotify(server.device, !isAttended);
  lockRelease(server.queueLock);
}

function take(server: NinepServer): i32 {
  lockAcquire(server.queueLock);
  const head = queueTake(server.device);
  if (head >= 0) server.busy += 1;
  lockRelease(server.queueLock);
  return head;
}

/** Answers the chain at `head` and gives it back, unless that breaks a rule. */
function serve(server: NinepServer, request: NinepRequest, head: u16): void {
  let violation = queueRead(server.device, head, request.chain);
  const bytes: u32 = violation === QueueViolation.None ? sessionAnswer(server.session, request) : 0;
  if (violation === QueueViolation.None && bytes === 0) violation = QueueViolation.NoRoomForAnswer;
  lockAcquire(server.queueLock);
  if (violation === QueueViolation.None) queueGive(server.device, head, bytes);
  else server.device.violation = violation;
  server.busy -= 1;
  void server.finished.fetchAdd(1, Order.SeqCst);
  lockRelease(server.queueLock);
  if (server.waiting.load(Order.SeqCst) > 0) {
    const everyone = u64(u32.MAX >> 1);
    void linuxCall(SYS_futex, callPointer(addressOf(server.finished)), u64(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), everyone);
  }
}

/** Until a request of another thread is finished, if one is in progress and none was since the guest looked; a signal ends it sooner. */
function waitForAnother(server: NinepServer, seen: u16): void {
  void server.waiting.fetchAdd(1, Order.SeqCst);
  lockAcquire(server.queueLock);
  const before = server.finished.load(Order.SeqCst);
  const device = server.device;
  const mustWait = server.busy > 0 && device.state.filled === seen && device.violation === QueueViolation.None;
  lockRelease(server.queueLock);
  if (mustWait) {
    const operation = u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
    void linuxCall(SYS_futex, callPointer(addressOf(server.finished)), operation, u64(before), 0n);
  }
  void server.waiting.fetchSub(1, Order.SeqCst);
}
