/**
 * The device side of the channel's queues against a guest that this file plays: frames whole and in pieces, outputs that block, and
 * every rule that a guest can break.
 */

import type { ChannelQueue, ChannelQueues, FrameHeader } from "../../abi/channel.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  type ChannelDevice,
  channelDeliver,
  channelDeviceInit,
  channelPump,
  channelTakeInterrupt,
  PumpResult,
  QueueViolation,
} from "../channel-device.ts";
import { type GuestMemory, guestMemoryInit } from "../guest-memory.ts";

const RAM_BYTES = 0x1_0000n;
const QUEUES_AT = 0x1000n;
const BUFFERS_AT = 0x4000n;
const NEXT = 1;
const DEVICE_WRITES = 2;
const INDIRECT = 4;

/** @align 4096 */
const ram: Bytes<0x1_0000> = zeroed();
const memory: GuestMemory = zeroed();
const device: ChannelDevice = zeroed();

/** What the fake server was fed, how it behaves. */
const fed: Bytes<0x1_0000> = zeroed();
let fedBytes: u32 = 0;
let feedCount: u32 = 0;
let largestFeed: u32 = 0;
/** Fed since the server was last told to finish, and how often it was. */
let unfinishedBytes: u32 = 0;
let finishCount: u32 = 0;
let isServerRunning: i32 = 1;
let outputOf: i32 = -1;
let mayOutputBlock: bool = false;
/** Pieces that the output takes before it blocks. */
let writableCount: u32 = 0;
let limit: i32 = 0x1_0000;

export function channelDeviceTests(): void {
  test("queues: one frame in one buffer", oneBuffer);
  test("queues: a chain is one stream", chain);
  test("queues: many chains, indices that wrap", manyChains);
  test("queues: a piece ends where the server wants", pieces);
  test("queues: an output that blocks stops the pump, which goes on later", blocking);
  test("queues: nothing is fed after the end", afterTheEnd);
  test("queues: delivery into one and into many buffers", delivery);
  test("queues: delivery without room", noRoom);
  test("queues: interrupts are wanted or not", interrupts);
  test("queues: each broken rule is named", violations);
}

function start(): void {
  fillBytes(elements(ram), 0, RAM_BYTES);
  guestMemoryInit(memory, elements(ram), RAM_BYTES);
  zero(device);
  channelDeviceInit(device, addressOf(memory), queues());
  device.host.context = elements(fed);
  device.host.feed = feed;
  device.host.finish = finish;
  device.host.nextBytes = nextBytes;
  device.host.nextOutput = nextOutput;
  device.host.isRunning = isRunning;
  device.host.isWritable = isWritable;
  device.host.mayBlock = mayBlock;
  fedBytes = 0;
  feedCount = 0;
  largestFeed = 0;
  unfinishedBytes = 0;
  finishCount = 0;
  isServerRunning = 1;
  outputOf = -1;
  mayOutputBlock = false;
  writableCount = 0;
  limit = 0x1_0000;
}

function queues(): Ptr<ChannelQueues> {
  // SAFETY: inside `ram`, at a multiple of a page.
  return castPtr<ChannelQueues>(elements(ram).add(QUEUES_AT));
}

function feed(_context: Ptr<u8>, bytes: Slice<u8>): void {
  copyBytes(elements(fed).add(fedBytes), bytes.data, bytes.length);
  fedBytes += u32(bytes.length);
  feedCount += 1;
  unfinishedBytes += u32(bytes.length);
  if (u32(bytes.length) > largestFeed) largestFeed = u32(bytes.length);
}

function finish(_context: Ptr<u8>): void {
  unfinishedBytes = 0;
  finishCount += 1;
}

function nextBytes(_context: Ptr<u8>): i32 {
  return limit;
}

function nextOutput(_context: Ptr<u8>): i32 {
  return outputOf;
}

function isRunning(_context: Ptr<u8>): i32 {
  return isServerRunning;
}

function isWritable(_output: i32): bool {
  if (writableCount === 0) return false;
  writableCount -= 1;
  return true;
}

function mayBlock(_output: i32): bool {
  return mayOutputBlock;
}

/** The guest's side: a descriptor, and making a chain available. */
function describe(queue: ChannelQueue, index: u32, address: u64, bytes: u32, flags: u16, next: u16): void {
  queue.descriptors[index].addr = PhysAddr(address);
  queue.descriptors[index].len = bytes;
  queue.descriptors[index].flags = flags;
  queue.descriptors[index].next = next;
}

function publish(queue: ChannelQueue, head: u16): void {
  const index = queue.avail.idx.load();
  queue.availRing[u32(index) % 64] = head;
  queue.avail.idx.store(u16.wrap(u32(index) + 1));
}

function write(address: u64, text: string): void {
  copyBytes(elements(ram).add(address), text.data, u64(text.length));
}

function oneBuffer(): void {
  start();
  const queue = queues().transmit;
  write(BUFFERS_AT, "hello");
  describe(queue, 3, BUFFERS_AT, 5, 0, 0);
  publish(queue, 3);
  expect(channelPump(device) === PumpResult.Idle, "the queue is empty then");
  expect(stringOf(elements(fed), fedBytes) === "hello", "the bytes arrived");
  expectEqual(i64(queue.used.idx.load()), 1n);
  expectEqual(i64(queue.usedRing[0].id), 3n);
  expectEqual(i64(queue.usedRing[0].len), 0n);
}

function chain(): void {
  start();
  const queue = queues().transmit;
  write(BUFFERS_AT, "ab");
  write(BUFFERS_AT + 0x100n, "cde");
  describe(queue, 0, BUFFERS_AT, 2, NEXT, 9);
  describe(queue, 9, BUFFERS_AT + 0x80n, 0, NEXT, 63);
  describe(queue, 63, BUFFERS_AT + 0x100n, 3, 0, 0);
  publish(queue, 0);
  expect(channelPump(device) === PumpResult.Idle, "done");
  expect(stringOf(elements(fed), fedBytes) === "abcde", "in order, the empty buffer adds nothing");
  expectEqual(i64(finishCount), 1n);
  expectEqual(i64(unfinishedBytes), 0n);
  expectEqual(i64(queue.used.idx.load()), 1n);
}

function manyChains(): void {
  start();
  const queue = queues().transmit;
  write(BUFFERS_AT, "x");
  for (let i: u32 = 0; i < 70_000; i += 1) {
    describe(queue, i % 64, BUFFERS_AT, 1, 0, 0);
    publish(queue, u16(i % 64));
    fedBytes = 0;
    if (channelPump(device) !== PumpResult.Idle || fedBytes !== 1) break;
  }
  expectEqual(i64(feedCount), 70_000n);
  expectEqual(i64(queue.used.idx.load()), 70_000n & 0xffffn);
}

function pieces(): void {
  start();
  const queue = queues().transmit;
  describe(queue, 0, BUFFERS_AT, 1000, 0, 0);
  publish(queue, 0);
  limit = 16;
  expect(channelPump(device) === PumpResult.Idle, "done");
  expectEqual(i64(fedBytes), 1000n);
  expectEqual(i64(largestFeed), 16n);
}

function blocking(): void {
  start();
  const queue = queues().transmit;
  describe(queue, 0, BUFFERS_AT, 10_000, 0, 0);
  publish(queue, 0);
  outputOf = 1;
  mayOutputBlock = true;
  writableCount = 1;
  expect(channelPump(device) === PumpResult.WouldBlock, "the second piece would block");
  expectEqual(i64(fedBytes), 4096n);
  expectEqual(i64(unfinishedBytes), 0n);
  expectEqual(i64(device.blockedOutput), 1n);
  expectEqual(i64(queue.used.idx.load()), 0n);
  expect(channelPump(device) === PumpResult.WouldBlock, "and still would");
  writableCount = 2;
  expect(channelPump(device) === PumpResult.Idle, "then it is done");
  expectEqual(i64(fedBytes), 10_000n);
  expectEqual(i64(largestFeed), 4096n);
  expectEqual(i64(queue.used.idx.load()), 1n);
}

function afterTheEnd(): void {
  start();
  const queue = queues().transmit;
  describe(queue, 0, BUFFERS_AT, 4, 0, 0);
  publish(queue, 0);
  isServerRunning = 0;
  expect(channelPump(device) === PumpResult.Ended, "the guest has ended");
  expectEqual(i64(feedCount), 0n);
}

function delivery(): void {
  start();
  const queue = queues().receive;
  const header: FrameHeader = { bytes: 5, kind: 0x100, stream: 0, tag: 7, argument: 5 };
  describe(queue, 0, BUFFERS_AT, 64, DEVICE_WRITES, 0);
  publish(queue, 0);
  expect(channelDeliver(device, header, bytesOf("abcde")), "there is room");
  expectEqual(i64(queue.used.idx.load()), 1n);
  expectEqual(i64(queue.usedRing[0].len), 21n);
  expect(stringOf(elements(ram).add(BUFFERS_AT + 16n), 5) === "abcde", "the payload follows the header");
  for (let i: u32 = 1; i < 5; i += 1) {
    describe(queue, i, BUFFERS_AT + 0x100n + u64(i) * 8n, 8, DEVICE_WRITES, 0);
    publish(queue, u16(i));
  }
  expect(channelDeliver(device, header, bytesOf("vwxyz")), "four small buffers hold 21 bytes");
  expectEqual(i64(queue.used.idx.load()), 4n);
  expectEqual(i64(queue.usedRing[3].len), 5n);
  expect(stringOf(elements(ram).add(BUFFERS_AT + 0x118n), 5) === "vwxyz", "the payload in the third");
}

function noRoom(): void {
  start();
  const queue = queues().receive;
  const header: FrameHeader = { bytes: 0, kind: 0x100, stream: 0, tag: 7, argument: 5 };
  expect(!channelDeliver(device, header, bytesOf("")), "no buffer at all");
  describe(queue, 0, BUFFERS_AT, 8, DEVICE_WRITES, 0);
  publish(queue, 0);
  expect(!channelDeliver(device, header, bytesOf("")), "half a header");
  expectEqual(i64(queue.used.idx.load()), 0n);
}

function interrupts(): void {
  start();
  const queue = queues().receive;
  const header: FrameHeader = { bytes: 0, kind: 0x100, stream: 0, tag: 7, argument: 5 };
  expect(!channelTakeInterrupt(device), "nothing was delivered");
  describe(queue, 0, BUFFERS_AT, 16, DEVICE_WRITES, 0);
  publish(queue, 0);
  expect(channelDeliver(device, header, bytesOf("")), "room");
  expect(channelTakeInterrupt(device), "the guest wants to know");
  expect(!channelTakeInterrupt(device), "once");
  publish(queue, 0);
  queue.avail.flags = 1;
  expect(channelDeliver(device, header, bytesOf("")), "room");
  expect(!channelTakeInterrupt(device), "the guest does not want to know");
}

/** Pumps once and expects the violation. */
function expectViolation(violation: QueueViolation, what: string): void {
  expect(channelPump(device) === PumpResult.Violated && device.violation === violation, what);
}

function violations(): void {
  start();
  queues().transmit.avail.idx.store(65);
  expectViolation(QueueViolation.TooManyAvailable, "65 of 64 available");
  start();
  publish(queues().transmit, 64);
  expectViolation(QueueViolation.BadDescriptorIndex, "a head beyond the table");
  start();
  describe(queues().transmit, 0, BUFFERS_AT, 1, NEXT, 64);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.BadDescriptorIndex, "a next beyond the table");
  start();
  describe(queues().transmit, 0, BUFFERS_AT, 1, NEXT, 0);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.ChainTooLong, "a chain that bites its tail");
  start();
  describe(queues().transmit, 0, BUFFERS_AT, 16, INDIRECT, 0);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.IndirectDescriptor, "an indirect table");
  start();
  describe(queues().transmit, 0, BUFFERS_AT, 1, DEVICE_WRITES, 0);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.WrongDirection, "a buffer to be written in the transmit queue");
  start();
  describe(queues().transmit, 0, RAM_BYTES - 1n, 2, 0, 0);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.BufferOutsideMemory, "a buffer that ends behind RAM");
  start();
  describe(queues().transmit, 0, 0xffff_ffff_ffff_fff0n, 0xffff_ffff, 0, 0);
  publish(queues().transmit, 0);
  expectViolation(QueueViolation.BufferOutsideMemory, "a buffer whose end overflows");
  start();
  const header: FrameHeader = { bytes: 0, kind: 0x100, stream: 0, tag: 7, argument: 5 };
  describe(queues().receive, 0, BUFFERS_AT, 16, 0, 0);
  publish(queues().receive, 0);
  expect(!channelDeliver(device, header, bytesOf("")), "a buffer that must not be written");
  expect(device.violation === QueueViolation.WrongDirection, "is named, too");
}
