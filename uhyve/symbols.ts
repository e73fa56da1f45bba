/** Names of addresses in the kernel image, for reports. */

import type { Machine } from "./machine.ts";
import { messageAdd } from "./message.ts";

/** Adds function, file and line of a guest address to the message. */
export function addSymbol(machine: Machine, address: u64): void {
  void machine;
  void address;
  messageAdd("?");
}
