/**
 * Who called whom, by the chain of frame pointers, with names, files and lines from the image's line table.
 *
 *     [rbp] -> caller's rbp,   [rbp + 8] = return address        rbp = 0 ends the chain
 *
 * Nothing on a broken stack is trusted: frame pointers must ascend, be aligned and lie in mapped kernel memory.
 */

import { KERNEL_AREA_BASE, KERNEL_BASE } from "../../abi/memory-map.ts";
import { type LinePlace, lineTableFind } from "../../compiler/std/line-table.ts";
import { imageHeader } from "../../nucleus/image.ts";
import { translate } from "../mm/page-table.ts";
import { type Report, reportHex, reportWrite } from "./report.ts";

const MAX_FRAMES = 32;
const ALIGN_MASK = 7n;
const LOWER_HALF_END = 0x8000_0000_0000n;

@struct(16)
class StackFrame {
  caller!: u64;
  returnAddress!: VirtAddr;
}

/** Writes a line per frame; `rip` first unless it is 0n. */
export function backtrace(report: Report, rip: VirtAddr, framePointer: u64): void {
  let number: u32 = 0;
  if (rip !== 0n) {
    writeFrame(report, number, u64(rip), u64(rip));
    number++;
  }
  let at0 = framePointer;
  while (number < MAX_FRAMES && isStackAddress(at0)) {
    // SAFETY: isStackAddress has found both words mapped.
    const frame = pointerAt<StackFrame>(at0);
    const target = u64(frame.returnAddress);
    if (target === 0n) {
      break;
    }
    // The call is the instruction before the return address, and may be of another line.
    writeFrame(report, number, target, target - 1n);
    number++;
    if (frame.caller <= at0) {
      break;
    }
    at0 = frame.caller;
  }
}

function isStackAddress(address: u64): bool {
  return (
    address >= KERNEL_AREA_BASE &&
    address < LOWER_HALF_END &&
    (address & ALIGN_MASK) === 0n &&
    translate(VirtAddr(address)) !== 0n &&
    translate(VirtAddr(address + ALIGN_MASK + 1n)) !== 0n
  );
}

function writeFrame(report: Report, number: u32, address: u64, lookup: u64): void {
  reportWrite(report, `  #${number} `);
  reportHex(report, address);
  const place: LinePlace = { functionName: "", functionOffset: 0n, file: "", line: 0 };
  if (lookup < KERNEL_BASE) {
    reportWrite(report, " in the application\n");
  } else if (!lineTableFind(lineTable(), lookup, place)) {
    reportWrite(report, " unknown\n");
  } else {
    reportWrite(report, " ");
    reportWrite(report, place.functionName);
    if (place.file.length > 0) {
      reportWrite(report, " (");
      reportWrite(report, place.file);
      reportWrite(report, `:${place.line})`);
    }
    reportWrite(report, "\n");
  }
}

function lineTable(): Slice<u8> {
  // SAFETY: the header names the table's place in the image.
  return sliceOf(pointerAt<u8>(imageHeader.lineTable), imageHeader.lineTableBytes);
}
