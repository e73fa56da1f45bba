/**
 * Replies out of the receive queue's bytes: the guest's counterpart of proxy/channel/frame-parser.ts, pure.
 *
 * Bytes arrive in receive buffers, cut anywhere (a virtio console keeps no boundaries). A header is collected here; payload goes
 * straight to where the request wants it. The proxy is trusted with the program's data but not with the kernel: lengths are
 * bounded by what the request asked for, and a stream that breaks the rules is given up for good.
 */

import { CHANNEL_MAX_PAYLOAD, type FrameHeader, FrameKind } from "../../abi/channel.ts";
import { EIO } from "../../abi/errno.ts";

export enum StreamEvent {
  /** All input is used up. */
  NeedInput = 0,
  /** `stream.header` is complete: set `destination` and `destinationBytes` now. */
  Header = 1,
  /** The frame of `stream.header` is complete; what did not fit the destination is dropped. */
  End = 2,
  /** The stream broke the protocol. */
  Broken = 3,
}

export class ReplyStream {
  header!: FrameHeader;
  headerFill!: u32;
  inPayload!: bool;
  isBroken!: bool;
  payloadLeft!: u32;
  /** Where payload goes; null drops it. */
  destination!: Ptr<u8> | null;
  destinationBytes!: u32;
  /** Payload bytes stored at the destination. */
  storedBytes!: u32;
  input!: Slice<u8>;
}

/** The previous input must be used up. */
export function replyStreamFeed(stream: ReplyStream, input: Slice<u8>): void {
  stream.input = input;
}

export function replyStreamNext(stream: ReplyStream): StreamEvent {
  if (stream.isBroken) return StreamEvent.Broken;
  return stream.inPayload ? nextPayload(stream) : nextHeader(stream);
}

function nextHeader(stream: ReplyStream): StreamEvent {
  const missing = sizeOf<FrameHeader>() - stream.headerFill;
  const piece = take(stream, missing);
  // SAFETY: headerFill + piece.length <= sizeof(FrameHeader); a header is plain bytes.
  copyBytes(castPtr<u8>(addressOf(stream.header)).add(stream.headerFill), piece.data, piece.length);
  stream.headerFill += u32(piece.length);
  if (u32(piece.length) < missing) return StreamEvent.NeedInput;
  if (!isKindFromProxy(stream.header.kind) || stream.header.bytes > CHANNEL_MAX_PAYLOAD) {
    stream.isBroken = true;
    return StreamEvent.Broken;
  }
  stream.headerFill = 0;
  stream.inPayload = true;
  stream.payloadLeft = stream.header.bytes;
  stream.destination = null;
  stream.destinationBytes = 0;
  stream.storedBytes = 0;
  return StreamEvent.Header;
}

function nextPayload(stream: ReplyStream): StreamEvent {
  if (stream.payloadLeft > 0) {
    const piece = take(stream, stream.payloadLeft);
    store(stream, piece);
    stream.payloadLeft -= u32(piece.length);
    if (stream.payloadLeft > 0) return StreamEvent.NeedInput;
  }
  stream.inPayload = false;
  return StreamEvent.End;
}

function store(stream: ReplyStream, piece: Slice<u8>): void {
  const destination = stream.destination;
  if (destination === null) return;
  const room = stream.destinationBytes - stream.storedBytes;
  const count = piece.length < u64(room) ? u32(piece.length) : room;
  copyBytes(destination.add(stream.storedBytes), piece.data, u64(count));
  stream.storedBytes += count;
}

/** Moves up to `most` bytes from the input to the result. */
function take(stream: ReplyStream, most: u32): Slice<u8> {
  const input = stream.input;
  const count: u64 = input.length < u64(most) ? input.length : u64(most);
  stream.input = input.subslice(count, input.length);
  return sliceOf(input.data, count);
}

function isKindFromProxy(kind: u16): bool {
  return u32(kind) === u32(FrameKind.Reply) || u32(kind) === u32(FrameKind.Signal);
}

/** The argument of a complete Reply as a request's result: never more than the request can hold. */
export function replyResult(stream: ReplyStream, mostBytes: u32): i64 {
  const argument = stream.header.argument;
  if (argument > 0 && u32(argument) > mostBytes) return i64(-EIO);
  return i64(argument);
}
