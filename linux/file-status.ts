/**
 * What descriptors are: fstat and statx of the three streams, from the facts that the proxy sent (StdioInfo), and terminal ioctls.
 *
 * libc decides by them whether standard output is buffered by lines. Terminal settings are read-only: changing them would need the
 * proxy's help, and saying yes without doing it would show a password.
 */

import { EINVAL, EIO, ENOTTY } from "../abi/errno.ts";
import {
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  S_IFCHR,
  S_IFMT,
  STATX_BASIC_STATS,
  type Stat,
  type Statx,
  TCGETS,
  TCSETS,
  TCSETSF,
  TCSETSW,
  type Termios,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCSPGRP,
  type Winsize,
} from "../abi/linux-files.ts";
import { logWarning } from "../kernel/log/log.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { descriptorOf } from "./descriptors.ts";
import { PROCESS_ID } from "./identity.ts";
import { programModule, programStdio } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Unix98 pseudo-terminals: major 136, minor 0. */
const TERMINAL_MAJOR = 136;
const NULL_MAJOR = 1;
const NULL_MINOR = 3;
const TERMINAL_BLOCK_BYTES = 1024;
const BLOCK_BYTES = 4096;

/** ICRNL | IXON; OPOST | ONLCR; B38400 | CS8 | CREAD; ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN */
const C_IFLAG = 0x500;
const C_OFLAG = 0x5;
const C_CFLAG = 0xbf;
const C_LFLAG = 0x8a3b;

let saidSettings: bool = false;

/** Fills `stat` for the stream behind an open descriptor. */
export function fillStat(fd: i32, stat: Stat): void {
  const stream = u32(descriptorOf(fd).stream);
  const info = programStdio(stream);
  const isTerminal = info.isTerminal !== 0;
  zero(stat);
  stat.st_dev = 1n;
  stat.st_ino = u64(stream) + 3n;
  stat.st_nlink = 1n;
  stat.st_mode = info.mode;
  stat.st_uid = programModule().uid;
  stat.st_gid = programModule().gid;
  const blockBytes: u32 = isTerminal ? TERMINAL_BLOCK_BYTES : BLOCK_BYTES;
  stat.st_blksize = i64(blockBytes);
  if ((info.mode & S_IFMT) === S_IFCHR) {
    // A character device that is no terminal is /dev/null nearly always.
    const major: u32 = isTerminal ? TERMINAL_MAJOR : NULL_MAJOR;
    const minor: u32 = isTerminal ? 0 : NULL_MINOR;
    stat.st_rdev = u64((major << 8) | minor);
  }
}

export function sysFstat(call: SyscallFrame): i64 {
  return storeStat(i32.wrap(call.a0), call.a1);
}

export function storeStat(fd: i32, address: u64): i64 {
  const stat: Stat = zeroed();
  fillStat(fd, stat);
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(stat), u64(sizeOf<Stat>()));
}

export function storeStatx(fd: i32, address: u64): i64 {
  const stat: Stat = zeroed();
  const wide: Statx = zeroed();
  fillStat(fd, stat);
  wide.stx_mask = STATX_BASIC_STATS;
  wide.stx_blksize = u32(stat.st_blksize);
  wide.stx_nlink = 1;
  wide.stx_uid = stat.st_uid;
  wide.stx_gid = stat.st_gid;
  wide.stx_mode = u16.wrap(stat.st_mode);
  wide.stx_ino = stat.st_ino;
  wide.stx_rdev_major = u32(stat.st_rdev >> 8n);
  wide.stx_rdev_minor = u32(stat.st_rdev & 0xffn);
  wide.stx_dev_minor = 1;
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(wide), u64(sizeOf<Statx>()));
}

export function sysIoctl(call: SyscallFrame): i64 {
  const descriptor = descriptorOf(i32.wrap(call.a0));
  switch (u32.wrap(call.a1)) {
    case FIOCLEX:
    case FIONCLEX:
      descriptor.closesOnExec = u32.wrap(call.a1) === FIOCLEX;
      return 0n;
    case FIONBIO:
      return 0n;
    case FIONREAD: {
      // Nothing is read ahead, so nothing is known to wait.
      let count: u32 = 0;
      return userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(count)), 4n);
    }
    default:
      break;
  }
  if (programStdio(u32(descriptor.stream)).isTerminal === 0) {
    return i64(-ENOTTY);
  }
  return terminalIoctl(u32(descriptor.stream), u32.wrap(call.a1), call.a2);
}

function terminalIoctl(stream: u32, request: u32, address: u64): i64 {
  switch (request) {
    case TCGETS:
      return storeTermios(address);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
      if (!saidSettings) {
        saidSettings = true;
        logWarning("the program wants to change the terminal's settings, which is not possible: EIO");
      }
      return i64(-EIO);
    case TIOCGWINSZ:
      return storeWindow(stream, address);
    case TIOCGPGRP: {
      let group: i32 = PROCESS_ID;
      return userWrite(VirtAddr(address), castPtr<u8>(addressOf(group)), 4n);
    }
    case TIOCSPGRP:
      return 0n;
    default:
      return i64(-EINVAL);
  }
}

function storeWindow(stream: u32, address: u64): i64 {
  const info = programStdio(stream);
  const size: Winsize = { ws_row: info.rows, ws_col: info.columns, ws_xpixel: 0, ws_ypixel: 0 };
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(size), u64(sizeOf<Winsize>()));
}

/** A terminal in its usual mode: lines, echo, signals from the keyboard. */
function storeTermios(address: u64): i64 {
  const termios: Termios = zeroed();
  termios.c_iflag = C_IFLAG;
  termios.c_oflag = C_OFLAG;
  termios.c_cflag = C_CFLAG;
  termios.c_lflag = C_LFLAG;
  // VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN
  termios.c_cc[0] = 3;
  termios.c_cc[1] = 28;
  termios.c_cc[2] = 127;
  termios.c_cc[3] = 21;
  termios.c_cc[4] = 4;
  termios.c_cc[5] = 0;
  termios.c_cc[6] = 1;
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(termios), u64(sizeOf<Termios>()));
}
