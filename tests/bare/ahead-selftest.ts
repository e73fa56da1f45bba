/** Pages that are given ahead of the first touch (kernel/mm/first-touch.ts): who gets them, and that nobody sees them before. */

import { frameFree, frameFreeCount, framesAllocContiguous, framesFreeContiguous } from "../../kernel/mm/frames.ts";
import { directMap, translate } from "../../kernel/mm/page-table.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { regionPopulate } from "../../kernel/mm/region-faults.ts";
import { RegionFlag } from "../../kernel/mm/region-kinds.ts";
import { PageState, pageState, residentPagesIn } from "../../kernel/mm/region-report.ts";
import { regionMap, regionProtect, regionUnmap } from "../../kernel/mm/regions.ts";
import { tableFrameGiveBack, tableFramesInit, tableFrameTake } from "../../kernel/mm/table-frames.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";

const PAGE = 0x1000n;
const BYTES = 0x10_0000n;
const GROUP = 8n * PAGE;
const EFAULT = -14n;

function map(prot: Prot, bytes: u64 = BYTES): VirtAddr {
  const place = regionMap(0n, bytes, prot, RegionFlag.None);
  assert(place > 0n, "memory is mapped");
  return VirtAddr(u64(place));
}

function isGiven(address: VirtAddr): bool {
  return translate(address) !== 0n;
}

function touch(address: VirtAddr): i64 {
  let word: u64 = 1n;
  return userWrite(address, castPtr<u8>(addressOf(word)), 8n);
}

function residentPages(base: VirtAddr): u64 {
  return residentPagesIn(u64(base), u64(base) + BYTES);
}

export function ahead(ok: (what: string) => void): void {
  firstPage();
  ok("the first page of a small mapping is given with it, and is not resident before it is touched");
  openGuesses();
  ok("four guesses that were not taken up are not followed by a fifth");
  growing();
  ok("pages that become writable are given, and what protects them finds them untouched");
  groups();
  ok("pages given along with the first of their group count as it does");
  inOrder();
  ok("memory that grows while it is filled in order is given in portions");
  tables();
  ok("tables come from the area set aside for them, and go back there");
  gone();
  ok("a page given ahead is zero, faults once it is unmapped, and is not lost");
}

function firstPage(): void {
  const base = map(Prot.ReadWrite);
  assert(isGiven(base) && !isGiven(base + PAGE), "one page is given");
  assert(pageState(u64(base)) === PageState.Absent && residentPages(base) === 0n, "nobody sees it");
  assert(touch(base) === 0n, "it can be written");
  assert(pageState(u64(base)) === PageState.Present && residentPages(base) === 1n, "now it is resident");
  assert(regionUnmap(base, BYTES) === 0n, "unmap");
  const readable = map(Prot.Read);
  assert(!isGiven(readable), "nobody can be about to write to it");
  assert(regionUnmap(readable, BYTES) === 0n, "unmap");
  const large = map(Prot.ReadWrite, 4n * BYTES);
  assert(!isGiven(large), "a large page may come there");
  assert(regionUnmap(large, 4n * BYTES) === 0n, "unmap");
}

function openGuesses(): void {
  const maps: FixedArray<VirtAddr, 6> = zeroed();
  for (let i: u32 = 0; i < 5; i++) {
    maps[i] = map(Prot.ReadWrite);
    assert(isGiven(maps[i]) === i < 4, "four guesses are open and no fifth");
  }
  assert(touch(maps[1]) === 0n, "one is taken up");
  maps[5] = map(Prot.ReadWrite);
  assert(isGiven(maps[5]), "then comes the next");
  assert(regionPopulate(maps[5], 2n * PAGE) === 0n && residentPages(maps[5]) === 2n, "populated pages are resident");
  for (let i: u32 = 0; i < maps.length; i++) {
    assert(regionUnmap(maps[i], BYTES) === 0n, "unmap");
  }
}

function growing(): void {
  const base = map(Prot.None);
  assert(!isGiven(base), "nothing for what may not be touched");
  assert(regionProtect(base, 2n * PAGE, Prot.ReadWrite) === 0n, "two pages become writable");
  assert(isGiven(base) && isGiven(base + PAGE) && residentPages(base) === 0n, "and are there, untouched");
  assert(regionProtect(base, 2n * PAGE, Prot.Read) === 0n && residentPages(base) === 0n, "still untouched");
  assert(touch(base) === EFAULT, "read-only");
  assert(regionProtect(base, 2n * PAGE, Prot.None) === 0n && residentPages(base) === 0n, "still untouched");
  assert(touch(base) === EFAULT, "not accessible");
  assert(regionProtect(base, 2n * PAGE, Prot.ReadWrite) === 0n, "writable again");
  assert(touch(base) === 0n && residentPages(base) === 2n, "touched, and the second one counts with the first");
  assert(regionUnmap(base, BYTES) === 0n, "unmap");
}

/** Eight pages that lie in a line of the table count as their first one does, as long as it leads them. */
function groups(): void {
  const base = map(Prot.None);
  const first = VirtAddr((u64(base) + GROUP - 1n) & ~(GROUP - 1n));
  assert(regionProtect(first, GROUP, Prot.ReadWrite) === 0n, "a group becomes writable");
  assert(isGiven(first + 7n * PAGE) && residentPages(base) === 0n, "and is given, untouched");
  assert(touch(first + PAGE) === 0n && residentPages(base) === 0n, "whether the second page was touched nobody knows");
  assert(touch(first) === 0n && residentPages(base) === 8n, "the first one tells of all");
  assert(regionUnmap(first, PAGE) === 0n && residentPages(base) === 7n, "without it the others count for themselves");
  assert(regionUnmap(base, BYTES) === 0n, "unmap");
  const other = map(Prot.None);
  const led = VirtAddr((u64(other) + GROUP - 1n) & ~(GROUP - 1n));
  assert(regionProtect(led, GROUP, Prot.ReadWrite) === 0n && residentPages(other) === 0n, "another group");
  assert(regionPopulate(led + PAGE, PAGE) === 0n && residentPages(other) === 1n, "what is populated is resident");
  assert(regionUnmap(other, BYTES) === 0n, "unmap");
}

/** A heap that grows: what was given with its growth does not end the order in which it is filled. */
function inOrder(): void {
  const base = map(Prot.None);
  const half = 32n * PAGE;
  assert(regionProtect(base, half, Prot.ReadWrite) === 0n, "the first half becomes writable");
  for (let offset: u64 = 0n; offset < half; offset += PAGE) {
    assert(touch(base + offset) === 0n, "it is filled");
  }
  assert(residentPages(base) === 32n, "it alone");
  assert(regionProtect(base + half, half, Prot.ReadWrite) === 0n, "the second half becomes writable");
  const given = 16n * PAGE;
  assert(
    isGiven(base + half + given - PAGE) && !isGiven(base + half + given),
    "more of it is given, as all was filled",
  );
  assert(residentPages(base) === 32n, "of which nobody has touched anything");
  for (let offset: u64 = 0n; offset <= given; offset += PAGE) {
    assert(touch(base + half + offset) === 0n, "it is filled, and the next page");
  }
  assert(residentPages(base) === 64n, "with the next one came the rest");
  assert(regionUnmap(base, BYTES) === 0n, "unmap");
}

function tables(): void {
  const frames = framesAllocContiguous(2n, 1n);
  assert(frames !== 0n, "memory for two tables");
  fillBytes(directMap(frames), 0, 2n * PAGE);
  bootInfo.tableArea = frames;
  bootInfo.tableAreaPages = 2;
  tableFramesInit();
  assert(tableFrameTake() === frames && tableFrameTake() === frames + PAGE && tableFrameTake() === 0n, "two, no more");
  directMap(frames + PAGE)[7] = 1;
  assert(
    !tableFrameGiveBack(frames - PAGE) && !tableFrameGiveBack(frames + 2n * PAGE),
    "others are none of the area's",
  );
  frameFree(frames + PAGE);
  assert(
    tableFrameTake() === frames + PAGE && directMap(frames + PAGE)[7] === 0,
    "what comes back is given again, zero",
  );
  bootInfo.tableAreaPages = 0;
  tableFramesInit();
  assert(tableFrameTake() === 0n, "an area that is not there has no frames");
  framesFreeContiguous(frames, 2n);
}

function gone(): void {
  let before: u64 = 0n;
  let word: u64 = 7n;
  for (let round: u32 = 0; round < 4; round++) {
    const base = map(Prot.ReadWrite);
    assert(isGiven(base), "given");
    assert(round % 2 === 1 || (userRead(castPtr<u8>(addressOf(word)), base, 8n) === 0n && word === 0n), "zero");
    assert(regionUnmap(base, BYTES) === 0n && touch(base) === EFAULT, "it is gone");
    assert(round < 2 || frameFreeCount() === before, "its frame is not lost");
    before = frameFreeCount();
  }
}
