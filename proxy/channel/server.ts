/**
 * The proxy's end of the channel: frames of a guest become reads and writes of file descriptors 0, 1 and 2.
 *
 * One server for every isle. uhyve feeds it the descriptors of the transmit queue in the vCPU thread and hands replies to the
 * receive queue; the QEMU isle feeds it what a socket has. Bytes go from where the guest left them to the descriptor by writev,
 * never through a buffer of ours and never line by line. The server is single-threaded: a monitor that also waits for stdin in
 * another thread holds a lock around every call.
 *
 *     channelServerFeed(server, segment) ...   any number of segments, in stream order
 *     channelServerFlush(server)               writes what is collected; only then may the segments' memory change
 *     server.state !== ServerState.Running     end of the guest: exit with server.status
 *     channelServerAwaited(server, entries)    what the guest waits for: when poll(2) says that one has come, channelServerAnswer(server)
 *
 * Only texts for stderr (a trace, a report) may keep the server waiting; a Write takes what there is room for (outputs.ts), so an output that is
 * stuck holds up nobody but those who write to it.
 *
 * Nothing that a guest sends is trusted; a broken frame ends the guest with one sentence on stderr. SIGPIPE must be ignored in
 * the process (ignoreSigpipe), so that a reader that closed stdout is an answer to the guest (-EPIPE) and not the proxy's end.
 */

import { CHANNEL_MAX_PAYLOAD, CHANNEL_STREAM_COUNT, type FrameHeader, FrameKind } from "../../abi/channel.ts";
import { EAGAIN, EBADF, EBUSY, EINVAL } from "../../abi/errno.ts";
import type { Iovec, Pollfd } from "../../abi/linux-files.ts";
import { callPointer } from "../../compiler/std/linux-syscall.ts";
import { gateAcknowledge, gateOpen, signalGate } from "../../uhyve/signal-gate.ts";
import { coreFileFinish, coreFileReport, coreFileSeek, coreFileWritten } from "../core-file.ts";
import { type AwaitTable, awaitsAdd, awaitsPollfds, awaitsTake } from "./awaits.ts";
import { type Control, controlCarryOut, controlTake } from "./control.ts";
import {
  FrameEvent,
  type FrameParser,
  frameParserFeed,
  frameParserIsInPayload,
  frameParserMissing,
  frameParserNext,
} from "./frame-parser.ts";
import { hostIsReadable, hostPoll, hostRead, hostWriteAll, hostWriteVectors } from "./host-io.ts";
import { outputWrite } from "./outputs.ts";

/** Pieces of one Write that are collected before they are written: a chain of 64 KiB in single pages needs 18. */
const MAX_PIECES = 32;
/** What poll(2) may be asked for; the kernel adds what it tells of unasked. */
const EVENT_MASK = 0x3fff;
const SIGNAL_LIMIT = 64;

export enum ServerState {
  Running = 0,
  /** The program ended: `status` is its exit status, or 128 + the signal that killed it. */
  Ended = 1,
  /** The guest's kernel panicked; the report is on stderr, `status` is 1. */
  Panicked = 2,
  /** The guest broke the protocol; a sentence is on stderr, `status` is 1. */
  Broken = 3,
}

/**
 * Gives one frame to the guest. `payload` is valid during the call only. False if the guest left no room: the server then ends
 * the guest, except for signals, which may be lost.
 */
export type FrameSink = (context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>) => bool;

export class ChannelServer {
  parser!: FrameParser;
  state!: ServerState;
  /** The proxy's exit status once `state` is not Running. */
  status!: i32;
  /** Frames so far that did something outside of the guest or asked for it, all but the log's: 0 means it can be started again. */
  effectCount!: u64;
  isVerbose!: bool;
  /** Told when the program starts. */
  started!: (() => void) | null;
  sink!: FrameSink;
  sinkContext!: Ptr<u8>;

  /** The Write in progress: pieces not yet written, bytes written, first error (negative errno). */
  pieces!: FixedArray<Iovec, 32>;
  pieceCount!: u32;
  writtenBytes!: u32;
  writeError!: i32;
  /** The last byte of a text for stderr, so that a missing newline can be added. */
  lastTextByte!: u8;

  awaits!: AwaitTable;
  /** Where the Core in progress is written; -1: nowhere. */
  coreFd!: i32;
  /** The Control in progress. */
  control!: Control;
  readBuffer!: Bytes<0x10000>;
}

/** `server` may be static and zero; it is some 65 KiB, of which the read buffer is not touched before a read. */
export function channelServerInit(server: ChannelServer, sink: FrameSink, sinkContext: Ptr<u8>, isVerbose: bool): void {
  server.state = ServerState.Running;
  server.status = 0;
  server.effectCount = 0n;
  server.isVerbose = isVerbose;
  server.sink = sink;
  server.sinkContext = sinkContext;
  server.pieceCount = 0;
  zero(server.awaits);
  zero(server.parser);
}

/** Takes the next bytes of the guest's stream. They must stay unchanged until `channelServerFlush`. */
export function channelServerFeed(server: ChannelServer, segment: Slice<u8>): void {
  frameParserFeed(server.parser, segment);
  while (server.state === ServerState.Running) {
    const event = frameParserNext(server.parser);
    if (event === FrameEvent.NeedInput) return;
    handleEvent(server, event);
  }
}

/** Writes what a Write in progress has collected. To be called after the last segment that is there now. */
export function channelServerFlush(server: ChannelServer): void {
  writePieces(server);
}

/** How many bytes of the stream belong together with what was fed last: up to the end of the header or payload that it is in. */
export function channelServerNextBytes(server: ChannelServer): u32 {
  return frameParserMissing(server.parser);
}

/** The descriptor that the next byte of the stream is to wait for: -1 if it goes nowhere, or is part of a Write, which never waits. */
export function channelServerNextOutput(server: ChannelServer): i32 {
  if (!frameParserIsInPayload(server.parser) || !isShown(server) || server.writeError !== 0) return -1;
  return isWrite(server) ? -1 : targetOf(server);
}

/** What the guest waits for: fills as many entries as it returns, CHANNEL_MAX_AWAITS at most. */
export function channelServerAwaited(server: ChannelServer, entries: Ptr<Pollfd>): u32 {
  return server.state === ServerState.Running ? awaitsPollfds(server.awaits, entries) : 0;
}

/** Answers what the guest waits for and has come. Never blocks. */
export function channelServerAnswer(server: ChannelServer): void {
  let tag: u32 = 0;
  while (server.state === ServerState.Running) {
    const events = awaitsTake(server.awaits, addressOf(tag));
    if (events === 0) return;
    reply(server, tag, events, noBytes(server));
  }
}

/** Tells the guest of a signal for its program: false if the guest has left no room now. */
export function channelServerSignal(server: ChannelServer, signal: i32): bool {
  const header: FrameHeader = { bytes: 0, kind: u16(FrameKind.Signal), stream: 0, tag: 0, argument: signal };
  return server.sink(server.sinkContext, header, sliceOf(elements(server.readBuffer), 0n));
}

function handleEvent(server: ChannelServer, event: FrameEvent): void {
  switch (event) {
    case FrameEvent.Header:
      if (u32(server.parser.header.kind) !== u32(FrameKind.Log)) server.effectCount += 1n;
      beginFrame(server);
      break;
    case FrameEvent.Payload:
      takePayload(server);
      break;
    case FrameEvent.End:
      endFrame(server);
      break;
    default:
      breakOff(server, "has a kind or a length that the protocol does not know");
  }
}

function beginFrame(server: ChannelServer): void {
  server.writtenBytes = 0;
  server.writeError = 0;
  server.lastTextByte = 10;
  const header = server.parser.header;
  if (u32(header.kind) === u32(FrameKind.Core)) server.coreFd = coreFileSeek(header.argument);
  server.control.request = u32.wrap(header.argument);
  server.control.byteCount = 0;
  if (isWrite(server) && header.stream >= CHANNEL_STREAM_COUNT) server.writeError = -EBADF;
}

function takePayload(server: ChannelServer): void {
  const piece = server.parser.piece;
  if (u32(server.parser.header.kind) === u32(FrameKind.Control)) controlTake(server.control, piece);
  if (!isShown(server) || server.writeError !== 0) return;
  if (server.pieceCount === MAX_PIECES) writePieces(server);
  const slot = server.pieces[server.pieceCount]!;
  slot.iov_base = callPointer(piece.data);
  slot.iov_len = piece.length;
  server.pieceCount += 1;
  server.lastTextByte = at(piece, piece.length - 1n);
}

/** Whether the payload of the current frame goes to a descriptor. */
function isShown(server: ChannelServer): bool {
  switch (u32(server.parser.header.kind)) {
    case u32(FrameKind.Write):
    case u32(FrameKind.Killed):
    case u32(FrameKind.Panic):
    case u32(FrameKind.Trace):
      return true;
    case u32(FrameKind.Core):
      return server.coreFd >= 0;
    case u32(FrameKind.Log):
      return server.isVerbose;
    default:
      return false;
  }
}

/** The descriptor of the current frame's payload if it is no Write: every text goes to stderr. */
function targetOf(server: ChannelServer): i32 {
  return u32(server.parser.header.kind) === u32(FrameKind.Core) ? server.coreFd : 2;
}

function writePieces(server: ChannelServer): void {
  const count = server.pieceCount;
  if (count === 0) return;
  server.pieceCount = 0;
  if (server.writeError !== 0) return;
  // An error after some bytes ends the write early; the guest learns the count now and the error at its next write.
  const pieces = elements(server.pieces);
  const error = addressOf(server.writeError);
  const written = isWrite(server)
    ? outputWrite(u32(server.parser.header.stream), pieces, count, error)
    : hostWriteVectors(targetOf(server), pieces, count, error);
  server.writtenBytes += u32(written);
}

function isWrite(server: ChannelServer): bool {
  return u32(server.parser.header.kind) === u32(FrameKind.Write);
}

function endFrame(server: ChannelServer): void {
  writePieces(server);
  const header = server.parser.header;
  switch (u32(header.kind)) {
    case u32(FrameKind.Write):
      reply(
        server,
        header.tag,
        server.writtenBytes > 0 ? i32(server.writtenBytes) : server.writeError,
        noBytes(server),
      );
      break;
    case u32(FrameKind.Read):
      answerRead(server);
      break;
    case u32(FrameKind.Poll):
    case u32(FrameKind.Await):
      answerPoll(server);
      break;
    case u32(FrameKind.Control):
      answerControl(server);
      break;
    case u32(FrameKind.Core):
      if (header.bytes > 0) coreFileWritten(server.writeError);
      else coreFileFinish(header.argument);
      break;
    case u32(FrameKind.Exit):
      end(server, ServerState.Ended, header.argument & 0xff);
      break;
    case u32(FrameKind.Killed):
      endKilled(server);
      break;
    case u32(FrameKind.Panic):
      finishLine(server);
      end(server, ServerState.Panicked, 1);
      break;
    case u32(FrameKind.Started):
      if (server.started !== null) server.started();
      break;
    case u32(FrameKind.SignalsTaken):
      if (header.argument === 0) gateOpen(signalGate);
      else gateAcknowledge(signalGate, header.argument);
      break;
    default:
      break;
  }
}

function answerRead(server: ChannelServer): void {
  const header = server.parser.header;
  if (header.stream >= CHANNEL_STREAM_COUNT || header.argument < 0) {
    reply(server, header.tag, header.argument < 0 ? -EINVAL : -EBADF, noBytes(server));
    return;
  }
  const wanted = u32(header.argument);
  const most: u32 = wanted < CHANNEL_MAX_PAYLOAD ? wanted : CHANNEL_MAX_PAYLOAD;
  let count = i64(-EAGAIN);
  if (hostIsReadable(i32(header.stream))) {
    count = hostRead(i32(header.stream), elements(server.readBuffer), u64(most));
  }
  const bytes: u64 = count > 0n ? u64(count) : 0n;
  reply(server, header.tag, i32(count), sliceOf(elements(server.readBuffer), bytes));
}

function answerPoll(server: ChannelServer): void {
  const header = server.parser.header;
  if (header.stream >= CHANNEL_STREAM_COUNT || header.argument < 0) {
    reply(server, header.tag, header.stream >= CHANNEL_STREAM_COUNT ? -EBADF : -EINVAL, noBytes(server));
    return;
  }
  const events = u16(u32(header.argument) & EVENT_MASK);
  const holding = hostPoll(i32(header.stream), events, 0);
  const isKept = holding === 0n && u32(header.kind) === u32(FrameKind.Await);
  if (isKept && awaitsAdd(server.awaits, header.tag, i32(header.stream), events)) return;
  reply(server, header.tag, isKept ? -EBUSY : i32(holding), noBytes(server));
}

function answerControl(server: ChannelServer): void {
  const header = server.parser.header;
  if (header.stream >= CHANNEL_STREAM_COUNT) {
    reply(server, header.tag, -EBADF, noBytes(server));
    return;
  }
  const result = controlCarryOut(server.control, i32(header.stream));
  const bytes = sliceOf(elements(server.control.bytes), u64(server.control.answerBytes));
  reply(server, header.tag, result, bytes);
}

function endKilled(server: ChannelServer): void {
  const signal = server.parser.header.argument;
  if (signal < 1 || signal > SIGNAL_LIMIT) {
    breakOff(server, "names a signal that does not exist");
    return;
  }
  finishLine(server);
  coreFileReport();
  end(server, ServerState.Ended, 128 + signal);
}

function finishLine(server: ChannelServer): void {
  if (server.lastTextByte !== 10) void hostWriteAll(2, bytesOf("\n"));
}

function reply(server: ChannelServer, tag: u32, argument: i32, payload: Slice<u8>): void {
  const header: FrameHeader = { bytes: u32(payload.length), kind: u16(FrameKind.Reply), stream: 0, tag, argument };
  if (!server.sink(server.sinkContext, header, payload)) breakOff(server, "left no room for its answer");
}

function noBytes(server: ChannelServer): Slice<u8> {
  return sliceOf(elements(server.readBuffer), 0n);
}

function breakOff(server: ChannelServer, why: string): void {
  const header = server.parser.header;
  const kind = u32(header.kind);
  const text = `hermit: the guest broke the channel's protocol and was ended: its frame of kind ${kind} with ${header.bytes} bytes ${why}.\n`;
  void hostWriteAll(2, bytesOf(text));
  end(server, ServerState.Broken, 1);
}

function end(server: ChannelServer, state: ServerState, status: i32): void {
  server.state = state;
  server.status = status;
}
