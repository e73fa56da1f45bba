/**
 * Requests of ioctl(2) that the channel's Control frame carries, and what each reads and writes (Linux's asm-generic/ioctls.h and termbits.h).
 *
 * The same table serves the guest, which copies as many bytes of the program's memory, and the proxy, which lets nothing else through: each
 * side knows the sizes without the other. FIONREAD is for every kind of stream, the rest for terminals.
 */

export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TCSBRK = 0x5409;
export const TCXONC = 0x540a;
export const TCFLSH = 0x540b;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCOUTQ = 0x5411;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
export const FIONREAD = 0x541b;
export const TCSBRKP = 0x5425;
export const TIOCGSID = 0x5429;
export const TCGETS2 = 0x802c_542a;
export const TCSETS2 = 0x402c_542b;
export const TCSETSW2 = 0x402c_542c;
export const TCSETSF2 = 0x402c_542d;

/** c_lflag: input by lines. */
export const ICANON = 0x2;
/** Indices of c_cc. */
export const VTIME = 5;
export const VMIN = 6;

@struct(8)
export class Winsize {
  ws_row!: u16;
  ws_col!: u16;
  ws_xpixel!: u16;
  ws_ypixel!: u16;
}

/** What TCGETS fills: the kernel's struct termios, shorter than libc's. */
@struct(36)
export class Termios {
  c_iflag!: u32;
  c_oflag!: u32;
  c_cflag!: u32;
  c_lflag!: u32;
  c_line!: u8;
  c_cc!: Bytes<19>;
}

/** struct termios2: with the speeds. */
@struct(44)
export class Termios2 {
  settings!: Termios;
  c_ispeed!: u32;
  c_ospeed!: u32;
}

/** No request reads or writes more. */
export const CONTROL_MOST_BYTES = 44;

export enum ControlArgument {
  /** The request reads a struct at the argument. */
  Reads = 0,
  /** It writes one. */
  Writes = 1,
  /** The argument is a number itself. */
  Value = 2,
}

export class ControlRequest {
  request!: u32;
  bytes!: u32;
  argument!: ControlArgument;
}

const COUNT = 18;
const REQUESTS: FixedArray<ControlRequest, 18> = fixedArray<ControlRequest, 18>(
  { request: TCGETS, bytes: sizeOf<Termios>(), argument: ControlArgument.Writes },
  { request: TCSETS, bytes: sizeOf<Termios>(), argument: ControlArgument.Reads },
  { request: TCSETSW, bytes: sizeOf<Termios>(), argument: ControlArgument.Reads },
  { request: TCSETSF, bytes: sizeOf<Termios>(), argument: ControlArgument.Reads },
  { request: TCGETS2, bytes: sizeOf<Termios2>(), argument: ControlArgument.Writes },
  { request: TCSETS2, bytes: sizeOf<Termios2>(), argument: ControlArgument.Reads },
  { request: TCSETSW2, bytes: sizeOf<Termios2>(), argument: ControlArgument.Reads },
  { request: TCSETSF2, bytes: sizeOf<Termios2>(), argument: ControlArgument.Reads },
  { request: TIOCGWINSZ, bytes: sizeOf<Winsize>(), argument: ControlArgument.Writes },
  { request: TIOCSWINSZ, bytes: sizeOf<Winsize>(), argument: ControlArgument.Reads },
  { request: TIOCGPGRP, bytes: 4, argument: ControlArgument.Writes },
  { request: TIOCSPGRP, bytes: 4, argument: ControlArgument.Reads },
  { request: TIOCOUTQ, bytes: 4, argument: ControlArgument.Writes },
  { request: FIONREAD, bytes: 4, argument: ControlArgument.Writes },
  { request: TCSBRK, bytes: 4, argument: ControlArgument.Value },
  { request: TCSBRKP, bytes: 4, argument: ControlArgument.Value },
  { request: TCXONC, bytes: 4, argument: ControlArgument.Value },
  { request: TCFLSH, bytes: 4, argument: ControlArgument.Value },
);

/** What a request reads and writes; null: it is none that the channel carries. */
export function controlRequest(request: u32): Ptr<ControlRequest> | null {
  for (let i: u32 = 0; i < COUNT; i += 1) {
    if (REQUESTS[i].request === request) return addressOf(REQUESTS[i]);
  }
  return null;
}

/** Whether the request changes the terminal's settings. */
export function controlChangesSettings(request: u32): bool {
  switch (request) {
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
      return true;
    default:
      return false;
  }
}
