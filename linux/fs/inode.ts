/**
 * Inodes: what names lead to, reference counted, with operations by table so that several kinds of file systems can offer them.
 *
 * Inodes of memory file systems (linux/fs/memory-fs.ts) live as long as they have a name or a reference. A directory has one parent, which
 * it keeps a reference to, also when it is removed, so ".." needs no search. Attributes are in the inode itself; a file system whose attributes are elsewhere
 * refreshes them in its operations.
 */

import { type Flock, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, type Stat, type Statfs } from "../../abi/linux-files.ts";
import { fileTimeRest, fileTimeSeconds } from "../../kernel/core/file-time.ts";
import type { MappedObject } from "../../kernel/mm/mapped-object.ts";
import type { Mutex } from "../../kernel/sync/mutex.ts";
import type { SpinLock } from "../../kernel/sync/spin-lock.ts";
import type { DirectorySink } from "./directory-sink.ts";
import type { File } from "./file.ts";
import { type Place, placeDrop } from "./places.ts";
import type { Text } from "./text.ts";

/** The address of an inode with a reference for the caller, or a negative errno. */
export type InodeResult = i64;

/** What `create` makes. */
export class NewInode {
  /** With the file type; the umask is applied already. */
  mode!: u32;
  uid!: u32;
  gid!: u32;
  device!: u64;
  /** Of a symbolic link. */
  target!: string;
}

export enum ChangeField {
  Mode = 1,
  Owner = 2,
  Group = 4,
  Size = 8,
  AccessTime = 16,
  ModifyTime = 32,
}

/** What `change` changes: the fields whose bits are in `fields`. */
export class InodeChange {
  fields!: u32;
  mode!: u32;
  uid!: u32;
  gid!: u32;
  size!: u64;
  accessNs!: u64;
  modifyNs!: u64;
  /** The size is changed through a description that may write, whatever the mode says now. */
  isOpen!: bool;
}

export enum Removal {
  None = 0,
  File = 1,
  Directory = 2,
}

/** What a walk is about to do with the last name or what it leads to: a file system may do it together with the look-up. */
export class OpenWish {
  isWanted!: bool;
  /** O_ACCMODE, O_CREAT, O_EXCL and O_DIRECTORY. */
  flags!: u32;
  mode!: u32;
  /** Monotonic time from which on what is known of names is good for this walk; 0n: it has asked for none. */
  beganNs!: u64;
  /** The file was not there and has been made. */
  wasMade!: bool;
  /** What unlink or rmdir is about to remove; one try. */
  removal!: Removal;
  /** It has been. */
  wasRemoved!: bool;
}

export class InodeOperations {
  lookup!: (directory: Ptr<Inode>, name: string) => InodeResult;
  /** A look-up of `name`, with which the path `rest` begins: for file systems that find several names at once. Null: lookup. */
  lookupAlong!: ((directory: Ptr<Inode>, name: string, rest: string, wish: OpenWish) => InodeResult) | null;
  /** What was made, with a reference; 0n: it was, but is no regular file and has not been looked at. */
  create!: ((directory: Ptr<Inode>, name: string, wanted: NewInode) => InodeResult) | null;
  link!: ((directory: Ptr<Inode>, name: string, inode: Ptr<Inode>) => i64) | null;
  unlink!: ((directory: Ptr<Inode>, name: string, isDirectory: bool) => i64) | null;
  rename!: ((from: Ptr<Inode>, name: string, to: Ptr<Inode>, newName: string, flags: u32) => i64) | null;
  /** Bytes of the target that were put into the buffer. */
  readLink!: ((inode: Ptr<Inode>, buffer: Slice<u8>) => i64) | null;
  change!: ((inode: Ptr<Inode>, change: InodeChange) => i64) | null;
  /** Gives the description its operations and object: 0 or a negative errno. */
  open!: (inode: Ptr<Inode>, file: Ptr<File>) => i64;
  list!: ((directory: Ptr<Inode>, file: File, sink: DirectorySink) => i64) | null;
  /** The inode's attributes may be out of date. */
  refresh!: ((inode: Ptr<Inode>) => void) | null;
  /** statfs: fills what the file system knows besides the mount's kind; null: nothing, or a memory file system. */
  space!: ((inode: Ptr<Inode>, space: Statfs) => i64) | null;
  /** fsync of an open file: everything is where it stays. null: it always is. */
  sync!: ((inode: Ptr<Inode>, file: File, isDataOnly: bool) => i64) | null;
  /** F_SETLK or F_GETLK of a range that counts from the file's beginning, by the guest as one; null: the process is alone with the file. */
  lock!: ((inode: Ptr<Inode>, file: File, command: u32, lock: Flock) => i64) | null;
  /** The last reference is gone. */
  forget!: (inode: Ptr<Inode>) => void;
}

/** A mounted file system. */
export class Mount {
  root!: Ptr<Inode> | null;
  /** The directory that it covers; null of the root. */
  covers!: Ptr<Inode> | null;
  /** "tmpfs", "proc": for /proc/mounts. */
  kind!: string;
  path!: string;
  magic!: u64;
  device!: u64;
  isReadOnly!: bool;
  /** Whoever serves the files judges what the program may do with them: nothing is refused by what their attributes look like here. */
  serverDecides!: bool;
  nextInode!: Atomic<u64>;
}

export type InodeGenerate = (text: Text, argument: u64) => void;

export class Inode {
  references!: Atomic<u32>;
  operations!: Ptr<InodeOperations>;
  mount!: Ptr<Mount>;
  /** Guards names and contents. */
  lock!: Mutex;
  number!: u64;
  mode!: u32;
  uid!: u32;
  gid!: u32;
  links!: Atomic<u32>;
  device!: u64;
  size!: u64;
  /** Bytes of memory behind it. */
  allocated!: u64;
  /** Times as kernel/core/file-time.ts has them. */
  accessNs!: u64;
  modifyNs!: u64;
  changeNs!: u64;
  birthNs!: u64;
  /** Of a directory, with a reference, except the root's; places.ts guards it and the name. */
  parent!: Ptr<Inode> | null;
  /** What is mounted on this directory. */
  covered!: Ptr<Mount> | null;
  /** A directory's own name in its parent: what getcwd puts together. It keeps the last one that it had. */
  name!: VirtAddr;
  /** Of a directory: it has lost its name. */
  isRemoved!: bool;
  /** What the file system keeps. */
  detail!: VirtAddr;
  /** Writes the contents of a file that is made when it is opened; null: the contents are stored. */
  generate!: InodeGenerate | null;
  argument!: u64;
  /** The pipe of a FIFO while somebody has it open. */
  pipe!: VirtAddr;
  /** For mappings of a regular file; the file system that makes it sets operations and owner, if it can be mapped. */
  mapped!: MappedObject;
  /** Where it was found when it was mapped first, for /proc/self/maps. */
  mappedPlace!: Place;
  /** Of everybody who says where a file lies. */
  places!: Ptr<Place> | null;
  placesLock!: SpinLock;
  seals!: u32;
  /** Who writes, or who executes; busy.ts owns it. */
  busy!: Atomic<i32>;
  /** Has no name yet and may get one (O_TMPFILE). */
  awaitsName!: bool;
}

export function inodeKeep(inode: Ptr<Inode>): Ptr<Inode> {
  void inode.references.fetchAdd(1, Order.Relaxed);
  return inode;
}

export function inodePut(inode: Ptr<Inode>): void {
  if (inodeLeave(inode)) {
    inode.operations.forget(inode);
  }
}

/** Gives a reference back; true: it was the last one, and the caller has the inode forgotten. */
export function inodeLeave(inode: Ptr<Inode>): bool {
  const isLast = inode.references.fetchSub(1, Order.AcqRel) === 1;
  if (isLast) {
    placeDrop(addressOf(inode.mappedPlace), inode);
  }
  return isLast;
}

/** The inode whose pages a mapping shows. */
export function inodeOfMapped(object: Ptr<MappedObject>): Ptr<Inode> {
  // SAFETY: the objects that file systems let be mapped are fields of their inodes.
  return pointerAt<Inode>(virtAddr(object) - u64(offsetOf<Inode>("mapped")));
}

/** The inode of a result that is no error. */
export function inodeOf(result: InodeResult): Ptr<Inode> {
  // SAFETY: an InodeResult is an inode's address or a negative errno.
  return pointerAt<Inode>(u64(result));
}

export function inodeResult(inode: Ptr<Inode>): InodeResult {
  return i64(u64(virtAddr(inode)));
}

export function inodeType(inode: Inode): u32 {
  return inode.mode & S_IFMT;
}

export function inodeIsDirectory(inode: Inode): bool {
  return inodeType(inode) === S_IFDIR;
}

export function inodeIsLink(inode: Inode): bool {
  return inodeType(inode) === S_IFLNK;
}

export function inodeIsRegular(inode: Inode): bool {
  return inodeType(inode) === S_IFREG;
}

const BLOCK_BYTES = 4096n;
/** What st_blocks counts. */
const SECTOR_BYTES = 512n;

export function inodeStatus(inode: Ptr<Inode>, stat: Stat): void {
  const refresh = inode.operations.refresh;
  if (refresh !== null) {
    refresh(inode);
  }
  zero(stat);
  stat.st_dev = inode.mount.device;
  stat.st_ino = inode.number;
  stat.st_nlink = u64(inode.links.load(Order.Relaxed));
  stat.st_mode = inode.mode;
  stat.st_uid = inode.uid;
  stat.st_gid = inode.gid;
  stat.st_rdev = inode.device;
  stat.st_size = i64(inode.size);
  stat.st_blksize = i64(BLOCK_BYTES);
  stat.st_blocks = i64(inode.allocated / SECTOR_BYTES);
  stat.st_atime = u64.wrap(fileTimeSeconds(inode.accessNs));
  stat.st_atime_nsec = fileTimeRest(inode.accessNs);
  stat.st_mtime = u64.wrap(fileTimeSeconds(inode.modifyNs));
  stat.st_mtime_nsec = fileTimeRest(inode.modifyNs);
  stat.st_ctime = u64.wrap(fileTimeSeconds(inode.changeNs));
  stat.st_ctime_nsec = fileTimeRest(inode.changeNs);
}
