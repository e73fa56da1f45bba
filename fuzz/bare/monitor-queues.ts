/**
 * Hostile memory under the monitor's end of the channel: queues, descriptors and buffers are the input, and the guest goes on writing
 * them between the monitor's steps.
 *
 * Held besides the sanitizers' rules: every byte that reaches the server lies in guest RAM, a chain feeds no more than its
 * descriptors can hold, a device that has refused its guest is done, and deliveries write inside RAM only (there is a guard behind it).
 */

import { CHANNEL_QUEUE_SIZE, type ChannelQueues, type FrameHeader } from "../../abi/channel.ts";
import {
  type ChannelDevice,
  channelDeliver,
  channelDeviceInit,
  channelPump,
  channelTakeInterrupt,
  PumpResult,
} from "../../uhyve/channel-device.ts";
import { type GuestMemory, guestMemoryInit } from "../../uhyve/guest-memory.ts";

const RAM_BYTES = 0x8000;
const QUEUES_AT = 0x1000;
const GUARD_BYTES = 64;
const GUARD = 0xc5;
const MAX_ROUNDS = 16;
/** 64 chains of 64 descriptors that overlap in all of RAM: far more than an honest guest sends in one go. */
const MAX_FED_BYTES = 64 * 64 * 0x8000;

/** @align 4096 */
const ram: Bytes<0x8040> = zeroed();
const memory: GuestMemory = zeroed();
const device: ChannelDevice = zeroed();
/** What the server delivers lies in its own memory. */
const payload: Bytes<1024> = zeroed();
let fedBytes: u64 = 0n;
let feedsLeft: u32 = 0;
let choices: u32 = 0;

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (size < 4n) return 0;
  start(data, size);
  for (let round: u32 = 0; round < MAX_ROUNDS; round += 1) {
    const result = channelPump(device);
    assert(fedBytes <= u64(MAX_FED_BYTES), "chains are finite");
    if (result === PumpResult.Violated) {
      assert(channelPump(device) === PumpResult.Violated || device.violation !== 0, "a violation is not forgotten");
      break;
    }
    if (result === PumpResult.Ended) break;
    if (!deliver(u64(choices >> round) & 0x3ffn) && device.violation !== 0) break;
    void channelTakeInterrupt(device);
    goOn(round);
  }
  for (let i: u32 = 0; i < GUARD_BYTES; i += 1) assert(ram[RAM_BYTES + i] === GUARD, "nothing behind RAM is written");
  return 0;
}

function start(data: Ptr<u8>, size: u64): void {
  fillBytes(elements(ram), 0, u64(RAM_BYTES));
  fillBytes(elements(ram).add(RAM_BYTES), GUARD, u64(GUARD_BYTES));
  const room = u64(RAM_BYTES - QUEUES_AT);
  copyBytes(elements(ram).add(QUEUES_AT), data.add(4), size - 4n < room ? size - 4n : room);
  choices = u32(data[0]) | (u32(data[1]) << 8) | (u32(data[2]) << 16) | (u32(data[3]) << 24);
  guestMemoryInit(memory, elements(ram), u64(RAM_BYTES));
  zero(device);
  channelDeviceInit(device, addressOf(memory), queues());
  device.host.context = elements(ram);
  device.host.feed = feed;
  device.host.finish = finish;
  device.host.nextBytes = nextBytes;
  device.host.nextOutput = nextOutput;
  device.host.isRunning = isRunning;
  device.host.isWritable = isWritable;
  device.host.mayBlock = mayBlock;
  fedBytes = 0n;
  feedsLeft = 4096;
  bringNear();
}

/** Most inputs should get past the first check: the published indices are taken modulo a little more than the queue's size. */
function bringNear(): void {
  const transmit = queues().transmit.avail.idx;
  transmit.store(transmit.load() % (CHANNEL_QUEUE_SIZE + 2));
  const receive = queues().receive.avail.idx;
  receive.store(receive.load() % (CHANNEL_QUEUE_SIZE + 2));
}

/** What a guest does meanwhile: it publishes more, or scribbles. */
function goOn(round: u32): void {
  const transmit = queues().transmit.avail.idx;
  transmit.store(u16.wrap(u32(transmit.load()) + ((choices >> round) & 3)));
  ram[QUEUES_AT + ((choices * (round + 1)) % (RAM_BYTES - QUEUES_AT))] ^= u8.wrap(choices >> round);
}

function deliver(bytes: u64): bool {
  const header: FrameHeader = { bytes: u32(bytes), kind: 0x100, stream: 0, tag: 1, argument: 0 };
  return channelDeliver(device, header, sliceOf(elements(payload), bytes));
}

function queues(): Ptr<ChannelQueues> {
  // SAFETY: inside `ram`, aligned to a page.
  return castPtr<ChannelQueues>(elements(ram).add(QUEUES_AT));
}

function feed(_context: Ptr<u8>, bytes: Slice<u8>): void {
  const first = u64(virtAddr(bytes.data)) - u64(virtAddr(elements(ram)));
  assert(first <= u64(RAM_BYTES) && bytes.length <= u64(RAM_BYTES) - first, "what is fed lies in RAM");
  fedBytes += bytes.length;
  if (feedsLeft > 0) feedsLeft -= 1;
}

function finish(_context: Ptr<u8>): void {}

function nextBytes(_context: Ptr<u8>): i32 {
  return (choices & 1) === 0 ? 16 : 0x8000;
}

function nextOutput(_context: Ptr<u8>): i32 {
  return (choices & 2) === 0 ? -1 : 1;
}

/** The server ends at some time, as it does when a frame is broken. */
function isRunning(_context: Ptr<u8>): i32 {
  return feedsLeft > 0 ? 1 : 0;
}

function isWritable(_output: i32): bool {
  return (fedBytes & 0x1fffn) !== u64(choices & 0x1fff);
}

function mayBlock(_output: i32): bool {
  return (choices & 4) !== 0;
}
