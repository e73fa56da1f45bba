/**
 * Mappings of an object that this file plays: a file whose pages must be fetched, which takes time or fails, that asks for dirty pages, and
 * that takes its pages back. Files in memory (linux/fs/memory-pages.ts) do none of this, but files of the host do.
 */

import { frameAllocZeroed, frameFree, frameFreeCount } from "../../kernel/mm/frames.ts";
import type { MappedObject, MappedOperations } from "../../kernel/mm/mapped-object.ts";
import { ForgetKind, mappedForget, mappedHasWriters, mappedProtect } from "../../kernel/mm/mappings.ts";
import { directMap, translate } from "../../kernel/mm/page-table.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { regionPopulate } from "../../kernel/mm/region-faults.ts";
import { RegionFlag, RegionTrait } from "../../kernel/mm/region-kinds.ts";
import { type RegionMove, regionMove } from "../../kernel/mm/region-move.ts";
import { PageState, pageState, residentPagesIn } from "../../kernel/mm/region-report.ts";
import { regionSharedPlace, regionSync, type SharedPlace } from "../../kernel/mm/region-shared.ts";
import {
  regionDiscard,
  regionMapObject,
  regionProtect,
  regionUnmap,
  type ShownObject,
} from "../../kernel/mm/regions.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { sleepUntil } from "../../kernel/time/timer.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";

const PAGE = 0x1000n;
const MS = 1_000_000n;
const SHARED: u32 = u32(RegionTrait.Shared);
const EFAULT = -14n;
const EACCES = -13n;
/** The last page cannot be read, as if the disk were broken. */
const PAGES = 8;
const BAD_PAGE = 7n;

class FakeFile {
  mapped!: MappedObject;
  frames!: FixedArray<PhysAddr, 8>;
  references!: u32;
  fetches!: u32;
  dirtied!: u32;
  syncedFirst!: u64;
  syncedEnd!: u64;
}

const fake: FakeFile = zeroed();

function fakeFind(_object: Ptr<MappedObject>, index: u64): PhysAddr {
  return index < u64(PAGES) ? fake.frames[u32(index)] : PhysAddr(0n);
}

/** The page begins with its number plus 100. */
function fakeFetch(_object: Ptr<MappedObject>, index: u64): i64 {
  sleepUntil(monotonicNs() + MS);
  writeVolatile(addressOf(fake.fetches), count(addressOf(fake.fetches)) + 1);
  if (index >= BAD_PAGE) {
    return index === BAD_PAGE ? -5n : -6n;
  }
  if (fake.frames[u32(index)] === 0n) {
    const frame = frameAllocZeroed();
    assert(frame !== 0n, "there is memory");
    writeVolatile(castPtr<u64>(directMap(frame)), index + 100n);
    fake.frames[u32(index)] = frame;
  }
  return 0n;
}

function fakeDirty(_object: Ptr<MappedObject>, _index: u64): void {
  writeVolatile(addressOf(fake.dirtied), count(addressOf(fake.dirtied)) + 1);
}

function fakeSync(_object: Ptr<MappedObject>, first: u64, end: u64, _isWaiting: bool): i64 {
  fake.syncedFirst = first;
  fake.syncedEnd = end;
  return 0n;
}

function fakeKeep(_object: Ptr<MappedObject>): void {
  writeVolatile(addressOf(fake.references), count(addressOf(fake.references)) + 1);
}

function fakePut(_object: Ptr<MappedObject>): void {
  writeVolatile(addressOf(fake.references), count(addressOf(fake.references)) - 1);
}

const FAKE_OPERATIONS: MappedOperations = {
  find: fakeFind,
  fetch: fakeFetch,
  dirty: fakeDirty,
  sync: fakeSync,
  discard: null,
  keep: fakeKeep,
  put: fakePut,
};

/** Takes a page back as the interface says: first out of the cache, then out of the mappings, then its frame is free. */
function takeBack(index: u32): void {
  const frame = fake.frames[index];
  fake.frames[index] = PhysAddr(0n);
  mappedForget(fake.mapped, u64(index), u64(index) + 1n, ForgetKind.Shown);
  if (frame !== 0n) {
    frameFree(frame);
  }
}

function wordAt(base: VirtAddr, page: u64): Ptr<u64> {
  // SAFETY: the test has mapped it; a mistake ends in a panic, which the test sees.
  return pointerAt<u64>(base + page * PAGE);
}

// Volatile, because the compiler does not know that a load may run the operations of this file.

function load(base: VirtAddr, page: u64): u64 {
  return readVolatile(wordAt(base, page));
}

function store(base: VirtAddr, page: u64, value: u64): void {
  writeVolatile(wordAt(base, page), value);
}

function count(counter: Ptr<u32>): u32 {
  return readVolatile(counter);
}

function show(pages: u64, offset: u64, prot: Prot, traits: u32): VirtAddr {
  const shown: ShownObject = { object: addressOf(fake.mapped), offset: offset * PAGE, traits };
  const place = regionMapObject(0n, pages * PAGE, prot, RegionFlag.None, shown);
  assert(place > 0n, "the object is mapped");
  return VirtAddr(u64(place));
}

export function mappings(say: (what: string) => void): void {
  fake.mapped.operations = addressOf(FAKE_OPERATIONS);
  writeVolatile(addressOf(fake.references), 1);
  // The first time makes page tables and fills caches.
  for (let round: u32 = 0; round < 3; round++) {
    const before = frameFreeCount();
    dirtyPages();
    privateCopies();
    failures();
    takenBack();
    parts();
    images();
    for (let index: u32 = 0; index < PAGES; index++) {
      takeBack(index);
    }
    assert(count(addressOf(fake.references)) === 1, "every reference is given back");
    assert(round === 0 || frameFreeCount() === before, "no frame is lost");
  }
  say("writes to shared pages are noticed, once, and again after cleaning");
  say("a private mapping copies what it writes to");
  say("pages that cannot be had are faults, and a page that must be fetched is one where nobody may wait");
  say("a page that is taken back is fetched again");
  say("parts of mappings keep the object until the last one goes");
  say("segments of images are there before they are touched, as far as they are in memory");
}

/** As a loader maps a file: first all of it anywhere, then its segments in their places. */
function images(): void {
  const whole = show(6n, 0n, Prot.Read, u32(RegionTrait.OfImage));
  assert(load(whole, 0n) === 100n && load(whole, 3n) === 103n && load(whole, 4n) === 104n, "in memory");
  takeBack(3);
  segment(whole, 1n, Prot.ReadExecute);
  assert(translate(whole + PAGE) === fake.frames[1], "code that is in memory is there");
  segment(whole, 3n, Prot.Read);
  assert(translate(whole + 3n * PAGE) === 0n && load(whole, 3n) === 103n, "what is not is fetched");
  segment(whole, 4n, Prot.ReadWrite);
  const own = translate(whole + 4n * PAGE);
  assert(own !== 0n && own !== fake.frames[4], "what is written to is a copy");
  store(whole, 4n, 4n);
  takeBack(1);
  assert(load(whole, 4n) === 4n && load(whole, 1n) === 101n, "the copy stays, what was shown does not");
  assert(regionUnmap(whole, 6n * PAGE) === 0n, "unmap");
}

function segment(whole: VirtAddr, page: u64, prot: Prot): void {
  const shown: ShownObject = {
    object: addressOf(fake.mapped),
    offset: page * PAGE,
    traits: u32(RegionTrait.OfImage),
  };
  const place = whole + page * PAGE;
  assert(regionMapObject(place, PAGE, prot, RegionFlag.Fixed, shown) === i64(place), "the segment is mapped");
}

function dirtyPages(): void {
  const base = show(4n, 1n, Prot.ReadWrite, SHARED);
  writeVolatile(addressOf(fake.fetches), 0);
  writeVolatile(addressOf(fake.dirtied), 0);
  assert(
    load(base, 0n) === 101n && count(addressOf(fake.fetches)) === 1 && count(addressOf(fake.dirtied)) === 0,
    "a read fetches the page",
  );
  store(base, 0n, 7n);
  store(base, 0n, 8n);
  assert(count(addressOf(fake.dirtied)) === 1, "the first write is noticed");
  assert(readVolatile(castPtr<u64>(directMap(fake.frames[1]))) === 8n, "it goes to the file's page");
  mappedProtect(fake.mapped, 0n, 8n);
  assert(load(base, 0n) === 8n && count(addressOf(fake.dirtied)) === 1, "after cleaning it can be read");
  store(base, 0n, 101n);
  assert(count(addressOf(fake.dirtied)) === 2, "and a write is noticed again");
  assert(regionProtect(base, PAGE, Prot.Read) === 0n && regionProtect(base, PAGE, Prot.ReadWrite) === 0n, "protect");
  store(base, 2n, 103n);
  assert(
    count(addressOf(fake.dirtied)) === 3 && count(addressOf(fake.fetches)) === 2,
    "a first access that writes is noticed",
  );
  assert(mappedHasWriters(fake.mapped), "there is a writer");
  assert(regionSync(u64(base) + PAGE, u64(base) + 3n * PAGE, true) === 0n, "sync");
  assert(fake.syncedFirst === 2n && fake.syncedEnd === 4n, "by pages of the object");
  const place: SharedPlace = zeroed();
  assert(
    regionSharedPlace(u64(base) + 2n * PAGE + 8n, place) && place.offset === 3n * PAGE + 8n,
    "where an address is",
  );
  assert(regionUnmap(base, 4n * PAGE) === 0n && !mappedHasWriters(fake.mapped), "unmap");
}

function privateCopies(): void {
  const base = show(7n, 0n, Prot.ReadWrite, 0);
  writeVolatile(addressOf(fake.fetches), 0);
  writeVolatile(addressOf(fake.dirtied), 0);
  // Pages 1 and 3 are in memory already, and come with their neighbour.
  assert(load(base, 0n) === 100n && count(addressOf(fake.fetches)) === 1, "fetched");
  assert(residentPagesIn(u64(base), u64(base) + 7n * PAGE) === 3n, "with what is near");
  store(base, 1n, 5n);
  store(base, 2n, 6n);
  assert(readVolatile(castPtr<u64>(directMap(fake.frames[1]))) === 101n, "the file's page is as it was");
  assert(
    readVolatile(castPtr<u64>(directMap(fake.frames[2]))) === 102n && count(addressOf(fake.dirtied)) === 0,
    "also if the first access wrote",
  );
  assert(regionDiscard(base, 2n * PAGE) === 0n, "discard");
  assert(load(base, 1n) === 101n && load(base, 2n) === 6n, "what is dropped is the file's again");
  assert(pageState(u64(base) + 3n * PAGE) === PageState.Present, "in memory, mapped or not");
  assert(pageState(u64(base) + 5n * PAGE) === PageState.Absent, "not in memory");
  assert(regionPopulate(base, 7n * PAGE) === 0n && fake.frames[6] !== 0n, "populate");
  assert(regionUnmap(base, 7n * PAGE) === 0n, "unmap");
}

function failures(): void {
  const base = show(10n, 0n, Prot.ReadWrite, SHARED);
  let word: u64 = 0n;
  const bytes = castPtr<u8>(addressOf(word));
  assert(userRead(bytes, base + BAD_PAGE * PAGE, 8n) === EFAULT, "a page that cannot be read");
  assert(userWrite(base + 9n * PAGE, bytes, 8n) === EFAULT, "a page behind the end");
  assert(userRead(bytes, base + 6n * PAGE, 8n) === 0n && word === 106n, "its neighbour");
  assert(regionPopulate(base, 10n * PAGE) === EFAULT, "populate");
  takeBack(5);
  const wasMasked = irqSave();
  const masked = userRead(bytes, base + 5n * PAGE, 8n);
  irqRestore(wasMasked);
  assert(masked === EFAULT, "nobody waits with masked interrupts");
  assert(userRead(bytes, base + 5n * PAGE, 8n) === 0n && word === 105n, "but without");
  assert(regionUnmap(base, 10n * PAGE) === 0n, "unmap");
  const closed = show(1n, 0n, Prot.Read, SHARED | u32(RegionTrait.NeverWritable));
  assert(regionProtect(closed, PAGE, Prot.ReadWrite) === EACCES && !mappedHasWriters(fake.mapped), "never writable");
  assert(regionUnmap(closed, PAGE) === 0n, "unmap");
}

function takenBack(): void {
  const shared = show(2n, 2n, Prot.ReadWrite, SHARED);
  const own = show(4n, 1n, Prot.ReadWrite, 0);
  store(own, 2n, 1n);
  assert(load(shared, 0n) === 102n && load(own, 1n) === 102n, "both show page 2");
  writeVolatile(addressOf(fake.fetches), 0);
  takeBack(2);
  takeBack(3);
  assert(load(own, 2n) === 1n && count(addressOf(fake.fetches)) === 0, "a copy is no concern of the file's");
  assert(load(shared, 0n) === 102n && count(addressOf(fake.fetches)) === 1, "fetched again");
  assert(load(own, 1n) === 102n && count(addressOf(fake.fetches)) === 1, "for both");
  mappedForget(fake.mapped, 3n, u64.MAX, ForgetKind.WithCopies);
  assert(load(own, 2n) === 103n, "unless the file is cut off");
  assert(regionUnmap(own, 4n * PAGE) === 0n && regionUnmap(shared, 2n * PAGE) === 0n, "unmap");
}

function parts(): void {
  // One page more than what moves: it cannot grow where it is.
  const base = show(7n, 0n, Prot.ReadWrite, SHARED);
  const before = count(addressOf(fake.references));
  assert(before === 2, "one reference for all regions");
  assert(regionUnmap(base + 2n * PAGE, PAGE) === 0n && regionProtect(base, PAGE, Prot.Read) === 0n, "three parts");
  assert(load(base, 0n) === 100n && load(base, 3n) === 103n, "each shows its own");
  const twice: RegionMove = zeroed();
  twice.from = u64(base) + 3n * PAGE;
  twice.newBytes = 2n * PAGE;
  twice.mayMove = true;
  const copy = VirtAddr(u64(regionMove(twice)));
  assert(load(copy, 1n) === 104n, "a second mapping");
  const move: RegionMove = zeroed();
  move.from = u64(base) + 4n * PAGE;
  move.oldBytes = 2n * PAGE;
  move.newBytes = 3n * PAGE;
  move.mayMove = true;
  const moved = VirtAddr(u64(regionMove(move)));
  assert(load(moved, 0n) === 104n && load(moved, 2n) === 106n, "moved and grown");
  assert(regionUnmap(base, 7n * PAGE) === 0n && regionUnmap(copy, 2n * PAGE) === 0n, "unmap");
  assert(count(addressOf(fake.references)) === 2 && load(moved, 1n) === 105n, "what was moved is still there");
  assert(
    regionUnmap(moved, 3n * PAGE) === 0n && count(addressOf(fake.references)) === 1,
    "the last one gives the reference back",
  );
}
