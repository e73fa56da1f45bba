/**
 * What names in directories of exports led to lately, or that they led nowhere. An entry counts as long as fresh.ts says, or if it was asked for
 * since the walk that wants it began. Entries refer to nodes by numbers that are never used again, so they keep nothing and
 * nothing must be told to them.
 *
 *     a name's place    hash of directory and name; one of the two entries there, the older one goes
 */

import { lockAcquire, type SpinLock } from "../../../kernel/sync/spin-lock.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import type { InodeResult } from "../inode.ts";
import { inodeResult } from "../inode.ts";
import { inodeOfNode, type NinepNode, nodeFind, nodePut } from "./export.ts";
import { isFresh } from "./fresh.ts";

const ENTRIES = 1024;
/** Longer names are asked for every time. */
const MOST_NAME_BYTES = 60;
/** The time between a walk and the change that it was for, however busy the host is. */
const RECENT_NS = 1_000_000_000n;
const MULTIPLIER = 0x9e37_79b9_7f4a_7c15n;

class Entry {
  /** Serial number of the directory; 0n: free. */
  directory!: u64;
  /** Of what was found; 0n: nothing was. */
  serial!: u64;
  qidPath!: u64;
  /** Why nothing was: a negative errno. */
  error!: i64;
  stamp!: u64;
  askedNs!: u64;
  nameBytes!: u32;
  name!: Bytes<60>;
}

const table: FixedArray<Entry, 1024> = zeroed();
const tableLock: SpinLock = zeroed();

/** Whether a name's entry can be kept. */
export function entryFits(name: string): bool {
  return name.length <= MOST_NAME_BYTES;
}

function placeOf(directory: Ptr<NinepNode>, name: string): u32 {
  let hash = directory.serial * MULTIPLIER;
  for (let i: u32 = 0; i < name.length; i++) {
    hash = (hash ^ u64(name.byteAt(i))) * MULTIPLIER;
  }
  return u32(hash >> 54n) % ENTRIES;
}

function isOf(entry: Entry, directory: Ptr<NinepNode>, name: string): bool {
  return entry.directory === directory.serial && stringOf(elements(entry.name), u64(entry.nameBytes)) === name;
}

/** Keeps what a name leads to (a node, or null with the negative errno), from an answer that was asked for at `askedNs`. */
export function entryPut(
  directory: Ptr<NinepNode>,
  name: string,
  node: Ptr<NinepNode> | null,
  error: i64,
  askedNs: u64,
  stamp: u64,
): void {
  if (!entryFits(name)) {
    return;
  }
  const place = placeOf(directory, name);
  using _guard = lockAcquire(tableLock);
  const first = table[place];
  const second = table[place ^ 1];
  const isSecond = !isOf(first, directory, name) && (isOf(second, directory, name) || second.askedNs < first.askedNs);
  const entry = isSecond ? second : first;
  entry.directory = directory.serial;
  entry.serial = node === null ? 0n : node.serial;
  entry.qidPath = node === null ? 0n : node.qidPath;
  entry.error = error;
  entry.stamp = stamp;
  entry.askedNs = askedNs;
  entry.nameBytes = name.length;
  copyBytes(elements(entry.name), name.data, u64(name.length));
}

function find(directory: Ptr<NinepNode>, name: string, found: Entry): bool {
  const place = placeOf(directory, name);
  using _guard = lockAcquire(tableLock);
  const isFirst = isOf(table[place], directory, name);
  if (!isFirst && !isOf(table[place ^ 1], directory, name)) {
    return false;
  }
  copy(found, isFirst ? table[place] : table[place ^ 1]);
  return true;
}

/**
 * What a name led to for the walk of the call under way, which has asked for it or found it good: as entryGet's; 0n if nothing was asked for
 * so lately. For those who are about to change the name, and have asked for another one since.
 */
export function entryRecent(directory: Ptr<NinepNode>, name: string): InodeResult {
  const entry: Entry = zeroed();
  const isRecent = find(directory, name, entry) && monotonicNs() - entry.askedNs < RECENT_NS;
  return isRecent ? resultOf(directory, entry) : 0n;
}

/** What a name leads to, if that is known for a walk that began at `beganNs`: an InodeResult with a reference; 0n: it must be asked for. */
export function entryGet(directory: Ptr<NinepNode>, name: string, beganNs: u64): InodeResult {
  const entry: Entry = zeroed();
  if (!find(directory, name, entry)) {
    return 0n;
  }
  const isOfWalk = beganNs !== 0n && entry.askedNs >= beganNs;
  if (!isOfWalk && !isFresh(directory.export, entry.stamp, entry.askedNs)) {
    return 0n;
  }
  return resultOf(directory, entry);
}

function resultOf(directory: Ptr<NinepNode>, entry: Entry): InodeResult {
  if (entry.serial === 0n) {
    return entry.error;
  }
  const node = nodeOfEntry(directory, entry);
  return node === null ? 0n : inodeResult(inodeOfNode(node));
}

/** The node that a name led to when it was asked for last, with a reference; null: nobody knows. */
export function entryGuess(directory: Ptr<NinepNode>, name: string): Ptr<NinepNode> | null {
  const entry: Entry = zeroed();
  return find(directory, name, entry) && entry.serial !== 0n ? nodeOfEntry(directory, entry) : null;
}

function nodeOfEntry(directory: Ptr<NinepNode>, entry: Entry): Ptr<NinepNode> | null {
  const node = nodeFind(directory.export, entry.qidPath);
  if (node !== null && node.serial !== entry.serial) {
    nodePut(node);
    return null;
  }
  return node;
}
