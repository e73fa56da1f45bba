/** Which part of a region shows given pages of its object: arithmetic that must not overflow. Pure; tested on the host. */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import type { Region } from "./region-tree.ts";

/** From `start` to `end`; empty if they are equal. */
export class ShownPart {
  start!: u64;
  end!: u64;
}

/** The part of a region of a file that shows pages `[first, end)` of the object; `end` may be u64.MAX, for all pages from `first` on. */
export function shownPart(region: Ptr<Region>, first: u64, end: u64, part: ShownPart): void {
  const from = region.detail / PAGE_SIZE;
  const count = (region.end - region.start) / PAGE_SIZE;
  const low: u64 = first > from ? first - from : 0n;
  const high: u64 = end > from ? end - from : 0n;
  part.start = region.start + (low < count ? low : count) * PAGE_SIZE;
  part.end = region.start + (high < count ? high : count) * PAGE_SIZE;
}
