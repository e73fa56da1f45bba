/** The processors as /proc and /sys count them. */

import { cpuCount } from "../../kernel/smp/start.ts";
import { put, putHex, putNumber, type Text } from "./text.ts";

/** Processors that threads may run on. */
export function onlineProcessors(): u32 {
  return cpuCount();
}

/** A mask in groups of 32 bits, as Linux prints it. */
export function onlineMaskText(text: Text): void {
  const count = onlineProcessors();
  const mask: u64 = count >= 64 ? u64.MAX : (1n << u64(count)) - 1n;
  if (count > 32) {
    putHex(text, mask >> 32n, 1);
    put(text, ",");
  }
  putHex(text, mask & 0xffff_ffffn, count > 32 ? 8 : 1);
}

/** "0-3": all processors. */
export function onlineListText(text: Text): void {
  put(text, "0");
  if (onlineProcessors() > 1) {
    put(text, "-");
    putNumber(text, u64(onlineProcessors() - 1));
  }
}
