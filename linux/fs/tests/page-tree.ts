/** The page tree against a plain set of page numbers, near and far. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../../kernel/core/random.ts";
import {
  NODE_ENTRIES,
  type PageNode,
  type PageTree,
  pageFind,
  pageInsert,
  pageMarks,
  pageNext,
  pageSetMarks,
  pagesDrop,
} from "../core/page-tree.ts";

const MEMORY = 2000;
const NUMBERS = 600;
const ROUNDS = 6000;
/** @align 4096 */
const memory: FixedArray<PageNode, 2000> = zeroed();
const isUsed: FixedArray<bool, 2000> = zeroed();
const tree: PageTree = zeroed();
const has: FixedArray<bool, 600> = zeroed();
let inUse: u32 = 0;
let hint: u32 = 0;

function source(): Ptr<u8> | null {
  for (let i: u32 = 0; i < MEMORY; i++) {
    hint = (hint + 1) % MEMORY;
    if (!isUsed[hint]) {
      isUsed[hint] = true;
      inUse++;
      zero(memory[hint]);
      return castPtr<u8>(memory[hint]);
    }
  }
  return null;
}

function sink(page: Ptr<u8>): void {
  const index = u32((virtAddr(page) - virtAddr(memory[0])) / u64(sizeOf<PageNode>()));
  expect(isUsed[index], "a page is given back once");
  isUsed[index] = false;
  inUse--;
}

/** Page numbers of a file that has some pages at its beginning, some in the middle and some far away. */
function numberOf(index: u32): u64 {
  return index < 200 ? u64(index) : index < 400 ? u64(index) * 300n : (1n << 50n) + u64(index) * 100_000n;
}

function randomPages(): void {
  const random: Random = { state: 99n };
  let count: u32 = 0;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const index = randomBelow(random, NUMBERS);
    const page = pageFind(tree, numberOf(index));
    expect((page !== null) === has[index], "a page is there if it was entered");
    if (page === null && randomBelow(random, 3) > 0) {
      const fresh = source()!;
      expect(pageInsert(tree, numberOf(index), fresh, source), "there is memory");
      expect(virtAddr(pageFind(tree, numberOf(index))) === virtAddr(fresh), "what was entered is found");
      has[index] = true;
      count++;
    } else if (page !== null && randomBelow(random, 2) === 0) {
      const last = index + randomBelow(random, 30);
      pagesDrop(tree, numberOf(index), (last < NUMBERS ? numberOf(last) : u64.MAX - 1n) + 1n, sink);
      for (let i = index; i <= last && i < NUMBERS; i++) {
        count -= has[i] ? 1 : 0;
        has[i] = false;
      }
    }
    expectEqual(i64(tree.pages), i64(count));
    expect(pageNext(tree, numberOf(index)) === expectedNext(index), "the next page is found");
  }
  pagesDrop(tree, 0n, u64.MAX, sink);
  expectEqual(i64(inUse), 0n);
  expectEqual(i64(tree.height), 0n);
}

function expectedNext(from: u32): u64 {
  for (let index = from; index < NUMBERS; index++) {
    if (has[index]) {
      return numberOf(index);
    }
  }
  return u64.MAX;
}

function onePage(): void {
  const page = source()!;
  expect(pageInsert(tree, 0n, page, source), "page 0 needs no node");
  expectEqual(i64(inUse), 1n);
  expect(pageFind(tree, 1n) === null && pageFind(tree, u64(NODE_ENTRIES)) === null, "no other page is there");
  expect(pageInsert(tree, 700n, source()!, source), "a far one makes the tree higher");
  expect(virtAddr(pageFind(tree, 0n)) === virtAddr(page), "and page 0 is where it was");
  pagesDrop(tree, 1n, 700n, sink);
  expectEqual(i64(tree.pages), 2n);
  pagesDrop(tree, 0n, 701n, sink);
  expectEqual(i64(inUse), 0n);
}

function marks(): void {
  const page = source()!;
  const far = source()!;
  expect(pageInsert(tree, 0n, page, source), "a tree of one page");
  pageSetMarks(tree, 0n, 1n);
  expect(pageInsert(tree, 700n, far, source), "the tree grows around a marked page");
  expectEqual(i64(pageMarks(tree, 0n)), 1n);
  expectEqual(i64(pageMarks(tree, 700n)), 0n);
  expectEqual(i64(pageMarks(tree, 5n)), 0n);
  expect(virtAddr(pageFind(tree, 0n)) === virtAddr(page), "a marked page is found");
  pageSetMarks(tree, 700n, 3n);
  expectEqual(i64(pageNext(tree, 1n)), 700n);
  pagesDrop(tree, 0n, u64.MAX, sink);
  expect(tree.root === 0n && inUse === 0, "everything is given back, marked or not");
}

export function pageTreeTests(): void {
  test("page tree: pages near and far against a set", randomPages);
  test("page tree: one page, and the step to more", onePage);
  test("page tree: marks of pages", marks);
}
