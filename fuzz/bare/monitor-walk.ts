/**
 * Hostile page tables under the monitor's report of a dead guest: guest RAM is the input, and so are CR3 and the addresses.
 *
 * Held besides the sanitizers' rules: a walk ends, and what it reads is guest RAM.
 */

import { type GuestMemory, guestAt, guestMemoryInit } from "../../uhyve/guest-memory.ts";
import { NOT_MAPPED, walkReadU64, walkTables } from "../../uhyve/page-walk.ts";

const RAM_BYTES = 0x4000n;
const MAX_FRAMES = 32;

/** @align 4096 */
const ram: Bytes<0x4000> = zeroed();
const memory: GuestMemory = zeroed();

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (size < 24n) return 0;
  const root = readWord(data);
  const start = readWord(data.add(8));
  const address = readWord(data.add(16));
  fillBytes(elements(ram), 0, RAM_BYTES);
  copyBytes(elements(ram), data.add(24), size - 24n < RAM_BYTES ? size - 24n : RAM_BYTES);
  guestMemoryInit(memory, elements(ram), RAM_BYTES);
  checkWalk(root, start);
  checkWalk(root & 0x3fffn, start);
  checkWalk(0n, start & 0x7fff_ffff_ffffn);
  const place = guestAt(memory, GuestPhys(address), start);
  assert(place === null || (address <= RAM_BYTES && start <= RAM_BYTES - address), "what is translated is RAM");
  return 0;
}

/** Follows frame pointers as a backtrace does. */
function checkWalk(root: u64, start: u64): void {
  let frame = start;
  for (let i: u32 = 0; i < MAX_FRAMES; i += 1) {
    const physical = walkTables(memory, root, frame);
    assert(physical === NOT_MAPPED || physical < 0x0010_0000_0000_0000n, "physical addresses have 52 bits");
    if (!walkReadU64(memory, root, frame, addressOf(frame))) return;
  }
}

function readWord(data: Ptr<u8>): u64 {
  let value: u64 = 0n;
  for (let i: u32 = 0; i < 8; i += 1) value |= u64(data[i]) << u64(8 * i);
  return value;
}
