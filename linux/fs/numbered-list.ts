/** Listing directories of /proc whose entries are numbers: descriptors and threads. */

import { S_IFDIR } from "../../abi/linux-files.ts";
import { type DirectorySink, sinkAdd } from "./directory-sink.ts";
import type { File } from "./file.ts";
import type { Inode } from "./inode.ts";

/** The position behind "." and ".."; number n stands at FIRST_CURSOR + n. */
const FIRST_CURSOR = 2n;

/** What the entries are. */
export class NumberedEntries {
  /** The lowest number from `from` on, or a negative value. */
  next!: (from: u64) => i64;
  /** Added to a number, it gives the entry's inode number. */
  inodeBase!: u64;
  /** S_IF* */
  kind!: u32;
}

/** InodeOperations.list of such a directory. */
export function numberedList(directory: Ptr<Inode>, file: File, sink: DirectorySink, entries: NumberedEntries): i64 {
  if (file.position === 0n && sinkAdd(sink, ".", directory.number, 1n, S_IFDIR)) {
    file.position = 1n;
  }
  if (file.position === 1n && sinkAdd(sink, "..", directory.number, FIRST_CURSOR, S_IFDIR)) {
    file.position = FIRST_CURSOR;
  }
  while (file.position >= FIRST_CURSOR) {
    const number = entries.next(file.position - FIRST_CURSOR);
    const behind = u64.wrap(number) + FIRST_CURSOR + 1n;
    if (number < 0n || !sinkAdd(sink, `${number}`, u64(number) + entries.inodeBase, behind, entries.kind)) {
      break;
    }
    file.position = behind;
  }
  return sink.done > 0n ? i64(sink.done) : sink.error;
}
