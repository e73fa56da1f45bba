/**
 * What a look-up has brought besides attributes and pages (Tlook): the beginning of the listing of a directory that it opened, or the text of a
 * link. It waits here for who asks for it next, which is the same call or the next one as a rule, and counts as long as fresh.ts says of what the
 * server told. There is one place: what nobody asks for goes when something else comes.
 */

import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { directMap } from "../../../kernel/mm/page-table.ts";
import { lockAcquire, type SpinLock } from "../../../kernel/sync/spin-lock.ts";
import type { NinepNode } from "./export.ts";
import type { Batch } from "./fetch.ts";
import { isCurrent } from "./fresh.ts";

/** What FIRST_AHEAD pages hold. */
const MOST_BYTES = 0x8000n;

/** When and in which answer the server told something. */
export class Told {
  stamp!: u64;
  askedNs!: u64;
}

class Kept {
  /** Of the node; 0n: nothing is here. */
  serial!: u64;
  told!: Told;
  bytes!: u64;
}

const kept: Kept = zeroed();
const data: Bytes<0x8000> = zeroed();
/** Guards both. */
const keptLock: SpinLock = zeroed();

/** Keeps the first `bytes` bytes of the batch for the node. */
export function keptPut(node: Ptr<NinepNode>, batch: Batch, bytes: u64, told: Told): void {
  if (bytes > MOST_BYTES) {
    return;
  }
  using _guard = lockAcquire(keptLock);
  for (let done: u64 = 0n; done < bytes; done += PAGE_SIZE) {
    const part: u64 = bytes - done < PAGE_SIZE ? bytes - done : PAGE_SIZE;
    copyBytes(elements(data).add(done), directMap(PhysAddr(batch.frames[u32(done / PAGE_SIZE)])), part);
  }
  kept.serial = node.serial;
  kept.bytes = bytes;
  copy(kept.told, told);
}

/** How much is kept of the node; it may be gone when it is taken. */
export function keptBytes(node: Ptr<NinepNode>): u64 {
  using _guard = lockAcquire(keptLock);
  return isOf(node) ? kept.bytes : 0n;
}

function isOf(node: Ptr<NinepNode>): bool {
  return kept.serial === node.serial && isCurrent(kept.told.stamp, kept.told.askedNs);
}

/** Takes what is kept of the node: how many bytes, 0n if there is nothing that counts, or more than the buffer has room for. */
export function keptTake(node: Ptr<NinepNode>, buffer: Slice<u8>, told: Told): u64 {
  using _guard = lockAcquire(keptLock);
  if (!isOf(node) || kept.bytes > buffer.length) {
    return 0n;
  }
  copyBytes(buffer.data, elements(data), kept.bytes);
  copy(told, kept.told);
  kept.serial = 0n;
  return kept.bytes;
}
