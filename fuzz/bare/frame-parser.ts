/**
 * Hostile bytes into the proxy's end of the channel: the frame parser, fed in pieces that the input chooses, and the server behind
 * it, whose descriptors are /dev/null.
 *
 * Held besides the sanitizers' rules: payload lies inside the input, a frame has as much payload as its header says and no more
 * than CHANNEL_MAX_PAYLOAD, every input is used up or refused, a refused stream stays refused.
 */

import { CHANNEL_MAX_PAYLOAD, type FrameHeader } from "../../abi/channel.ts";
import { O_RDWR } from "../../abi/linux-files.ts";
import { SYS_dup2, SYS_open } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import {
  FrameEvent,
  type FrameParser,
  frameParserFeed,
  frameParserInit,
  frameParserMissing,
  frameParserNext,
} from "../../proxy/channel/frame-parser.ts";
import {
  type ChannelServer,
  channelServerAnswer,
  channelServerFeed,
  channelServerFlush,
  channelServerInit,
  channelServerNextBytes,
  ServerState,
} from "../../proxy/channel/server.ts";

const parser: FrameParser = zeroed();
const server: ChannelServer = zeroed();
let isSetUp: bool = false;

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (!isSetUp) setUp();
  if (size === 0n) return 0;
  // The first byte chooses the size of the pieces.
  const step = u64(data[0]) + 1n;
  parseAll(data.add(1), size - 1n, step);
  serveAll(data.add(1), size - 1n, step);
  return 0;
}

/** Nothing of the guest's output is shown, and its input is at its end; stderr is libFuzzer's affair (-close_fd_mask). */
function setUp(): void {
  isSetUp = true;
  const nothing = linuxCall(SYS_open, callPointer("/dev/null".data), u64(O_RDWR));
  void linuxCall(SYS_dup2, u64.wrap(nothing), 0n);
  void linuxCall(SYS_dup2, u64.wrap(nothing), 1n);
}

function parseAll(data: Ptr<u8>, size: u64, step: u64): void {
  frameParserInit(parser);
  let payload: u64 = 0n;
  let start: u64 = 0n;
  while (start < size) {
    const count: u64 = size - start < step ? size - start : step;
    frameParserFeed(parser, sliceOf(data.add(start), count));
    let event = frameParserNext(parser);
    while (event !== FrameEvent.NeedInput) {
      if (event === FrameEvent.Invalid) {
        assert(frameParserNext(parser) === FrameEvent.Invalid, "what is refused stays refused");
        return;
      }
      if (event === FrameEvent.Header) payload = 0n;
      if (event === FrameEvent.Payload) {
        assert(parser.piece.length > 0n && parser.piece.length <= count, "a piece is part of the input");
        assert(u64(virtAddr(parser.piece.data)) >= u64(virtAddr(data.add(start))), "a piece begins in the input");
        payload += parser.piece.length;
      }
      assert(payload <= u64(CHANNEL_MAX_PAYLOAD), "payload is bounded");
      if (event === FrameEvent.End) assert(payload === u64(parser.header.bytes), "the whole payload was handed out");
      event = frameParserNext(parser);
    }
    assert(parser.input.length === 0n, "the input is used up");
    assert(frameParserMissing(parser) > 0, "something is always awaited");
    start += count;
  }
}

function sink(_context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>): bool {
  assert(u64(header.bytes) === payload.length, "a reply's header tells its payload");
  // Some tags find a guest without room.
  return (header.tag & 0xff) !== 0xee;
}

function serveAll(data: Ptr<u8>, size: u64, step: u64): void {
  channelServerInit(server, sink, data, false);
  let start: u64 = 0n;
  while (start < size && server.state === ServerState.Running) {
    const count: u64 = size - start < step ? size - start : step;
    channelServerFeed(server, sliceOf(data.add(start), count));
    channelServerFlush(server);
    channelServerAnswer(server);
    assert(
      server.state !== ServerState.Running || channelServerNextBytes(server) > 0,
      "a running server awaits something",
    );
    start += count;
  }
}
