/**
 * The fids of a session: the guest's numbers for objects of an export, each with one descriptor of the host.
 *
 * Several vCPUs use the table at once, so a request pins what it uses: a fid that another request clunks meanwhile is gone for the guest at
 * once, and its descriptor is closed by whoever unpins it last. What a fid stands for never changes; where the protocol says so (Tlcreate,
 * Tlopen, Twalk onto itself), its number is given to a new one in one step.
 *
 * Numbers are the guest's choice: chains in a table of buckets, whose length is bounded by the number of fids.
 */

import { type Lock, lockAcquire, lockRelease } from "../lock.ts";
import { MAX_FIDS } from "./limits.ts";

export class Fid {
  number!: u32;
  /** Index + 1 of the next in the bucket or among the free ones; 0: none. */
  next!: u32;
  /** Requests that use it, and one while it has its number. */
  users!: u32;
  isBound!: bool;
  /** -1 until whoever has taken it gives it one. */
  fd!: i32;
  /** By Tlopen or Tlcreate; otherwise the descriptor only names. */
  isOpen!: bool;
  /** O_ACCMODE's part of the flags that it is open with. */
  access!: u32;
  /** S_IFMT's part of the object's mode. */
  type!: u32;
  exportIndex!: u32;
  /** What the object's qid says. */
  qidPath!: u64;
  /** What distinguishes its device's inode numbers in qids (request.ts). */
  qidMix!: u64;
  /** Where an open directory's descriptor stands. */
  position!: i64;
  /** Held while a directory is read. */
  readLock!: Lock;
  /** Index + 1 of the file's locks (locks.ts); 0: none. */
  lockFile!: u32;
}

export class FidTable {
  lock!: Lock;
  fids!: FixedArray<Fid, 16384>;
  buckets!: FixedArray<u32, 4096>;
  /** Index + 1 of the first free one that was used before. */
  firstFree!: u32;
  /** How many were ever used. */
  touched!: u32;
  count!: u32;
  /** At most MAX_FIDS. */
  limit!: u32;
}
staticAssert(MAX_FIDS === 16384, "the table's size");

export function fidTableInit(table: FidTable, limit: u32): void {
  table.limit = limit < MAX_FIDS ? limit : MAX_FIDS;
}

/** A fid without a number, pinned once; null if there are too many. */
export function fidTake(table: FidTable): Ptr<Fid> | null {
  lockAcquire(table.lock);
  const fid = takeFree(table);
  lockRelease(table.lock);
  if (fid === null) return null;
  fid.users = 1;
  fid.isBound = false;
  fid.fd = -1;
  fid.isOpen = false;
  fid.access = 0;
  fid.position = 0n;
  fid.lockFile = 0;
  return fid;
}

function takeFree(table: FidTable): Ptr<Fid> | null {
  if (table.count >= table.limit) return null;
  table.count += 1;
  if (table.firstFree === 0) {
    table.touched += 1;
    return addressOf(table.fids[table.touched - 1]);
  }
  const fid = table.fids[table.firstFree - 1];
  table.firstFree = fid.next;
  return addressOf(fid);
}

/** Gives a fid its number; false if another one has it. */
export function fidBind(table: FidTable, fid: Fid, number: u32): bool {
  lockAcquire(table.lock);
  const isFree = find(table, number) === null;
  if (isFree) bind(table, fid, number);
  lockRelease(table.lock);
  return isFree;
}

/** The fid of that number, pinned; null if there is none. */
export function fidPin(table: FidTable, number: u32): Ptr<Fid> | null {
  lockAcquire(table.lock);
  const fid = find(table, number);
  if (fid !== null) fid.users += 1;
  lockRelease(table.lock);
  return fid;
}

/** Gives the number of `old` to `fid`; false if `old` has lost it meanwhile. */
export function fidReplace(table: FidTable, old: Fid, fid: Fid): bool {
  lockAcquire(table.lock);
  const isBound = old.isBound;
  if (isBound) {
    unbind(table, old);
    bind(table, fid, old.number);
  }
  lockRelease(table.lock);
  return isBound;
}

/** Takes its number from a fid that the caller has pinned; false if it had none. */
export function fidUnbind(table: FidTable, fid: Fid): bool {
  lockAcquire(table.lock);
  const wasBound = fid.isBound;
  if (wasBound) unbind(table, fid);
  lockRelease(table.lock);
  return wasBound;
}

/** Takes its number from the fid at `index`, which is below `touched`, and pins it; null if it has none. */
export function fidUnbindAt(table: FidTable, index: u32): Ptr<Fid> | null {
  lockAcquire(table.lock);
  const fid = table.fids[index];
  const wasBound = fid.isBound;
  if (wasBound) {
    fid.users += 1;
    unbind(table, fid);
  }
  lockRelease(table.lock);
  return wasBound ? addressOf(fid) : null;
}

/** True if nobody uses it any more: the caller closes what it holds and frees it. */
export function fidUnpin(table: FidTable, fid: Fid): bool {
  lockAcquire(table.lock);
  assert(fid.users > 0, "a fid in use has users");
  fid.users -= 1;
  const isLast = fid.users === 0;
  lockRelease(table.lock);
  return isLast;
}

export function fidFree(table: FidTable, fid: Fid): void {
  lockAcquire(table.lock);
  fid.next = table.firstFree;
  table.firstFree = indexOf(table, fid) + 1;
  table.count -= 1;
  lockRelease(table.lock);
}

function indexOf(table: FidTable, fid: Fid): u32 {
  const first = virtAddr(elements(table.fids));
  return u32((virtAddr(addressOf(fid)) - first) / u64(sizeOf<Fid>()));
}

function bucketOf(table: FidTable, number: u32): u32 {
  return number % table.buckets.length;
}

function find(table: FidTable, number: u32): Ptr<Fid> | null {
  let index = table.buckets[bucketOf(table, number)];
  for (let count: u32 = 0; index !== 0 && count < MAX_FIDS; count += 1) {
    const fid = table.fids[index - 1];
    if (fid.number === number) return addressOf(fid);
    index = fid.next;
  }
  return null;
}

function bind(table: FidTable, fid: Fid, number: u32): void {
  const bucket = bucketOf(table, number);
  fid.number = number;
  fid.next = table.buckets[bucket];
  table.buckets[bucket] = indexOf(table, fid) + 1;
  fid.isBound = true;
  fid.users += 1;
}

/** The caller has a pin of its own: this is not the last user. */
function unbind(table: FidTable, fid: Fid): void {
  const bucket = bucketOf(table, fid.number);
  const wanted = indexOf(table, fid) + 1;
  if (table.buckets[bucket] === wanted) {
    table.buckets[bucket] = fid.next;
  } else {
    let index = table.buckets[bucket];
    for (let count: u32 = 0; table.fids[index - 1].next !== wanted; count += 1) {
      assert(count < MAX_FIDS, "a bound fid is in its bucket");
      index = table.fids[index - 1].next;
    }
    table.fids[index - 1].next = fid.next;
  }
  fid.isBound = false;
  fid.users -= 1;
}
