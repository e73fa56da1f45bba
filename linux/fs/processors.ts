/** The processors as /proc and /sys count them. */

import { cpuCount } from "../../kernel/smp/start.ts";
import { possibleCpus } from "../affinity.ts";
import { put, putHex, putNumber, type Text } from "./text.ts";

/** Processors that threads may run on. */
export function onlineProcessors(): u32 {
  return cpuCount();
}

/** All processors as a mask. */
export function onlineMaskText(text: Text): void {
  maskText(text, possibleCpus());
}

/** A mask in groups of 32 bits, as wide as the number of processors wants it, as Linux prints it. */
export function maskText(text: Text, mask: u64): void {
  const count = onlineProcessors();
  if (count > 32) {
    putHex(text, mask >> 32n, (count - 32 + 3) / 4);
    put(text, ",");
  }
  putHex(text, mask & 0xffff_ffffn, count > 32 ? 8 : (count + 3) / 4);
}

/** "0-3": all processors. */
export function onlineListText(text: Text): void {
  listText(text, possibleCpus());
}

/** A mask as a list: "0,2-5". */
export function listText(text: Text, mask: u64): void {
  let isFirst = true;
  let cpu: u32 = 0;
  while (cpu < 64) {
    if (!hasBit(mask, cpu)) {
      cpu++;
      continue;
    }
    const start = cpu;
    while (cpu < 64 && hasBit(mask, cpu)) {
      cpu++;
    }
    put(text, isFirst ? "" : ",");
    isFirst = false;
    putNumber(text, u64(start));
    if (cpu - start > 1) {
      put(text, "-");
      putNumber(text, u64(cpu - 1));
    }
  }
}

function hasBit(mask: u64, bit: u32): bool {
  return ((mask >> u64(bit)) & 1n) !== 0n;
}
