/**
 * Joins the monitor's queues (uhyve/channel-device.ts) to the server of frames (proxy/channel/server.ts).
 *
 * The monitor knows queues and nothing of frames, the server frames and nothing of queues; each is tested alone. This is the glue:
 * functions of the one are given to the other.
 */

import type { FrameHeader } from "../abi/channel.ts";
import type { Pollfd } from "../abi/linux-files.ts";
import { type ChannelDevice, channelDeliver, channelDeviceInit } from "../uhyve/channel-device.ts";
import { channelService, outputIsWritable } from "../uhyve/channel-service.ts";
import type { Machine } from "../uhyve/machine.ts";
import { outputMayBlock, outputsOpen } from "./channel/outputs.ts";
import {
  type ChannelServer,
  channelServerAnswer,
  channelServerAwaited,
  channelServerFeed,
  channelServerFlush,
  channelServerInit,
  channelServerNextBytes,
  channelServerNextOutput,
  channelServerSignal,
  ServerState,
} from "./channel/server.ts";
import { timeSummaryStarted } from "./time-summary.ts";

const server: ChannelServer = zeroed();

export function channelConnect(machine: Machine, isVerbose: bool): void {
  outputsOpen();
  server.started = timeSummaryStarted;
  channelServerInit(server, deliver, castPtr<u8>(addressOf(machine.channel)), isVerbose);
  channelDeviceInit(machine.channel, addressOf(machine.memory), machine.channel.queues);
  const host = machine.channel.host;
  host.context = castPtr<u8>(addressOf(server));
  host.feed = feed;
  host.finish = finish;
  host.nextBytes = nextBytes;
  host.nextOutput = nextOutput;
  host.isRunning = isRunning;
  host.isWritable = outputIsWritable;
  host.mayBlock = outputMayBlock;
  channelService.awaited = awaited;
  channelService.answer = answer;
  channelService.signal = sendSignal;
  channelService.exitStatus = exitStatus;
}

function deliver(context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>): bool {
  // SAFETY: channelConnect gives the server this context.
  return channelDeliver(castPtr<ChannelDevice>(context), header, payload);
}

function feed(context: Ptr<u8>, bytes: Slice<u8>): void {
  channelServerFeed(serverOf(context), bytes);
}

function finish(context: Ptr<u8>): void {
  channelServerFlush(serverOf(context));
}

function nextBytes(context: Ptr<u8>): i32 {
  return i32(channelServerNextBytes(serverOf(context)));
}

function nextOutput(context: Ptr<u8>): i32 {
  return channelServerNextOutput(serverOf(context));
}

function isRunning(context: Ptr<u8>): i32 {
  return serverOf(context).state === ServerState.Running ? 1 : 0;
}

function awaited(context: Ptr<u8>, entries: Ptr<Pollfd>): u32 {
  return channelServerAwaited(serverOf(context), entries);
}

function answer(context: Ptr<u8>): void {
  channelServerAnswer(serverOf(context));
}

function sendSignal(context: Ptr<u8>, signal: i32): i32 {
  return channelServerSignal(serverOf(context), signal) ? 1 : 0;
}

function exitStatus(context: Ptr<u8>): i32 {
  return serverOf(context).status;
}

function serverOf(context: Ptr<u8>): Ptr<ChannelServer> {
  // SAFETY: channelConnect gives the monitor this context.
  return castPtr<ChannelServer>(context);
}
