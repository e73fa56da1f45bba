/**
 * Reading and writing of the host's descriptors as the channel needs it: whole writes, polls that never wait, negative errnos.
 *
 * The proxy's stdio belongs to whoever started it and may be anything: a terminal, a pipe that fills up, a file on a full disk, a
 * descriptor that another process has set to O_NONBLOCK. A write therefore goes on after partial writes and EINTR and waits in
 * poll(2) on EAGAIN, unless it only tries (outputs.ts). O_NONBLOCK itself is never changed: it is shared with the other users of the same open file.
 */

import { EAGAIN, EINTR, EIO } from "../../abi/errno.ts";
import { type Iovec, POLLIN, POLLOUT, type Pollfd } from "../../abi/linux-files.ts";
import { type KernelSigaction, SIG_IGN, SIGPIPE } from "../../abi/linux-signal.ts";
import { SYS_poll, SYS_read, SYS_rt_sigaction, SYS_writev } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";

/** From now on a write to a pipe without a reader is an error of that write. Children inherit it. */
export function ignoreSigpipe(): void {
  const action: KernelSigaction = { handler: SIG_IGN, flags: 0n, restorer: 0n, mask: 0n };
  void linuxCall(SYS_rt_sigaction, u64(SIGPIPE), callPointer(action), 0n, 8n);
}

/** Writes all vectors (which are consumed: their fields change). Bytes written; `error` is the negative errno that ended it, or 0. */
export function hostWriteVectors(fd: i32, vectors: Ptr<Iovec>, count: u32, error: Ptr<i32>): u64 {
  let written = hostTryVectors(fd, vectors, count, error);
  while (error.value === -EAGAIN) {
    void hostPoll(fd, POLLOUT, -1);
    written += hostTryVectors(fd, vectors, count, error);
  }
  return written;
}

/** As hostWriteVectors, but -EAGAIN ends it, too; the vectors hold what is left then. */
export function hostTryVectors(fd: i32, vectors: Ptr<Iovec>, count: u32, error: Ptr<i32>): u64 {
  let written: u64 = 0n;
  let first = firstWithBytes(vectors, 0, count);
  error.value = 0;
  while (first < count) {
    const result = linuxCall(SYS_writev, descriptor(fd), callPointer(vectors.add(first)), u64(count - first));
    if (result > 0n) {
      written += u64(result);
      consume(vectors, first, u64(result));
      first = firstWithBytes(vectors, first, count);
    } else if (result !== i64(-EINTR)) {
      // A descriptor that takes nothing and names no error would keep the loop going.
      error.value = result < 0n ? i32(result) : -EIO;
      return written;
    }
  }
  return written;
}

function firstWithBytes(vectors: Ptr<Iovec>, start: u32, count: u32): u32 {
  let first = start;
  while (first < count && vectors[first]!.iov_len === 0n) first += 1;
  return first;
}

/** Takes `bytes`, of which there are as many, from the vectors from `start` on. */
function consume(vectors: Ptr<Iovec>, start: u32, bytes: u64): void {
  let left = bytes;
  for (let i = start; left > 0n; i += 1) {
    const vector = vectors[i]!;
    const taken: u64 = left < vector.iov_len ? left : vector.iov_len;
    vector.iov_base += taken;
    vector.iov_len -= taken;
    left -= taken;
  }
}

/** Writes all bytes: 0 or a negative errno. */
export function hostWriteAll(fd: i32, bytes: Slice<u8>): i64 {
  const vector: Iovec = { iov_base: callPointer(bytes.data), iov_len: bytes.length };
  const error: i32 = 0;
  void hostWriteVectors(fd, addressOf(vector), 1, addressOf(error));
  return i64(error);
}

/** Bytes read, 0 at the end of the file, or a negative errno. */
export function hostRead(fd: i32, buffer: Ptr<u8>, mostBytes: u64): i64 {
  let result: i64 = 0n;
  do {
    result = linuxCall(SYS_read, descriptor(fd), callPointer(buffer), mostBytes);
  } while (result === i64(-EINTR));
  return result;
}

/** Whether a read would answer at once, be it with bytes, the end of the file or an error. */
export function hostIsReadable(fd: i32): bool {
  return hostPoll(fd, POLLIN, 0) !== 0n;
}

/** poll(2) of one descriptor; `timeoutMs` -1 waits without limit. The events that hold, 0 after a timeout. */
export function hostPoll(fd: i32, events: u16, timeoutMs: i32): i64 {
  const entry: Pollfd = { fd, events, revents: 0 };
  let result: i64 = 0n;
  do {
    result = linuxCall(SYS_poll, callPointer(entry), 1n, u64.wrap(timeoutMs));
  } while (result === i64(-EINTR));
  return result < 0n ? result : i64(entry.revents);
}

/** A descriptor as an argument: negative ones must reach the kernel as such, to be refused with EBADF. */
function descriptor(fd: i32): u64 {
  return u64.wrap(fd);
}
