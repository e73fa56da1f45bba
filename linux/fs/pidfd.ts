/** Descriptors of the process (pidfd_open): nothing to read, and never ready, because they would be when the process has ended. */

import { O_RDWR, type Stat } from "../../abi/linux-files.ts";
import { anonymousObjectStatus } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate } from "./file.ts";
import type { PollTable } from "./poll-table.ts";

/** A description of the process; null: no memory. */
export function pidfdCreate(flags: u32): Ptr<File> | null {
  return fileCreate(PIDFD_OPERATIONS, 0n, O_RDWR | flags);
}

export function fileIsPidfd(file: File): bool {
  return virtAddr(file.operations) === virtAddr(PIDFD_OPERATIONS);
}

function pidfdPoll(_file: File, _table: Ptr<PollTable> | null): u32 {
  return 0;
}

function pidfdStatus(_file: File, stat: Stat): i64 {
  return anonymousObjectStatus(stat);
}

const PIDFD_OPERATIONS: FileOperations = {
  name: "anon_inode:[pidfd]",
  read: null,
  write: null,
  poll: pidfdPoll,
  control: null,
  status: pidfdStatus,
  list: null,
  seek: null,
  release: null,
  isPositioned: false,
};
