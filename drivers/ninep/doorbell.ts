/**
 * Waiting for an answer of uhyve's server of files: at a doorbell, which the monitor answers before the guest goes on, or without one.
 *
 * A doorbell is an exit. On most hosts that is a microsecond or two; where it costs more than a request (hosts that emulate ring 0: fifty of
 * them) the guest says so with its doorbells, and a thread of the monitor watches the queue if it has a processor for that (uhyve/ninep/
 * attendant.ts). While it does, the device wants no notification (virtio 1.2, 2.7.10), and whoever waits looks at the queue, for as long as four
 * doorbells cost; then it rings all the same, and the monitor keeps the processor until something has been answered.
 */

import { UHYVE_NINEP_ATTEND, UHYVE_PORT_NINEP } from "../../abi/uhyve.ts";
import { tscFrequencyKhz } from "../../kernel/time/clock.ts";
import { rdtsc } from "../../nucleus/cpu.ts";
import { outl } from "../../nucleus/ports.ts";
import { virtqueueHasUsed, virtqueueWantsNotify } from "../virtio/virtqueue.ts";
import type { NinepRequest, NinepTransport } from "./request.ts";
import { transportTakeAnswers } from "./transport.ts";

/** Doorbells from this cost on are dear: a fiftieth of a millisecond. */
const DEAR_PARTS_OF_MS = 50n;
/** The first ones are not representative: what they run is cold. */
const DOORBELLS_MEASURED = 2;

/** Until the request, which is on the queue, has been answered. */
export function doorbellWait(request: Ptr<NinepRequest>): void {
  const transport = request.transport;
  let taken = transportTakeAnswers(transport);
  while (request.isDone.load(Order.Acquire) === 0) {
    if (virtqueueWantsNotify(transport.queue) || !watch(request)) {
      doorbellRing(transport, taken);
    }
    taken = transportTakeAnswers(transport);
  }
}

/** Rings, and measures what that costs. `taken` answers were taken before: the monitor does not wait for one of those. */
export function doorbellRing(transport: Ptr<NinepTransport>, taken: u16): void {
  const count = transport.doorbellCount.load(Order.Relaxed);
  const attend: u32 = count >= DOORBELLS_MEASURED && isDear(transport) ? UHYVE_NINEP_ATTEND : 0;
  const start = rdtsc();
  outl(UHYVE_PORT_NINEP, u32(taken) | attend);
  const cycles = rdtsc() - start;
  if (count === 0 || cycles < transport.doorbellCycles) {
    transport.doorbellCycles = cycles;
  }
  if (count < DOORBELLS_MEASURED) {
    transport.doorbellCount.store(count + 1, Order.Relaxed);
  }
}

function isDear(transport: Ptr<NinepTransport>): bool {
  return transport.doorbellCycles * DEAR_PARTS_OF_MS >= tscFrequencyKhz();
}

/** Looks at the queue as long as that is cheaper than to ring; whether something has been answered. */
function watch(request: Ptr<NinepRequest>): bool {
  const transport = request.transport;
  const end = rdtsc() + transport.doorbellCycles * 4n;
  while (rdtsc() < end) {
    if (virtqueueHasUsed(transport.queue) || request.isDone.load(Order.Acquire) !== 0) {
      return true;
    }
    // SAFETY: tells the processor that this is a loop of waiting; nothing else.
    asm`pause`;
  }
  return false;
}
