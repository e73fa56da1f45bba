/**
 * The proxy's streams as outputs that never keep it waiting: what cannot be written now is the guest's to wait for (FrameKind.Await).
 *
 * A pipe or a terminal is opened once more with O_NONBLOCK: setting the flag on the descriptor itself would set it for everybody who
 * shares the open file (fcntl(2)), and a poll(2) before a write says only that a pipe takes PIPE_BUF bytes, and nothing that a terminal
 * takes. What cannot be opened again (sockets; a terminal of another user) is asked before each piece of PIPE_BUF bytes. Files and disks
 * take everything, if slowly.
 */

import { CHANNEL_STREAM_COUNT } from "../../abi/channel.ts";
import { EAGAIN } from "../../abi/errno.ts";
import {
  F_GETFL,
  type Iovec,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  POLLOUT,
  S_IFBLK,
  S_IFCHR,
  S_IFMT,
  S_IFREG,
  Stat,
} from "../../abi/linux-files.ts";
import { SYS_fcntl, SYS_fstat, SYS_ioctl, SYS_open } from "../../abi/linux-syscalls.ts";
import { TCGETS, Termios } from "../../abi/linux-terminal.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { hostPoll, hostTryVectors, hostWriteVectors } from "./host-io.ts";

enum OutputKind {
  /** Takes everything. */
  Whole = 0,
  /** `fd` is non-blocking. */
  NonBlocking = 1,
  /** Takes PIPE_BUF bytes when poll(2) calls it writable. */
  Polled = 2,
}

class Output {
  kind!: OutputKind;
  fd!: i32;
}

const PIPE_BUF = 4096n;

const outputs: FixedArray<Output, 3> = zeroed();

/** Looks at the streams; before the process is confined. */
export function outputsOpen(): void {
  for (let stream: u32 = 0; stream < CHANNEL_STREAM_COUNT; stream += 1) openOne(outputs[stream], i32(stream));
}

function openOne(output: Output, fd: i32): void {
  output.fd = fd;
  output.kind = OutputKind.Whole;
  const flags = linuxCall(SYS_fcntl, u64(fd), u64(F_GETFL));
  if (flags < 0n || (u32(flags) & O_PATH) !== 0 || takesEverything(fd)) return;
  output.kind = OutputKind.NonBlocking;
  if ((u32(flags) & O_NONBLOCK) !== 0) return;
  const path = `/proc/self/fd/${fd}`;
  const opened = linuxCall(SYS_open, callPointer(path.data), u64(u32(flags) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (opened >= 0n) output.fd = i32(opened);
  else output.kind = OutputKind.Polled;
}

/** Files, disks and /dev/null do; pipes, sockets and terminals may be full. */
function takesEverything(fd: i32): bool {
  const stat = new Stat();
  if (linuxCall(SYS_fstat, u64(fd), callPointer(stat)) < 0n) return true;
  const type = stat.st_mode & S_IFMT;
  if (type !== S_IFCHR) return type === S_IFREG || type === S_IFBLK;
  const settings = new Termios();
  return linuxCall(SYS_ioctl, u64(fd), u64(TCGETS), callPointer(settings)) < 0n;
}

/** Whether a write to the descriptor may have to wait. */
export function outputMayBlock(fd: i32): bool {
  return u32(fd) < CHANNEL_STREAM_COUNT && outputs[u32(fd)].kind !== OutputKind.Whole;
}

/**
 * Writes the vectors (which are consumed) as far as the stream, one of CHANNEL_STREAM_COUNT, takes them now: bytes written, and in `error` the
 * negative errno that ended it (-EAGAIN: it is full), or 0.
 */
export function outputWrite(stream: u32, vectors: Ptr<Iovec>, count: u32, error: Ptr<i32>): u64 {
  const output = outputs[stream];
  switch (output.kind) {
    case OutputKind.Whole:
      return hostWriteVectors(i32(stream), vectors, count, error);
    case OutputKind.NonBlocking:
      return hostTryVectors(output.fd, vectors, count, error);
    case OutputKind.Polled:
      return writePolled(output.fd, vectors, count, error);
  }
}

function writePolled(fd: i32, vectors: Ptr<Iovec>, count: u32, error: Ptr<i32>): u64 {
  let written: u64 = 0n;
  for (let i: u32 = 0; i < count; i += 1) {
    const vector = vectors[i]!;
    while (vector.iov_len > 0n) {
      const piece: Iovec = {
        iov_base: vector.iov_base,
        iov_len: vector.iov_len < PIPE_BUF ? vector.iov_len : PIPE_BUF,
      };
      if (hostPoll(fd, POLLOUT, 0) === 0n) {
        error.value = -EAGAIN;
        return written;
      }
      const taken = hostTryVectors(fd, addressOf(piece), 1, error);
      written += taken;
      if (error.value !== 0) return written;
      vector.iov_base += taken;
      vector.iov_len -= taken;
    }
  }
  error.value = 0;
  return written;
}
