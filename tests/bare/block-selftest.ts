/**
 * Blocks of 2 MiB in small pages (kernel/mm/block-tables.ts): who gets them, that their tables come back, and that nothing is lost by it. And
 * small pages whose place a large one takes (kernel/mm/promotion.ts).
 */

import { blockOf, mapsBlock } from "../../kernel/mm/block-tables.ts";
import { frameCachesDrain, frameFreeCount } from "../../kernel/mm/frames.ts";
import { translate, type Walk, walkTo } from "../../kernel/mm/page-table.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { RegionFlag, RegionTrait } from "../../kernel/mm/region-kinds.ts";
import { regionMap, regionProtect, regionUnmap } from "../../kernel/mm/regions.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";

const PAGE = 0x1000n;
const BLOCK = 0x20_0000n;
const BLOCKS = 4;
const BYTES = 0x80_0000n;
const EFAULT = -14n;

function map(traits: u32 = u32(RegionTrait.SmallPages)): VirtAddr {
  const place = regionMap(0n, BYTES, Prot.ReadWrite, RegionFlag.None, traits);
  assert(place > 0n && u64(place) % BLOCK === 0n, "memory is mapped, at a whole block");
  return VirtAddr(u64(place));
}

/** Touches all pages in order; each was zero. */
function fill(base: VirtAddr): void {
  let word: u64 = 0n;
  for (let offset: u64 = 0n; offset < BYTES; offset += PAGE) {
    const at0 = base + offset + ((offset / PAGE) % 500n);
    assert(userRead(castPtr<u8>(addressOf(word)), at0, 8n) === 0n && word === 0n, "new memory is zero");
    word = offset + 1n;
    assert(userWrite(at0, castPtr<u8>(addressOf(word)), 8n) === 0n, "it can be written");
  }
}

/** The table of block `index`; 0n if it does not map a block. */
function tableOf(base: VirtAddr, index: u32): PhysAddr {
  const walk: Walk = zeroed();
  walkTo(base + u64(index) * BLOCK, 1, walk);
  return walk.level === 1 && mapsBlock(walk.entry) ? translate(virtAddr(walk.entry)) : PhysAddr(0n);
}

function unmap(base: VirtAddr, bytes: u64): void {
  let word: u64 = 1n;
  assert(regionUnmap(base, bytes) === 0n, "unmap");
  for (let offset: u64 = 0n; offset < bytes; offset += PAGE) {
    assert(userWrite(base + offset, castPtr<u8>(addressOf(word)), 8n) === EFAULT, "all of it is gone");
  }
}

export function blocks(ok: (what: string) => void): void {
  inOrder();
  ok("memory that refuses large pages gets whole blocks of small ones, whose tables come back");
  changed();
  ok("a block of which a part has changed goes page by page");
  promoted();
  ok("a mapping that is filled in order gets a large page in the place of its first small ones, with what they held");
  nothingLost(u32(RegionTrait.SmallPages));
  nothingLost(u32(RegionTrait.None));
  ok("no frame is lost");
}

function inOrder(): void {
  const tables: FixedArray<PhysAddr, 4> = zeroed();
  const first = map();
  fill(first);
  for (let i: u32 = 1; i < BLOCKS; i++) {
    tables[i] = tableOf(first, i);
    assert(tables[i] !== 0n, "it is a block");
  }
  unmap(first, BYTES);
  const second = map();
  fill(second);
  let again: u32 = 0;
  for (let i: u32 = 1; i < BLOCKS; i++) {
    const table = tableOf(second, i);
    for (let j: u32 = 1; j < BLOCKS; j++) {
      again += table === tables[j] ? 1 : 0;
    }
  }
  assert(again >= 2, "memory that was a block before has the table that it had");
  unmap(second, BYTES);
}

function changed(): void {
  const base = map();
  fill(base);
  const table = tableOf(base, 2);
  const middle = base + 2n * BLOCK + 7n * PAGE;
  assert(regionProtect(middle, PAGE, Prot.Read) === 0n && tableOf(base, 2) === 0n, "not all alike");
  assert(regionProtect(middle, PAGE, Prot.ReadWrite) === 0n && tableOf(base, 2) === table, "alike again");
  unmap(middle, PAGE);
  assert(tableOf(base, 2) === 0n, "not whole");
  assert(blockOf(tableOf(base, 3)) !== 0n, "its neighbour is a block");
  assert(regionProtect(base + 3n * BLOCK, BLOCK, Prot.Read) === 0n && tableOf(base, 3) !== 0n, "one that is read-only");
  unmap(base, BYTES);
}

function put(base: VirtAddr, page: u64): void {
  let word = page + 1n;
  assert(userWrite(base + page * PAGE, castPtr<u8>(addressOf(word)), 8n) === 0n, "it can be written");
}

function get(base: VirtAddr, page: u64): u64 {
  let word: u64 = 0n;
  assert(userRead(castPtr<u8>(addressOf(word)), base + page * PAGE, 8n) === 0n, "it can be read");
  return word;
}

function levelOf(address: VirtAddr): u32 {
  const walk: Walk = zeroed();
  walkTo(address, 1, walk);
  return walk.level;
}

function promoted(): void {
  const base = map(u32(RegionTrait.None));
  for (let page: u64 = 0n; page < 85n; page++) {
    put(base, page);
  }
  assert(levelOf(base) === 1, "small pages so far");
  put(base, 85n);
  assert(levelOf(base) === 2, "a large page");
  for (let page: u64 = 0n; page < 512n; page++) {
    assert(get(base, page) === (page < 86n ? page + 1n : 0n), "what was written, and zeros");
  }
  put(base, 512n);
  assert(levelOf(base + BLOCK) === 2, "the order goes on");
  for (let page: u64 = 1030n; page < 1536n; page += 3n) {
    put(base, page);
  }
  assert(levelOf(base + 2n * BLOCK) === 1, "what is not touched in order keeps small pages");
  unmap(base, BYTES);
}

function nothingLost(traits: u32): void {
  let before: u64 = 0n;
  // The first round uses up the table that a hole has left.
  for (let round: u32 = 0; round < 4; round++) {
    const base = map(traits);
    fill(base);
    unmap(base, BYTES);
    frameCachesDrain();
    assert(round === 0 || frameFreeCount() === before, "all frames are free, those of tables as well");
    before = frameFreeCount();
  }
}
