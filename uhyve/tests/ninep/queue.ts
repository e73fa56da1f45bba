/** The queue of requests for files: chains of every shape, and each rule that a guest can break. */

import { NINEP_VERSION, NinepType } from "../../../abi/ninep.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Wire, wireBegin, wirePut8, wirePut16, wirePut32, wirePutString } from "../../../compiler/std/wire.ts";
import { QueueViolation } from "../../channel-device.ts";
import { server } from "./guest.ts";
import {
  BUFFERS_AT,
  DEVICE_WRITES,
  describe,
  INDIRECT,
  NEXT,
  place,
  publish,
  queue,
  queueStart,
  RAM_BYTES,
  ring,
} from "./queue-guest.ts";

const ANSWER_AT = 0x6000n;
const wire: Wire = zeroed();

export function ninepQueueTests(): void {
  test("9p queue: a request and its answer", oneRequest);
  test("9p queue: chains of many small buffers, and many chains at once", manyBuffers);
  test("9p queue: indices that wrap", wrapping);
  test("9p queue: a doorbell without a request", nothing);
  test("9p queue: each broken rule is named", violations);
}

/** Tversion at BUFFERS_AT: its bytes. */
function putVersion(): u32 {
  wireBegin(wire, sliceOf(place(BUFFERS_AT), 100n));
  wirePut32(wire, 21);
  wirePut8(wire, u8(NinepType.Tversion));
  wirePut16(wire, 5);
  wirePut32(wire, 8192);
  wirePutString(wire, NINEP_VERSION);
  expectEqual(i64(wire.position), 21n);
  return 21;
}

function start(): u32 {
  queueStart(server);
  return putVersion();
}

function expectVersion(at: u64): void {
  expectEqual(i64(place(at)[0]!), 21n);
  expectEqual(i64(place(at)[4]!), i64(NinepType.Rversion));
  expectEqual(i64(place(at)[5]!), 5n);
}

function oneRequest(): void {
  const bytes = start();
  describe(7, BUFFERS_AT, bytes, NEXT, 90);
  describe(90, ANSWER_AT, 4096, DEVICE_WRITES, 0);
  publish(7);
  expect(ring(server) === QueueViolation.None, "no rule is broken");
  expectVersion(ANSWER_AT);
  expectEqual(i64(queue().used.idx.load()), 1n);
  expectEqual(i64(queue().usedRing[0].id), 7n);
  expectEqual(i64(queue().usedRing[0].len), 21n);
}

function manyBuffers(): void {
  const bytes = start();
  for (let i: u32 = 0; i < bytes; i += 1) describe(i, BUFFERS_AT + u64(i), 1, NEXT, u16(i + 1));
  for (let i: u32 = 0; i < 50; i += 1) {
    const more: u16 = i === 49 ? 0 : NEXT;
    describe(bytes + i, ANSWER_AT + u64(i), i % 3 === 1 ? 0 : 1, u16(DEVICE_WRITES) | more, u16(bytes + i + 1));
  }
  publish(0);
  describe(100, BUFFERS_AT, bytes, NEXT, 101);
  describe(101, ANSWER_AT + 0x1000n, 21, DEVICE_WRITES, 0);
  publish(100);
  expect(ring(server) === QueueViolation.None, "no rule is broken");
  expectEqual(i64(queue().used.idx.load()), 2n);
  expectVersion(ANSWER_AT + 0x1000n);
  expectEqual(i64(queue().usedRing[0].len), 21n);
}

function wrapping(): void {
  const bytes = start();
  describe(0, BUFFERS_AT, bytes, NEXT, 1);
  describe(1, ANSWER_AT, 21, DEVICE_WRITES, 0);
  for (let i: u32 = 0; i < 66_000; i += 1) {
    publish(0);
    if (ring(server) !== QueueViolation.None) return expect(false, "no rule is broken");
  }
  expectEqual(i64(queue().used.idx.load()), 66_000n - 65_536n);
}

function nothing(): void {
  void start();
  expect(ring(server) === QueueViolation.None, "no rule is broken");
  expectEqual(i64(queue().used.idx.load()), 0n);
}

function expectViolation(violation: QueueViolation): void {
  expect(ring(server) === violation, "the rule is named");
  expectEqual(i64(queue().used.idx.load()), 0n);
}

function violations(): void {
  let bytes = start();
  queue().avail.idx.store(200);
  expectViolation(QueueViolation.TooManyAvailable);
  expectViolation(QueueViolation.TooManyAvailable);
  bytes = start();
  publish(128);
  expectViolation(QueueViolation.BadDescriptorIndex);
  bytes = start();
  describe(0, BUFFERS_AT, bytes, NEXT, 128);
  publish(0);
  expectViolation(QueueViolation.BadDescriptorIndex);
  bytes = start();
  describe(0, BUFFERS_AT, 1, NEXT, 0);
  publish(0);
  expectViolation(QueueViolation.ChainTooLong);
  bytes = start();
  describe(0, BUFFERS_AT, bytes, INDIRECT, 0);
  publish(0);
  expectViolation(QueueViolation.IndirectDescriptor);
  bytes = start();
  describe(0, ANSWER_AT, 100, NEXT | DEVICE_WRITES, 1);
  describe(1, BUFFERS_AT, bytes, 0, 0);
  publish(0);
  expectViolation(QueueViolation.WrongDirection);
  bytes = start();
  describe(0, RAM_BYTES - 4n, bytes, 0, 0);
  publish(0);
  expectViolation(QueueViolation.BufferOutsideMemory);
  bytes = start();
  describe(0, BUFFERS_AT, bytes, NEXT, 1);
  describe(1, u64.MAX - 4n, 100, DEVICE_WRITES, 0);
  publish(0);
  expectViolation(QueueViolation.BufferOutsideMemory);
  bytes = start();
  describe(0, BUFFERS_AT, bytes, NEXT, 1);
  describe(1, ANSWER_AT, 10, DEVICE_WRITES, 0);
  publish(0);
  expectViolation(QueueViolation.NoRoomForAnswer);
  bytes = start();
  describe(0, BUFFERS_AT, bytes, 0, 0);
  publish(0);
  expectViolation(QueueViolation.NoRoomForAnswer);
}
