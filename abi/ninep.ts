/**
 * 9P2000.L: the file protocol between a guest and whoever serves its exports (Linux: Documentation/filesystems/9p.rst and
 * include/net/9p/9p.h; the base protocol: Plan 9's intro(5)). All integers are little-endian, strings are a u16 length and bytes.
 *
 *     message   0 size: u32 (all of it)   4 type: u8   5 tag: u16   7 fields of the type
 *     qid       0 type: u8   1 version: u32   5 path: u64
 *
 * Every Tmessage has an answer of its type + 1, or Rlerror with a Linux errno. On uhyve requests travel through the queue below; on QEMU
 * through a virtio device of the kind 9 per export (virtio-9p: one queue, the export's name in its configuration).
 */

import type { VirtqAvailHeader, VirtqDesc, VirtqUsedElement, VirtqUsedHeader } from "./virtio.ts";

export const NINEP_VERSION = "9P2000.L";
export const NINEP_HEADER_BYTES = 7;
export const NINEP_QID_BYTES = 13;
/** A read's or write's message without its data: header, fid or count, offset, count; the bound that Linux calls P9_IOHDRSZ. */
export const NINEP_IO_HEADER_BYTES = 24;
export const NINEP_NO_FID = 0xffff_ffff;
/** Of Tversion only. */
export const NINEP_NO_TAG = 0xffff;
/** Names of one Twalk. */
export const NINEP_MAX_WALK = 16;

export enum NinepType {
  Rlerror = 7,
  Tstatfs = 8,
  Rstatfs = 9,
  Tlopen = 12,
  Rlopen = 13,
  Tlcreate = 14,
  Rlcreate = 15,
  Tsymlink = 16,
  Rsymlink = 17,
  Tmknod = 18,
  Rmknod = 19,
  Trename = 20,
  Rrename = 21,
  Treadlink = 22,
  Rreadlink = 23,
  Tgetattr = 24,
  Rgetattr = 25,
  Tsetattr = 26,
  Rsetattr = 27,
  Txattrwalk = 30,
  Rxattrwalk = 31,
  Txattrcreate = 32,
  Rxattrcreate = 33,
  Treaddir = 40,
  Rreaddir = 41,
  Tfsync = 50,
  Rfsync = 51,
  Tlock = 52,
  Rlock = 53,
  Tgetlock = 54,
  Rgetlock = 55,
  Tlink = 70,
  Rlink = 71,
  Tmkdir = 72,
  Rmkdir = 73,
  Trenameat = 74,
  Rrenameat = 75,
  Tunlinkat = 76,
  Runlinkat = 77,
  /** uhyve's own (below). */
  Tlook = 90,
  Rlook = 91,
  Tdrop = 92,
  Rdrop = 93,
  Troots = 94,
  Rroots = 95,
  Tversion = 100,
  Rversion = 101,
  Tauth = 102,
  Rauth = 103,
  Tattach = 104,
  Rattach = 105,
  Tflush = 108,
  Rflush = 109,
  Twalk = 110,
  Rwalk = 111,
  Tread = 116,
  Rread = 117,
  Twrite = 118,
  Rwrite = 119,
  Tclunk = 120,
  Rclunk = 121,
  Tremove = 122,
  Rremove = 123,
}

/** Bits of a qid's type. */
export const NINEP_QID_DIRECTORY = 0x80;
export const NINEP_QID_LINK = 0x02;

/** Tgetattr's mask and Rgetattr's valid. */
export const NINEP_GETATTR_MODE = 0x1n;
export const NINEP_GETATTR_NLINK = 0x2n;
export const NINEP_GETATTR_UID = 0x4n;
export const NINEP_GETATTR_GID = 0x8n;
export const NINEP_GETATTR_RDEV = 0x10n;
export const NINEP_GETATTR_ATIME = 0x20n;
export const NINEP_GETATTR_MTIME = 0x40n;
export const NINEP_GETATTR_CTIME = 0x80n;
export const NINEP_GETATTR_INO = 0x100n;
export const NINEP_GETATTR_SIZE = 0x200n;
export const NINEP_GETATTR_BLOCKS = 0x400n;
/** Everything that stat(2) shows. */
export const NINEP_GETATTR_BASIC = 0x7ffn;
export const NINEP_GETATTR_BTIME = 0x800n;
export const NINEP_GETATTR_GEN = 0x1000n;
export const NINEP_GETATTR_DATA_VERSION = 0x2000n;

/** Tsetattr's valid. Without the *_SET bit a time becomes the server's now. */
export const NINEP_SETATTR_MODE = 0x1;
export const NINEP_SETATTR_UID = 0x2;
export const NINEP_SETATTR_GID = 0x4;
export const NINEP_SETATTR_SIZE = 0x8;
export const NINEP_SETATTR_ATIME = 0x10;
export const NINEP_SETATTR_MTIME = 0x20;
export const NINEP_SETATTR_CTIME = 0x40;
export const NINEP_SETATTR_ATIME_SET = 0x80;
export const NINEP_SETATTR_MTIME_SET = 0x100;

/** Tunlinkat's flag: the name is a directory. Flags of Tlopen and Tlcreate are Linux's O_* of x86-64. */
export const NINEP_AT_REMOVEDIR = 0x200;

export enum NinepLockType {
  Read = 0,
  Write = 1,
  Unlock = 2,
}

export enum NinepLockStatus {
  Success = 0,
  Blocked = 1,
  Error = 2,
  Grace = 3,
}

/** Tlock's flag: the caller would wait; a server may answer Blocked all the same. */
export const NINEP_LOCK_BLOCK = 1;

/**
 * Tlook, Tdrop and Troots, which only uhyve's server knows: all that a guest wants of a path in one message, because each one is an exit.
 *
 *     Tlook   fid: u32   flags: u32   mode: u32   open fid: u32   data: u32   names: u16, for each of them   fid: u32   name: string
 *     Rlook   walked: u16   error: u32   open error: u32   opened: u8   data: u32   for each name that was walked, Rgetattr's fields   data
 *     Tdrop   count: u16   as many fids: u32
 *     Rdrop
 *     Troots  count: u16   for each of them   fid: u32   name of an export: string
 *     Rroots  count: u16   for each of them   error: u32   if that is 0, Rgetattr's fields
 *
 * The names are walked as by Twalk; each object gets its fid, unless that is NINEP_NO_FID. The first name that cannot be walked ends it, and
 * `error` says why. What the last name (without names: the fid) stands for is opened under the open fid with O_* `flags`, unless they are
 * NINEP_LOOK_ONLY: a regular file or a directory; one for O_WRONLY is opened for both if that may be. With O_CREAT a file that is not there is
 * made with `mode`, with O_EXCL nothing else is opened. Of a regular file that can be read up to `data` bytes of its beginning follow,
 * of a directory that is opened Rreaddir's first entries, of a link at which the names end its text.
 * With NINEP_LOOK_REMOVE or NINEP_LOOK_REMOVE_DIRECTORY as flags the last name is taken away instead (Tunlinkat), and the attributes of what it
 * led to are those afterwards.
 * Its Rsetattr has Rgetattr's fields, as they are afterwards.
 * Tdrop is many Tclunk; fids that there are not are ignored. Troots is many Tattach and Tgetattr.
 *
 * And one answer is its own: in Rreaddir an entry without a name, of zeros but for its offset, says that nothing follows.
 */
export const NINEP_LOOK_ONLY = 0xffff_ffff;
export const NINEP_LOOK_REMOVE = 0xffff_fffe;
export const NINEP_LOOK_REMOVE_DIRECTORY = 0xffff_fffd;
/** Rgetattr's fields. */
export const NINEP_ATTRIBUTES_BYTES = 153;
/** Header and fields of Rlook before the attributes. */
export const NINEP_LOOK_HEAD_BYTES = 22;
/** Fids of one Tdrop. */
export const NINEP_MAX_DROPPED = 64;

/** Exports of one Troots. */
export const NINEP_MAX_ROOTS = 16;

export enum NinepOpened {
  No = 0,
  Reading = 1,
  Writing = 2,
  Both = 3,
  /** It was not there: open for both. */
  Made = 4,
  /** Nothing was opened: the name has been taken away. */
  Removed = 5,
}

export const NINEP_QUEUE_SIZE = 128;

/**
 * The queue that ImageHeader.ninepQueue points at (uhyve). A chain is the request (readable descriptors) followed by room for the answer
 * (writable ones). The monitor answers every chain that is available at a doorbell (UHYVE_PORT_NINEP) before the guest goes on, in the
 * vCPU thread that rang; there is no interrupt. Several vCPUs may ring at once: a chain may then be taken by another one's doorbell and be
 * answered a little after one's own has returned. Whoever misses its answer rings again; a doorbell that finds nothing to take waits for it.
 * While the used ring's flags say VIRTQ_USED_F_NO_NOTIFY a thread of the monitor watches the queue, and no doorbell is needed.
 */
@struct(3344)
export class NinepQueue {
  @at(0) descriptors!: FixedArray<VirtqDesc, 128>;
  @at(2048) avail!: VirtqAvailHeader;
  @at(2052) availRing!: FixedArray<u16, 128>;
  @at(2308) usedEvent!: u16;
  usedPadding!: u16;
  @at(2312) used!: VirtqUsedHeader;
  @at(2316) usedRing!: FixedArray<VirtqUsedElement, 128>;
  @at(3340) availEvent!: u16;
}
