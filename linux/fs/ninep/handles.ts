/**
 * Fids that are open at the server. All descriptions and mappings of a file share two of them, one for reading and one for writing, so a
 * file that is opened again costs no request.
 */

import { O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY } from "../../../abi/linux-files.ts";
import { NINEP_NO_FID } from "../../../abi/ninep.ts";
import type { Qid } from "../../../drivers/ninep/message.ts";
import { ninepIsUhyve } from "../../../drivers/ninep/transport.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import { callClunk, callClunkNow, callOpen, callOpenFid, callWalk } from "./calls.ts";
import type { NinepHandle, NinepNode } from "./export.ts";
import { offerTake } from "./offers.ts";

/** A fid of the node that is open: its number or a negative errno. */
export function openFid(node: Ptr<NinepNode>, flags: u32): i64 {
  const offered = offerTake(node, flags & O_ACCMODE);
  if (offered !== NINEP_NO_FID) {
    return i64(offered);
  }
  if (ninepIsUhyve(node.export.transport)) {
    return callOpenFid(node.export, node.fid, flags);
  }
  const qid: Qid = zeroed();
  const walked = callWalk(node.export, node.fid, "", qid);
  if (walked < 0n) {
    return walked;
  }
  const opened = callOpen(node.export, u32(walked), flags);
  if (opened !== 0n) {
    callClunk(node.export, u32(walked));
    return opened;
  }
  return walked;
}

/** For one more description: 0n or a negative errno. */
export function handleUse(node: Ptr<NinepNode>, handle: Ptr<NinepHandle>, isWriter: bool, needsRead: bool): i64 {
  using _guard = mutexAcquire(node.openLock);
  if (!handle.isOpen || (needsRead && !handle.mayRead)) {
    const opened = isWriter ? openWriter(node, needsRead) : openFid(node, O_RDONLY);
    if (opened < 0n) {
      return opened;
    }
    if (!isWriter) {
      give(handle, u32(opened), true);
    }
  }
  handle.uses++;
  return 0n;
}

function give(handle: Ptr<NinepHandle>, fid: u32, mayRead: bool): void {
  handle.fidBefore = handle.isOpen ? handle.fid : NINEP_NO_FID;
  handle.fid = fid;
  handle.mayRead = mayRead;
  handle.isOpen = true;
}

/** Open for both if that is possible: mappings read what they write to. */
function openWriter(node: Ptr<NinepNode>, needsRead: bool): i64 {
  const both = openFid(node, O_RDWR);
  const fid = both < 0n && !needsRead ? openFid(node, O_WRONLY) : both;
  if (fid < 0n) {
    return fid;
  }
  give(addressOf(node.writer), u32(fid), both >= 0n);
  return 0n;
}

/** The fid with which the file was made: it may write whatever the mode says. False: there is another one already. */
export function handleGive(node: Ptr<NinepNode>, fid: u32): bool {
  using _guard = mutexAcquire(node.openLock);
  if (node.writer.isOpen) {
    return false;
  }
  give(addressOf(node.writer), fid, true);
  return true;
}

export function handleLeave(node: Ptr<NinepNode>, handle: Ptr<NinepHandle>): void {
  {
    using _guard = mutexAcquire(node.openLock);
    handle.uses--;
  }
  handlesClose(node);
}

/** Closes the handles that neither a description nor a mapping needs. */
export function handlesClose(node: Ptr<NinepNode>): void {
  using _guard = mutexAcquire(node.openLock);
  if (node.mappings.load() === 0) {
    closeUnused(node, addressOf(node.reader));
    closeUnused(node, addressOf(node.writer));
  }
}

function closeUnused(node: Ptr<NinepNode>, handle: Ptr<NinepHandle>): void {
  if (handle.isOpen && handle.uses === 0) {
    handle.isOpen = false;
    // The host does not run a program that somebody can write to, and watches for files that have been written.
    const isWriter = virtAddr(handle) === virtAddr(node.writer);
    const clunk = isWriter ? callClunkNow : callClunk;
    clunk(node.export, handle.fidBefore);
    clunk(node.export, handle.fid);
    handle.fidBefore = NINEP_NO_FID;
    handle.fid = NINEP_NO_FID;
  }
}
