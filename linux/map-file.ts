/**
 * mmap of files in memory, of what /proc and /sys write, and of /dev/zero.
 *
 * A private mapping is memory of its own, filled when it is made: whether it sees later changes of the file is left open by POSIX. A
 * shared one shows the file's pages, all of which are made then; they stay the file's until the program ends, because nothing tells when
 * the last mapping is gone. Both know the file's size at the time of the call only: a page behind the end reads as zeros and gives no
 * SIGBUS.
 */

import { EACCES, EBADF, EINVAL, ENODEV, ENOMEM } from "../abi/errno.ts";
import { MAP_PRIVATE, MAP_TYPE, PROT_WRITE } from "../abi/linux-mman.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { physOf } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionMapPhysical, regionProtect, regionUnmap } from "../kernel/mm/regions.ts";
import { fdGet } from "./descriptors.ts";
import { fileIsZeroDevice } from "./fs/devices.ts";
import { type File, fileMayRead, fileMayWrite, filePut } from "./fs/file.ts";
import { type Inode, inodeIsRegular, inodeKeep } from "./fs/inode.ts";
import { fileReadAt } from "./fs/io.ts";
import { fileIsMemory, memoryPage } from "./fs/memory-file.ts";
import { type Transfer, transferSet } from "./fs/transfer.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** How memory.ts finds a place: the address, or a negative errno. */
export type PlaceFinder = (hint: u64, bytes: u64, prot: Prot, flags: u32) => i64;

/** mmap without MAP_ANONYMOUS; `bytes` is a multiple of the page size and not 0. */
export function mapFile(call: SyscallFrame, bytes: u64, place: PlaceFinder): i64 {
  const file = fdGet(i32.wrap(call.a4));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = mapOpenFile(file, call, bytes, place);
  filePut(file);
  return result;
}

function mapOpenFile(file: Ptr<File>, call: SyscallFrame, bytes: u64, place: PlaceFinder): i64 {
  const flags = u32.wrap(call.a3);
  const prot: Prot = u32.wrap(call.a2);
  const isPrivate = (flags & MAP_TYPE) === MAP_PRIVATE;
  if (!fileMayRead(file) || (!isPrivate && (prot & u32(PROT_WRITE)) !== 0 && !fileMayWrite(file))) {
    return i64(-EACCES);
  }
  if (fileIsZeroDevice(file)) {
    return place(call.a0, bytes, prot, flags);
  }
  const inode = file.inode;
  if (inode === null || !inodeIsRegular(inode)) {
    return i64(-ENODEV);
  }
  if (i64.wrap(call.a5) < 0n) {
    return i64(-EINVAL);
  }
  // Something is written there first, even where the program may only read.
  const address = place(call.a0, bytes, Prot.ReadWrite, flags);
  if (address <= 0n) {
    return address;
  }
  const isShown = !isPrivate && fileIsMemory(file);
  const filled = isShown
    ? show(inode, u64(address), bytes, call.a5, prot)
    : copyIn(file, u64(address), bytes, call.a5, prot);
  if (filled !== 0n) {
    void regionUnmap(VirtAddr(u64(address)), bytes);
    return filled;
  }
  return address;
}

/** Reads the file into the mapping, then gives it its protection. */
function copyIn(file: Ptr<File>, address: u64, bytes: u64, offset: u64, prot: Prot): i64 {
  const transfer: Transfer = zeroed();
  let done: u64 = 0n;
  let result: i64 = 1n;
  while (done < bytes && result > 0n) {
    transferSet(transfer, address + done, bytes - done);
    result = fileReadAt(file, transfer, i64(offset + done));
    done += result > 0n ? u64(result) : 0n;
  }
  if (result < 0n) {
    return result;
  }
  return prot === Prot.ReadWrite ? 0n : regionProtect(VirtAddr(address), bytes, prot);
}

/** Maps the file's own pages over the place, run by run. */
function show(inode: Ptr<Inode>, address: u64, bytes: u64, offset: u64, prot: Prot): i64 {
  void inode.mappings.fetchAdd(1);
  // The mapping's reference, which is never given back.
  void inodeKeep(inode);
  let done: u64 = 0n;
  while (done < bytes) {
    const first = memoryPage(inode, (offset + done) / PAGE_SIZE);
    if (first === null) {
      return i64(-ENOMEM);
    }
    let run: u64 = PAGE_SIZE;
    while (done + run < bytes && isNext(inode, (offset + done + run) / PAGE_SIZE, u64(virtAddr(first)) + run)) {
      run += PAGE_SIZE;
    }
    const mapped = regionMapPhysical(VirtAddr(address + done), physOf(first), run, prot);
    if (mapped < 0n) {
      return mapped;
    }
    done += run;
  }
  return 0n;
}

/** Whether the page lies right behind those before it. */
function isNext(inode: Ptr<Inode>, index: u64, wanted: u64): bool {
  const page = memoryPage(inode, index);
  return page !== null && u64(virtAddr(page)) === wanted;
}
