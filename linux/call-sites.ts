/**
 * Turning system-call sites of the program into jumps: memory for thunks, and writing code that is mapped read-only.
 *
 * Only the program's own code is changed, never what a program makes at run time: it may compare or copy that. The application keeps
 * W^X: the change goes through the direct map, to a page that is the program's alone (the file lies in this machine's memory).
 *
 * Thunk pages belong to the kernel and are mapped executable and read-only below the image, one when the one before is full:
 *
 *     0   slot: address of linuxThunkEntry     32 ..   thunks of 32 bytes
 */

import { SYS_getegid, SYS_geteuid, SYS_getgid, SYS_getpid, SYS_getppid, SYS_getuid } from "../abi/linux-syscalls.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { logInfo } from "../kernel/log/log.ts";
import { frameAlloc } from "../kernel/mm/frames.ts";
import { directMap, translate } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionMapPhysical } from "../kernel/mm/regions.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { kernelStackTop } from "../nucleus/percpu.ts";
import {
  encodeConstantThunk,
  encodeJump,
  encodeThunk,
  isCallSite,
  JUMP_BYTES,
  SITE_BYTES,
  SITE_CONTEXT_BYTES,
  THUNK_BYTES,
} from "./core/call-site.ts";
import { linuxThunkEntry } from "./entry.ts";
import { PARENT_ID, PROCESS_ID } from "./identity.ts";
import { isInProgramCode, programLayout } from "./layout.ts";
import { programModule } from "./program.ts";

/** Not a constant call. */
const NO_ANSWER = u64.MAX;
const CODE_BYTES = SITE_CONTEXT_BYTES + SITE_BYTES;

/** The page that thunks are written to, and where in it the next one goes; PAGE_SIZE: it is full. */
let pageAddress: u64 = 0n;
let pageFrame: PhysAddr = 0n;
let nextOffset: u64 = PAGE_SIZE;
let pageCount: u64 = 0n;
let siteCount: u64 = 0n;
/** How often a `syscall` instruction was executed; all other calls came through thunks. */
let trapCount: u64 = 0n;

/** Says in the log how well it went. */
export function callSitesReport(): void {
  logInfo(`${siteCount} call sites became jumps, ${trapCount} system calls trapped`);
}

/** `rip` lies behind the `syscall` instruction that was executed with `number` in rax: its site becomes a jump if its shape allows. */
export function callSiteTrapped(rip: VirtAddr, number: u32, isTraced: bool): void {
  trapCount++;
  patchSite(rip, number, isTraced);
}

function patchSite(rip: VirtAddr, number: u32, isTraced: bool): void {
  const site = u64(rip) - SITE_BYTES;
  const first = site - SITE_CONTEXT_BYTES;
  // All in one page, so that the jump is one store and nobody sees half of it.
  if (!isInProgramCode(first) || (first & (PAGE_SIZE - 1n)) > PAGE_SIZE - CODE_BYTES) {
    return;
  }
  const code: Bytes<16> = zeroed();
  if (userRead(elements(code), VirtAddr(first), CODE_BYTES) !== 0n) {
    return;
  }
  if (!isCallSite(sliceOf(elements(code), CODE_BYTES), number)) {
    return;
  }
  const thunk = makeThunk(site, number, isTraced);
  const frame = translate(VirtAddr(site));
  const jump: Bytes<8> = zeroed();
  if (thunk === 0n || frame === 0n || !encodeJump(sliceOf(elements(jump), JUMP_BYTES), site, thunk)) {
    return;
  }
  storeJump(directMap(frame), elements(jump));
  siteCount++;
}

/** The five bytes, as one store where they lie in one aligned word: another CPU may be about to execute them. */
function storeJump(target: Ptr<u8>, jump: Ptr<u8>): void {
  const address = u64(virtAddr(target));
  const shift = address & 7n;
  if (shift > 3n) {
    copyBytes(target, jump, JUMP_BYTES);
    return;
  }
  // SAFETY: the aligned word that holds all five bytes lies in the page.
  const word = pointerAt<u64>(VirtAddr(address - shift));
  let value = readVolatile(word);
  // SAFETY: eight bytes of a local.
  copyBytes(castPtr<u8>(addressOf(value)).add(shift), jump, JUMP_BYTES);
  writeVolatile(word, value);
}

/** Address of a new thunk for the site, or 0. */
function makeThunk(site: u64, number: u32, isTraced: bool): u64 {
  if (nextOffset + THUNK_BYTES > PAGE_SIZE && !addPage()) {
    return 0n;
  }
  const thunk = pageAddress + nextOffset;
  const out = sliceOf(directMap(pageFrame).add(nextOffset), THUNK_BYTES);
  const answer = isTraced ? NO_ANSWER : constantAnswer(number);
  const isMade =
    answer === NO_ANSWER
      ? encodeThunk(out, thunk, site, number, pageAddress, percpuOffset(kernelStackTop))
      : encodeConstantThunk(out, thunk, site, u32(answer));
  if (!isMade) {
    return 0n;
  }
  nextOffset += THUNK_BYTES;
  return thunk;
}

/** Calls whose answer is the same for as long as the program runs. */
function constantAnswer(number: u32): u64 {
  switch (number) {
    case SYS_getpid:
      return u64(PROCESS_ID);
    case SYS_getppid:
      return u64(PARENT_ID);
    case SYS_getuid:
    case SYS_geteuid:
      return u64(programModule().uid);
    case SYS_getgid:
    case SYS_getegid:
      return u64(programModule().gid);
    default:
      return NO_ANSWER;
  }
}

function addPage(): bool {
  if ((pageCount + 1n) * PAGE_SIZE > programLayout.thunkBytes) {
    return false;
  }
  const frame = frameAlloc();
  if (frame === 0n) {
    return false;
  }
  const address = programLayout.thunks + pageCount * PAGE_SIZE;
  fillBytes(directMap(frame), 0xcc, PAGE_SIZE);
  // SAFETY: the first word of a page of ours.
  castPtr<u64>(directMap(frame)).value = u64(functionAddress(linuxThunkEntry));
  if (regionMapPhysical(VirtAddr(address), frame, PAGE_SIZE, Prot.ReadExecute) < 0n) {
    return false;
  }
  pageFrame = frame;
  pageAddress = address;
  pageCount++;
  nextOffset = THUNK_BYTES;
  return true;
}
