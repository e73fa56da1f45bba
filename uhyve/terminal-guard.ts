/**
 * The terminal is afterwards as it was before: its settings are kept before the guest changes them the first time, and come back at every
 * end that this process sees, and while it is stopped.
 *
 * All standard streams that are terminals are the same one nearly always; another one is not guarded. Nothing here allocates or locks:
 * signal handlers call it. In the background the terminal is somebody else's and left alone.
 */

import { S_IFCHR, S_IFMT, Stat } from "../abi/linux-files.ts";
import { SIG_BLOCK, SIG_SETMASK, SIGSET_BYTES, SIGTTOU } from "../abi/linux-signal.ts";
import { SYS_fstat, SYS_getpgid, SYS_ioctl, SYS_rt_sigprocmask } from "../abi/linux-syscalls.ts";
import { TCGETS2, TCSETS2, type Termios2, TIOCGPGRP } from "../abi/linux-terminal.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

class TerminalGuard {
  /** The descriptor of the first change, and its device. */
  fd!: i32;
  device!: u64;
  before!: Termios2;
  ofProgram!: Termios2;
  /** `before` holds the settings that shall come back. */
  hasBefore!: Atomic<u32>;
  /** The program's settings are in force, or were until this process was stopped. */
  isChanged!: Atomic<u32>;
}

const guard: TerminalGuard = zeroed();

/** The guest is about to change the settings of the terminal at `fd`. */
export function terminalBeforeChange(fd: i32): void {
  if (guard.hasBefore.load() !== 0) return;
  guard.device = deviceOf(fd);
  if (guard.device === 0n || getSettings(fd, guard.before) < 0n) return;
  guard.fd = fd;
  guard.hasBefore.store(1);
}

/** It has. */
export function terminalAfterChange(fd: i32): void {
  if (guard.hasBefore.load() === 0 || deviceOf(fd) !== guard.device) return;
  if (getSettings(fd, guard.ofProgram) === 0n) guard.isChanged.store(1);
}

/** Before this process ends or stops. */
export function terminalRestore(): void {
  if (guard.isChanged.load() !== 0) setSettings(guard.before);
}

/** After it was stopped. */
export function terminalContinue(): void {
  if (guard.isChanged.load() !== 0) setSettings(guard.ofProgram);
}

function setSettings(settings: Termios2): void {
  if (!isForeground()) return;
  // A terminal that went to somebody else just now must not stop this process on its way out.
  const set = 1n << u64(SIGTTOU - 1);
  const before: u64 = 0n;
  void linuxCall(
    SYS_rt_sigprocmask,
    u64(SIG_BLOCK),
    callPointer(addressOf(set)),
    callPointer(addressOf(before)),
    SIGSET_BYTES,
  );
  void linuxCall(SYS_ioctl, u64.wrap(guard.fd), u64(TCSETS2), callPointer(settings));
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_SETMASK), callPointer(addressOf(before)), 0n, SIGSET_BYTES);
}

function isForeground(): bool {
  const group: i32 = 0;
  // A terminal that is not this session's has no foreground of ours; then nobody else minds either.
  if (linuxCall(SYS_ioctl, u64.wrap(guard.fd), u64(TIOCGPGRP), callPointer(addressOf(group))) < 0n) return true;
  return i64(group) === linuxCall(SYS_getpgid, 0n);
}

function getSettings(fd: i32, settings: Termios2): i64 {
  return linuxCall(SYS_ioctl, u64.wrap(fd), u64(TCGETS2), callPointer(settings));
}

/** The number of a character device; 0n: it is none. */
function deviceOf(fd: i32): u64 {
  const stat = new Stat();
  if (linuxCall(SYS_fstat, u64.wrap(fd), callPointer(stat)) < 0n) return 0n;
  return (stat.st_mode & S_IFMT) === S_IFCHR ? stat.st_rdev : 0n;
}
