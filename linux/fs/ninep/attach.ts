/**
 * Brings exports into the tree: finds their server, attaches to it, and gives each mount its root.
 *
 * Where one server has all of them (uhyve), the tops of those that will be mounted are asked for by one message (Troots) before the first is: every
 * message is an exit, and a start of Python has thirteen exports.
 */

import { EIO, ENFILE, ENOMEM } from "../../../abi/errno.ts";
import { NINEP_MAX_ROOTS, NINEP_NO_FID, NinepType } from "../../../abi/ninep.ts";
import { wireGet16, wireGet32, wirePut16, wirePut32, wirePutString } from "../../../compiler/std/wire.ts";
import { ninepServesAll, ninepTransportOf } from "../../../drivers/ninep/devices.ts";
import { getLookAttributes, type NinepAttributes, type Qid } from "../../../drivers/ninep/message.ts";
import type { NinepTransport } from "../../../drivers/ninep/request.ts";
import { ninepBegin, ninepCall, ninepEnd } from "../../../drivers/ninep/transport.ts";
import { heapAllocZeroed } from "../../../kernel/mm/heap.ts";
import { processEndSetHook } from "../../process-end.ts";
import { userId } from "../credentials.ts";
import { type InodeResult, inodeOf, type Mount } from "../inode.ts";
import { callAttach } from "./calls.ts";
import { exportAdd, fidDropped, fidTake, type NinepExport } from "./export.ts";
import { writeAllBack } from "./flusher.ts";
import { ninepRoot, nodeFromAttributes } from "./nodes.ts";
import { NINEP_OPERATIONS } from "./operations.ts";

/** The top of an export that was asked for ahead. */
class Top {
  tag!: string;
  owner!: Ptr<NinepExport>;
  fid!: u32;
  /** 0n, or why there is none: a negative errno. */
  error!: i64;
  stamp!: u64;
  attributes!: NinepAttributes;
}

const tops: FixedArray<Top, 16> = zeroed();
let topCount: u32 = 0;
staticAssert(NINEP_MAX_ROOTS === 16, "there is room for what one message asks for");

/** The export will be mounted: what ninepAskAhead asks for. One at a time, as all of this file. */
export function ninepExpect(tag: string): void {
  if (!ninepServesAll() || topCount === NINEP_MAX_ROOTS) {
    return;
  }
  const made = makeExport(tag);
  if (made > 0n) {
    const top = tops[topCount];
    top.tag = tag;
    top.owner = pointerAt<NinepExport>(u64(made));
    top.fid = fidTake(top.owner);
    top.error = i64(-EIO);
    topCount++;
  }
}

/** Asks for the tops of all exports that are expected. */
export function ninepAskAhead(): void {
  const request = topCount < 2 ? null : ninepBegin(tops[0].owner.transport, NinepType.Troots);
  if (request === null) {
    topCount = 0;
    return;
  }
  wirePut16(request.wire, u16(topCount));
  for (let i: u32 = 0; i < topCount; i++) {
    wirePut32(request.wire, tops[i].fid);
    wirePutString(request.wire, tops[i].tag);
  }
  if (ninepCall(request) === 0n && u32(wireGet16(request.wire)) === topCount) {
    for (let i: u32 = 0; i < topCount; i++) {
      const top = tops[i];
      const errno = wireGet32(request.wire);
      top.stamp = request.stamp;
      top.error = errno === 0 ? getLookAttributes(request.wire, top.attributes) : -i64(errno);
    }
  }
  ninepEnd(request);
}

/** Makes the export's top the mount's root: 0n or a negative errno. */
export function ninepAttach(mount: Ptr<Mount>, tag: string): i64 {
  const top = topOf(tag);
  const made: i64 = top === null ? makeExport(tag) : i64(u64(virtAddr(top.owner)));
  if (made < 0n) {
    return made;
  }
  const owner = pointerAt<NinepExport>(u64(made));
  owner.mount = mount;
  mount.serverDecides = true;
  const root = top === null ? attachAlone(owner, tag) : rootOf(top);
  if (root < 0n) {
    return root;
  }
  mount.root = inodeOf(root);
  return 0n;
}

function topOf(tag: string): Ptr<Top> | null {
  for (let i: u32 = 0; i < topCount; i++) {
    if (tops[i].tag === tag) {
      return addressOf(tops[i]);
    }
  }
  return null;
}

function rootOf(top: Top): InodeResult {
  return top.error < 0n ? top.error : nodeFromAttributes(top.owner, top.fid, top.attributes, top.stamp);
}

/** The address of an export that is not attached yet, or a negative errno. */
function makeExport(tag: string): i64 {
  const transport = ninepTransportOf(tag);
  if (transport < 0n) {
    return transport;
  }
  const memory = heapAllocZeroed(u64(sizeOf<NinepExport>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size; ninepTransportOf gives the address of a transport that stays.
  const made = castPtr<NinepExport>(memory);
  made.transport = pointerAt<NinepTransport>(u64(transport));
  made.operations = addressOf(NINEP_OPERATIONS);
  exportAdd(made);
  made.transport.onDropped = fidDropped;
  processEndSetHook(writeAllBack);
  return i64(u64(virtAddr(made)));
}

/** The root of an export that nobody expected: an InodeResult. */
function attachAlone(owner: Ptr<NinepExport>, tag: string): InodeResult {
  const qid: Qid = zeroed();
  const fid = fidTake(owner);
  if (fid === NINEP_NO_FID) {
    return i64(-ENFILE);
  }
  const attached = callAttach(owner, fid, tag, userId(), qid);
  return attached === 0n ? ninepRoot(owner, fid) : attached;
}
