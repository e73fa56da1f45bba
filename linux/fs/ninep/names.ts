/**
 * Names in directories of an export: look-ups, and everything that makes, moves or removes a name.
 *
 * The server is asked every time, since programs of the host change the same directories. A look-up gives the file's node a fresh fid if
 * nobody is using the old one: servers that know fids by path find the file by its newest name then.
 */

import { EINVAL, ENOENT, ESTALE } from "../../../abi/errno.ts";
import {
  O_CREAT,
  O_EXCL,
  O_RDWR,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../../abi/linux-files.ts";
import { NINEP_AT_REMOVEDIR } from "../../../abi/ninep.ts";
import type { Qid } from "../../../drivers/ninep/message.ts";
import { ninepIsUhyve } from "../../../drivers/ninep/transport.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { type Inode, type InodeResult, inodeIsDirectory, inodeResult, type NewInode, type OpenWish } from "../inode.ts";
import { FRESH_NS, nodeRefresh } from "./attributes.ts";
import {
  callClunk,
  callCreate,
  callLink,
  callMakeDirectory,
  callMakeLink,
  callMakeNode,
  callReadLink,
  callRename,
  callUnlink,
  callWalk,
} from "./calls.ts";
import { entryRecent } from "./entries.ts";
import {
  inodeOfNode,
  type NinepNode,
  nodeDetach,
  nodeDoubtFid,
  nodeFind,
  nodeOf,
  nodePut,
  nodeSwapFid,
} from "./export.ts";
import { handleGive } from "./handles.ts";
import { keptTake, type Told } from "./kept.ts";
import { lookAlong } from "./look.ts";
import { nodeFromFid, settle, trim } from "./nodes.ts";

const MOST_TRIES = 4;

/** InodeOperations.lookup */
export function ninepLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const nothing: OpenWish = zeroed();
  return ninepLookupAlong(directory, name, name, nothing);
}

/** InodeOperations.lookupAlong */
export function ninepLookupAlong(directory: Ptr<Inode>, name: string, rest: string, wish: OpenWish): InodeResult {
  const owner = nodeOf(directory).export;
  const found = ninepIsUhyve(owner.transport) ? lookAlong(directory, name, rest, wish) : 0n;
  return found !== 0n ? found : lookupByWalk(directory, name);
}

function lookupByWalk(directory: Ptr<Inode>, name: string): InodeResult {
  let result = lookupOnce(directory, name);
  // A file may be replaced between two requests.
  for (let tries: u32 = 1; tries < MOST_TRIES && result === i64(-ESTALE); tries++) {
    result = lookupOnce(directory, name);
  }
  trim(nodeOf(directory).export);
  return result;
}

function lookupOnce(directory: Ptr<Inode>, name: string): InodeResult {
  const parent = nodeOf(directory);
  const owner = parent.export;
  const qid: Qid = zeroed();
  const namesLost = owner.namesLost.load();
  const walked = callWalk(owner, parent.fid, name, qid);
  if (walked < 0n) {
    return walked;
  }
  const fid = u32(walked);
  const known = nodeFind(owner, qid.path);
  if (known === null) {
    return nodeFromFid(owner, fid, directory, name);
  }
  const isOld = known.qidVersion !== qid.version || monotonicNs() - known.knownNs > FRESH_NS;
  callClunk(owner, nodeSwapFid(known, fid, namesLost));
  return lookupKnown(known, isOld, directory, name);
}

function lookupKnown(node: Ptr<NinepNode>, isOld: bool, directory: Ptr<Inode>, name: string): InodeResult {
  const refreshed = isOld ? nodeRefresh(node) : 0n;
  if (refreshed !== 0n) {
    if (refreshed === i64(-ESTALE)) {
      // The file of that number is another one now.
      nodeDetach(node);
    }
    nodePut(node);
    return refreshed;
  }
  settle(node, directory, name);
  return inodeResult(inodeOfNode(node));
}

/** InodeOperations.create */
export function ninepCreate(directory: Ptr<Inode>, name: string, wanted: NewInode): InodeResult {
  const parent = nodeOf(directory);
  const owner = parent.export;
  let result: i64 = 0n;
  switch (wanted.mode & S_IFMT) {
    case S_IFREG:
      return createFile(parent, name, wanted);
    case S_IFDIR:
      result = callMakeDirectory(owner, parent.fid, name, wanted.mode & 0o7777, wanted.gid);
      break;
    case S_IFLNK:
      result = callMakeLink(owner, parent.fid, name, wanted.target, wanted.gid);
      break;
    default:
      result = callMakeNode(owner, parent.fid, name, wanted.mode, wanted.device, wanted.gid);
      break;
  }
  return result;
}

/** The file is open for writing from then on, whatever its mode says: the description that asked for it gets that fid. */
function createFile(parent: Ptr<NinepNode>, name: string, wanted: NewInode): InodeResult {
  const owner = parent.export;
  const qid: Qid = zeroed();
  const walked = callWalk(owner, parent.fid, "", qid);
  if (walked < 0n) {
    return walked;
  }
  const open = u32(walked);
  const flags = O_RDWR | O_CREAT | O_EXCL;
  const created = callCreate(owner, open, name, flags, wanted.mode & 0o7777, wanted.gid, qid);
  const found = created !== 0n ? created : ninepLookup(inodeOfNode(parent), name);
  if (found < 0n) {
    callClunk(owner, open);
    return found;
  }
  // SAFETY: an InodeResult of this file system.
  const node = nodeOf(pointerAt<Inode>(u64(found)));
  if (node.qidPath !== qid.path) {
    // Somebody has replaced it already.
    callClunk(owner, open);
    return found;
  }
  if (!handleGive(node, open)) {
    callClunk(owner, open);
  }
  return found;
}

/** InodeOperations.link */
export function ninepLink(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): i64 {
  const parent = nodeOf(directory);
  const node = nodeOf(inode);
  if (node.isGone) {
    return i64(-ENOENT);
  }
  const result = callLink(parent.export, parent.fid, node.fid, name);
  if (result === 0n && ninepIsUhyve(parent.export.transport)) {
    // Whoever wants more of what has changed asks.
    void node.inode.links.fetchAdd(1);
    node.stamp = 0n;
  } else if (result === 0n) {
    void nodeRefresh(node);
  }
  return result;
}

/** The node that a name leads to, if it is in the table: it is about to lose the name. */
function nodeBehind(parent: Ptr<NinepNode>, name: string): Ptr<NinepNode> | null {
  if (ninepIsUhyve(parent.export.transport)) {
    const recent = entryRecent(parent, name);
    const found = recent !== 0n ? recent : ninepLookup(inodeOfNode(parent), name);
    return found < 0n ? null : nodeOf(pointerAt<Inode>(u64(found)));
  }
  const qid: Qid = zeroed();
  const walked = callWalk(parent.export, parent.fid, name, qid);
  if (walked < 0n) {
    return null;
  }
  callClunk(parent.export, u32(walked));
  return nodeFind(parent.export, qid.path);
}

/**
 * The node that is about to move. The table may have lost it since the walk that came before: a new file can have the number of one that is
 * gone, and whoever finds that the old one is gone takes the number out.
 */
function lookupMoved(directory: Ptr<Inode>, name: string): InodeResult {
  const node = nodeBehind(nodeOf(directory), name);
  return node === null ? ninepLookup(directory, name) : inodeResult(inodeOfNode(node));
}

/** The node has lost a name; gives the reference back. A server that knows files by name cannot tell how many are left: that is counted. */
function loseName(node: Ptr<NinepNode>): void {
  const inode = inodeOfNode(node);
  const isDirectory = inodeIsDirectory(inode);
  const before = inode.links.load();
  if (ninepIsUhyve(node.export.transport)) {
    // Its fids are descriptors: they tell about the file as long as it is, and keep its number from being another's.
    inode.isRemoved = isDirectory;
    if (isDirectory || before <= 1) {
      nodeDetach(node);
    }
    nodePut(node);
    return;
  }
  const known = node.knownNs;
  nodeDoubtFid(node);
  // Another thread may have asked since the name went; what is counted below must not take it off again.
  node.stamp = 0n;
  void nodeRefresh(node);
  const isTold = node.knownNs !== known;
  if (!isTold) {
    const left: u32 = isDirectory || before === 0 ? 0 : before - 1;
    inode.links.store(left);
    node.isGone = left === 0;
  }
  inode.isRemoved = isDirectory;
  if (isDirectory || inode.links.load() === 0) {
    nodeDetach(node);
  }
  nodePut(node);
}

/** InodeOperations.unlink */
export function ninepUnlink(directory: Ptr<Inode>, name: string, isDirectory: bool): i64 {
  const parent = nodeOf(directory);
  const node = nodeBehind(parent, name);
  const result = callUnlink(parent.export, parent.fid, name, isDirectory ? NINEP_AT_REMOVEDIR : 0);
  if (node !== null) {
    if (result === 0n) {
      loseName(node);
    } else {
      nodePut(node);
    }
  }
  return result;
}

/**
 * InodeOperations.rename. The protocol has no flags: to exchange is impossible, and a file that must not replace another is linked and
 * unlinked, which directories cannot be.
 */
export function ninepRename(from: Ptr<Inode>, name: string, to: Ptr<Inode>, newName: string, flags: u32): i64 {
  const source = nodeOf(from);
  const target = nodeOf(to);
  if ((flags & RENAME_EXCHANGE) !== 0) {
    return i64(-EINVAL);
  }
  const found = lookupMoved(from, name);
  if (found < 0n) {
    return found;
  }
  // SAFETY: an InodeResult of this file system.
  const moved = nodeOf(pointerAt<Inode>(u64(found)));
  if ((flags & RENAME_NOREPLACE) !== 0) {
    const result = moveWithLink(source, name, target, newName, moved);
    nodePut(moved);
    return result;
  }
  const victim = nodeBehind(target, newName);
  const result = callRename(source.export, source.fid, name, target.fid, newName);
  if (result === 0n) {
    settle(moved, to, newName);
    // Linux renames one name of a file over another of the same by doing nothing.
    if (victim !== null && virtAddr(victim) !== virtAddr(moved)) {
      loseName(victim);
      nodePut(moved);
      return 0n;
    }
  }
  if (victim !== null) {
    nodePut(victim);
  }
  nodePut(moved);
  return result;
}

function moveWithLink(
  source: Ptr<NinepNode>,
  name: string,
  target: Ptr<NinepNode>,
  newName: string,
  moved: Ptr<NinepNode>,
): i64 {
  if (inodeIsDirectory(moved.inode)) {
    return i64(-EINVAL);
  }
  const linked = callLink(source.export, target.fid, moved.fid, newName);
  if (linked !== 0n) {
    return linked;
  }
  const unlinked = callUnlink(source.export, source.fid, name, 0);
  nodeDoubtFid(moved);
  return unlinked;
}

/** InodeOperations.readLink */
export function ninepReadLink(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const node = nodeOf(inode);
  const told: Told = zeroed();
  const taken = keptTake(node, buffer, told);
  return taken > 0n ? i64(taken) : callReadLink(node.export, node.fid, buffer);
}
