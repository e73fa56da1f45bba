/** Writes to streams that are full: answered at once, with as many bytes as there was room for, whatever the stream is. */

import { FrameKind } from "../../../abi/channel.ts";
import { EAGAIN, EPIPE } from "../../../abi/errno.ts";
import { F_GETFL, O_NONBLOCK } from "../../../abi/linux-files.ts";
import { SYS_dup, SYS_dup2, SYS_fcntl, SYS_socketpair } from "../../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { hostRead } from "../host-io.ts";
import { outputsOpen } from "../outputs.ts";
import {
  closeFd,
  type Redirection,
  redirect,
  replies,
  replyCount,
  restore,
  sendFrame,
  startServer,
} from "./stdio-fixture.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const PIPE_BYTES = 0x1_0000n;
/** No socket's buffer is larger by default. */
const MOST_WRITES = 64;

const large: Bytes<0x1_0000> = zeroed();
const taken: Bytes<0x1_0000> = zeroed();

export function outputTests(): void {
  test("outputs: a full pipe answers, and takes what there is room for", fullPipe);
  test("outputs: the reader's end is an answer", closedPipe);
  test("outputs: a full socket answers, and takes more later", fullSocket);
}

function write(bytes: u64): i64 {
  sendFrame(FrameKind.Write, 1, 1, 0, sliceOf(elements(large), bytes));
  return i64(replies[(replyCount - 1) % 32]!.argument);
}

function fullPipe(): void {
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  outputsOpen();
  const first = write(0xf000n);
  const second = write(PIPE_BYTES);
  const third = write(1n);
  const flags = linuxCall(SYS_fcntl, 1n, u64(F_GETFL));
  void hostRead(out.far, elements(taken), 0x1000n);
  const fourth = write(4096n);
  const fifth = write(4096n);
  restore(out);
  closeFd(out.far);
  expectEqual(first, 0xf000n);
  expectEqual(second, 0x1000n);
  expectEqual(third, i64(-EAGAIN));
  expectEqual(fourth, 4096n);
  expectEqual(fifth, i64(-EAGAIN));
  expect((u32(flags) & O_NONBLOCK) === 0, "the descriptor that others share is as it was");
}

function closedPipe(): void {
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  outputsOpen();
  closeFd(out.far);
  const result = write(1n);
  restore(out);
  expectEqual(result, i64(-EPIPE));
}

/** Writes until the stream is full; how many bytes it took. */
function fill(): i64 {
  let total: i64 = 0n;
  for (let i: u32 = 0; i < MOST_WRITES; i += 1) {
    const result = write(PIPE_BYTES);
    if (result === i64(-EAGAIN)) return total;
    total += result;
  }
  return -1n;
}

function fullSocket(): void {
  const sockets: FixedArray<i32, 2> = zeroed();
  const made = linuxCall(SYS_socketpair, u64(AF_UNIX), u64(SOCK_STREAM), 0n, callPointer(elements(sockets)));
  expectEqual(made, 0n);
  const saved = i32(linuxCall(SYS_dup, 1n));
  void linuxCall(SYS_dup2, u64.wrap(sockets[0]!), 1n);
  closeFd(sockets[0]!);
  startServer(false, false);
  outputsOpen();
  const first = fill();
  let left = first;
  while (left > 0n) {
    const count = hostRead(sockets[1]!, elements(taken), PIPE_BYTES);
    left = count > 0n ? left - count : -1n;
  }
  const again = write(10n);
  void linuxCall(SYS_dup2, u64.wrap(saved), 1n);
  closeFd(saved);
  closeFd(sockets[1]!);
  expect(first >= 4096n, "the socket took some");
  expectEqual(left, 0n);
  expectEqual(again, 10n);
}
