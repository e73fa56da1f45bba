/** /proc/self/maps: the regions of the address space, with the names that programs look for. */

import { PATH_MAX } from "../../abi/linux-files.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { RegionKind, RegionTrait } from "../../kernel/mm/region-kinds.ts";
import { nextRegion, type RegionReport } from "../../kernel/mm/region-report.ts";
import { regionObjectAt, type SharedPlace } from "../../kernel/mm/region-shared.ts";
import { programLayout } from "../layout.ts";
import { breakEnd } from "../memory.ts";
import { programFilePath } from "../program.ts";
import { inodeOfMapped } from "./inode.ts";
import { placePath } from "./places.ts";
import { put, putByte, putHex, type Text } from "./text.ts";

const ADDRESS_DIGITS = 8;
const DEVICE_DIGITS = 2;
/** The column at which names begin. */
const NAME_COLUMN = 73n;

export function writeMaps(text: Text, _argument: u64): void {
  const view: RegionReport = zeroed();
  const memory = heapAlloc(u64(PATH_MAX));
  const buffer = memory === null ? bytesOf("") : sliceOf(memory, u64(PATH_MAX));
  let address: u64 = 0n;
  while (nextRegion(address, view)) {
    putRegion(text, view, buffer);
    address = view.end;
  }
  if (memory !== null) {
    heapFree(memory);
  }
}

/** `buffer` has room for a path. */
function putRegion(text: Text, view: RegionReport, buffer: Slice<u8>): void {
  const start = text.length;
  putHex(text, view.start, ADDRESS_DIGITS);
  put(text, "-");
  putHex(text, view.end, ADDRESS_DIGITS);
  put(text, " ");
  putByte(text, (view.prot & u32(Prot.Read)) !== 0 ? 114 : 45);
  putByte(text, (view.prot & u32(Prot.Write)) !== 0 ? 119 : 45);
  putByte(text, (view.prot & u32(Prot.Execute)) !== 0 ? 120 : 45);
  putByte(text, (view.traits & u32(RegionTrait.Shared)) !== 0 ? 115 : 112);
  if (view.kind === RegionKind.File) {
    putFile(text, view, start, buffer);
    return;
  }
  put(text, " 00000000 00:00 0 ");
  putName(text, start, nameOf(view));
  put(text, "\n");
}

/** What is shown: offset, device, inode and path, as far as they are known. */
function putFile(text: Text, view: RegionReport, start: u64, buffer: Slice<u8>): void {
  const place: SharedPlace = zeroed();
  const object = regionObjectAt(view.start, place);
  if (object === null) {
    put(text, " 00000000 00:00 0 \n");
    return;
  }
  const inode = inodeOfMapped(object);
  const device = inode.mount.device;
  put(text, " ");
  putHex(text, place.offset, ADDRESS_DIGITS);
  put(text, " ");
  putHex(text, (device >> 8n) & 0xfffn, DEVICE_DIGITS);
  put(text, ":");
  putHex(text, (device & 0xffn) | ((device >> 12n) & ~0xffn), DEVICE_DIGITS);
  put(text, ` ${inode.number} `);
  const length = placePath(addressOf(inode.mappedPlace), inode, buffer);
  putName(text, start, length === 0n ? "/dev/zero" : stringOf(buffer.data, length < 0n ? 0n : length));
  put(text, inode.mappedPlace.isGone || inode.links.load(Order.Relaxed) === 0 ? " (deleted)\n" : "\n");
  object.operations!.put(object);
}

function putName(text: Text, start: u64, name: string): void {
  if (name.length === 0) {
    return;
  }
  while (text.length - start < NAME_COLUMN) {
    putByte(text, 32);
  }
  put(text, name);
}

function nameOf(view: RegionReport): string {
  if (view.start >= programLayout.low && view.end <= programLayout.high + PAGE_SIZE) {
    return programFilePath();
  }
  if (view.start <= programLayout.vdso && view.end > programLayout.vdso) {
    return "[vdso]";
  }
  if (view.start < programLayout.stackTop && view.end >= programLayout.stackTop) {
    return "[stack]";
  }
  const isHeap = view.start >= programLayout.breakStart && view.start < breakEnd();
  return isHeap ? "[heap]" : "";
}
