/**
 * mmap of files.
 *
 * A file whose file system has its pages in memory (Inode.mapped) is shown, page by page as it is touched. Of others, and of what is made when
 * it is read (/proc, /sys), there are no pages: a private mapping is memory of its own, filled at once, and there are no shared ones. /dev/zero gives memory of its own, too.
 */

import { EACCES, EBADF, ENODEV, ENOMEM, EOVERFLOW, EPERM } from "../abi/errno.ts";
import { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE } from "../abi/linux-files.ts";
import { MAP_DENYWRITE, MAP_PRIVATE, MAP_TYPE, PROT_WRITE } from "../abi/linux-mman.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { RegionTrait } from "../kernel/mm/region-kinds.ts";
import { regionProtect, regionUnmap } from "../kernel/mm/regions.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { fdGet } from "./descriptors.ts";
import { fileIsZeroDevice } from "./fs/devices.ts";
import { type File, fileMayRead, fileMayWrite, filePut } from "./fs/file.ts";
import { type Inode, inodeIsRegular, inodePut } from "./fs/inode.ts";
import { fileReadAt } from "./fs/io.ts";
import { memoryNameless } from "./fs/memory-nameless.ts";
import { placeCopy } from "./fs/places.ts";
import { type Transfer, transferSet } from "./fs/transfer.ts";
import { type MapRequest, mapAt } from "./map-request.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** LLONG_MAX: no file has bytes behind it. */
const MOST_OFFSET = 0x7fff_ffff_ffff_ffffn;

/** Memory without a name: of the mapping's own, or if it is shared, a file that nobody can open, so that it can be mapped a second time. */
export function mapMemory(request: MapRequest): i64 {
  if ((request.flags & MAP_TYPE) === MAP_PRIVATE) {
    return mapAt(request);
  }
  const inode = memoryNameless(request.bytes);
  if (inode === null) {
    return i64(-ENOMEM);
  }
  const result = show(inode, request);
  inodePut(inode);
  return result;
}

/** mmap without MAP_ANONYMOUS; the request's object and traits are still to be filled in. */
export function mapFile(call: SyscallFrame, request: MapRequest): i64 {
  const file = fdGet(i32.wrap(call.a4));
  if (file === null) {
    return i64(-EBADF);
  }
  request.offset = call.a5;
  const result = mapOpenFile(file, request);
  filePut(file);
  return result;
}

function mapOpenFile(file: Ptr<File>, request: MapRequest): i64 {
  const isPrivate = (request.flags & MAP_TYPE) === MAP_PRIVATE;
  const isWritten = !isPrivate && (u32(request.prot) & PROT_WRITE) !== 0;
  if (request.offset > MOST_OFFSET || request.bytes > MOST_OFFSET - request.offset) {
    return i64(-EOVERFLOW);
  }
  if (!fileMayRead(file) || (isWritten && !fileMayWrite(file))) {
    return i64(-EACCES);
  }
  if (fileIsZeroDevice(file)) {
    request.offset = 0n;
    return mapMemory(request);
  }
  const inode = file.inode;
  if (inode === null || !inodeIsRegular(inode)) {
    return i64(-ENODEV);
  }
  if (inode.generate !== null || inode.mapped.operations === null) {
    return isPrivate ? copyIn(file, request) : i64(-ENODEV);
  }
  if (!isPrivate && !fileMayWrite(file)) {
    request.traits |= u32(RegionTrait.NeverWritable);
  }
  if (isPrivate && (request.flags & MAP_DENYWRITE) !== 0) {
    // Linux ignores the flag; dynamic loaders say it of what they load.
    request.traits |= u32(RegionTrait.OfImage);
  }
  mappedName(inode, file);
  return isPrivate ? show(inode, request) : showShared(inode, request, isWritten);
}

/** Keeps where a file was found for /proc/self/maps. */
export function mappedName(inode: Ptr<Inode>, file: Ptr<File>): void {
  if (inode.mappedPlace.name === 0n) {
    placeCopy(addressOf(inode.mappedPlace), addressOf(file.place), inode);
  }
}

function show(inode: Ptr<Inode>, request: MapRequest): i64 {
  request.object = addressOf(inode.mapped);
  return mapAt(request);
}

/** Seals are set with the same mutex, after a look at the mappings that may write. */
function showShared(inode: Ptr<Inode>, request: MapRequest, isWritten: bool): i64 {
  using _guard = mutexAcquire(inode.lock);
  if ((inode.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
    if (isWritten) {
      return i64(-EPERM);
    }
    request.traits |= u32(RegionTrait.NeverWritable);
  }
  return show(inode, request);
}

/** Memory of its own with what the file contains now; something is written there first, even where the program may only read. */
function copyIn(file: Ptr<File>, request: MapRequest): i64 {
  const prot = request.prot;
  request.prot = Prot.ReadWrite;
  const address = mapAt(request);
  if (address <= 0n) {
    return address;
  }
  const filled = fill(file, u64(address), request);
  const result =
    filled === 0n && prot !== Prot.ReadWrite ? regionProtect(VirtAddr(address), request.bytes, prot) : filled;
  if (result !== 0n) {
    void regionUnmap(VirtAddr(u64(address)), request.bytes);
    return result;
  }
  return address;
}

function fill(file: Ptr<File>, address: u64, request: MapRequest): i64 {
  const transfer: Transfer = zeroed();
  let done: u64 = 0n;
  let result: i64 = 1n;
  while (done < request.bytes && result > 0n) {
    transferSet(transfer, address + done, request.bytes - done);
    result = fileReadAt(file, transfer, i64(request.offset + done));
    done += result > 0n ? u64(result) : 0n;
  }
  return result < 0n ? result : 0n;
}
