/** Takes clean pages of exports back when the cache has its share of memory, or memory is scarce. */

import { cacheDrop, cachedPages, cacheIsEmpty, cacheIsFull, DropKind } from "./cache.ts";
import { exportAt, type NinepExport, type NinepNode, nodeAfter, nodePut } from "./export.ts";

/** Of what is cached, one turn frees this part. */
const FREED_SHARE = 8n;

let turn: u32 = 0;

/** No lock is held, and the thread may be in a page fault. */
export function cacheReclaim(): void {
  if (cacheIsFull()) {
    void cacheShrink(cachedPages() / FREED_SHARE + 1n);
  }
}

/** Frees about so many pages, if there are clean ones; whether any was freed. */
export function cacheShrink(wanted: u64): bool {
  const before = cachedPages();
  const target: u64 = before > wanted ? before - wanted : 0n;
  for (let i: u32 = 0; exportAt(i) !== null; i++) {
    turn++;
    const owner = exportAt(turn) ?? exportAt(0);
    if (owner === null) {
      break;
    }
    turn = exportAt(turn) === null ? 0 : turn;
    if (shrinkExport(owner, target)) {
      break;
    }
  }
  return cachedPages() < before;
}

/** Goes once around the table, from where it stopped last; true if that was enough. */
function shrinkExport(owner: Ptr<NinepExport>, target: u64): bool {
  const count = owner.nodeCount;
  for (let i: u32 = 0; i < count; i++) {
    const node: Ptr<NinepNode> | null = nodeAfter(owner);
    if (node === null) {
      break;
    }
    if (!cacheIsEmpty(node)) {
      cacheDrop(node, 0n, u64.MAX, DropKind.Clean);
    }
    nodePut(node);
    if (cachedPages() <= target) {
      return true;
    }
  }
  return false;
}
