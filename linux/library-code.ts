/**
 * Code of shared libraries: which of what is mapped is code of a file, and a copy of a page for the program alone, before it is changed.
 *
 * Code counts as a file's if it is mapped privately, executable and not writable. What a just-in-time compiler makes is memory without a
 * file, or shared, or writable, and so is never touched.
 */

import { Prot } from "../kernel/mm/prot.ts";
import { RegionKind, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { regionOwnShown } from "../kernel/mm/region-own.ts";
import { nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";

/** Whether the address lies in code of a file that a mapping of its own shows. */
export function isLibraryCode(address: u64): bool {
  const report: RegionReport = zeroed();
  return findCode(address, report);
}

function findCode(address: u64, report: RegionReport): bool {
  if (!nextRegion(address, report) || report.start > address || report.kind !== RegionKind.File) {
    return false;
  }
  const isShared = (report.traits & u32(RegionTrait.Shared)) !== 0;
  const isExecutable = (report.prot & u32(Prot.Execute)) !== 0;
  return isExecutable && !isShared && (report.prot & u32(Prot.Write)) === 0;
}

/**
 * Makes the page at an address of such code a copy that nobody else sees; false: it cannot be. The program may be executing it meanwhile, and
 * goes on in the one or the other.
 */
export function libraryPageOwn(address: u64): bool {
  const report: RegionReport = zeroed();
  return findCode(address, report) && regionOwnShown(VirtAddr(address)) === 0n;
}
