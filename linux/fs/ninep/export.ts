/**
 * An export of the host as the guest knows it: the connection to its server, the numbers of fids in use, and the table of nodes.
 *
 * A node is an inode with what the protocol needs. The table finds it by the qid that the server gives the file, so all names of a file lead
 * to one node, and it keeps a reference to every node in it: a node that nobody else refers to stays for the next look-up, and goes when
 * there are too many. Both happens with the table's lock, so no reference is taken from a node that goes. A file that has lost its last name
 * is taken out at once (nodeDetach), because the host may give its number to another; its node lives on while somebody has it open.
 *
 *     fid    a node's own, never opened: for walks and attributes. Open files and directories have others (open-file.ts).
 *     number of a fid    index of the export << 20 | place in the map
 */

import { MAX_MOUNTS } from "../../../abi/boot-info.ts";
import { NINEP_NO_FID, type NinepOpened } from "../../../abi/ninep.ts";
import type { NinepTransport } from "../../../drivers/ninep/request.ts";
import { heapAllocZeroed, heapFree } from "../../../kernel/mm/heap.ts";
import type { Mutex } from "../../../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../../../kernel/sync/spin-lock.ts";
import type { PageTree } from "../core/page-tree.ts";
import { heapTextFree } from "../heap-text.ts";
import { type Inode, type InodeOperations, inodePut, type Mount } from "../inode.ts";
import type { ShareLock } from "./share-lock.ts";

const BUCKETS = 1024;
/** Fids of one export. */
const MOST_FIDS = 8192;
const WORD_BITS = 64;
const FID_SHIFT = 20;
/** Nodes that stay though nobody refers to them. */
const MOST_UNUSED = 512;
/** Buckets that are searched for a node to give up, each time that there are too many. */
const SEARCHED_BUCKETS = 64;

/** A fid that is open for reading or writing, shared by all descriptions that need it. */
export class NinepHandle {
  fid!: u32;
  /** A fid that the handle had before; open as long as the handle is, because somebody may be using it. */
  fidBefore!: u32;
  isOpen!: bool;
  mayRead!: bool;
  /** Descriptions that use it. */
  uses!: u32;
}

/** The part of a regular file that is in memory; cache.ts owns it. */
export class NodeCache {
  /** Reading from the server into pages is shared; what changes the file at the server is exclusive. */
  order!: ShareLock;
  /** Guards what follows, and the contents of pages against being freed. */
  lock!: SpinLock;
  pages!: PageTree;
  dirtyPages!: u64;
  /** What became of pages that nobody waited for. */
  error!: i64;
  /** Raised whenever pages are given up because they may be old. */
  generation!: u64;
  /** The guest has written to the file since its attributes were asked for. */
  wasWritten!: bool;
  /** The file was changed so shortly before its attributes were asked for that they may not show the next change. */
  isRacy!: bool;
  /** Where a sequential reader would go on, and how many pages were read ahead of it. */
  nextIndex!: u64;
  window!: u64;
  /** Requests for pages that were not next, since the guest knows the file. */
  jumps!: u32;
}

class Bucket {
  first!: Ptr<NinepNode> | null;
}

export class NinepNode {
  /** First: an inode's address is its node's. */
  inode!: Inode;
  export!: Ptr<NinepExport>;
  nextInBucket!: Ptr<NinepNode> | null;
  qidPath!: u64;
  qidVersion!: u32;
  fid!: u32;
  /** Was the node's fid until lately. */
  fidAside!: u32;
  /** Monotonic time at which the attributes were the server's; 0n: never. */
  knownNs!: u64;
  /** Of the answer that brought them (drivers/outside.ts). */
  stamp!: u64;
  /** As stamp, of the last read that met the end of the file at its size, or the end of the directory at `endCursor`. */
  endStamp!: u64;
  endNs!: u64;
  endCursor!: u64;
  /** No other node ever has it. */
  serial!: u64;
  /** It has lost its last name, or the name by which its fid knows it; the server may be unable to tell about it. */
  isSuspect!: bool;
  isGone!: bool;
  /** The table has it, with a reference. */
  isInTable!: bool;
  /** Guards the handles. */
  openLock!: Mutex;
  reader!: NinepHandle;
  writer!: NinepHandle;
  /** References of mappings: handles stay open for them. */
  mappings!: Atomic<u32>;
  cache!: NodeCache;
}

/** What the last look-up opened for the open that follows it (offers.ts). */
export class Offer {
  /** Of the node; 0n: there is none. */
  serial!: u64;
  fid!: u32;
  opened!: NinepOpened;
  ns!: u64;
}

export class NinepExport {
  mount!: Ptr<Mount>;
  operations!: Ptr<InodeOperations>;
  transport!: Ptr<NinepTransport>;
  index!: u32;
  lock!: SpinLock;
  nodeCount!: u32;
  hand!: u32;
  /** Where nodeAfter goes on: the bucket, and how many of its nodes it has given. */
  pageHand!: u32;
  pageSkip!: u32;
  buckets!: FixedArray<Bucket, 1024>;
  fidMap!: FixedArray<u64, 128>;
  fidHint!: u32;
  offer!: Offer;
  /** How often a file has lost a name: a fid that was walked to before may lead to the lost one. */
  namesLost!: Atomic<u64>;
}

const lastSerial: Atomic<u64> = zeroed();

export function nodeOf(inode: Ptr<Inode>): Ptr<NinepNode> {
  // SAFETY: inodes with this file system's operations are the first field of a node.
  return castPtr<NinepNode>(inode);
}

export function inodeOfNode(node: Ptr<NinepNode>): Ptr<Inode> {
  return addressOf(node.inode);
}

/** A number that no fid has; NINEP_NO_FID if there is none left. */
export function fidTake(from: Ptr<NinepExport>): u32 {
  using _guard = lockAcquire(from.lock);
  for (let i: u32 = 0; i < MOST_FIDS / WORD_BITS; i++) {
    const word = (from.fidHint + i) % u32(MOST_FIDS / WORD_BITS);
    const bits = from.fidMap[word];
    if (bits !== u64.MAX) {
      let bit: u32 = 0;
      while (((bits >> u64(bit)) & 1n) !== 0n) {
        bit++;
      }
      from.fidMap[word] = bits | (1n << u64(bit));
      from.fidHint = word;
      return (from.index << FID_SHIFT) | (word * WORD_BITS + bit);
    }
  }
  return NINEP_NO_FID;
}

/** The number is free again: the server knows no such fid. */
export function fidGive(to: Ptr<NinepExport>, fid: u32): void {
  const place = fid & ((1 << FID_SHIFT) - 1);
  using _guard = lockAcquire(to.lock);
  to.fidMap[place / WORD_BITS] &= ~(1n << u64(place % WORD_BITS));
}

function bucketOf(from: Ptr<NinepExport>, qidPath: u64): Ptr<Bucket> {
  const hash = (qidPath * 0x9e37_79b9_7f4a_7c15n) >> 54n;
  return addressOf(from.buckets[u32(hash) % BUCKETS]);
}

/** The node of a file, with a reference for the caller; null: not in the table. */
export function nodeFind(from: Ptr<NinepExport>, qidPath: u64): Ptr<NinepNode> | null {
  using _guard = lockAcquire(from.lock);
  return findLocked(from, qidPath);
}

function findLocked(from: Ptr<NinepExport>, qidPath: u64): Ptr<NinepNode> | null {
  let node = bucketOf(from, qidPath).first;
  while (node !== null && node.qidPath !== qidPath) {
    node = node.nextInBucket;
  }
  if (node !== null) {
    void node.inode.references.fetchAdd(1, Order.Relaxed);
  }
  return node;
}

/** A zeroed node with a reference for the caller and no place in the table; null: no memory. */
export function nodeMake(of: Ptr<NinepExport>): Ptr<NinepNode> | null {
  const memory = heapAllocZeroed(u64(sizeOf<NinepNode>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size.
  const node = castPtr<NinepNode>(memory);
  node.export = of;
  node.inode.mount = of.mount;
  node.inode.references.store(1);
  node.inode.detail = virtAddr(node);
  node.serial = lastSerial.fetchAdd(1n, Order.Relaxed) + 1n;
  node.fid = NINEP_NO_FID;
  node.fidAside = NINEP_NO_FID;
  return node;
}

/** Enters a fresh node; if another thread was faster, that one's node with a reference, and the fresh one is still the caller's alone. */
export function nodeEnter(node: Ptr<NinepNode>): Ptr<NinepNode> {
  const owner = node.export;
  using _guard = lockAcquire(owner.lock);
  const other = findLocked(owner, node.qidPath);
  if (other !== null) {
    return other;
  }
  const bucket = bucketOf(owner, node.qidPath);
  node.nextInBucket = bucket.first;
  bucket.first = node;
  void node.inode.references.fetchAdd(1, Order.Relaxed);
  owner.nodeCount++;
  node.isInTable = true;
  return node;
}

/**
 * Gives the node a fresh fid if nobody but the caller can be using the one that it has, or if that one is suspect; the fid that is to be
 * clunked. One that may still be in use is put aside until the next one is. `namesLost` was read before the fid was walked to: if a
 * name has been lost since, the fresh fid is suspect, too.
 */
export function nodeSwapFid(node: Ptr<NinepNode>, fid: u32, namesLost: u64): u32 {
  using _guard = lockAcquire(node.export.lock);
  const isAlone = node.inode.references.load(Order.Acquire) === 2 && !node.reader.isOpen && !node.writer.isOpen;
  if (!isAlone && !node.isSuspect) {
    return fid;
  }
  let before = node.fid;
  node.fid = fid;
  node.isSuspect = node.export.namesLost.load() !== namesLost;
  if (!isAlone) {
    const aside = node.fidAside;
    node.fidAside = before;
    before = aside;
  }
  return before;
}

/** After the server has taken away a name of the node's file, or one that its fid is known by. */
export function nodeDoubtFid(node: Ptr<NinepNode>): void {
  using _guard = lockAcquire(node.export.lock);
  void node.export.namesLost.fetchAdd(1n);
  node.isSuspect = true;
}

/** Takes the node out of the table, whoever has it: its number may be another file's from now on. */
export function nodeDetach(node: Ptr<NinepNode>): void {
  if (detach(node)) {
    nodePut(node);
  }
}

function detach(node: Ptr<NinepNode>): bool {
  using _guard = lockAcquire(node.export.lock);
  const was = node.isInTable;
  if (was) {
    removeLocked(node);
  }
  return was;
}

function takeOutLocked(node: Ptr<NinepNode>): bool {
  if (!node.inode.references.compareExchange(1, 0)) {
    return false;
  }
  removeLocked(node);
  return true;
}

function removeLocked(node: Ptr<NinepNode>): void {
  const owner = node.export;
  const bucket = bucketOf(owner, node.qidPath);
  let before: Ptr<NinepNode> | null = null;
  let at0 = bucket.first;
  while (at0 !== null && virtAddr(at0) !== virtAddr(node)) {
    before = at0;
    at0 = at0.nextInBucket;
  }
  if (before === null) {
    bucket.first = node.nextInBucket;
  } else {
    before.nextInBucket = node.nextInBucket;
  }
  node.isInTable = false;
  owner.nodeCount--;
}

/** A node that is out of the table because there were too many; null: there is room. */
export function nodeSurplus(from: Ptr<NinepExport>): Ptr<NinepNode> | null {
  if (from.nodeCount <= MOST_UNUSED) {
    return null;
  }
  using _guard = lockAcquire(from.lock);
  for (let i: u32 = 0; i < SEARCHED_BUCKETS; i++) {
    from.hand = (from.hand + 1) % u32(BUCKETS);
    let node = from.buckets[from.hand].first;
    while (node !== null) {
      if (takeOutLocked(node)) {
        return node;
      }
      node = node.nextInBucket;
    }
  }
  return null;
}

/** Frees a node without fids, which nobody refers to. */
export function nodeFree(node: Ptr<NinepNode>): void {
  heapTextFree(node.inode.name);
  const parent = node.inode.parent;
  if (parent !== null) {
    inodePut(parent);
  }
  heapFree(castPtr<u8>(node));
}

/** The next node around the table that has pages or may have, with a reference; null: there are none. For taking pages back. */
export function nodeAfter(from: Ptr<NinepExport>): Ptr<NinepNode> | null {
  using _guard = lockAcquire(from.lock);
  for (let i: u32 = 0; i <= BUCKETS; i++) {
    const node = from.buckets[from.pageHand].first;
    let skip = from.pageSkip;
    let at0 = node;
    while (at0 !== null && skip > 0) {
      at0 = at0.nextInBucket;
      skip--;
    }
    if (at0 !== null) {
      from.pageSkip++;
      void at0.inode.references.fetchAdd(1, Order.Relaxed);
      return at0;
    }
    from.pageHand = (from.pageHand + 1) % u32(BUCKETS);
    from.pageSkip = 0;
  }
  return null;
}

const exportList: FixedArray<Ptr<NinepExport> | null, 64> = zeroed();
let exportCount: Atomic<u32> = zeroed();

/** Enters an export into the list; its index. The caller sees that only one does so at a time. */
export function exportAdd(made: Ptr<NinepExport>): void {
  const index = exportCount.load();
  assert(index < MAX_MOUNTS, "the boot module has no more mounts");
  made.index = index;
  exportList[index] = made;
  exportCount.store(index + 1, Order.Release);
}

/** null behind the last. */
export function exportAt(index: u32): Ptr<NinepExport> | null {
  return index < exportCount.load(Order.Acquire) ? exportList[index] : null;
}

/** A fid that the server has dropped can be used again. */
export function fidDropped(fid: u32): void {
  const owner = exportAt(fid >> FID_SHIFT);
  if (owner !== null) {
    fidGive(owner, fid);
  }
}

export function nodePut(node: Ptr<NinepNode>): void {
  inodePut(inodeOfNode(node));
}
