/**
 * Directories of an export, read: the server's offsets are the cursors of getdents, so a listing goes on where it stopped whatever has come
 * and gone.
 */

import { ENOMEM } from "../../../abi/errno.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { type Wire, wireBegin } from "../../../compiler/std/wire.ts";
import { getEntry, type NinepEntry, NOTHING_FOLLOWS } from "../../../drivers/ninep/message.ts";
import { heapAlloc, heapFree } from "../../../kernel/mm/heap.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { directoryRead, directorySeek } from "../directory-description.ts";
import { type DirectorySink, sinkAdd } from "../directory-sink.ts";
import type { File, FileOperations } from "../file.ts";
import type { Inode } from "../inode.ts";
import { callClunk } from "./calls.ts";
import { callReadInto } from "./data-calls.ts";
import { type NinepNode, nodeOf } from "./export.ts";
import { nodeEndIsFresh } from "./fresh.ts";
import { keptBytes, keptTake, type Told } from "./kept.ts";

/** Entries that are asked for at once. */
const MOST_BYTES = 0x8000n;
/** The longest entry, so that one fits. */
const LEAST_BYTES = 512n;
const TYPE_SHIFT = 12;

/** FileList, with the lock of the position: entries from the position on; bytes of records, or a negative errno. */
function directoryList(file: File, sink: DirectorySink): i64 {
  const node = nodeOf(file.inode!);
  if (file.position === node.endCursor && nodeEndIsFresh(node)) {
    return 0n;
  }
  // A record of getdents is hardly shorter than the protocol's entry.
  let most: u64 = sink.left < MOST_BYTES ? sink.left : MOST_BYTES;
  most = most < LEAST_BYTES ? LEAST_BYTES : most;
  const kept: u64 = file.position === 0n ? keptBytes(node) : 0n;
  most = most < kept ? kept : most;
  const buffer = heapAlloc(most);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  let count: i64 = 1n;
  while (count > 0n) {
    count = listSome(node, file, sink, sliceOf(buffer, most));
  }
  heapFree(buffer);
  if (sink.done > 0n) {
    return i64(sink.done);
  }
  return count < 0n ? count : sink.error;
}

/** One answer of the server: 1n if there may be more, 0n at the end or if the sink is full, or a negative errno. */
function listSome(node: Ptr<NinepNode>, file: File, sink: DirectorySink, buffer: Slice<u8>): i64 {
  const told: Told = zeroed();
  const got = readSome(node, file, buffer, told);
  if (got <= 0n) {
    return got;
  }
  const put = putEntries(file, sink, buffer.subslice(0n, u64(got)));
  if (put !== NOTHING_FOLLOWS) {
    return put;
  }
  node.endCursor = file.position;
  node.endStamp = told.stamp;
  node.endNs = told.askedNs;
  return 0n;
}

/** The first entries may have come with the look-up that opened the directory. */
function readSome(node: Ptr<NinepNode>, file: File, buffer: Slice<u8>, told: Told): i64 {
  const taken: u64 = file.position === 0n ? keptTake(node, buffer, told) : 0n;
  if (taken > 0n) {
    return i64(taken);
  }
  told.askedNs = monotonicNs();
  const fid = u32(u64(file.object));
  return callReadInto(node.export, NinepType.Treaddir, fid, file.position, buffer, addressOf(told.stamp));
}

/** 1n: all were put; 0n: the sink is full; NOTHING_FOLLOWS: all were put, the last ones; negative errno. */
function putEntries(file: File, sink: DirectorySink, data: Slice<u8>): i64 {
  const wire: Wire = zeroed();
  wireBegin(wire, data);
  const entry: NinepEntry = zeroed();
  let got = getEntry(wire, entry);
  while (got === 1n) {
    const number = numberOf(file.inode!, entry);
    if (!sinkAdd(sink, entry.name, number, entry.next, u32(entry.type) << TYPE_SHIFT)) {
      return 0n;
    }
    file.position = entry.next;
    got = getEntry(wire, entry);
  }
  return got === 0n ? 1n : got;
}

/** As stat would say: above the export's root is a directory of the guest. */
function numberOf(directory: Ptr<Inode>, entry: NinepEntry): u64 {
  const parent = directory.parent;
  return entry.name === ".." && parent !== null ? parent.number : entry.qid.path;
}

function directoryRelease(file: File): void {
  callClunk(nodeOf(file.inode!).export, u32(u64(file.object)));
}

export const NINEP_DIRECTORY_OPERATIONS: FileOperations = {
  name: "",
  read: directoryRead,
  write: null,
  poll: null,
  control: null,
  status: null,
  list: directoryList,
  seek: directorySeek,
  release: directoryRelease,
  isPositioned: true,
};
