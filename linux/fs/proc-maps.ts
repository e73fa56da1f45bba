/** /proc/self/maps: the regions of the address space, with the names that programs look for. */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { RegionTrait } from "../../kernel/mm/region-kinds.ts";
import { nextRegion, type RegionReport } from "../../kernel/mm/region-report.ts";
import { programLayout } from "../layout.ts";
import { breakEnd } from "../memory.ts";
import { programHostPath } from "../program.ts";
import { put, putByte, putHex, type Text } from "./text.ts";

const ADDRESS_DIGITS = 8;
/** The column at which names begin. */
const NAME_COLUMN = 73n;

export function writeMaps(text: Text, _argument: u64): void {
  const view: RegionReport = zeroed();
  let address: u64 = 0n;
  while (nextRegion(address, view)) {
    putRegion(text, view);
    address = view.end;
  }
}

function putRegion(text: Text, view: RegionReport): void {
  const start = text.length;
  putHex(text, view.start, ADDRESS_DIGITS);
  put(text, "-");
  putHex(text, view.end, ADDRESS_DIGITS);
  put(text, " ");
  putByte(text, (view.prot & u32(Prot.Read)) !== 0 ? 114 : 45);
  putByte(text, (view.prot & u32(Prot.Write)) !== 0 ? 119 : 45);
  putByte(text, (view.prot & u32(Prot.Execute)) !== 0 ? 120 : 45);
  putByte(text, (view.traits & u32(RegionTrait.Shared)) !== 0 ? 115 : 112);
  put(text, " 00000000 00:00 0 ");
  const name = nameOf(view);
  if (name.length > 0) {
    while (text.length - start < NAME_COLUMN) {
      putByte(text, 32);
    }
    put(text, name);
  }
  put(text, "\n");
}

function nameOf(view: RegionReport): string {
  if (view.start >= programLayout.low && view.end <= programLayout.high + PAGE_SIZE) {
    return programHostPath();
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
