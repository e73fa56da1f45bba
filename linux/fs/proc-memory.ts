/** How much memory the program has mapped and uses. */

import { nextRegion, type RegionReport, residentPageCount } from "../../kernel/mm/region-report.ts";

/** The sizes of all regions together. */
export function regionBytesTotal(): u64 {
  const view: RegionReport = zeroed();
  let total: u64 = 0n;
  let address: u64 = 0n;
  while (nextRegion(address, view)) {
    total += view.end - view.start;
    address = view.end;
  }
  return total;
}

/** Pages that the program has. */
export function residentPages(): u64 {
  return residentPageCount();
}
