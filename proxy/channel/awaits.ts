/**
 * What the guest waits for at the proxy's descriptors: at most CHANNEL_MAX_AWAITS requests that are answered when poll(2) says so.
 *
 * A table without I/O but poll(2): whoever runs the machine waits for its entries together with whatever else it waits for, and the
 * server (server.ts) answers those that hold. An event that holds is told once; the guest asks again when it has used it up.
 */

import { CHANNEL_MAX_AWAITS } from "../../abi/channel.ts";
import type { Pollfd } from "../../abi/linux-files.ts";
import { hostPoll } from "./host-io.ts";

export class AwaitRequest {
  tag!: u32;
  /** The stream, which is the proxy's descriptor. */
  fd!: i32;
  events!: u16;
}

/** All zero is empty. */
export class AwaitTable {
  requests!: FixedArray<AwaitRequest, 6>;
  count!: u32;
}

/** False if the table is full. */
export function awaitsAdd(table: AwaitTable, tag: u32, fd: i32, events: u16): bool {
  if (table.count === CHANNEL_MAX_AWAITS) return false;
  table.requests[table.count] = { tag, fd, events };
  table.count += 1;
  return true;
}

/** Fills one entry for each request, CHANNEL_MAX_AWAITS at most; how many. */
export function awaitsPollfds(table: AwaitTable, entries: Ptr<Pollfd>): u32 {
  for (let i: u32 = 0; i < table.count; i += 1) {
    entries[i] = { fd: table.requests[i].fd, events: table.requests[i].events, revents: 0 };
  }
  return table.count;
}

/** Takes a request whose events hold out of the table: its events, 0 if there is none (or a negative errno). `tag` is the request's. */
export function awaitsTake(table: AwaitTable, tag: Ptr<u32>): i32 {
  for (let i: u32 = 0; i < table.count; i += 1) {
    const request = table.requests[i];
    const events = hostPoll(request.fd, request.events, 0);
    if (events !== 0n) {
      tag.value = request.tag;
      removeAt(table, i);
      return i32(events);
    }
  }
  return 0;
}

function removeAt(table: AwaitTable, index: u32): void {
  table.count -= 1;
  for (let i = index; i < table.count; i += 1) copy(table.requests[i], table.requests[i + 1]);
}

staticAssert(CHANNEL_MAX_AWAITS === 6, "the table has a place for each");
