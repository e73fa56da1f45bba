/** The guest's parser of replies: any cuts, hostile lengths. */

import { CHANNEL_MAX_PAYLOAD, type FrameHeader, FrameKind } from "../../../abi/channel.ts";
import { EIO } from "../../../abi/errno.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type ReplyStream, replyResult, replyStreamFeed, replyStreamNext, StreamEvent } from "../reply-stream.ts";

const STREAM_BYTES = 512;
const bytes: Bytes<512> = zeroed();
const destination: Bytes<64> = zeroed();
const stream: ReplyStream = zeroed();
let fill: u32 = 0;

function putFrame(kind: u32, tag: u32, argument: i32, payload: string): void {
  const header: FrameHeader = { bytes: payload.length, kind: u16(kind), stream: 0, tag, argument };
  copyBytes(elements(bytes).add(fill), bytesOf(header).data, 16n);
  copyBytes(elements(bytes).add(fill + 16), payload.data, u64(payload.length));
  fill += 16 + payload.length;
  assert(fill <= STREAM_BYTES, "the test's stream fits");
}

/** Feeds the stream in pieces of `step` bytes; the number of complete frames, or -1 if it broke. */
function feedAll(step: u32): i64 {
  zero(stream);
  zero(destination);
  let frames: i64 = 0n;
  for (let start: u32 = 0; start < fill; start += step) {
    const count = fill - start < step ? fill - start : step;
    replyStreamFeed(stream, sliceOf(elements(bytes).add(start), u64(count)));
    let event = replyStreamNext(stream);
    while (event !== StreamEvent.NeedInput) {
      if (event === StreamEvent.Broken) return -1n;
      if (event === StreamEvent.End) frames += 1n;
      if (event === StreamEvent.Header) {
        stream.destination = elements(destination);
        stream.destinationBytes = 8;
      }
      event = replyStreamNext(stream);
    }
  }
  return frames;
}

function anyCut(): void {
  fill = 0;
  putFrame(u32(FrameKind.Reply), 1, 3, "abc");
  putFrame(u32(FrameKind.Signal), 0, 2, "");
  putFrame(u32(FrameKind.Reply), 2, 5, "hello");
  for (let step: u32 = 1; step <= fill; step += 1) {
    expectEqual(feedAll(step), 3n);
    expectEqual(i64(stream.header.tag), 2n);
    expectEqual(replyResult(stream, 5), 5n);
    expectEqual(i64(stream.storedBytes), 5n);
    expect(stringOf(elements(destination), 5) === "hello", "the payload is where the request wants it");
  }
}

function longPayloadIsCut(): void {
  fill = 0;
  putFrame(u32(FrameKind.Reply), 1, 20, "01234567890123456789");
  expectEqual(feedAll(7), 1n);
  expectEqual(i64(stream.storedBytes), 8n);
  expectEqual(i64(destination[8]!), 0n);
  expectEqual(replyResult(stream, 8), i64(-EIO));
}

function nonsenseBreaks(): void {
  fill = 0;
  putFrame(u32(FrameKind.Write), 1, 0, "");
  expectEqual(feedAll(16), -1n);
  fill = 0;
  putFrame(u32(FrameKind.Reply), 1, 0, "");
  const header: FrameHeader = {
    bytes: CHANNEL_MAX_PAYLOAD + 1,
    kind: u16(FrameKind.Reply),
    stream: 0,
    tag: 1,
    argument: 0,
  };
  copyBytes(elements(bytes), bytesOf(header).data, 16n);
  expectEqual(feedAll(16), -1n);
  expect(replyStreamNext(stream) === StreamEvent.Broken, "a broken stream stays broken");
}

export function replyStreamTests(): void {
  test("replies: frames come out whole however the stream is cut", anyCut);
  test("replies: no more payload is stored than was asked for", longPayloadIsCut);
  test("replies: unknown kinds and lengths break the stream for good", nonsenseBreaks);
}
