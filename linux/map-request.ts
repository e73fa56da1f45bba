/** Where mmap puts a mapping, of a file or of memory. */

import { EINVAL, ENOMEM, EPERM } from "../abi/errno.ts";
import {
  MAP_32BIT,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_LOCKED,
  MAP_NORESERVE,
  MAP_SHARED,
  MAP_TYPE,
} from "../abi/linux-mman.ts";
import { APP_BASE, PAGE_SIZE } from "../abi/memory-map.ts";
import type { MappedObject } from "../kernel/mm/mapped-object.ts";
import type { Prot } from "../kernel/mm/prot.ts";
import { RegionFlag, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionMapObject, type ShownObject } from "../kernel/mm/regions.ts";
import { thunkPageIn } from "./call-sites.ts";
import { isAligned, isInApplication, locksFuture } from "./memory-ranges.ts";

function traitsOf(flags: u32): u32 {
  let traits: u32 = (flags & MAP_TYPE) === MAP_SHARED ? u32(RegionTrait.Shared) : 0;
  traits |= (flags & MAP_NORESERVE) !== 0 ? u32(RegionTrait.NoReserve) : 0;
  traits |= (flags & MAP_GROWSDOWN) !== 0 ? u32(RegionTrait.Grows) : 0;
  return traits | ((flags & MAP_LOCKED) !== 0 || locksFuture() ? u32(RegionTrait.Locked) : 0);
}

/** Where and what mmap maps. */
export class MapRequest {
  hint!: u64;
  /** Whole pages. */
  bytes!: u64;
  prot!: Prot;
  flags!: u32;
  /** What is shown from `offset` on; null: memory of its own. */
  object!: Ptr<MappedObject> | null;
  offset!: u64;
  /** Bits of RegionTrait besides those that the flags give. */
  traits!: u32;
}

/** Maps it: the address, or a negative errno. */
export function mapAt(request: MapRequest): i64 {
  const hint = request.hint;
  const flags = request.flags;
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    if (!isAligned(hint)) {
      return i64(-EINVAL);
    }
    if (hint < APP_BASE) {
      return i64(-EPERM);
    }
    if (!isInApplication(hint, request.bytes)) {
      return i64(-ENOMEM);
    }
    const isExclusive = (flags & MAP_FIXED_NOREPLACE) !== 0;
    // Calls that are under way return there, so the page cannot make room.
    if (!isExclusive && thunkPageIn(hint, hint + request.bytes) !== 0n) {
      return i64(-ENOMEM);
    }
    return mapThere(request, hint, isExclusive ? RegionFlag.FixedNoReplace : RegionFlag.Fixed);
  }
  const page = hint & ~(PAGE_SIZE - 1n);
  const place = page >= APP_BASE && isInApplication(page, request.bytes) ? page : 0n;
  return mapThere(request, place, (flags & MAP_32BIT) !== 0 ? RegionFlag.Low : RegionFlag.None);
}

function mapThere(request: MapRequest, address: u64, flag: RegionFlag): i64 {
  const traits = traitsOf(request.flags) | request.traits;
  const object = request.object;
  if (object === null) {
    return regionMap(VirtAddr(address), request.bytes, request.prot, flag, traits);
  }
  const shown: ShownObject = { object, offset: request.offset, traits };
  return regionMapObject(VirtAddr(address), request.bytes, request.prot, flag, shown);
}
