/** System calls of an application: Linux x86-64, raw. */

export const SYS_write: u32 = 1;
export const SYS_mmap: u32 = 9;
const EINTR: i64 = -4n;
const EAGAIN: i64 = -11n;
const SYS_poll: u32 = 7;

/** Arguments that a call does not take are 0. */
export function systemCall(number: u32, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): i64 {
  // SAFETY: the x86-64 system-call convention: rcx and r11 are lost, memory may have been written by the kernel.
  return asm<i64>`syscall ${output("rax")} ${input("rax", u64(number))} ${input("rdi", a)} ${input("rsi", b)} ${input("rdx", c)} ${input("r10", d)} ${input("r8", e)} ${input("r9", f)} ${clobber("rcx", "r11", "memory", "cc")}`;
}

/** Waits until the file takes bytes again: it may be non-blocking because another program made it so. */
function waitWritable(fd: u32): void {
  // struct pollfd: fd, then the events (POLLOUT is 4).
  let entry: u64 = u64(fd) | (4n << 32n);
  void systemCall(SYS_poll, u64(virtAddr(addressOf(entry))), 1n, 0xffff_ffff_ffff_ffffn, 0n, 0n, 0n);
}

/** Writes everything; false if the file does not take it. */
export function writeAll(fd: u32, data: Ptr<u8>, length: u64): bool {
  let done: u64 = 0n;
  while (done < length) {
    const n: i64 = systemCall(SYS_write, u64(fd), u64(virtAddr(data)) + done, length - done, 0n, 0n, 0n);
    if (n === EAGAIN) waitWritable(fd);
    else if (n < 0n && n !== EINTR) return false;
    else if (n > 0n) done += u64(n);
  }
  return true;
}
