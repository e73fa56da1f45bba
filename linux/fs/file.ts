/**
 * Open file descriptions: what descriptors lead to, reference counted, with operations by table.
 *
 * A call holds a reference for as long as it works with a description, so another thread may close every descriptor meanwhile; the last
 * reference releases the object behind it. Descriptions come from a pool whose memory never serves anything else: a look-up without a
 * lock may touch one that was freed, finds no references there, and tries again (linux/descriptors.ts).
 *
 *     fields of the description     references, operations, flags, object, inode, position, name
 *     position                      guarded by positionLock where reads move it (regular files, directories)
 */

import { O_ACCMODE, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_WRONLY, type Stat } from "../../abi/linux-files.ts";
import { heapAllocZeroed } from "../../kernel/mm/heap.ts";
import type { Mutex } from "../../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { busyBeginExecute, busyBeginWrite, busyEndExecute, busyEndWrite } from "./busy.ts";
import type { DirectorySink } from "./directory-sink.ts";
import { type Inode, inodePut } from "./inode.ts";
import { type Place, placeDrop } from "./places.ts";
import type { PollTable } from "./poll-table.ts";
import type { Transfer } from "./transfer.ts";

/** Moves up to `transfer.left` bytes at `position`, which it advances; bytes moved or a negative errno. */
export type FileMove = (file: File, transfer: Transfer, position: Ptr<u64>) => i64;
/** Which of poll(2)'s events hold now. Enters the queues that tell of changes into `table`, unless it is null. */
export type FilePoll = (file: File, table: Ptr<PollTable> | null) => u32;
export type FileControl = (file: File, request: u32, argument: u64) => i64;
export type FileStatus = (file: File, stat: Stat) => i64;
export type FileRelease = (file: File) => void;
export type FileList = (file: File, sink: DirectorySink) => i64;
export type FileSeek = (file: File, offset: i64, whence: u32) => i64;

/** What can be done with a description; null: as Linux answers for objects that cannot (EINVAL, ENOTTY, ESPIPE, ...). */
export class FileOperations {
  /** What /proc/self/fd shows where there is no path, without the number in brackets. */
  name!: string;
  read!: FileMove | null;
  write!: FileMove | null;
  poll!: FilePoll | null;
  control!: FileControl | null;
  /** fstat of objects without an inode. */
  status!: FileStatus | null;
  list!: FileList | null;
  seek!: FileSeek | null;
  release!: FileRelease | null;
  /** Reads and writes happen at a position: pread and lseek are possible. */
  isPositioned!: bool;
}

export class File {
  references!: Atomic<u32>;
  operations!: Ptr<FileOperations>;
  /** O_RDWR and its like with the status flags: what F_GETFL answers. */
  flags!: Atomic<u32>;
  /** What the operations know: a pipe, an eventfd, ... */
  object!: VirtAddr;
  inode!: Ptr<Inode> | null;
  position!: u64;
  positionLock!: Mutex;
  /** Where it was opened, unless it is a directory, which knows for itself. */
  place!: Place;
  /** First of the epoll items that watch the description; linux/fs/epoll.ts owns it. */
  watchers!: VirtAddr;
  /** F_SETOWN and F_SETSIG: kept for F_GETOWN and F_GETSIG. */
  owner!: i32;
  ownerSignal!: u32;
  /** What the description counts as at its inode (busy.ts). */
  writes!: bool;
  executes!: bool;
  nextFree!: Ptr<File> | null;
}

const poolLock: SpinLock = zeroed();
let freeFiles: Ptr<File> | null = null;

/** What the last reference does to epoll items; set by linux/fs/epoll.ts when the first item is made. */
let forgetWatchers: FileRelease | null = null;
/** What the last reference does to locks (flock); set when the first lock is taken. */
let forgetLocks: FileRelease | null = null;
/** What the last reference does to locks of ranges (F_OFD_SETLK); set when the first one is taken. */
let forgetRanges: FileRelease | null = null;
/** What closing a descriptor does to locks of the process (F_SETLK); set when the first one is taken. */
let forgetOfProcess: FileRelease | null = null;
/** What closing a descriptor does to who is told of messages (mq_notify); set when the first one is. */
let forgetNotices: FileRelease | null = null;

export function filesSetForgetWatchers(forget: FileRelease): void {
  forgetWatchers = forget;
}

export function filesSetForgetRanges(forget: FileRelease): void {
  forgetRanges = forget;
}

export function filesSetForgetOfProcess(forget: FileRelease): void {
  forgetOfProcess = forget;
}

export function filesSetForgetNotices(forget: FileRelease): void {
  forgetNotices = forget;
}

export function filesSetForgetLocks(forget: FileRelease): void {
  forgetLocks = forget;
}

/** A description with one reference, the caller's; null: no memory. */
export function fileCreate(operations: FileOperations, object: VirtAddr, flags: u32): Ptr<File> | null {
  const file = takeMemory();
  if (file === null) {
    return null;
  }
  file.operations = addressOf(operations);
  file.flags.store(flags, Order.Relaxed);
  file.object = object;
  file.inode = null;
  file.position = 0n;
  zero(file.place);
  file.watchers = 0n;
  file.owner = 0;
  file.ownerSignal = 0;
  file.writes = false;
  file.executes = false;
  file.nextFree = null;
  // Last: from here on a look-up that still has an old address of this memory may take a reference.
  file.references.store(1, Order.Release);
  return file;
}

function takeMemory(): Ptr<File> | null {
  {
    using _guard = lockAcquire(poolLock);
    const free = freeFiles;
    if (free !== null) {
      freeFiles = free.nextFree;
      return free;
    }
  }
  const memory = heapAllocZeroed(u64(sizeOf<File>()));
  // SAFETY: fresh zeroed memory of the size of a File.
  return memory === null ? null : castPtr<File>(memory);
}

/** One more reference, by somebody who has one. */
export function fileKeep(file: Ptr<File>): void {
  void file.references.fetchAdd(1, Order.Relaxed);
}

/** One more reference, unless the description is gone; its memory is that of some description, but maybe of another one. */
export function fileTryKeep(file: Ptr<File>): bool {
  let count = file.references.load(Order.Relaxed);
  while (count !== 0) {
    if (file.references.compareExchange(count, count + 1, Order.Acquire)) {
      return true;
    }
    count = file.references.load(Order.Relaxed);
  }
  return false;
}

/** Gives a reference back; the last one releases the object. */
export function filePut(file: Ptr<File>): void {
  if (file.references.fetchSub(1, Order.AcqRel) === 1) {
    release(file);
  }
}

/** Gives back the reference of a descriptor that the process has closed. */
export function fileClose(file: Ptr<File>): void {
  if (forgetOfProcess !== null) {
    forgetOfProcess(file);
  }
  if (forgetNotices !== null) {
    forgetNotices(file);
  }
  filePut(file);
}

/** @noinline */
function release(file: Ptr<File>): void {
  if (file.watchers !== 0n && forgetWatchers !== null) {
    forgetWatchers(file);
  }
  if (forgetLocks !== null) {
    forgetLocks(file);
  }
  if (forgetRanges !== null) {
    forgetRanges(file);
  }
  const release0 = file.operations.release;
  if (release0 !== null) {
    release0(file);
  }
  if (file.inode !== null) {
    placeDrop(addressOf(file.place), file.inode);
    endBusy(file, file.inode);
    inodePut(file.inode);
    file.inode = null;
  }
  using _guard = lockAcquire(poolLock);
  file.nextFree = freeFiles;
  freeFiles = file;
}

/** The description, whose inode is set, is for writing: 0n, or -ETXTBSY. */
export function fileBeginWrite(file: Ptr<File>): i64 {
  const result = busyBeginWrite(file.inode!);
  file.writes = result === 0n;
  return result;
}

/** Its inode is about to be executed: 0n, or -ETXTBSY. */
export function fileBeginExecute(file: Ptr<File>): i64 {
  const result = busyBeginExecute(file.inode!);
  file.executes = result === 0n;
  return result;
}

function endBusy(file: Ptr<File>, inode: Ptr<Inode>): void {
  if (file.writes) {
    busyEndWrite(inode);
  }
  if (file.executes) {
    busyEndExecute(inode);
  }
}

export function fileFlags(file: File): u32 {
  return file.flags.load(Order.Relaxed);
}

export function fileIsNonblocking(file: File): bool {
  return (file.flags.load(Order.Relaxed) & O_NONBLOCK) !== 0;
}

export function fileIsPathOnly(file: File): bool {
  return (file.flags.load(Order.Relaxed) & O_PATH) !== 0;
}

export function fileMayRead(file: File): bool {
  const mode = file.flags.load(Order.Relaxed) & O_ACCMODE;
  return (mode === O_RDONLY || mode === O_RDWR) && !fileIsPathOnly(file);
}

export function fileMayWrite(file: File): bool {
  const mode = file.flags.load(Order.Relaxed) & O_ACCMODE;
  return (mode === O_WRONLY || mode === O_RDWR) && !fileIsPathOnly(file);
}

/** The object behind a description, as its operations know it. */
export function fileObject<T>(file: File): Ptr<T> {
  // SAFETY: the operations that ask are those of the object.
  return pointerAt<T>(file.object);
}
