/** Names and targets on the heap: a length and the bytes. */

import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";

const LENGTH_BYTES = 4n;

/** The address of a copy of `text`; 0n: no memory. */
export function heapTextMake(text: string): VirtAddr {
  const memory = heapAlloc(u64(text.length) + LENGTH_BYTES);
  if (memory === null) {
    return 0n;
  }
  // SAFETY: heap blocks are aligned to 16.
  castPtr<u32>(memory).value = text.length;
  copyBytes(memory.add(LENGTH_BYTES), text.data, u64(text.length));
  return virtAddr(memory);
}

export function heapText(address: VirtAddr): string {
  if (address === 0n) {
    return "";
  }
  // SAFETY: heapTextMake made it.
  return stringOf(pointerAt<u8>(address + LENGTH_BYTES), pointerAt<u32>(address).value);
}

export function heapTextFree(address: VirtAddr): void {
  if (address !== 0n) {
    heapFree(pointerAt<u8>(address));
  }
}
