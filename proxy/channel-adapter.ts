/**
 * Joins the monitor's queues (uhyve/channel-device.ts) to the server of frames (proxy/channel/server.ts).
 *
 * The monitor knows queues and nothing of frames, the server frames and nothing of queues; each is tested alone. This is the glue:
 * functions of the one are given to the other.
 */

import type { StdioInfo } from "../abi/boot-info.ts";
import type { FrameHeader } from "../abi/channel.ts";
import { type Pollfd, S_IFBLK, S_IFCHR, S_IFMT, S_IFREG } from "../abi/linux-files.ts";
import { type ChannelDevice, channelDeliver, channelDeviceInit } from "../uhyve/channel-device.ts";
import { channelService, outputIsWritable } from "../uhyve/channel-service.ts";
import type { Machine } from "../uhyve/machine.ts";
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
/** Bit n: writes to descriptor n may block. */
let blockingOutputs: u32 = 0;

/** `stdio`: what descriptors 0, 1 and 2 are. */
export function channelConnect(machine: Machine, isVerbose: bool, stdio: Ptr<StdioInfo>): void {
  blockingOutputs = (mayBlock(stdio[0]) ? 1 : 0) | (mayBlock(stdio[1]) ? 2 : 0) | (mayBlock(stdio[2]) ? 4 : 0);
  server.started = timeSummaryStarted;
  channelServerInit(server, deliver, castPtr<u8>(addressOf(machine.channel)), isVerbose);
  channelDeviceInit(machine.channel, addressOf(machine.memory), machine.channel.queues);
  const host = machine.channel.host;
  host.context = castPtr<u8>(addressOf(server));
  host.feed = feed;
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

/** Files, disks and /dev/null take everything at once; pipes, sockets and terminals may not. */
function mayBlock(info: StdioInfo): bool {
  const type = info.mode & S_IFMT;
  if (type === S_IFCHR) return info.isTerminal !== 0;
  return type !== S_IFREG && type !== S_IFBLK;
}

function deliver(context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>): bool {
  // SAFETY: channelConnect gives the server this context.
  return channelDeliver(castPtr<ChannelDevice>(context), header, payload);
}

function feed(context: Ptr<u8>, bytes: Slice<u8>): void {
  channelServerFeed(serverOf(context), bytes);
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

function outputMayBlock(output: i32): bool {
  return ((blockingOutputs >> u32(output)) & 1) !== 0;
}

function serverOf(context: Ptr<u8>): Ptr<ChannelServer> {
  // SAFETY: channelConnect gives the monitor this context.
  return castPtr<ChannelServer>(context);
}
