/**
 * Frames out of a byte stream, without I/O, allocation or trust (abi/channel.ts).
 *
 * The stream arrives in pieces of any size: descriptors of a virtqueue on uhyve, what a socket has on QEMU. The parser keeps at
 * most one header and never the payload: it hands out each piece of payload where it lies in the input, so that the server can
 * write it from there. Alternative considered: collecting whole frames; it would copy every byte that a guest prints.
 *
 * Invariant: `headerFill < sizeof(FrameHeader)` or `payloadLeft <= CHANNEL_MAX_PAYLOAD` tells where in a frame the stream is. A frame
 * that breaks a rule leaves the parser in the state Invalid for good: what follows a broken frame has no meaning.
 */

import { CHANNEL_MAX_PAYLOAD, type FrameHeader, FrameKind, LAST_KIND_OF_GUEST } from "../../abi/channel.ts";

export enum FrameEvent {
  /** The input is used up. */
  NeedInput = 0,
  /** `parser.header` is complete and within bounds; its payload follows as Payload events. */
  Header = 1,
  /** `parser.piece` is the next part of the payload, inside the input. */
  Payload = 2,
  /** The frame of `parser.header` is complete. */
  End = 3,
  /** The stream broke the protocol; `parser.header` is the frame that did. */
  Invalid = 4,
}

enum Position {
  InHeader = 0,
  InPayload = 1,
  Broken = 2,
}

export class FrameParser {
  header!: FrameHeader;
  headerFill!: u32;
  payloadLeft!: u32;
  position!: Position;
  /** Input not yet consumed, and the piece that the last Payload event speaks of. */
  input!: Slice<u8>;
  piece!: Slice<u8>;
}

/** An all-zero parser is ready too. */
export function frameParserInit(parser: FrameParser): void {
  zero(parser);
}

/** Gives the parser its next input; the previous one must be used up (NeedInput). The bytes must stay until they are. */
export function frameParserFeed(parser: FrameParser, input: Slice<u8>): void {
  parser.input = input;
}

/** Bytes until the end of the header or payload that the stream is in; never 0. */
export function frameParserMissing(parser: FrameParser): u32 {
  return frameParserIsInPayload(parser) ? parser.payloadLeft : sizeOf<FrameHeader>() - parser.headerFill;
}

/** Whether the next byte of the stream is payload of `parser.header`. */
export function frameParserIsInPayload(parser: FrameParser): bool {
  return parser.position === Position.InPayload && parser.payloadLeft > 0;
}

/** The next event. Every call but the last one of an input makes progress, so a loop over it ends. */
export function frameParserNext(parser: FrameParser): FrameEvent {
  switch (parser.position) {
    case Position.InHeader:
      return nextInHeader(parser);
    case Position.InPayload:
      return nextInPayload(parser);
    default:
      return FrameEvent.Invalid;
  }
}

function nextInHeader(parser: FrameParser): FrameEvent {
  const missing = sizeOf<FrameHeader>() - parser.headerFill;
  const taken = take(parser, missing);
  // SAFETY: headerFill + taken <= sizeof(FrameHeader); a header is plain bytes.
  const bytes = castPtr<u8>(addressOf(parser.header)).add(parser.headerFill);
  copyBytes(bytes, parser.piece.data, u64(taken));
  parser.headerFill += taken;
  if (taken < missing) return FrameEvent.NeedInput;
  if (!isKindFromGuest(parser.header.kind) || parser.header.bytes > CHANNEL_MAX_PAYLOAD) {
    parser.position = Position.Broken;
    return FrameEvent.Invalid;
  }
  parser.payloadLeft = parser.header.bytes;
  parser.position = Position.InPayload;
  return FrameEvent.Header;
}

function nextInPayload(parser: FrameParser): FrameEvent {
  if (parser.payloadLeft === 0) {
    parser.headerFill = 0;
    parser.position = Position.InHeader;
    return FrameEvent.End;
  }
  const taken = take(parser, parser.payloadLeft);
  if (taken === 0) return FrameEvent.NeedInput;
  parser.payloadLeft -= taken;
  return FrameEvent.Payload;
}

/** Moves up to `most` bytes from the input to `piece`; how many. */
function take(parser: FrameParser, most: u32): u32 {
  const length = parser.input.length;
  const taken = length < u64(most) ? u32(length) : most;
  parser.piece = parser.input.subslice(0n, u64(taken));
  parser.input = parser.input.subslice(u64(taken), length);
  return taken;
}

function isKindFromGuest(kind: u16): bool {
  return u32(kind) >= u32(FrameKind.Write) && u32(kind) <= u32(LAST_KIND_OF_GUEST);
}
