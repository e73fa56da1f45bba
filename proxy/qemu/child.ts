/**
 * QEMU as a child process: found, started with exactly the descriptors it needs, ended, waited for.
 *
 * It never outlives the proxy: PR_SET_PDEATHSIG kills it when the proxy ends in whatever way, and the proxy's ending signals are
 * handled by killing it first (end-signals.ts). It stays in the proxy's process group, so that a terminal's stop key stops both; what
 * a terminal or a group sends to end programs is blocked in it, because the guest's program may want to go on.
 */

import { EACCES, EINTR, ENOENT } from "../../abi/errno.ts";
import { F_DUPFD, O_RDWR, PATH_MAX } from "../../abi/linux-files.ts";
import { PR_SET_PDEATHSIG } from "../../abi/linux-process.ts";
import { SIG_BLOCK, SIGHUP, SIGINT, SIGKILL, SIGSET_BYTES, SIGTERM } from "../../abi/linux-signal.ts";
import {
  SYS_close,
  SYS_close_range,
  SYS_dup2,
  SYS_execve,
  SYS_exit_group,
  SYS_faccessat,
  SYS_fcntl,
  SYS_fork,
  SYS_getpid,
  SYS_getppid,
  SYS_kill,
  SYS_open,
  SYS_prctl,
  SYS_rt_sigprocmask,
  SYS_wait4,
} from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { environmentValue } from "../strings.ts";
import { type ArgumentList, QEMU_CHANNEL_FD, QEMU_INHERITED_FDS, QEMU_KERNEL_FD, QEMU_MODULE_FD } from "./arguments.ts";

const X_OK = 1;
const AT_FDCWD = -100;
/** Above every descriptor that QEMU inherits. */
const FIRST_FREE_FD = 16;
export const EXEC_FAILED = 127;
/** Entries of PATH that are looked at. */
const MAX_PATH_ENTRIES = 256;
const PATH_BYTES = 4096;

const pathBuffer: Bytes<4096> = zeroed();

/** What the child's descriptors 2..5 shall be. */
export class ChildFds {
  standardError!: i32;
  channel!: i32;
  kernel!: i32;
  module!: i32;
}

/**
 * Finds an executable as a shell would: the path of `name`, NUL-terminated in static memory, or null with `error` set to -ENOENT or
 * -EACCES.
 */
export function findProgram(name: string, environment: Ptr<u64>, error: Ptr<i32>): Ptr<u8> | null {
  error.value = -ENOENT;
  if (contains(name, 0x2f)) return joinPath("", name) ? checkExecutable(error) : null;
  const path = environmentValue(environment, "PATH");
  let start: u32 = 0;
  for (let entry: u32 = 0; entry < MAX_PATH_ENTRIES && start <= path.length; entry += 1) {
    let end = start;
    while (end < path.length && path.byteAt(end) !== 0x3a) end += 1;
    if (joinPath(path.slice(start, end), name)) {
      const found = checkExecutable(error);
      if (found !== null) return found;
    }
    start = end + 1;
  }
  return null;
}

function contains(text: string, byte: u8): bool {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (text.byteAt(i) === byte) return true;
  }
  return false;
}

/** `folder/name` in pathBuffer (an empty folder: just the name); false if it is too long. */
function joinPath(folder: string, name: string): bool {
  const slash: u32 = folder.length > 0 ? 1 : 0;
  if (folder.length > PATH_BYTES || name.length > PATH_BYTES) return false;
  const total = folder.length + slash + name.length;
  if (total + 1 > PATH_BYTES) return false;
  copyBytes(elements(pathBuffer), folder.data, u64(folder.length));
  if (slash === 1) pathBuffer[folder.length] = 0x2f;
  copyBytes(elements(pathBuffer).add(folder.length + slash), name.data, u64(name.length));
  pathBuffer[total] = 0;
  return true;
}

function checkExecutable(error: Ptr<i32>): Ptr<u8> | null {
  const path = elements(pathBuffer);
  const result = linuxCall(SYS_faccessat, u64.wrap(AT_FDCWD), callPointer(path), u64(X_OK));
  if (result === 0n) return path;
  if (result === i64(-EACCES)) error.value = -EACCES;
  return null;
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
  const nothing = linuxCall(SYS_open, callPointer("/dev/null".data), u64(O_RDWR));
  void linuxCall(SYS_dup2, u64.wrap(nothing), 0n);
  void linuxCall(SYS_dup2, u64.wrap(nothing), 1n);
  void linuxCall(SYS_dup2, standardError, 2n);
  void linuxCall(SYS_dup2, channel, u64(QEMU_CHANNEL_FD));
  void linuxCall(SYS_dup2, kernel, u64(QEMU_KERNEL_FD));
  void linuxCall(SYS_dup2, module, u64(QEMU_MODULE_FD));
  void linuxCall(SYS_close_range, u64(QEMU_INHERITED_FDS), u64(u32.MAX), 0n);
}

function duplicateHigh(fd: i32): u64 {
  return u64.wrap(linuxCall(SYS_fcntl, u64.wrap(fd), u64(F_DUPFD), u64(FIRST_FREE_FD)));
}

/** Kills the child and waits until it is gone; its wait status. */
export function childEnd(pid: i64): i32 {
  void linuxCall(SYS_kill, u64.wrap(pid), u64(SIGKILL));
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

staticAssert(PATH_BYTES === PATH_MAX, "a path fits the buffer");
