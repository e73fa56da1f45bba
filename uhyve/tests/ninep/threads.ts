/**
 * Several vCPUs that ring at once, on one session: every thread has descriptors of its own and does what it likes with fids that all share.
 * Then three of them and an attendant.
 *
 * Held: every request is answered, in its own form, also without a doorbell if none is wanted; ThreadSanitizer sees no race; in the end no fid
 * and no descriptor is left.
 */

import { O_CREAT, O_RDWR } from "../../../abi/linux-files.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { VIRTQ_USED_F_NO_NOTIFY } from "../../../abi/virtio.ts";
import { HOST_THREADS, hostYield, runThreads } from "../../../compiler/std/host-threads.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import {
  type Wire,
  wireBegin,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../../compiler/std/wire.ts";
import { QueueViolation } from "../../channel-device.ts";
import { type Lock, lockAcquire, lockRelease } from "../../lock.ts";
import { type Attendant, attendantInit, attendantTurn } from "../../ninep/attendant.ts";
import { ninepServerRing } from "../../ninep/server.ts";
import { begin, end } from "./begin.ts";
import { ROOT, server, walkClone } from "./guest.ts";
import { DEVICE_WRITES, describe, NEXT, place, publish, queue, queueStart } from "./queue-guest.ts";

const ROUNDS = 4000;
/** Fids that all threads use. */
const SHARED_FIDS = 6;
const BUFFERS_OF_THREAD = 0x8000n;
const FIRST_BUFFER = 0x8000n;

/** Frequency of the counter as the attendant is told: so low that it comes and goes all the time; so high that it stays. */
const HASTY_KHZ = 200_000;
const PATIENT_KHZ = u32.MAX;
/** Who looks as often as this in vain has been forgotten. */
const MOST_LOOKS = 20_000_000;

class Player {
  random!: u32;
  wire!: Wire;
  /** Answers by kind: an error, or what was asked for. */
  done!: u32;
  refused!: u32;
  strange!: u32;
  violated!: bool;
}

const players: FixedArray<Player, 4> = zeroed();
/** The guest's own lock around its available ring. */
const guestLock: Lock = zeroed();
/** For each head, how often its chain came back; written under usedLock. */
const answered: FixedArray<u32, 128> = zeroed();
let usedSeen: u32 = 0;
const attendant: Attendant = zeroed();
/** vCPUs that are not done yet. */
const playing: Atomic<u32> = zeroed();
/** 1: the attendant's thread runs. */
const isThere: Atomic<u32> = zeroed();
let playerCount: u32 = 0;
let tscKhz: u32 = HASTY_KHZ;
/** A player goes on until there were as many requests without a doorbell, but not for ever. */
let wantedUnrung: u32 = 0;
const MOST_ROUNDS = 20 * ROUNDS;
/** Requests for which no doorbell was wanted. */
const unrung: Atomic<u32> = zeroed();
const usedLock: Lock = zeroed();

export function ninepThreadTests(): void {
  test("9p: four vCPUs with the same fids", (): void => together(HOST_THREADS));
  test("9p: three vCPUs and an attendant", (): void => together(HOST_THREADS - 1));
  test("9p: a vCPU that need not ring", withoutDoorbells);
  test("9p: an attendant that meets a broken rule leaves the report to the doorbell", attendsBrokenRule);
}

function withoutDoorbells(): void {
  wantedUnrung = ROUNDS;
  tscKhz = PATIENT_KHZ;
  together(1);
  expect(unrung.load() >= ROUNDS, "the attendant answers");
}

/** A chain outside of memory, and a queue that claims more than it has: the attendant neither waits for them nor serves them. */
function attendsBrokenRule(): void {
  begin(false);
  queueStart(server);
  zero(attendant);
  attendantInit(attendant, addressOf(server), HASTY_KHZ, 1, 2);
  describe(0, u64.MAX - 0xfffn, 32, 0, 0);
  publish(0);
  attendantTurn(attendant);
  expectEqual(i64(server.busy), 0n);
  expect(
    queue().used.flags.load() === 0 && queue().used.idx.load() === 0,
    "nothing is answered, and doorbells are wanted",
  );
  expect(ninepServerRing(server, 0, 0) === QueueViolation.BufferOutsideMemory, "the next doorbell tells");
  queueStart(server);
  queue().avail.idx.store(1000);
  attendantTurn(attendant);
  expect(ninepServerRing(server, 0, 0) === QueueViolation.TooManyAvailable, "the next doorbell tells that, too");
  end();
}

function together(count: u32): void {
  begin(false);
  queueStart(server);
  zero(attendant);
  attendantInit(attendant, addressOf(server), tscKhz, 1, 1);
  zero(answered);
  usedSeen = 0;
  playerCount = count;
  playing.store(count);
  isThere.store(0);
  unrung.store(0);
  for (let i: u32 = 0; i < count; i += 1) {
    zero(players[i]);
    players[i].random = 12345 + i * 77;
  }
  expectEqual(walkClone(ROOT, 1), 0n);
  runThreads(count === HOST_THREADS ? play : playOrAttend);
  let done: u32 = 0;
  for (let i: u32 = 0; i < count; i += 1) {
    expect(!players[i].violated, "no rule of the queue is broken");
    expectEqual(i64(players[i].strange), 0n);
    expect(players[i].done + players[i].refused >= ROUNDS, "every request is answered");
    done += players[i].done;
  }
  expect(done > (count * ROUNDS) / 8, "a good part of the requests succeeds");
  expectEqual(i64(server.busy), 0n);
  end();
}

/** The last thread is the attendant. */
function playOrAttend(index: u32): void {
  if (index < HOST_THREADS - 1) {
    if (index >= playerCount) return;
    while (isThere.load(Order.Acquire) === 0) hostYield();
    play(index);
    return;
  }
  isThere.store(1, Order.Release);
  while (playing.load(Order.Acquire) > 0) {
    attendantTurn(attendant);
    hostYield();
  }
}

function next(player: Player): u32 {
  player.random = player.random * 1_664_525 + 1_013_904_223;
  return player.random >> 8;
}

function play(index: u32): void {
  const player = players[index];
  for (let round: u32 = 0; !isEnough(round) && !player.violated; round += 1) {
    const request = FIRST_BUFFER + u64(index) * BUFFERS_OF_THREAD;
    const answer = request + 0x1000n;
    const type = build(player, place(request));
    const head = u16(index * 2);
    describe(u32(head), request, u32(player.wire.position), NEXT, u16(head + 1));
    describe(u32(head) + 1, answer, 0x4000, DEVICE_WRITES, 0);
    lockAcquire(guestLock);
    publish(head);
    lockRelease(guestLock);
    waitFor(player, index, round + 1);
    const got = place(answer)[4]!;
    if (got === u8.wrap(u32(type) + 1)) player.done += 1;
    else if (got === u8(NinepType.Rlerror)) player.refused += 1;
    else player.strange += 1;
  }
  void playing.fetchSub(1, Order.Release);
}

function isEnough(round: u32): bool {
  return round >= ROUNDS && (unrung.load(Order.Relaxed) >= wantedUnrung || round >= MOST_ROUNDS);
}

/** Rings, if a doorbell is wanted, until the thread's chain has come back for the `count`th time. */
function waitFor(player: Player, index: u32, count: u32): void {
  fence(Order.SeqCst);
  const isWanted = (queue().used.flags.load(Order.Relaxed) & VIRTQ_USED_F_NO_NOTIFY) === 0;
  if (!isWanted) void unrung.fetchAdd(1, Order.Relaxed);
  let seen: u16 = 0;
  for (let looks: u32 = 0; ; looks += 1) {
    const isLost = looks > MOST_LOOKS;
    if (isLost || (isWanted && ninepServerRing(server, index, seen) !== QueueViolation.None)) {
      player.violated = true;
      return;
    }
    lockAcquire(usedLock);
    const filled = u32(queue().used.idx.load(Order.Acquire));
    while (usedSeen % 0x1_0000 !== filled) {
      answered[queue().usedRing[usedSeen % 128].id] += 1;
      usedSeen += 1;
    }
    const isDone = answered[index * 2] >= count;
    seen = u16.wrap(usedSeen);
    lockRelease(usedLock);
    if (isDone) return;
    hostYield();
  }
}

/** A message of some kind, with its size; its type. */
function build(player: Player, bytes: Ptr<u8>): NinepType {
  const wire = player.wire;
  const fid = 1 + (next(player) % SHARED_FIDS);
  const choice = next(player) % 9;
  wireBegin(wire, sliceOf(bytes, 0x1000n));
  wirePut32(wire, 0);
  const type = kindOf(choice);
  wirePut8(wire, u8(type));
  wirePut16(wire, 1);
  wirePut32(wire, type === NinepType.Twalk ? (choice < 2 ? ROOT : fid) : fid);
  putFields(player, type);
  const size = wire.position;
  wire.position = 0n;
  wirePut32(wire, u32(size));
  wire.position = size;
  return type;
}

function kindOf(choice: u32): NinepType {
  switch (choice) {
    case 0:
    case 1:
    case 2:
      return NinepType.Twalk;
    case 3:
      return NinepType.Tclunk;
    case 4:
      return NinepType.Tlcreate;
    case 5:
      return NinepType.Tgetattr;
    case 6:
      return NinepType.Tread;
    case 7:
      return NinepType.Twrite;
    default:
      return NinepType.Tlopen;
  }
}

function putFields(player: Player, type: NinepType): void {
  const wire = player.wire;
  switch (type) {
    case NinepType.Twalk:
      wirePut32(wire, 1 + (next(player) % SHARED_FIDS));
      wirePut16(wire, u16(next(player) & 1));
      if (wire.bytes.data.add(wire.position - 2n)[0] === 1) wirePutString(wire, "f");
      return;
    case NinepType.Tlcreate:
      wirePutString(wire, "f");
      wirePut32(wire, O_RDWR | O_CREAT);
      wirePut32(wire, 0o644);
      wirePut32(wire, 0);
      return;
    case NinepType.Tgetattr:
      wirePut64(wire, 0n);
      return;
    case NinepType.Tread:
      wirePut64(wire, 0n);
      wirePut32(wire, 1000);
      return;
    case NinepType.Twrite:
      wirePut64(wire, u64(next(player) & 0xfff));
      wirePut32(wire, 8);
      wirePut64(wire, 0n);
      return;
    case NinepType.Tlopen:
      wirePut32(wire, O_RDWR);
      return;
    default:
      return;
  }
}
