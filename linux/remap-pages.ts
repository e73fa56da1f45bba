/**
 * remap_file_pages(2): shows other pages of the file at a place of a shared mapping. As on Linux since 4.0 (mm/mmap.c) it is a mapping of its own over
 * the old one, so a file that is shown in no order at all takes a region for each piece.
 */

import { EINVAL, EOVERFLOW } from "../abi/errno.ts";
import { MAP_FIXED, MAP_LOCKED, MAP_NONBLOCK, MAP_SHARED } from "../abi/linux-mman.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionTrait } from "../kernel/mm/region-kinds.ts";
import { nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";
import { regionObjectAt, type SharedPlace } from "../kernel/mm/region-shared.ts";
import { type MapRequest, mapAt } from "./map-request.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Pages of the largest file. */
const MOST_PAGES = 0x7fff_ffff_ffff_ffffn / PAGE_SIZE;

/** remap_file_pages(address, bytes, protection, page, flags); the protection must be 0, which stands for the one that is there. */
export function sysRemapFilePages(call: SyscallFrame): i64 {
  const start = call.a0 & ~(PAGE_SIZE - 1n);
  const bytes = call.a1 & ~(PAGE_SIZE - 1n);
  const page = call.a3;
  const first: RegionReport = zeroed();
  if (call.a2 !== 0n || start + bytes <= start || page + bytes / PAGE_SIZE < page) {
    return i64(-EINVAL);
  }
  if (!nextRegion(start, first) || first.start > start || !isShared(first) || !goesOn(first, start + bytes)) {
    return i64(-EINVAL);
  }
  if (page > MOST_PAGES - bytes / PAGE_SIZE) {
    return i64(-EOVERFLOW);
  }
  const place: SharedPlace = zeroed();
  const object = regionObjectAt(start, place);
  if (object === null) {
    return i64(-EINVAL);
  }
  const isLocked = (first.traits & u32(RegionTrait.Locked)) !== 0;
  const request: MapRequest = {
    hint: start,
    bytes,
    prot: first.prot,
    flags: MAP_SHARED | MAP_FIXED | (isLocked ? MAP_LOCKED : 0),
    object,
    offset: page * PAGE_SIZE,
    traits: 0,
  };
  const mapped = mapAt(request);
  object.operations!.put(object);
  if (mapped > 0n && (call.a4 & u64(MAP_NONBLOCK)) === 0n) {
    void regionPopulate(VirtAddr(start), bytes);
  }
  return mapped < 0n ? mapped : 0n;
}

/** A mapping of a file that was not opened for writing does not count as shared. */
function isShared(region: RegionReport): bool {
  const wanted = u32(RegionTrait.Shared);
  return (region.traits & (wanted | u32(RegionTrait.NeverWritable))) === wanted;
}

/** Whether regions of one file, which differ in nothing but the pages, lie side by side up to `end`. */
function goesOn(first: RegionReport, end: u64): bool {
  const own: SharedPlace = zeroed();
  const other: SharedPlace = zeroed();
  const next: RegionReport = zeroed();
  let reached = first.end;
  numberAt(first.start, own);
  while (reached < end) {
    if (!nextRegion(reached, next) || next.start !== reached) {
      return false;
    }
    numberAt(next.start, other);
    if (next.prot !== first.prot || next.traits !== first.traits || other.object !== own.object) {
      return false;
    }
    reached = next.end;
  }
  return true;
}

/** Which object is shown at an address. */
function numberAt(address: u64, place: SharedPlace): void {
  zero(place);
  const object = regionObjectAt(address, place);
  if (object !== null) {
    object.operations!.put(object);
  }
}
