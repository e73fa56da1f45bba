/** The channel's server on real pipes. */

import { CHANNEL_MAX_AWAITS, type FrameHeader, FrameKind } from "../../../abi/channel.ts";
import { EAGAIN, EBADF, EBUSY, EINVAL, ENOTTY, EPERM, EPIPE } from "../../../abi/errno.ts";
import { F_SETFL, O_NONBLOCK, POLLHUP, POLLIN, POLLOUT, type Pollfd } from "../../../abi/linux-files.ts";
import { SYS_exit_group, SYS_fcntl, SYS_fork, SYS_wait4, SYS_write } from "../../../abi/linux-syscalls.ts";
import { FIONREAD, TCGETS, TCSETS, TIOCSPGRP } from "../../../abi/linux-terminal.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { hostRead, ignoreSigpipe } from "../host-io.ts";
import {
  channelServerAnswer,
  channelServerAwaited,
  channelServerFeed,
  channelServerFlush,
  channelServerNextBytes,
  channelServerNextOutput,
  ServerState,
} from "../server.ts";
import {
  closeFd,
  type Redirection,
  redirect,
  replies,
  replyBytes,
  replyCount,
  restore,
  sendFrame,
  server,
  startServer,
} from "./stdio-fixture.ts";

const text: Bytes<1024> = zeroed();
const large: Bytes<0x10000> = zeroed();

/** What the pipe holds, after the near end was restored. */
function pipeText(redirection: Redirection): string {
  const count = hostRead(redirection.far, elements(text), 1024n);
  closeFd(redirection.far);
  return stringOf(elements(text), count > 0n ? count : 0n);
}

function writesReachTheirDescriptor(): void {
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  sendFrame(FrameKind.Write, 1, 5, 0, bytesOf("hello\n"));
  restore(out);
  expect(pipeText(out) === "hello\n", "stdout got the bytes");
  expectEqual(i64(replyCount), 1n);
  expectEqual(i64(replies[0]!.tag), 5n);
  expectEqual(i64(replies[0]!.argument), 6n);
  expectEqual(i64(replies[0]!.kind), i64(u32(FrameKind.Reply)));
}

function writesOfBadStreamsAreRefused(): void {
  startServer(false, false);
  sendFrame(FrameKind.Write, 3, 9, 0, bytesOf("lost"));
  sendFrame(FrameKind.Write, 0xffff, 10, 0, bytesOf("lost"));
  expectEqual(i64(replies[0]!.argument), i64(-EBADF));
  expectEqual(i64(replies[1]!.argument), i64(-EBADF));
  expect(server.state === ServerState.Running, "the guest goes on");
}

function closedReaderIsAnAnswer(): void {
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  closeFd(out.far);
  sendFrame(FrameKind.Write, 1, 1, 0, bytesOf("nobody reads this"));
  restore(out);
  expectEqual(i64(replies[0]!.argument), i64(-EPIPE));
}

/** In the child: reads the pipe to its end; exits 0 if it held `expected` bytes, each the low byte of its position. */
function readInChild(fd: i32, expected: u64): never {
  let total: u64 = 0n;
  let isRight: bool = true;
  while (true) {
    const count = hostRead(fd, elements(text), 1024n);
    if (count <= 0n) break;
    for (let i: u32 = 0; i < u32(count); i += 1) {
      if (text[i] !== u8.wrap(total + u64(i))) isRight = false;
    }
    total += u64(count);
  }
  while (true) void linuxCall(SYS_exit_group, isRight && total === expected ? 0n : 1n);
}

/** A pipe holds 64 KiB: a reader behind it makes writes partial, and O_NONBLOCK makes them fail in between. */
function slowReaders(): void {
  for (let i: u32 = 0; i < 0x10000; i += 1) large[i] = u8(i & 0xff);
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  void linuxCall(SYS_fcntl, 1n, u64(F_SETFL), u64(O_NONBLOCK));
  const child = linuxCall(SYS_fork);
  if (child === 0n) {
    closeFd(1);
    readInChild(out.far, 0x40000n);
  }
  for (let i: u32 = 0; i < 4; i += 1) {
    sendFrame(FrameKind.Write, 1, i, 0, sliceOf(elements(large), 0x10000n));
  }
  restore(out);
  closeFd(out.far);
  let status: i32 = -1;
  void linuxCall(SYS_wait4, u64.wrap(child), callPointer(addressOf(status)), 0n, 0n);
  expectEqual(i64(status), 0n);
  expectEqual(i64(replyCount), 4n);
  expectEqual(i64(replies[3]!.argument), 0x10000n);
}

function awaitedCount(): i64 {
  const entries: FixedArray<Pollfd, 6> = zeroed();
  return i64(channelServerAwaited(server, elements(entries)));
}

function answersOf(kind: FrameKind, stream: u16, argument: i32): i64 {
  const before = replyCount;
  sendFrame(kind, stream, before + 20, argument, bytesOf(""));
  if (replyCount === before) return i64.MIN;
  return i64(replies[before % 32]!.argument);
}

function readsAreAnsweredAtOnce(): void {
  const input: Redirection = zeroed();
  startServer(false, false);
  redirect(input, 0);
  expectEqual(answersOf(FrameKind.Read, 0, 100), i64(-EAGAIN));
  void linuxCall(SYS_write, u64.wrap(input.far), callPointer("typed".data), 5n);
  expectEqual(answersOf(FrameKind.Read, 0, 100), 5n);
  expect(stringOf(elements(replyBytes), 5) === "typed", "the reply carries the bytes");
  expectEqual(answersOf(FrameKind.Read, 0, 100), i64(-EAGAIN));
  closeFd(input.far);
  expectEqual(answersOf(FrameKind.Read, 0, 100), 0n);
  restore(input);
}

function pollsAreAnsweredAtOnce(): void {
  const input: Redirection = zeroed();
  startServer(false, false);
  redirect(input, 0);
  expectEqual(answersOf(FrameKind.Poll, 0, i32(POLLIN)), 0n);
  void linuxCall(SYS_write, u64.wrap(input.far), callPointer("typed".data), 5n);
  expectEqual(answersOf(FrameKind.Poll, 0, i32(POLLIN)), i64(POLLIN));
  closeFd(input.far);
  expectEqual(answersOf(FrameKind.Poll, 0, i32(POLLIN)), i64(POLLIN | POLLHUP));
  restore(input);
}

function awaitsAreAnsweredLater(): void {
  const input: Redirection = zeroed();
  startServer(false, false);
  redirect(input, 0);
  sendFrame(FrameKind.Await, 0, 21, i32(POLLIN), bytesOf(""));
  expectEqual(i64(replyCount), 0n);
  expectEqual(awaitedCount(), 1n);
  channelServerAnswer(server);
  expectEqual(i64(replyCount), 0n);
  void linuxCall(SYS_write, u64.wrap(input.far), callPointer("typed".data), 5n);
  channelServerAnswer(server);
  expectEqual(i64(replyCount), 1n);
  expectEqual(i64(replies[0]!.tag), 21n);
  expectEqual(i64(replies[0]!.argument), i64(POLLIN));
  expectEqual(awaitedCount(), 0n);
  // What holds already is answered at once.
  expectEqual(answersOf(FrameKind.Await, 0, i32(POLLIN)), i64(POLLIN));
  closeFd(input.far);
  restore(input);
}

function awaitedOutputBecomesWritable(): void {
  const out: Redirection = zeroed();
  startServer(false, false);
  redirect(out, 1);
  expectEqual(answersOf(FrameKind.Poll, 1, i32(POLLOUT)), i64(POLLOUT));
  sendFrame(FrameKind.Write, 1, 1, 0, sliceOf(elements(large), 0x10000n));
  const isFull = answersOf(FrameKind.Poll, 1, i32(POLLOUT)) === 0n;
  const waits = answersOf(FrameKind.Await, 1, i32(POLLOUT)) === i64.MIN;
  for (let i: u32 = 0; i < 64; i += 1) void hostRead(out.far, elements(text), 1024n);
  channelServerAnswer(server);
  const last = i64(replies[(replyCount - 1) % 32]!.argument);
  restore(out);
  closeFd(out.far);
  expect(isFull, "a full pipe is not writable");
  expect(waits, "and is waited for");
  expectEqual(last, i64(POLLOUT));
}

function badRequestsAreRefused(): void {
  startServer(false, false);
  expectEqual(answersOf(FrameKind.Read, 3, 10), i64(-EBADF));
  expectEqual(answersOf(FrameKind.Read, 0, -1), i64(-EINVAL));
  expectEqual(answersOf(FrameKind.Poll, 3, 1), i64(-EBADF));
  expectEqual(answersOf(FrameKind.Await, 0, -1), i64(-EINVAL));
  const input: Redirection = zeroed();
  redirect(input, 0);
  for (let i: u32 = 0; i < CHANNEL_MAX_AWAITS; i += 1) {
    expectEqual(answersOf(FrameKind.Await, 0, i32(POLLIN)), i64.MIN);
  }
  expectEqual(answersOf(FrameKind.Await, 0, i32(POLLIN)), i64(-EBUSY));
  closeFd(input.far);
  channelServerAnswer(server);
  expectEqual(i64(replyCount), 5n + i64(CHANNEL_MAX_AWAITS));
  restore(input);
}

function controls(): void {
  const input: Redirection = zeroed();
  startServer(false, false);
  redirect(input, 0);
  void linuxCall(SYS_write, u64.wrap(input.far), callPointer("typed".data), 5n);
  expectEqual(answersOf(FrameKind.Control, 0, FIONREAD), 0n);
  expectEqual(i64(replies[0]!.bytes), 4n);
  // SAFETY: the reply has four bytes.
  expectEqual(i64(castPtr<u32>(elements(replyBytes)).value), 5n);
  expectEqual(answersOf(FrameKind.Control, 0, TCGETS), i64(-ENOTTY));
  expectEqual(answersOf(FrameKind.Control, 0, i32(TCSETS)), i64(-EINVAL));
  expectEqual(answersOf(FrameKind.Control, 3, FIONREAD), i64(-EBADF));
  // TIOCSTI, which would type for the user.
  expectEqual(answersOf(FrameKind.Control, 0, 0x5412), i64(-ENOTTY));
  sendFrame(FrameKind.Control, 0, 1, TIOCSPGRP, bytesOf("\x07\0\0\0"));
  expectEqual(i64(replies[(replyCount - 1) % 32]!.argument), i64(-EPERM));
  sendFrame(FrameKind.Control, 0, 1, TIOCSPGRP, sliceOf(elements(large), 100n));
  expectEqual(i64(replies[(replyCount - 1) % 32]!.argument), i64(-ENOTTY));
  closeFd(input.far);
  restore(input);
}

function coresWithoutAFile(): void {
  startServer(false, false);
  sendFrame(FrameKind.Core, 0, 0, 0, bytesOf("lost"));
  sendFrame(FrameKind.Core, 0, 0, -1, bytesOf("lost"));
  sendFrame(FrameKind.Core, 0, 0, 7, bytesOf(""));
  expectEqual(i64(replyCount), 0n);
  expect(server.state === ServerState.Running, "nobody asked for them, and they go nowhere");
}

function exitEndsTheGuest(): void {
  startServer(false, false);
  sendFrame(FrameKind.Exit, 0, 0, 42, bytesOf(""));
  expect(server.state === ServerState.Ended, "ended");
  expectEqual(i64(server.status), 42n);
  sendFrame(FrameKind.Write, 1, 0, 0, bytesOf("too late"));
  expectEqual(i64(replyCount), 0n);
}

function lastWordsGoToStderr(kind: FrameKind, argument: i32, words: string): string {
  const err: Redirection = zeroed();
  startServer(false, false);
  redirect(err, 2);
  sendFrame(kind, 0, 0, argument, bytesOf(words));
  restore(err);
  return pipeText(err);
}

function killedAndPanicked(): void {
  expect(lastWordsGoToStderr(FrameKind.Killed, 11, "it crashed") === "it crashed\n", "a newline is added");
  expect(server.state === ServerState.Ended, "killed is an end");
  expectEqual(i64(server.status), 139n);
  expect(lastWordsGoToStderr(FrameKind.Killed, 13, "") === "", "no words, no line");
  expectEqual(i64(server.status), 141n);
  expect(lastWordsGoToStderr(FrameKind.Panic, 0, "panic: why\n") === "panic: why\n", "the report");
  expect(server.state === ServerState.Panicked && server.status === 1, "a panic is status 1");
  expect(lastWordsGoToStderr(FrameKind.Trace, 0, "getpid()\n") === "getpid()\n", "a trace");
  expect(lastWordsGoToStderr(FrameKind.Log, 0, "[INFO] quiet\n") === "", "the log only if verbose");
}

function brokenGuestIsEnded(): void {
  const words = lastWordsGoToStderr(FrameKind.Reply, 0, "");
  expect(words.length > 0, "there is a sentence");
  expect(server.state === ServerState.Broken && server.status === 1, "and status 1");
  void lastWordsGoToStderr(FrameKind.Killed, 200, "");
  expect(server.state === ServerState.Broken, "a signal that does not exist");
}

function fullGuestIsEnded(): void {
  const err: Redirection = zeroed();
  startServer(false, true);
  redirect(err, 2);
  sendFrame(FrameKind.Write, 7, 0, 0, bytesOf(""));
  restore(err);
  expect(pipeText(err).length > 0, "there is a sentence");
  expect(server.state === ServerState.Broken, "no room for a reply");
}

function monitorCanAskAhead(): void {
  startServer(false, false);
  expectEqual(i64(channelServerNextBytes(server)), 16n);
  expectEqual(i64(channelServerNextOutput(server)), -1n);
  const header: FrameHeader = { bytes: 10, kind: u16(FrameKind.Trace), stream: 0, tag: 0, argument: 0 };
  channelServerFeed(server, bytesOf(header));
  expectEqual(i64(channelServerNextBytes(server)), 10n);
  expectEqual(i64(channelServerNextOutput(server)), 2n);
  startServer(false, false);
  header.kind = u16(FrameKind.Write);
  channelServerFeed(server, bytesOf(header));
  // A write never waits.
  expectEqual(i64(channelServerNextOutput(server)), -1n);
  channelServerFlush(server);
}

export function serverTests(): void {
  ignoreSigpipe();
  test("server: writes reach their descriptor and are answered", writesReachTheirDescriptor);
  test("server: writes to other streams are refused", writesOfBadStreamsAreRefused);
  test("server: a reader that closed stdout is an answer", closedReaderIsAnAnswer);
  test("server: slow and non-blocking readers get every byte", slowReaders);
  test("server: reads are answered at once and see the end", readsAreAnsweredAtOnce);
  test("server: polls are answered at once", pollsAreAnsweredAtOnce);
  test("server: awaits are answered when something comes", awaitsAreAnsweredLater);
  test("server: a full output is awaited", awaitedOutputBecomesWritable);
  test("server: bad requests and too many are refused", badRequestsAreRefused);
  test("server: ioctl's requests are those of the table, with its sizes", controls);
  test("server: parts of a core file that nobody wants", coresWithoutAFile);
  test("server: exit ends the guest", exitEndsTheGuest);
  test("server: last words, traces and logs", killedAndPanicked);
  test("server: a guest that breaks the protocol is ended", brokenGuestIsEnded);
  test("server: a guest without room for replies is ended", fullGuestIsEnded);
  test("server: a monitor can ask where the next bytes go", monitorCanAskAhead);
}
