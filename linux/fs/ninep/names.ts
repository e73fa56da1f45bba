/**
 * Names in directories of an export: look-ups, and everything that makes, moves or removes a name.
 *
 * The server is asked every time, since programs of the host change the same directories. A look-up gives the file's node a fresh fid if
 * nobody is using the old one: servers that know fids by path find the file by its newest name then.
 */

import { EINVAL, ENOENT, ENOMEM, ESTALE } from "../../../abi/errno.ts";
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
import type { NinepAttributes, Qid } from "../../../drivers/ninep/message.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { heapText, heapTextMake } from "../heap-text.ts";
import {
  type Inode,
  type InodeResult,
  inodeIsDirectory,
  inodeIsRegular,
  inodeKeep,
  inodePut,
  inodeResult,
  type NewInode,
} from "../inode.ts";
import { FRESH_NS, nodeRefresh, nodeTake } from "./attributes.ts";
import { cacheResize } from "./cache.ts";
import {
  callClunk,
  callCreate,
  callGetAttributes,
  callLink,
  callMakeDirectory,
  callMakeLink,
  callMakeNode,
  callReadLink,
  callRename,
  callUnlink,
  callWalk,
} from "./calls.ts";
import {
  inodeOfNode,
  type NinepExport,
  type NinepNode,
  nodeDetach,
  nodeEnter,
  nodeFind,
  nodeFree,
  nodeMake,
  nodeOf,
  nodePut,
  nodeSurplus,
  nodeSwapFid,
} from "./export.ts";
import { handleGive, handlesClose } from "./handles.ts";
import { NINEP_MAPPED } from "./write-back.ts";

const MOST_TRIES = 4;

/** InodeOperations.lookup */
export function ninepLookup(directory: Ptr<Inode>, name: string): InodeResult {
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
  const walked = callWalk(owner, parent.fid, name, qid);
  if (walked < 0n) {
    return walked;
  }
  const fid = u32(walked);
  const known = nodeFind(owner, qid.path);
  return known === null ? nodeFromFid(owner, fid, directory, name) : lookupKnown(known, fid, qid, directory, name);
}

function lookupKnown(node: Ptr<NinepNode>, fid: u32, qid: Qid, directory: Ptr<Inode>, name: string): InodeResult {
  const owner = node.export;
  const isOld = node.qidVersion !== qid.version || monotonicNs() - node.knownNs > FRESH_NS;
  callClunk(owner, nodeSwapFid(node, fid));
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

/** A node for the file that a fresh fid leads to, which becomes the node's: an InodeResult. */
function nodeFromFid(owner: Ptr<NinepExport>, fid: u32, directory: Ptr<Inode> | null, name: string): InodeResult {
  const node = nodeMake(owner);
  if (node === null) {
    callClunk(owner, fid);
    return i64(-ENOMEM);
  }
  const attributes: NinepAttributes = zeroed();
  node.fid = fid;
  let result = callGetAttributes(owner, fid, attributes);
  if (result === 0n) {
    result = nodeTake(node, attributes);
  }
  if (result !== 0n) {
    callClunk(owner, fid);
    nodeFree(node);
    return result;
  }
  node.qidPath = attributes.qid.path;
  node.inode.operations = owner.operations;
  if (inodeIsRegular(node.inode)) {
    node.inode.mapped.operations = addressOf(NINEP_MAPPED);
    node.inode.mapped.owner = virtAddr(inodeOfNode(node));
  }
  const entered = nodeEnter(node);
  if (virtAddr(entered) !== virtAddr(node)) {
    callClunk(owner, fid);
    nodeFree(node);
  }
  if (directory !== null) {
    settle(entered, directory, name);
  }
  return inodeResult(inodeOfNode(entered));
}

/** The root of an export: an InodeResult. Takes over the fid. */
export function ninepRoot(owner: Ptr<NinepExport>, fid: u32): InodeResult {
  return nodeFromFid(owner, fid, null, "");
}

/** A directory is known by the place where it was found last: what ".." and getcwd need. */
function settle(node: Ptr<NinepNode>, directory: Ptr<Inode>, name: string): void {
  const inode = inodeOfNode(node);
  if (!inodeIsDirectory(inode)) {
    return;
  }
  using _guard = mutexAcquire(inode.lock);
  const before = inode.parent;
  const isSame = before !== null && virtAddr(before) === virtAddr(directory);
  if (isSame && heapText(inode.name) === name) {
    return;
  }
  // Those who are reading the old name have no lock: it is only given up with the node (directories move rarely).
  inode.name = heapTextMake(name);
  if (!isSame) {
    inode.parent = inodeKeep(directory);
    if (before !== null) {
      inodePut(before);
    }
  }
}

/** Gives up nodes that nobody refers to while there are too many. */
function trim(owner: Ptr<NinepExport>): void {
  const node = nodeSurplus(owner);
  if (node !== null) {
    discard(node);
  }
}

/** A node that is out of the table. */
function discard(node: Ptr<NinepNode>): void {
  const owner = node.export;
  handlesClose(node);
  cacheResize(node, 0n);
  callClunk(owner, node.fidAside);
  callClunk(owner, node.fid);
  nodeFree(node);
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
  return result !== 0n ? result : ninepLookup(directory, name);
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
  if (result === 0n) {
    void nodeRefresh(node);
  }
  return result;
}

/** The node that a name leads to, if it is in the table: it is about to lose the name. */
function nodeBehind(parent: Ptr<NinepNode>, name: string): Ptr<NinepNode> | null {
  const qid: Qid = zeroed();
  const walked = callWalk(parent.export, parent.fid, name, qid);
  if (walked < 0n) {
    return null;
  }
  callClunk(parent.export, u32(walked));
  return nodeFind(parent.export, qid.path);
}

/** The node has lost a name; gives the reference back. A server that knows files by name cannot tell how many are left: that is counted. */
function loseName(node: Ptr<NinepNode>): void {
  const inode = inodeOfNode(node);
  const isDirectory = inodeIsDirectory(inode);
  const before = inode.links.load();
  const known = node.knownNs;
  node.isSuspect = true;
  void nodeRefresh(node);
  const isTold = node.knownNs !== known;
  if (!isTold) {
    const left: u32 = isDirectory || before === 0 ? 0 : before - 1;
    inode.links.store(left);
    node.isGone = left === 0;
  }
  if (isDirectory) {
    inode.name = 0n;
  }
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
  const moved = nodeBehind(source, name);
  if (moved === null) {
    return i64(-ENOENT);
  }
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
  moved.isSuspect = true;
  return unlinked;
}

/** InodeOperations.readLink */
export function ninepReadLink(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const node = nodeOf(inode);
  return callReadLink(node.export, node.fid, buffer);
}

/** InodeOperations.forget: of a node that the table does not have any more. */
export function ninepForget(inode: Ptr<Inode>): void {
  discard(nodeOf(inode));
}
