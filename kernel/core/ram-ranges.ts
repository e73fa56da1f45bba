/**
 * The list of RAM ranges in BootInfo: sorted, disjoint, not touching each other. Pure; tested on the host.
 */

import { type BootInfo, MAX_RAM_RANGES } from "../../abi/boot-info.ts";

/** Adds `[start, start + bytes)`, merging what overlaps or touches; false if the table is full. */
export function ramAdd(info: BootInfo, start: u64, bytes: u64): bool {
  let first = start;
  let last = start + bytes;
  let index: u32 = 0;
  while (index < info.ramCount) {
    const range = info.ram[index];
    const rangeStart = u64(range.start);
    const rangeEnd = rangeStart + range.bytes;
    if (rangeEnd < first || last < rangeStart) {
      index++;
      continue;
    }
    first = rangeStart < first ? rangeStart : first;
    last = rangeEnd > last ? rangeEnd : last;
    deleteAt(info, index);
  }
  return insert(info, first, last);
}

/** Takes `[start, end)` out of the list; false if that needs more ranges than the table has. */
export function ramRemove(info: BootInfo, start: u64, end: u64): bool {
  let index: u32 = 0;
  while (index < info.ramCount) {
    const range = info.ram[index];
    const rangeStart = u64(range.start);
    const rangeEnd = rangeStart + range.bytes;
    if (rangeEnd <= start || end <= rangeStart) {
      index++;
      continue;
    }
    deleteAt(info, index);
    if (rangeStart < start && !insert(info, rangeStart, start)) {
      return false;
    }
    if (end < rangeEnd && !insert(info, end, rangeEnd)) {
      return false;
    }
    index = 0;
  }
  return true;
}

function deleteAt(info: BootInfo, index: u32): void {
  for (let i: u32 = index + 1; i < info.ramCount; i++) {
    copy(info.ram[i - 1], info.ram[i]);
  }
  info.ramCount--;
}

function insert(info: BootInfo, start: u64, end: u64): bool {
  if (info.ramCount === MAX_RAM_RANGES) {
    return false;
  }
  let index = info.ramCount;
  while (index > 0 && u64(info.ram[index - 1].start) > start) {
    copy(info.ram[index], info.ram[index - 1]);
    index--;
  }
  info.ram[index].start = PhysAddr(start);
  info.ram[index].bytes = end - start;
  info.ramCount++;
  return true;
}
