/**
 * The proxy's terminal as ioctl(2) shows it: its usual mode and its size.
 *
 * Terminal settings are read-only: changing them would need the proxy's help, and saying yes without doing it would show a password.
 */

import { EINVAL, EIO } from "../../abi/errno.ts";
import {
  TCGETS,
  TCSETS,
  TCSETSF,
  TCSETSW,
  type Termios,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCSPGRP,
  type Winsize,
} from "../../abi/linux-files.ts";
import { logWarning } from "../../kernel/log/log.ts";
import { userWrite } from "../../kernel/mm/user-access.ts";
import { PROCESS_ID } from "../identity.ts";
import { programStdio } from "../program.ts";

/** ICRNL | IXON; OPOST | ONLCR; B38400 | CS8 | CREAD; ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN */
const C_IFLAG = 0x500;
const C_OFLAG = 0x5;
const C_CFLAG = 0xbf;
const C_LFLAG = 0x8a3b;

let saidSettings: bool = false;

export function terminalControl(stream: u32, request: u32, address: u64): i64 {
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
