/** The proxy's parser: any cuts, hostile headers. */

import { CHANNEL_MAX_PAYLOAD, type FrameHeader, FrameKind, LAST_KIND_OF_GUEST } from "../../../abi/channel.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import {
  FrameEvent,
  type FrameParser,
  frameParserFeed,
  frameParserInit,
  frameParserMissing,
  frameParserNext,
} from "../frame-parser.ts";

const bytes: Bytes<512> = zeroed();
const parser: FrameParser = zeroed();
let fill: u32 = 0;

function putHeader(kind: u32, length: u32): void {
  const header: FrameHeader = { bytes: length, kind: u16(kind), stream: 1, tag: 7, argument: 0 };
  copyBytes(elements(bytes).add(fill), bytesOf(header).data, 16n);
  fill += 16;
}

function putBytes(count: u32): void {
  for (let i: u32 = 0; i < count; i += 1) bytes[fill + i] = u8(i & 0xff);
  fill += count;
}

/** What a stream gave: complete frames, payload bytes, the sum of the payload. */
class Totals {
  frames!: u32;
  payload!: u32;
  sum!: u32;
  isInvalid!: bool;
}

function parseAll(step: u32, totals: Totals): void {
  frameParserInit(parser);
  zero(totals);
  for (let start: u32 = 0; start < fill; start += step) {
    const count = fill - start < step ? fill - start : step;
    frameParserFeed(parser, sliceOf(elements(bytes).add(start), u64(count)));
    let event = frameParserNext(parser);
    while (event !== FrameEvent.NeedInput) {
      if (event === FrameEvent.Invalid) {
        totals.isInvalid = true;
        return;
      }
      if (event === FrameEvent.End) totals.frames += 1;
      if (event === FrameEvent.Payload) {
        totals.payload += u32(parser.piece.length);
        for (const byte of parser.piece) totals.sum += u32(byte);
      }
      event = frameParserNext(parser);
    }
  }
}

function anyCut(): void {
  fill = 0;
  putHeader(u32(FrameKind.Write), 100);
  putBytes(100);
  putHeader(u32(FrameKind.Exit), 0);
  putHeader(u32(FrameKind.Log), 1);
  putBytes(1);
  const totals: Totals = zeroed();
  for (let step: u32 = 1; step <= fill; step += 1) {
    parseAll(step, totals);
    expectEqual(i64(totals.frames), 3n);
    expectEqual(i64(totals.payload), 101n);
    expectEqual(i64(totals.sum), 4950n);
    expectEqual(i64(frameParserMissing(parser)), 16n);
  }
}

function isRefused(kind: u32, length: u32): bool {
  fill = 0;
  putHeader(kind, length);
  const totals: Totals = zeroed();
  parseAll(5, totals);
  return totals.isInvalid;
}

function hostileHeaders(): void {
  expect(isRefused(0, 0), "kind 0");
  expect(isRefused(u16(LAST_KIND_OF_GUEST) + 1, 0), "a kind behind the last");
  expect(isRefused(u32(FrameKind.Reply), 0), "a reply from the guest");
  expect(isRefused(0xffff, 0), "the largest kind");
  expect(isRefused(u32(FrameKind.Write), CHANNEL_MAX_PAYLOAD + 1), "one byte too many");
  expect(isRefused(u32(FrameKind.Write), 0xffff_ffff), "the largest length");
  expect(!isRefused(u32(FrameKind.Write), CHANNEL_MAX_PAYLOAD), "the longest frame is accepted");
  expect(frameParserNext(parser) === FrameEvent.NeedInput, "and its payload is awaited");
  expect(isRefused(0, 0) && frameParserNext(parser) === FrameEvent.Invalid, "what is broken stays broken");
}

export function frameParserTests(): void {
  test("frames: they come out whole however the stream is cut", anyCut);
  test("frames: unknown kinds and lengths are refused for good", hostileHeaders);
}
