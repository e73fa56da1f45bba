/**
 * Turning system-call sites of the program into jumps: when, memory for thunks, and writing code that is mapped read-only.
 *
 * A site is changed at its second trap: the first is often its last (start-up code), and a change costs a page. A program that makes a
 * dozen calls in all keeps its sites: the first change costs as much as thirty traps where guest ring 0 is emulated. Only the program's own
 * code and that of files mapped privately (library-code.ts) is changed, never what a program makes at run time: it may compare or copy
 * that. The application keeps W^X: the change goes through the direct map, to a page that is the program's alone.
 *
 * Thunk pages belong to the kernel and are mapped executable and read-only, in the support area below the image, or, for sites that
 * demand it (linux/core/call-site.ts), so far behind the site as these say: 81 MiB, between image and heap (program-place.ts leaves room), or, for
 * libraries only, further, above all of them (APP_MAP_LIMIT). A library lies
 * too far away for a jump to the support area; its thunks are where there is room around it:
 *
 *     0   slot: address of linuxThunkEntry     40 ..   thunks of 40 bytes
 */

import { SYS_clone, SYS_clone3, SYS_getpid, SYS_getppid } from "../abi/linux-syscalls.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { logInfo } from "../kernel/log/log.ts";
import { frameAlloc, frameFree } from "../kernel/mm/frames.ts";
import { directMap, translateOwned } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionOwnPage } from "../kernel/mm/region-own.ts";
import { regionMap, regionMapPhysical } from "../kernel/mm/regions.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { whileOthersStop } from "../kernel/smp/stop.ts";
import { kernelStackTop } from "../nucleus/percpu.ts";
import {
  besideAddress,
  callNumber,
  isEndOfJump,
  movableBytes,
  needsWordBeside,
  type Registers,
  SHORTEST_BYTES,
  SITE_BYTES,
  SITE_CONTEXT_BYTES,
  type SiteWords,
} from "./core/call-site.ts";
import {
  encodeConstantThunk,
  encodeJump,
  encodeThunk,
  JUMP_BYTES,
  THUNK_BYTES,
  thunkPage,
  thunkWindowFirst,
  thunkWindowLast,
} from "./core/call-thunk.ts";
import { linuxThunkEntry, linuxThunkEntryKeeping } from "./entry.ts";
import { PARENT_ID, PROCESS_ID } from "./identity.ts";
import { isInProgramCode, programLayout } from "./layout.ts";
import { isLibraryCode, libraryPageOwn } from "./library-code.ts";
import { programWantsCore } from "./program.ts";
import type { KeptRegisters, SyscallFrame } from "./syscall-frame.ts";

/** An instruction of so many bytes has its thunk some 250 MiB behind it; the shortest some 1,152. */
const HEAP_BOUND_BYTES = 4n;
/** Not a constant call. */
const NO_ANSWER = u64.MAX;
/** So many calls of a program trap before the first site is changed. */
const FREE_TRAPS = 16n;
/** Places for sites that trapped once. */
const SEEN_COUNT = 64;
const MAX_PAGES = 64;
/** Of rel32, but for 16 MiB: sites and thunks are measured by their beginnings. */
const REACH_BYTES: u64 = 0x7f00_0000n;
/** Thunks of libraries keep away from where the next library is likely to be mapped. */
const NEAREST_BYTES: u64 = 0x80_0000n;

class ThunkPage {
  address!: u64;
  frame!: PhysAddr;
  /** Where the next thunk goes. */
  next!: u64;
}

const seenSites: FixedArray<u64, 64> = zeroed();
/** Of those, some whose thunk finds no place: they are not tried again. */
const refusedSites: FixedArray<u64, 64> = zeroed();
const pages: FixedArray<ThunkPage, 64> = zeroed();
let pageCount: u32 = 0;
/** Pages in the support area. */
let supportPageCount: u64 = 0n;
let siteCount: u64 = 0n;
/** How often a `syscall` instruction was executed; all other calls came through thunks. */
const trapCount: Atomic<u64> = zeroed();
/** Sites are changed from this trap on. */
let firstToChange: u64 = FREE_TRAPS;
/** 1 while a processor changes a site; the others leave theirs for the next trap. */
const isPatching: Atomic<u32> = zeroed();

/** Says in the log how well it went. */
export function callSitesReport(): void {
  logInfo(`${siteCount} call sites became jumps, ${trapCount.load()} system calls trapped`);
}

/** The program is about to be replaced, and nothing of it is mapped any more. */
export function callSitesForget(): void {
  for (let i: u32 = 0; i < pageCount; i++) {
    frameFree(pages[i].frame);
  }
  pageCount = 0;
  supportPageCount = 0n;
  firstToChange = trapCount.load() + FREE_TRAPS;
  zero(seenSites);
  zero(refusedSites);
}

/** A `syscall` instruction was executed: its site becomes a jump if it was here before, among some others, and its shape allows. */
export function callSiteTrapped(frame: SyscallFrame, kept: KeptRegisters, isTraced: bool): void {
  const earlier = trapCount.fetchAdd(1n, Order.Relaxed);
  const number = u32.wrap(frame.number);
  if (number === SYS_clone || number === SYS_clone3) {
    // They need all registers, which only a trap stores.
    return;
  }
  const rip = u64(frame.rip);
  if (isSecondTrap(rip) && earlier >= firstToChange && isPatching.exchange(1) === 0) {
    patchSite(frame, kept, isTraced);
    isPatching.store(0);
  }
}

/** Behind the `syscall` instruction of a call, or behind the jump that took its place. */
export function syscallRip(frame: SyscallFrame): VirtAddr {
  let distance: u32 = 0;
  // SAFETY: four bytes of a local. A thunk ends with mov %r11,%rsp; jmp rel32.
  if (!isThunk(frame.rip) || userRead(castPtr<u8>(addressOf(distance)), frame.rip + 4n, 4n) !== 0n) {
    return frame.rip;
  }
  return VirtAddr(u64(frame.rip) + 8n + u64.wrap(i64(i32.wrap(distance))));
}

/** Whether `rip` lies in a thunk: the call that returns there came through one. */
export function isThunk(rip: VirtAddr): bool {
  for (let i: u32 = 0; i < pageCount; i++) {
    if ((u64(rip) & ~(PAGE_SIZE - 1n)) === pages[i].address) {
      return true;
    }
  }
  return false;
}

/** The lowest page of thunks that begins in `[start, end)`, or 0n: the program knows nothing of it, and its calls go through it. */
export function thunkPageIn(start: u64, end: u64): u64 {
  let lowest: u64 = 0n;
  for (let i: u32 = 0; i < pageCount; i++) {
    const address = pages[i].address;
    if (address >= start && address < end && (lowest === 0n || address < lowest)) {
      lowest = address;
    }
  }
  return lowest;
}

/** Also true for a site whose place another one has: two that take turns must not keep each other from becoming jumps. */
function isSecondTrap(rip: u64): bool {
  const place = seenPlace(rip);
  const isSeen = seenSites[place] !== 0n && refusedSites[place] !== rip;
  seenSites[place] = rip;
  return isSeen;
}

function seenPlace(rip: u64): u32 {
  return u32((rip ^ (rip >> 6n)) % u64(SEEN_COUNT));
}

function patchSite(frame: SyscallFrame, kept: KeptRegisters, isTraced: bool): void {
  const first = u64(frame.rip) - SITE_BYTES;
  // All in one page, so that the jump is one store and nobody sees half of it.
  if ((first & (PAGE_SIZE - 1n)) > PAGE_SIZE - SITE_BYTES) {
    return;
  }
  const isOfMapping = isLibraryCode(first);
  if (!isOfMapping && !isInProgramCode(first)) {
    return;
  }
  const bytes: Bytes<16> = zeroed();
  const code = sliceOf(elements(bytes), SITE_BYTES);
  const registers: Registers = zeroed();
  const words: SiteWords = zeroed();
  gatherRegisters(frame, kept, registers);
  if (userRead(elements(bytes), VirtAddr(first), SITE_BYTES) !== 0n) {
    return;
  }
  // Where nothing can be read, the shape that needs the word does not match.
  void userRead(castPtr<u8>(addressOf(words.onStack)), frame.userRsp + 8n, 8n);
  if (needsWordBeside(code)) {
    void userRead(castPtr<u8>(addressOf(words.beside)), VirtAddr(besideAddress(code, first + SITE_CONTEXT_BYTES)), 8n);
  }
  const length = movableBytes(code, registers, words);
  let next: u8 = 0;
  // A jump in place of the shortest reaches to the byte behind the `syscall`, in the same page.
  const hasNext = (u64(frame.rip) & (PAGE_SIZE - 1n)) !== 0n && userRead(addressOf(next), frame.rip, 1n) === 0n;
  if (length === 0n || (length === SHORTEST_BYTES && !hasNext) || isEndOfJump(code, length)) {
    return;
  }
  if ((length === SHORTEST_BYTES || length === HEAP_BOUND_BYTES) && isInProgramCode(first)) {
    // Where its thunk would have to lie the heap is expected, and the program may put things of its own.
    return;
  }
  const site = first + SITE_CONTEXT_BYTES - length;
  const thunk = makeThunk(code, site, length, next, isTraced);
  if (thunk === 0n) {
    refusedSites[seenPlace(u64(frame.rip))] = u64(frame.rip);
  }
  // The page becomes the program's own: its file may be read, and executed again.
  if (thunk === 0n || !(isOfMapping ? libraryPageOwn(site) : regionOwnPage(VirtAddr(site)) === 0n)) {
    return;
  }
  const target = translateOwned(VirtAddr(site));
  const jump: Bytes<8> = zeroed();
  if (target === 0n || !encodeJump(sliceOf(elements(jump), JUMP_BYTES), site, thunk)) {
    return;
  }
  storeJump(directMap(target), elements(jump));
}

/** By their numbers in machine code; rcx and r11 are what the `syscall` made of them. */
function gatherRegisters(frame: SyscallFrame, kept: KeptRegisters, registers: Registers): void {
  registers[0] = frame.number;
  registers[2] = frame.a2;
  registers[3] = kept.rbx;
  registers[4] = u64(frame.userRsp);
  registers[5] = kept.rbp;
  registers[6] = frame.a1;
  registers[7] = frame.a0;
  registers[8] = frame.a4;
  registers[9] = frame.a5;
  registers[10] = frame.a3;
  registers[12] = kept.r12;
  registers[13] = kept.r13;
  registers[14] = kept.r14;
  registers[15] = kept.r15;
}

class JumpToStore {
  target!: Ptr<u8>;
  jump!: Ptr<u8>;
}

/**
 * Another processor may be about to execute what is there: where the five bytes lie in one aligned word, one store shows it either the
 * old instruction or the new one (AMD64 APM volume 2, 7.6.1); elsewhere no other processor may be in the application meanwhile.
 */
function storeJump(target: Ptr<u8>, jump: Ptr<u8>): void {
  const address = u64(virtAddr(target));
  const shift = address & 7n;
  if (shift > 3n) {
    const wanted: JumpToStore = { target, jump };
    if (!whileOthersStop(copyJump, u64(virtAddr(wanted)))) {
      return;
    }
    siteCount++;
    return;
  }
  // SAFETY: the aligned word that holds all five bytes lies in the page.
  const word = pointerAt<u64>(VirtAddr(address - shift));
  let value = readVolatile(word);
  // SAFETY: eight bytes of a local.
  copyBytes(castPtr<u8>(addressOf(value)).add(shift), jump, JUMP_BYTES);
  writeVolatile(word, value);
  siteCount++;
}

function copyJump(wantedAt: u64): void {
  // SAFETY: storeJump waits with its object on the stack.
  const wanted = pointerAt<JumpToStore>(wantedAt);
  copyBytes(wanted.target, wanted.jump, JUMP_BYTES);
}

/** Address of a new thunk for the site, or 0. */
function makeThunk(code: Slice<u8>, site: u64, length: u64, next: u8, isTraced: bool): u64 {
  const first = thunkWindowFirst(site, length, next);
  const last = thunkWindowLast(site, length, next);
  const page = findPage(site, first, last);
  if (page === null) {
    return 0n;
  }
  page.next = nextIn(page, first);
  const thunk = page.address + page.next;
  assert(thunk >= first && thunk <= last, "elsewhere the jump would change the syscall behind it");
  const out = sliceOf(directMap(page.frame).add(page.next), THUNK_BYTES);
  const moved = code.subslice(SITE_CONTEXT_BYTES - length, SITE_CONTEXT_BYTES);
  const back = site + length + 2n;
  const answer = isTraced ? NO_ANSWER : constantAnswer(callNumber(code, length));
  const isMade =
    answer === NO_ANSWER
      ? encodeThunk(out, thunk, moved, back, page.address, percpuOffset(kernelStackTop))
      : encodeConstantThunk(out, thunk, back, u32(answer));
  if (!isMade) {
    return 0n;
  }
  page.next += THUNK_BYTES;
  return thunk;
}

/** Calls whose answer is the same for as long as the program runs. */
function constantAnswer(number: u64): u64 {
  if (number >= 512n) {
    return NO_ANSWER;
  }
  switch (u32(number)) {
    case SYS_getpid:
      return u64(PROCESS_ID);
    case SYS_getppid:
      return u64(PARENT_ID);
    default:
      return NO_ANSWER;
  }
}

/** A page with room for a thunk of `site` that starts in `[first, last]`; null if there is none and none can be made. */
function findPage(site: u64, first: u64, last: u64): ThunkPage | null {
  for (let i: u32 = 0; i < pageCount; i++) {
    const page = pages[i];
    const next = nextIn(page, first);
    const thunk = page.address + next;
    const isFitting = thunk >= first && thunk <= last && isNear(site, thunk);
    if (isFitting && next + THUNK_BYTES <= PAGE_SIZE) {
      return page;
    }
  }
  if (first !== 0n) {
    return addPage(thunkPage(first, last));
  }
  if (!isNear(site, programLayout.thunks)) {
    return addPageNear(site);
  }
  if ((supportPageCount + 1n) * PAGE_SIZE > programLayout.thunkBytes) {
    return null;
  }
  const page = addPage(programLayout.thunks + supportPageCount * PAGE_SIZE);
  supportPageCount++;
  return page;
}

/** Where in the page the next thunk goes that may not start before `first`. */
function nextIn(page: ThunkPage, first: u64): u64 {
  return first > page.address + page.next && first < page.address + PAGE_SIZE ? first - page.address : page.next;
}

/** Whether a jump between the two reaches, with room for what stands around them. */
function isNear(site: u64, thunk: u64): bool {
  const distance = site > thunk ? site - thunk : thunk - site;
  return distance < REACH_BYTES;
}

/** For a library, which lies far from the program: the first free page of some places around it. */
function addPageNear(site: u64): ThunkPage | null {
  const middle = site & ~(PAGE_SIZE - 1n);
  for (let distance = NEAREST_BYTES; distance < REACH_BYTES; distance <<= 1n) {
    const below = middle > APP_BASE + distance ? addPage(middle - distance) : null;
    if (below !== null) {
      return below;
    }
    const above = middle + distance < APP_LIMIT ? addPage(middle + distance) : null;
    if (above !== null) {
      return above;
    }
  }
  return null;
}

function addPage(address: u64): ThunkPage | null {
  if (pageCount >= MAX_PAGES) {
    return null;
  }
  const frame = frameAlloc();
  if (frame === 0n) {
    return null;
  }
  fillBytes(directMap(frame), 0xcc, PAGE_SIZE);
  // SAFETY: the first word of a page of ours.
  castPtr<u64>(directMap(frame)).value = u64(
    programWantsCore() ? functionAddress(linuxThunkEntryKeeping) : functionAddress(linuxThunkEntry),
  );
  // Nothing of the program's may be replaced: reserve the place first.
  const isFree = regionMap(VirtAddr(address), PAGE_SIZE, Prot.None, RegionFlag.FixedNoReplace) >= 0n;
  if (!isFree || regionMapPhysical(VirtAddr(address), frame, PAGE_SIZE, Prot.ReadExecute) < 0n) {
    frameFree(frame);
    return null;
  }
  const page = pages[pageCount];
  page.address = address;
  page.frame = frame;
  page.next = THUNK_BYTES;
  pageCount++;
  return page;
}
