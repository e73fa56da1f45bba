/**
 * What the guest knows about a file of an export: taken from the server, and kept in the inode.
 *
 * A server may know a fid by a path (QEMU's does): after the file has lost that name it tells about nothing, or about another file of the
 * same name. So an answer counts only if it is about the node's own qid, and for a node whose name was taken away (isSuspect) no answer means
 * that what is known stays. One without any name left (isGone) is not asked about.
 */

import { EIO, ENOENT, ESTALE } from "../../../abi/errno.ts";
import { S_IFDIR, S_IFMT, S_IFREG } from "../../../abi/linux-files.ts";
import { NINEP_QID_DIRECTORY } from "../../../abi/ninep.ts";
import type { NinepAttributes } from "../../../drivers/ninep/message.ts";
import { monotonicNs, realtimeNs } from "../../../kernel/time/clock.ts";
import type { Inode } from "../inode.ts";
import { cacheInvalidate, cacheResize } from "./cache.ts";
import { callGetAttributes } from "./calls.ts";
import { inodeOfNode, type NinepNode, nodeOf } from "./export.ts";
import { nodeIsFresh } from "./fresh.ts";

const SECTOR_BYTES = 512n;
/** For checks of permission and type on the way through a directory, attributes may be this old. */
export const FRESH_NS = 1_000_000_000n;
/** More than a tick of the host's clock of files, and what its clock and the guest's may differ. */
const RACY_NS = 30_000_000n;

/** Asks the server, unless what is known is as good as new (fresh.ts): 0n, or a negative errno (-ESTALE: the fid leads elsewhere). */
export function nodeRefresh(node: Ptr<NinepNode>): i64 {
  if (node.isGone || nodeIsFresh(node)) {
    return 0n;
  }
  const attributes: NinepAttributes = zeroed();
  let stamp: u64 = 0n;
  let result = callGetAttributes(node.export, node.fid, attributes, addressOf(stamp));
  if (result === 0n && attributes.qid.path !== node.qidPath) {
    result = i64(-ESTALE);
  }
  if (result === 0n) {
    return nodeTake(node, attributes, stamp);
  }
  // What was known last stays.
  return node.isSuspect && (result === i64(-ENOENT) || result === i64(-ESTALE)) ? 0n : result;
}

/** Keeps what the server said: 0n, -ESTALE if it is about another file of the same number, or -EIO if it contradicts itself. */
export function nodeTake(node: Ptr<NinepNode>, attributes: NinepAttributes, stamp: u64): i64 {
  const inode = inodeOfNode(node);
  const isDirectory = (attributes.mode & S_IFMT) === S_IFDIR;
  const wasOther = node.knownNs !== 0n && (inode.mode & S_IFMT) !== (attributes.mode & S_IFMT);
  if (wasOther) {
    return i64(-ESTALE);
  }
  if (isDirectory !== ((attributes.qid.type & NINEP_QID_DIRECTORY) !== 0)) {
    return i64(-EIO);
  }
  inode.number = attributes.qid.path;
  inode.mode = attributes.mode;
  inode.uid = attributes.uid;
  inode.gid = attributes.gid;
  inode.links.store(attributes.links > u64(u32.MAX) ? u32.MAX : u32(attributes.links));
  inode.device = attributes.device;
  takeContents(node, attributes);
  inode.allocated = attributes.blocks * SECTOR_BYTES;
  inode.accessNs = attributes.accessNs;
  inode.modifyNs = attributes.modifyNs;
  inode.changeNs = attributes.changeNs;
  inode.birthNs = attributes.birthNs;
  node.qidVersion = attributes.qid.version;
  node.knownNs = monotonicNs();
  node.stamp = stamp;
  return 0n;
}

/**
 * Pages that may be older than the file go. A change within the tick of the host's clock in which the last one was seen would look the same, so
 * pages of a file that has just been changed are not trusted for long.
 */
function takeContents(node: Ptr<NinepNode>, attributes: NinepAttributes): void {
  const inode = inodeOfNode(node);
  const cache = node.cache;
  const isRegular = (attributes.mode & S_IFMT) === S_IFREG;
  const isChanged = inode.modifyNs !== attributes.modifyNs || inode.size !== attributes.size;
  if (!isRegular || node.knownNs === 0n) {
    inode.size = attributes.size;
  } else if (isChanged || cache.isRacy) {
    const isOwn = cache.wasWritten && node.writer.isOpen;
    if (!isOwn) {
      cacheInvalidate(node);
    }
    cacheResize(node, attributes.size);
  }
  if (!node.writer.isOpen) {
    cache.wasWritten = false;
  }
  const now = realtimeNs();
  cache.isRacy = attributes.modifyNs + RACY_NS > now && attributes.modifyNs < now + RACY_NS && !cache.wasWritten;
}

/** As nodeRefresh behind the guest's own last write: what the file looks like now is what the pages show. */
export function nodeRefreshOwn(node: Ptr<NinepNode>): i64 {
  const attributes: NinepAttributes = zeroed();
  let stamp: u64 = 0n;
  if (node.isGone || callGetAttributes(node.export, node.fid, attributes, addressOf(stamp)) !== 0n) {
    return 0n;
  }
  return nodeTakeOwn(node, attributes, stamp);
}

/** The same with what the server said. */
export function nodeTakeOwn(node: Ptr<NinepNode>, attributes: NinepAttributes, stamp: u64): i64 {
  if (attributes.qid.path === node.qidPath && attributes.size === node.inode.size) {
    node.inode.modifyNs = attributes.modifyNs;
  }
  return nodeTake(node, attributes, stamp);
}

/** InodeOperations.refresh */
export function ninepRefresh(inode: Ptr<Inode>): void {
  void nodeRefresh(nodeOf(inode));
}
