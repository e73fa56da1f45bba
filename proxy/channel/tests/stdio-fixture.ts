/**
 * Pipes in place of the test's own descriptors 0, 1 or 2, and the frames that a guest would send.
 *
 * A test replaces a descriptor, lets the server work on it, takes the pipe's contents, restores the descriptor. Nothing is
 * printed meanwhile.
 */

import type { FrameHeader, FrameKind } from "../../../abi/channel.ts";
import { SYS_close, SYS_dup, SYS_dup2, SYS_pipe2 } from "../../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { type ChannelServer, channelServerFeed, channelServerFlush, channelServerInit } from "../server.ts";

export const server: ChannelServer = zeroed();

/** The last frames that the server gave to the guest. */
export const replies: FixedArray<FrameHeader, 32> = zeroed();
export let replyCount: u32 = 0;
/** Payload of the last one. */
export const replyBytes: Bytes<256> = zeroed();
let isGuestFull: bool = false;

export class Redirection {
  fd!: i32;
  saved!: i32;
  /** The pipe: the end that the test keeps. */
  far!: i32;
}

function sink(_context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>): bool {
  if (isGuestFull) return false;
  copy(replies[replyCount % 32]!, header);
  replyCount += 1;
  const kept: u64 = payload.length < 256n ? payload.length : 256n;
  copyBytes(elements(replyBytes), payload.data, kept);
  return true;
}

/** A fresh server. `isFull`: its guest has no room for replies. */
export function startServer(isVerbose: bool, isFull: bool): void {
  replyCount = 0;
  isGuestFull = isFull;
  channelServerInit(server, sink, elements(replyBytes), isVerbose);
}

/** Puts a pipe in place of `fd`; the test keeps the other end. */
export function redirect(redirection: Redirection, fd: i32): void {
  const pipe: FixedArray<i32, 2> = zeroed();
  const result = linuxCall(SYS_pipe2, callPointer(elements(pipe)), 0n);
  assert(result === 0n, "a pipe can be made");
  redirection.fd = fd;
  redirection.saved = i32(linuxCall(SYS_dup, u64.wrap(fd)));
  const near = fd === 0 ? pipe[0]! : pipe[1]!;
  redirection.far = fd === 0 ? pipe[1]! : pipe[0]!;
  void linuxCall(SYS_dup2, u64.wrap(near), u64.wrap(fd));
  closeFd(near);
}

/** Puts the original back; the kept end stays open for reading what is left. */
export function restore(redirection: Redirection): void {
  void linuxCall(SYS_dup2, u64.wrap(redirection.saved), u64.wrap(redirection.fd));
  closeFd(redirection.saved);
}

export function closeFd(fd: i32): void {
  void linuxCall(SYS_close, u64.wrap(fd));
}

/** Sends a frame as uhyve would feed it: header and payload as two segments. */
export function sendFrame(kind: FrameKind, stream: u16, tag: u32, argument: i32, payload: Slice<u8>): void {
  const header: FrameHeader = { bytes: u32(payload.length), kind: u16(kind), stream, tag, argument };
  channelServerFeed(server, bytesOf(header));
  if (payload.length > 0n) channelServerFeed(server, payload);
  channelServerFlush(server);
}
