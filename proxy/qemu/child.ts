/**
 * QEMU as a child process: started with exactly the descriptors it needs, ended, waited for.
 *
 * It never outlives the proxy: PR_SET_PDEATHSIG kills it when the proxy ends in whatever way, and the proxy's ending signals are
 * handled by killing it first (end-signals.ts). It stays in the proxy's process group, so that a terminal's stop key stops both; what
 * a terminal or a group sends to end programs is blocked in it, because the guest's program may want to go on.
 */

import { EINTR } from "../../abi/errno.ts";
import { F_DUPFD, O_RDWR } from "../../abi/linux-files.ts";
import { PR_SET_PDEATHSIG } from "../../abi/linux-process.ts";
import { SIG_BLOCK, SIGHUP, SIGINT, SIGKILL, SIGSET_BYTES, SIGTERM } from "../../abi/linux-signal.ts";
import {
  SYS_close,
  SYS_close_range,
  SYS_dup2,
  SYS_execve,
  SYS_exit_group,
  SYS_fcntl,
  SYS_fork,
  SYS_getpid,
  SYS_getppid,
  SYS_kill,
  SYS_open,
  SYS_pidfd_open,
  SYS_prctl,
  SYS_process_mrelease,
  SYS_rt_sigprocmask,
  SYS_wait4,
} from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import {
  type ArgumentList,
  QEMU_CHANNEL_FD,
  QEMU_FIRMWARE_FD,
  QEMU_GATE_FD,
  QEMU_INHERITED_FDS,
  QEMU_KERNEL_FD,
  QEMU_MODULE_FD,
} from "./arguments.ts";

/** Above every descriptor that QEMU inherits. */
const FIRST_FREE_FD = 16;
export const EXEC_FAILED = 127;

/** What the child's descriptors 2..7 shall be. */
export class ChildFds {
  standardError!: i32;
  channel!: i32;
  kernel!: i32;
  module!: i32;
  gate!: i32;
  firmware!: i32;
}

/** Starts the program: its process number, or a negative errno. A child that cannot exec ends with EXEC_FAILED. */
export function childStart(path: Ptr<u8>, list: ArgumentList, environment: Ptr<u64>, fds: ChildFds): i64 {
  const parent = linuxCall(SYS_getpid);
  const pid = linuxCall(SYS_fork);
  if (pid !== 0n) return pid;
  void linuxCall(SYS_prctl, u64(PR_SET_PDEATHSIG), u64(SIGKILL));
  // The parent may have ended before the line above: then nobody would end this process.
  if (linuxCall(SYS_getppid) !== parent) exitNow(EXEC_FAILED);
  blockEndSignals();
  arrangeFds(fds);
  void linuxCall(SYS_execve, callPointer(path), callPointer(elements(list.pointers)), callPointer(environment));
  exitNow(EXEC_FAILED);
}

/** A mask survives execve, and QEMU, which sets handlers for these, does not unblock them. */
function blockEndSignals(): void {
  const set = (1n << u64(SIGHUP - 1)) | (1n << u64(SIGINT - 1)) | (1n << u64(SIGTERM - 1));
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_BLOCK), callPointer(addressOf(set)), 0n, SIGSET_BYTES);
}

/** Moves everything out of the way first, so that no descriptor is overwritten before it is duplicated. */
function arrangeFds(fds: ChildFds): void {
  const standardError = duplicateHigh(fds.standardError);
  const channel = duplicateHigh(fds.channel);
  const kernel = duplicateHigh(fds.kernel);
  const module = duplicateHigh(fds.module);
  const gate = duplicateHigh(fds.gate);
  const firmware = duplicateHigh(fds.firmware);
  const nothing = linuxCall(SYS_open, callPointer("/dev/null".data), u64(O_RDWR));
  void linuxCall(SYS_dup2, u64.wrap(nothing), 0n);
  void linuxCall(SYS_dup2, u64.wrap(nothing), 1n);
  void linuxCall(SYS_dup2, standardError, 2n);
  void linuxCall(SYS_dup2, channel, u64(QEMU_CHANNEL_FD));
  void linuxCall(SYS_dup2, kernel, u64(QEMU_KERNEL_FD));
  void linuxCall(SYS_dup2, module, u64(QEMU_MODULE_FD));
  void linuxCall(SYS_dup2, gate, u64(QEMU_GATE_FD));
  void linuxCall(SYS_dup2, firmware, u64(QEMU_FIRMWARE_FD));
  void linuxCall(SYS_close_range, u64(QEMU_INHERITED_FDS), u64(u32.MAX), 0n);
}

function duplicateHigh(fd: i32): u64 {
  return u64.wrap(linuxCall(SYS_fcntl, u64.wrap(fd), u64(F_DUPFD), u64(FIRST_FREE_FD)));
}

/** A descriptor of the child for childEnd, or a negative errno, with which it does as well. */
export function childDescriptor(pid: i64): i64 {
  return linuxCall(SYS_pidfd_open, u64.wrap(pid), 0n);
}

/**
 * Kills the child and waits until it is gone; its wait status. To give back its memory takes milliseconds, less if two do it: where Linux
 * can (5.15), this process begins while the child's threads end.
 */
export function childEnd(pid: i64, descriptor: i64 = -1n): i32 {
  void linuxCall(SYS_kill, u64.wrap(pid), u64(SIGKILL));
  void linuxCall(SYS_process_mrelease, u64.wrap(descriptor), 0n);
  return childWait(pid);
}

/** Waits for the child's end; its wait status as wait4 gives it. */
export function childWait(pid: i64): i32 {
  let status: i32 = 0;
  let result: i64 = 0n;
  do {
    result = linuxCall(SYS_wait4, u64.wrap(pid), callPointer(addressOf(status)), 0n, 0n);
  } while (result === i64(-EINTR));
  return status;
}

export function closeFd(fd: i32): void {
  void linuxCall(SYS_close, u64.wrap(fd));
}

export function exitNow(status: i32): never {
  while (true) void linuxCall(SYS_exit_group, u64.wrap(status));
}
