/** Files of the host that are looked into: mapped for reading, and gone with the process. */

import { O_CLOEXEC, O_NONBLOCK, O_RDONLY, S_IFDIR, S_IFMT, S_IFREG, Stat } from "../../abi/linux-files.ts";
import { MAP_PRIVATE, PROT_READ } from "../../abi/linux-mman.ts";
import { SYS_close, SYS_fstat, SYS_mmap, SYS_open, SYS_readlink, SYS_stat } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { PATH_BYTES, type PathText } from "../path-text.ts";

/** Whether there is a regular file at the path. */
export function hostHasFile(path: PathText): bool {
  return typeAt(path) === S_IFREG;
}

export function hostHasFolder(path: PathText): bool {
  return typeAt(path) === S_IFDIR;
}

/** Behind links; 0: nothing. */
function typeAt(path: PathText): u32 {
  const stat = new Stat();
  const looked = path.isTooLong ? -1n : linuxCall(SYS_stat, callPointer(elements(path.bytes)), callPointer(stat));
  return looked < 0n ? 0 : stat.st_mode & S_IFMT;
}

/** The whole file, or nothing. The mapping stays, so views of it do. */
export function hostMap(path: PathText): Slice<u8> {
  const nothing = sliceOf(elements(path.bytes), 0n);
  // A FIFO of that name is not waited for.
  const flags = u64(O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const fd = path.isTooLong ? -1n : linuxCall(SYS_open, callPointer(elements(path.bytes)), flags);
  if (fd < 0n) return nothing;
  const stat = new Stat();
  const looked = linuxCall(SYS_fstat, u64(fd), callPointer(stat));
  const isFile = looked === 0n && (stat.st_mode & S_IFMT) === S_IFREG;
  const mapped = hostMapFd(i32(fd), isFile ? u64(stat.st_size) : 0n);
  void linuxCall(SYS_close, u64(fd));
  return mapped.length === 0n ? nothing : mapped;
}

/** The `bytes` bytes of an open file, or nothing. */
export function hostMapFd(fd: i32, bytes: u64): Slice<u8> {
  const address = bytes > 0n ? linuxCall(SYS_mmap, 0n, bytes, u64(PROT_READ), u64(MAP_PRIVATE), u64.wrap(fd), 0n) : -1n;
  // SAFETY: the kernel has just mapped it; what the file loses meanwhile would be a SIGBUS of this process alone.
  return address < 0n ? sliceOf(callNothing(), 0n) : sliceOf(pointerAt<u8>(u64(address)), bytes);
}

const nothingByte: Bytes<1> = zeroed();

function callNothing(): Ptr<u8> {
  return elements(nothingByte);
}

/** Puts a symbolic link's target into `target`; false: it is none. */
export function hostReadLink(path: PathText, target: PathText): bool {
  const place = callPointer(elements(target.bytes));
  const length = path.isTooLong
    ? -1n
    : linuxCall(SYS_readlink, callPointer(elements(path.bytes)), place, u64(PATH_BYTES));
  target.isTooLong = length >= i64(PATH_BYTES);
  target.length = length > 0n && !target.isTooLong ? u32(length) : 0;
  target.bytes[target.length] = 0;
  return length > 0n && !target.isTooLong;
}
