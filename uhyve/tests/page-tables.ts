/**
 * The tables that the monitor builds, read by a walker that knows nothing of the builder: it visits every entry of every level and
 * answers for each 4 KiB of the address space, so that a mapping too much is found like one too little.
 */

import { HUGE_PAGE_SIZE, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type GuestMemory, guestMemoryInit } from "../guest-memory.ts";
import {
  type TableBuilder,
  tableBuilderInit,
  tablePagesNeeded,
  tablesMake,
  tablesMap,
  tablesMapLargest,
} from "../page-tables.ts";
import { NOT_MAPPED, walkReadU64, walkTables } from "../page-walk.ts";

const WRITE = 2n;
const NO_EXECUTE = 0x8000_0000_0000_0000n;
const ADDRESS = 0x000f_ffff_ffff_f000n;
const TABLES = 0x1000n;

/** @align 4096 */
const ram: Bytes<0x20_0000> = zeroed();
const memory: GuestMemory = zeroed();
const builder: TableBuilder = zeroed();

/** What the walker found: mapped bytes, leaves by size, and whether each leaf was as `check` wants. */
let mappedBytes: u64 = 0n;
let leaves: FixedArray<u32, 4> = zeroed();
let wrongLeaves: u32 = 0;
let firstVirtual: u64 = 0n;
let firstPhysical: u64 = 0n;
let expectedFlags: u64 = 0n;

export function pageTableTests(): void {
  test("page tables: small pages, exactly these", smallPages);
  test("page tables: the largest pages that fit", largestPages);
  test("page tables: without pages of 1 GiB", withoutHugePages);
  test("page tables: a size that is not a multiple of 2 MiB", ragged);
  test("page tables: rights of neighbours do not mix", rights);
  test("page tables: the area is as large as promised", promise);
  test("page tables: a builder without room says so", noRoom);
  test("page walk: addresses that no processor would take", badWalks);
  test("page walk: tables that point anywhere", hostileTables);
}

function start(bytes: u64): void {
  fillBytes(elements(ram), 0, u64(ram.length));
  guestMemoryInit(memory, elements(ram), u64(ram.length));
  assert(
    tableBuilderInit(builder, addressOf(memory), GuestPhys(TABLES), GuestPhys(TABLES + bytes)),
    "room for the root",
  );
}

/** Visits everything: each leaf must map `va + x` to `pa + x` with `flags`. */
function survey(va: u64, pa: u64, flags: u64): void {
  mappedBytes = 0n;
  wrongLeaves = 0;
  for (let i: u32 = 0; i < 4; i += 1) leaves[i] = 0;
  firstVirtual = va;
  firstPhysical = pa;
  expectedFlags = flags;
  visit(u64(builder.root), 0n, 4);
}

function visit(table: u64, base: u64, level: u32): void {
  const span = PAGE_SIZE << u64(9 * (level - 1));
  for (let i: u32 = 0; i < 512; i += 1) {
    // SAFETY: the tests' tables lie in `ram`, which is aligned to a page.
    const entry = at(castPtr<u64>(elements(ram).add(table)), u64(i));
    if ((entry & 1n) === 0n) continue;
    const address = base + u64(i) * span;
    if (level === 1 || (entry & 0x80n) !== 0n) {
      mappedBytes += span;
      leaves[level] += 1;
      const isRight =
        (entry & ADDRESS) === address - firstVirtual + firstPhysical &&
        (entry & (WRITE | NO_EXECUTE)) === expectedFlags;
      if (!isRight || (entry & 0x64n) !== 0x64n) wrongLeaves += 1;
    } else {
      visit(entry & ADDRESS, address, level - 1);
    }
  }
}

function smallPages(): void {
  start(0x10_0000n);
  const va = 0x7f80_0000_0000n;
  expect(tablesMap(builder, VirtAddr(va), 0x20_0000n, 0x28_3000n, PAGE_SIZE, WRITE), "there is room");
  survey(va, 0x20_0000n, WRITE);
  expectEqual(i64(mappedBytes), 0x28_3000n);
  expectEqual(i64(leaves[1]), 0x283n);
  expectEqual(i64(wrongLeaves), 0n);
  expect(walkTables(memory, u64(builder.root), va + 0x12_3456n) === 0x32_3456n, "the other walker agrees");
  expect(walkTables(memory, u64(builder.root), va + 0x28_3000n) === NOT_MAPPED, "nothing behind");
  expect(walkTables(memory, u64(builder.root), va - 1n) === NOT_MAPPED, "nothing before");
}

function largestPages(): void {
  start(0x10_0000n);
  const va = 0x7e00_0000_0000n;
  const bytes = 3n * HUGE_PAGE_SIZE + 5n * LARGE_PAGE_SIZE + 7n * PAGE_SIZE;
  expect(tablesMapLargest(builder, VirtAddr(va), 0n, bytes, true, WRITE | NO_EXECUTE), "there is room");
  survey(va, 0n, WRITE | NO_EXECUTE);
  expectEqual(i64(mappedBytes), i64(bytes));
  expectEqual(i64(leaves[3]), 3n);
  expectEqual(i64(leaves[2]), 5n);
  expectEqual(i64(leaves[1]), 7n);
  expectEqual(i64(wrongLeaves), 0n);
}

function withoutHugePages(): void {
  start(0x10_0000n);
  const va = 0x7e00_0000_0000n;
  expect(tablesMapLargest(builder, VirtAddr(va), 0n, 2n * HUGE_PAGE_SIZE, false, WRITE), "there is room");
  survey(va, 0n, WRITE);
  expectEqual(i64(leaves[3]), 0n);
  expectEqual(i64(leaves[2]), 1024n);
  expectEqual(i64(wrongLeaves), 0n);
}

/** Starts in the middle of a gigabyte, so that 2 MiB pages lead up to the first of 1 GiB. */
function ragged(): void {
  start(0x10_0000n);
  const base = HUGE_PAGE_SIZE - 3n * LARGE_PAGE_SIZE;
  const bytes = 3n * LARGE_PAGE_SIZE + HUGE_PAGE_SIZE + 0x5000n;
  expect(tablesMapLargest(builder, VirtAddr(base), base, bytes, true, 0n), "there is room");
  survey(0n, 0n, 0n);
  expectEqual(i64(mappedBytes), i64(bytes));
  expectEqual(i64(leaves[3]), 1n);
  expectEqual(i64(leaves[2]), 3n);
  expectEqual(i64(leaves[1]), 5n);
  expectEqual(i64(wrongLeaves), 0n);
}

function rights(): void {
  start(0x10_0000n);
  const va = 0x7f80_0000_0000n;
  expect(tablesMap(builder, VirtAddr(va), 0x20_0000n, PAGE_SIZE, PAGE_SIZE, 0n), "code");
  expect(tablesMap(builder, VirtAddr(va + PAGE_SIZE), 0x20_1000n, PAGE_SIZE, PAGE_SIZE, WRITE | NO_EXECUTE), "data");
  survey(va, 0x20_0000n, 0n);
  expectEqual(i64(leaves[1]), 2n);
  expectEqual(i64(wrongLeaves), 1n);
  survey(va, 0x20_0000n, WRITE | NO_EXECUTE);
  expectEqual(i64(wrongLeaves), 1n);
}

/** As machine.ts maps a machine of 6 GiB with an image of 3 MiB. */
function promise(): void {
  const image = 0x30_0000n;
  const pages = tablePagesNeeded(image, 0x1_c000_0000n, false);
  start(pages * PAGE_SIZE);
  const high = 0x1_0000_0000n;
  const base = 0x7e00_0000_0000n;
  expect(tablesMap(builder, VirtAddr(0x7f80_0000_0000n), 0x20_0000n, image, PAGE_SIZE, WRITE), "image");
  expect(tablesMake(builder, VirtAddr(0x1_0000n)), "the application's first");
  expect(tablesMake(builder, VirtAddr(0x7dff_ffff_f000n)), "and its last");
  expect(tablesMap(builder, VirtAddr(0x7f00_0000_0000n), 0xfee0_0000n, PAGE_SIZE, PAGE_SIZE, WRITE), "APIC");
  expect(tablesMapLargest(builder, VirtAddr(base), 0n, 0xc000_0000n, false, WRITE), "low RAM");
  expect(tablesMapLargest(builder, VirtAddr(base + high), high, 0xc000_0000n, false, WRITE), "high RAM");
  expect(u64(builder.next) <= TABLES + pages * PAGE_SIZE, "not more than promised");
}

function noRoom(): void {
  start(3n * PAGE_SIZE);
  expect(!tablesMap(builder, VirtAddr(0x7f80_0000_0000n), 0n, PAGE_SIZE, PAGE_SIZE, 0n), "three tables are not enough");
  expect(u64(builder.next) === TABLES + 3n * PAGE_SIZE, "nothing was taken beyond the end");
  expect(
    !tableBuilderInit(builder, addressOf(memory), GuestPhys(0x5000n), GuestPhys(0x5000n)),
    "an empty area has no root",
  );
}

function badWalks(): void {
  start(0x1_0000n);
  expect(tablesMap(builder, VirtAddr(0x40_0000n), 0x3000n, PAGE_SIZE, PAGE_SIZE, 0n), "there is room");
  const root = u64(builder.root);
  let value: u64 = 0n;
  expect(walkTables(memory, root, 0x8000_0000_0000n) === NOT_MAPPED, "not canonical");
  expect(walkTables(memory, root, 0x1_0000_0040_0000n) === NOT_MAPPED, "not canonical, though the low bits are mapped");
  expect(walkTables(memory, root, 0xffff_ffff_ffff_f000n) === NOT_MAPPED, "canonical and not mapped");
  expect(walkTables(memory, root | 0xfffn, 0x40_0008n) === 0x3008n, "flags of CR3 are ignored");
  expect(walkReadU64(memory, root, 0x40_0ff8n, addressOf(value)), "the last word of a page");
  expect(!walkReadU64(memory, root, 0x40_0ff9n, addressOf(value)), "a word across pages");
}

/** A root that points outside RAM, at itself, and to pages outside RAM. */
function hostileTables(): void {
  start(0x1_0000n);
  let value: u64 = 0n;
  expect(walkTables(memory, 0xffff_ffff_f000n, 0x1000n) === NOT_MAPPED, "a root outside RAM");
  // SAFETY: the root lies in `ram`.
  const root = castPtr<u64>(elements(ram).add(u64(builder.root)));
  root[0] = u64(builder.root) | 7n;
  expect(
    walkTables(memory, u64(builder.root), 0n) === u64(builder.root),
    "a table that maps itself is four steps deep",
  );
  root[1] = 0x000f_ffff_ffff_f007n;
  expect(walkTables(memory, u64(builder.root), 0x80_0000_0000n) === NOT_MAPPED, "a table outside RAM");
  root[2] = 0x87n;
  expect(walkTables(memory, u64(builder.root), 0x100_0000_0000n) === NOT_MAPPED, "no large pages at the top level");
  expect(!walkReadU64(memory, u64(builder.root), 0x80_0000_0000n, addressOf(value)), "nothing to read there");
}
