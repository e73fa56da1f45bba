/**
 * Decides where a program lies, and maps what belongs to it besides its file: clock page and vDSO. For the program that the machine was
 * started for (loader.ts) and for what replaces it (exec.ts) alike.
 *
 *     0x..._0000            support area, 1 MiB below the image: clock page | vDSO | thunks
 *     low .. high           the image; at its own address, or at PIE_BASE
 *     82 MiB behind it      the break; in between thunks that must lie there
 */

import { APP_BASE, PAGE_SIZE } from "../abi/memory-map.ts";
import { physOf } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionMapPhysical } from "../kernel/mm/regions.ts";
import { vdsoClockPage } from "../kernel/time/clock.ts";
import { programImage, programLayout } from "./layout.ts";

/** Where position-independent programs start: far from the mmap area on both sides. */
const PIE_BASE = 0x5555_5540_0000n;
/** Clock page, vDSO and thunks; the image starts at its end. */
const SUPPORT_BYTES = 0x10_0000n;
/** Some thunks must lie so far behind their sites (linux/core/call-site.ts): the heap starts behind them. */
const THUNK_DISTANCE = 0x520_0000n;
const VDSO_MOST_BYTES = 0x1_0000n;

const vdsoFile: Slice<u8> = embedFile("kernel/vdso.so");

/** Decides the addresses of everything but the stack and the interpreter, for `programImage`. */
export function placeProgram(): void {
  const image = programImage;
  const layout = programLayout;
  zero(layout);
  const slack = image.low & (image.alignment - 1n);
  layout.base = image.isPositionIndependent ? roundUp(PIE_BASE, image.alignment) + slack - image.low : 0n;
  layout.low = layout.base + image.low;
  layout.high = layout.base + image.high;
  // Below the image where there is room, so that the break may grow behind it.
  const fitsBelow = layout.low >= APP_BASE + SUPPORT_BYTES;
  layout.supportBase = fitsBelow ? layout.low - SUPPORT_BYTES : layout.high;
  layout.breakStart = layout.high + (fitsBelow ? 0n : SUPPORT_BYTES) + THUNK_DISTANCE;
  layout.vdso = layout.supportBase + PAGE_SIZE;
  layout.thunks = layout.vdso + VDSO_MOST_BYTES;
  layout.thunkBytes = SUPPORT_BYTES - PAGE_SIZE - VDSO_MOST_BYTES;
  layout.startEntry = layout.base + image.entry;
}

function roundUp(value: u64, alignment: u64): u64 {
  return (value + alignment - 1n) & ~(alignment - 1n);
}

/** The clock page, and behind it the vDSO, which finds the page by that distance; false: no memory. */
export function mapSupport(): bool {
  const bytes = roundUp(vdsoFile.length, PAGE_SIZE);
  assert(bytes <= VDSO_MOST_BYTES, "the vDSO fits its place");
  const clock = regionMapPhysical(VirtAddr(programLayout.supportBase), vdsoClockPage(), PAGE_SIZE, Prot.Read);
  const vdso = regionMapPhysical(VirtAddr(programLayout.vdso), physOf(vdsoFile.data), bytes, Prot.ReadExecute);
  return clock >= 0n && vdso >= 0n;
}
