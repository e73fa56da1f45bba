/**
 * Standard descriptors that are closed when the proxy starts: the guest shall find them closed (EBADF), and no file of the proxy may
 * come to lie there, or the guest would read or write that.
 *
 * Each is filled with a descriptor that has no rights (O_PATH), on which Linux answers reads and writes with EBADF itself.
 */

import { F_GETFD, O_CLOEXEC, O_PATH } from "../abi/linux-files.ts";
import { SYS_fcntl, SYS_open } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

const STDIO_COUNT = 3;

/** Bit n: descriptor n was closed. */
export function closedStdioFill(): u32 {
  let closed: u32 = 0;
  for (let fd: u32 = 0; fd < STDIO_COUNT; fd += 1) {
    if (linuxCall(SYS_fcntl, u64(fd), u64(F_GETFD)) >= 0n) continue;
    closed |= 1 << fd;
    // The kernel gives the lowest free number, which is this one.
    void linuxCall(SYS_open, callPointer("/".data), u64(O_PATH | O_CLOEXEC));
  }
  return closed;
}
