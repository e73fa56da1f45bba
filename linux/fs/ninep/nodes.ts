/** Nodes of an export: how they come to be from what the server tells, how directories know their place, and how nodes go. */

import { ENOMEM } from "../../../abi/errno.ts";
import type { NinepAttributes } from "../../../drivers/ninep/message.ts";
import { type Inode, type InodeResult, inodeIsDirectory, inodeIsRegular, inodeResult } from "../inode.ts";
import { directoryIsAt, directorySettle } from "../places.ts";
import { nodeTake } from "./attributes.ts";
import { cacheResize } from "./cache.ts";
import { callClunk, callGetAttributes } from "./calls.ts";
import {
  inodeOfNode,
  type NinepExport,
  type NinepNode,
  nodeEnter,
  nodeFree,
  nodeMake,
  nodeOf,
  nodeSurplus,
} from "./export.ts";
import { handlesClose } from "./handles.ts";
import { NINEP_MAPPED } from "./write-back.ts";

/** A node for the file that a fresh fid leads to, which becomes the node's: an InodeResult. */
export function nodeFromFid(
  owner: Ptr<NinepExport>,
  fid: u32,
  directory: Ptr<Inode> | null,
  name: string,
): InodeResult {
  const attributes: NinepAttributes = zeroed();
  let stamp: u64 = 0n;
  const told = callGetAttributes(owner, fid, attributes, addressOf(stamp));
  if (told !== 0n) {
    callClunk(owner, fid);
    return told;
  }
  const made = nodeFromAttributes(owner, fid, attributes, stamp);
  if (made > 0n && directory !== null) {
    settle(nodeOf(pointerAt<Inode>(u64(made))), directory, name);
  }
  return made;
}

/** As nodeFromFid, of what the server has told already. */
export function nodeFromAttributes(
  owner: Ptr<NinepExport>,
  fid: u32,
  attributes: NinepAttributes,
  stamp: u64,
): InodeResult {
  const node = nodePrepare(owner, fid, attributes, stamp);
  return node === null ? i64(-ENOMEM) : inodeResult(inodeOfNode(nodePublish(node)));
}

/** A node that nobody else knows yet, for a fid and what the server tells about it; null: no memory, or what it tells is nonsense. */
export function nodePrepare(
  owner: Ptr<NinepExport>,
  fid: u32,
  attributes: NinepAttributes,
  stamp: u64,
): Ptr<NinepNode> | null {
  const node = nodeMake(owner);
  if (node === null) {
    callClunk(owner, fid);
    return null;
  }
  node.fid = fid;
  if (nodeTake(node, attributes, stamp) !== 0n) {
    callClunk(owner, fid);
    nodeFree(node);
    return null;
  }
  node.qidPath = attributes.qid.path;
  node.inode.operations = owner.operations;
  if (inodeIsRegular(node.inode)) {
    node.inode.mapped.operations = addressOf(NINEP_MAPPED);
    node.inode.mapped.owner = virtAddr(inodeOfNode(node));
  }
  return node;
}

/** Enters it into the table; if another thread was faster, that one's node, and the caller's with its fid and pages is gone. */
export function nodePublish(node: Ptr<NinepNode>): Ptr<NinepNode> {
  const entered = nodeEnter(node);
  if (virtAddr(entered) !== virtAddr(node)) {
    cacheResize(node, 0n);
    callClunk(node.export, node.fid);
    nodeFree(node);
  }
  return entered;
}

/** The root of an export: an InodeResult. Takes over the fid. */
export function ninepRoot(owner: Ptr<NinepExport>, fid: u32): InodeResult {
  return nodeFromFid(owner, fid, null, "");
}

/** A directory is known by the place where it was found last: what ".." and getcwd need. */
export function settle(node: Ptr<NinepNode>, directory: Ptr<Inode>, name: string): void {
  const inode = inodeOfNode(node);
  if (inodeIsDirectory(inode) && !directoryIsAt(inode, directory, name)) {
    directorySettle(inode, directory, name);
  }
}

/** Gives up nodes that nobody refers to while there are too many. */
export function trim(owner: Ptr<NinepExport>): void {
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

/** InodeOperations.forget: of a node that the table does not have any more. */
export function ninepForget(inode: Ptr<Inode>): void {
  discard(nodeOf(inode));
}
