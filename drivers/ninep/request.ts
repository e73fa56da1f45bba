/** A client's requests of the file protocol, and the connection that they go through; transport.ts owns both. */

import { NINEP_QUEUE_SIZE, type NinepType } from "../../abi/ninep.ts";
import type { VirtioMmioRegisters } from "../../abi/virtio.ts";
import type { Wire } from "../../compiler/std/wire.ts";
import type { Thread } from "../../kernel/sched/thread-type.ts";
import type { SpinLock } from "../../kernel/sync/spin-lock.ts";
import type { WaitQueue } from "../../kernel/sync/wait-queue.ts";
import type { ChainLink, QueueBuffer, Virtqueue } from "../virtio/virtqueue.ts";

/** A chain has two descriptors at least: more requests than this cannot be on the queue. Tags are below. */
export const MOST_REQUESTS = 64;
/** What a chain has besides message and answer. */
export const MOST_PIECES = 126;

export enum TransportKind {
  /** The queue of the image; a doorbell by port, answered before the guest goes on. */
  Preset = 1,
  /** A virtio device with an interrupt. */
  Mmio = 2,
}

/** A request and its answer. */
export class NinepRequest {
  transport!: Ptr<NinepTransport>;
  waiter!: Thread | null;
  isDone!: Atomic<u32>;
  /** Fields of the message; then those of the answer. */
  wire!: Wire;
  type!: NinepType;
  /** Its place in the table, and its tag except while it is a Tversion. */
  index!: u16;
  tag!: u16;
  /** Bytes that the device wrote. */
  written!: u32;
  /** What had come from outside when it was sent (outside.ts); then the number of its answer, 0n if something else came meanwhile. */
  stamp!: u64;
  /** Of a Tdrop, which nobody waits for: the fids that are free when it has been answered. */
  dropped!: FixedArray<u32, 64>;
  droppedCount!: u32;
  /** Bytes of the answer that come before what `pieces` take; 0: all of it. */
  answerFields!: u32;
  /** Memory that goes with the message, or that takes the answer's payload. */
  pieceCount!: u32;
  piecesBytes!: u64;
  arePiecesWritten!: bool;
  /** The pieces are memory that must not be given away before the answer: whoever sends it keeps the processor (uhyve only). */
  isHeld!: bool;
  nextFree!: Ptr<NinepRequest> | null;
  /** The chain: [0] is the message; the order of the others depends on the direction. */
  pieces!: FixedArray<QueueBuffer, 128>;
  message!: Bytes<4608>;
  answer!: Bytes<4608>;
}

export class NinepTransport {
  kind!: TransportKind;
  lock!: SpinLock;
  queue!: Virtqueue;
  links!: FixedArray<ChainLink, 128>;
  registers!: Ptr<VirtioMmioRegisters> | null;
  requests!: FixedArray<Ptr<NinepRequest> | null, 64>;
  requestCount!: u32;
  free!: Ptr<NinepRequest> | null;
  /** Threads that wait for a request or for descriptors. */
  room!: WaitQueue;
  roomWanted!: Atomic<u32>;
  isBroken!: bool;
  /** Fids that nobody needs any more: the server is told with the next request (drops.ts). */
  drops!: FixedArray<u32, 64>;
  dropCount!: u32;
  onDropped!: ((fid: u32) => void) | null;
  /** What the server takes and gives in one message. */
  messageMost!: u32;
  /** Of uhyve's queue (doorbell.ts): the cycles that the cheapest doorbell took, and how many were measured, up to as many as it takes. */
  doorbellCycles!: u64;
  doorbellCount!: Atomic<u32>;
}

staticAssert(MOST_REQUESTS * 2 === NINEP_QUEUE_SIZE, "as many tags as chains");
