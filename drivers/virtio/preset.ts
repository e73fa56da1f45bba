/**
 * The preset transport of the channel: the queues lie in the kernel image, the monitor (uhyve) knows where, nothing is negotiated.
 *
 * The doorbell is a port write: on every host measured the cheapest exit. The monitor serves the queue before the guest goes on,
 * so an answer that needs no waiting is in the receive queue when `presetNotify` returns (rules: abi/channel.ts).
 */

import { CHANNEL_VECTOR } from "../../abi/channel.ts";
import { UHYVE_PORT_NOTIFY } from "../../abi/uhyve.ts";
import { type IrqHandler, irqRegister } from "../../kernel/irq.ts";
import { outw } from "../../nucleus/ports.ts";
import { type ChannelPort, PortKind, portInitQueues } from "../channel/port.ts";
import { virtqueueDisableInterrupts } from "./virtqueue.ts";

/** Always succeeds: the loader has said that the monitor plays this transport. */
export function presetInit(port: ChannelPort, handler: IrqHandler): void {
  port.kind = PortKind.Preset;
  portInitQueues(port);
  virtqueueDisableInterrupts(port.transmit);
  irqRegister(CHANNEL_VECTOR, handler);
}

/** Rings for a queue (CHANNEL_TRANSMIT_QUEUE); the receive queue needs no doorbell. */
export function presetNotify(queue: u16): void {
  outw(UHYVE_PORT_NOTIFY, queue);
}
