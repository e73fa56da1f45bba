/**
 * Names of addresses in the kernel image, for reports: from the line table of the file that the proxy carries, which no guest can
 * have changed.
 */

import { KERNEL_BASE } from "../abi/memory-map.ts";
import { LinePlace, lineTableFind } from "../compiler/std/line-table.ts";
import { imageFileAt, imageFileHeader } from "./kernel-image.ts";
import type { Machine } from "./machine.ts";
import { messageAdd } from "./message.ts";

/** Adds function, file and line of a guest address to the message. */
export function addSymbol(machine: Machine, address: u64): void {
  if (address < KERNEL_BASE) {
    messageAdd("(program)");
    return;
  }
  const place = new LinePlace();
  if (!findPlace(machine, address, place)) {
    messageAdd("?");
    return;
  }
  messageAdd(place.functionName);
  if (place.file.length === 0) return;
  messageAdd(" (");
  messageAdd(place.file);
  messageAdd(`:${place.line})`);
}

function findPlace(machine: Machine, address: u64, place: LinePlace): bool {
  const file = machine.kernelFile;
  const header = imageFileHeader(file);
  if (header === null) return false;
  const table = imageFileAt(file, header.lineTable, header.lineTableBytes);
  return table !== null && lineTableFind(sliceOf(table, header.lineTableBytes), address, place);
}
