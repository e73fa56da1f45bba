/** The guest's end of the queue for files, with a RAM of its own: chains are described, published, rung for and looked up. */

import type { NinepQueue } from "../../../abi/ninep.ts";
import type { QueueViolation } from "../../channel-device.ts";
import { type GuestMemory, guestMemoryInit } from "../../guest-memory.ts";
import { queueInit } from "../../ninep/queue.ts";
import { type NinepServer, ninepServerRing } from "../../ninep/server.ts";

export const RAM_BYTES = 0x4_0000n;
export const QUEUE_AT = 0x1000n;
export const BUFFERS_AT = 0x4000n;
export const NEXT = 1;
export const DEVICE_WRITES = 2;
export const INDIRECT = 4;

/** @align 4096 */
export const ram: Bytes<0x4_0000> = zeroed();
export const memory: GuestMemory = zeroed();

export function queueStart(server: NinepServer): void {
  fillBytes(elements(ram), 0, RAM_BYTES);
  guestMemoryInit(memory, elements(ram), RAM_BYTES);
  queueInit(server.device, addressOf(memory), queue());
}

export function queue(): Ptr<NinepQueue> {
  // SAFETY: inside `ram`, at a multiple of a page.
  return castPtr<NinepQueue>(elements(ram).add(QUEUE_AT));
}

export function place(address: u64): Ptr<u8> {
  return elements(ram).add(address);
}

export function describe(index: u32, address: u64, bytes: u32, flags: u16, next: u16): void {
  queue().descriptors[index] = { addr: PhysAddr(address), len: bytes, flags, next };
}

export function publish(head: u16): void {
  const index = queue().avail.idx.load();
  queue().availRing[u32(index) % 128] = head;
  queue().avail.idx.store(u16.wrap(u32(index) + 1), Order.Release);
}

export function ring(server: NinepServer): QueueViolation {
  return ninepServerRing(server, 0, server.device.state.filled);
}
