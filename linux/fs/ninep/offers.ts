/**
 * A look-up that knows what the program is about to open opens it with the same message (look.ts). The fid waits here for the open that follows
 * in the same call, one for each export; what is never asked for goes when the next one comes.
 */

import { O_RDONLY, O_WRONLY } from "../../../abi/linux-files.ts";
import { NINEP_NO_FID, NinepOpened } from "../../../abi/ninep.ts";
import { lockAcquire } from "../../../kernel/sync/spin-lock.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { callClunk } from "./calls.ts";
import type { NinepNode } from "./export.ts";

/** Permissions that were checked longer ago are checked again. */
const GOOD_NS = 10_000_000n;

export function offerPut(node: Ptr<NinepNode>, fid: u32, opened: NinepOpened): void {
  callClunk(node.export, exchange(node, fid, opened));
}

/** The fid that was offered before. */
function exchange(node: Ptr<NinepNode>, fid: u32, opened: NinepOpened): u32 {
  const offer = node.export.offer;
  using _guard = lockAcquire(node.export.lock);
  const before: u32 = offer.serial === 0n ? NINEP_NO_FID : offer.fid;
  offer.serial = node.serial;
  offer.fid = fid;
  offer.opened = opened;
  offer.ns = monotonicNs();
  return before;
}

/** The fid that is open for `access` (O_RDONLY, O_WRONLY or O_RDWR), the caller's from now on; NINEP_NO_FID: there is none. */
export function offerTake(node: Ptr<NinepNode>, access: u32): u32 {
  const offer = node.export.offer;
  using _guard = lockAcquire(node.export.lock);
  const isIt = offer.serial === node.serial && monotonicNs() - offer.ns < GOOD_NS;
  if (!isIt || !suits(offer.opened, access)) {
    return NINEP_NO_FID;
  }
  offer.serial = 0n;
  return offer.fid;
}

function suits(opened: NinepOpened, access: u32): bool {
  if (opened === NinepOpened.Made) {
    return true;
  }
  if (access === O_RDONLY) {
    return opened === NinepOpened.Reading;
  }
  return opened === NinepOpened.Both || (opened === NinepOpened.Writing && access === O_WRONLY);
}
