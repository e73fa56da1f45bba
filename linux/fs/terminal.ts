/**
 * The proxy's terminal as ioctl(2) shows it: the host's own, whose settings and size are asked and changed through the channel.
 *
 * Every request that reaches the host has its size in abi/linux-terminal.ts. The guest has one process group and one session; which of the
 * host's groups has the terminal is told as "this one" or "another one".
 */

import { EFAULT, ENOTTY, EPERM } from "../../abi/errno.ts";
import {
  CONTROL_MOST_BYTES,
  ControlArgument,
  controlRequest,
  FIONREAD,
  ICANON,
  TCGETS,
  type Termios,
  TIOCGPGRP,
  TIOCGSID,
  TIOCSPGRP,
  VMIN,
  VTIME,
} from "../../abi/linux-terminal.ts";
import { NS_PER_MILLISECOND } from "../../abi/linux-time.ts";
import { channelControl } from "../../drivers/channel/input.ts";
import { readinessForget, readinessOf, readinessRearm } from "../../drivers/channel/readiness.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { FOREVER_NS } from "../clock.ts";
import { PROCESS_ID } from "../identity.ts";

/** c_cc[VTIME] counts these. */
const TENTH_NS = 100n * NS_PER_MILLISECOND;

/** A request on a stream that is a terminal, or FIONREAD on any. */
export function terminalControl(stream: u16, request: u32, argument: u64): i64 {
  if (request === TIOCGSID) {
    return storeNumber(argument, PROCESS_ID);
  }
  const known = controlRequest(request);
  if (known === null) {
    return i64(-ENOTTY);
  }
  const bytes: Bytes<44> = zeroed();
  const place = elements(bytes);
  let bytesIn: u32 = known.bytes;
  if (known.argument === ControlArgument.Value) {
    // SAFETY: `bytes` has room for a u32.
    castPtr<u32>(place).value = u32.wrap(argument);
  } else if (known.argument === ControlArgument.Writes) {
    bytesIn = 0;
  } else if (userRead(place, VirtAddr(argument), u64(bytesIn)) !== 0n) {
    return i64(-EFAULT);
  }
  if (request === TIOCSPGRP && !toHostGroup(place)) {
    return i64(-EPERM);
  }
  const result = channelControl(stream, request, place, bytesIn);
  if (request !== FIONREAD) {
    // What is readable may have changed: another mode, a flush.
    readinessForget(readinessOf(stream, false));
    readinessRearm(readinessOf(stream, false));
  }
  if (result < 0n || known.argument !== ControlArgument.Writes) {
    return result;
  }
  if (request === TIOCGPGRP) {
    fromHostGroup(place);
  }
  return userWrite(VirtAddr(argument), place, u64(known.bytes));
}

/**
 * How long a read may wait for a first byte: without limit by lines, and in raw mode unless VMIN is 0; then as long as VTIME says (0n: not at
 * all), and it ends with no bytes.
 */
export function terminalReadLimitNs(stream: u16): u64 {
  const termios: Termios = zeroed();
  const room: Bytes<44> = zeroed();
  if (channelControl(stream, TCGETS, elements(room), 0) !== 0n) {
    return FOREVER_NS;
  }
  // SAFETY: plain integers, and no more than there are.
  copyBytes(castPtr<u8>(termios), elements(room), u64(sizeOf<Termios>()));
  if ((termios.c_lflag & ICANON) !== 0 || termios.c_cc[VMIN] !== 0) {
    return FOREVER_NS;
  }
  return u64(termios.c_cc[VTIME]) * TENTH_NS;
}

function storeNumber(address: u64, number: i32): i64 {
  const value: i32 = number;
  // SAFETY: four bytes of a local.
  return userWrite(VirtAddr(address), castPtr<u8>(addressOf(value)), 4n);
}

function toHostGroup(place: Ptr<u8>): bool {
  // SAFETY: the caller's buffer has room for an i32.
  const group = castPtr<i32>(place);
  if (group.value !== PROCESS_ID) {
    return false;
  }
  group.value = 0;
  return true;
}

/** The guest's own group has its number; any other one keeps the host's, unless that is taken for it. */
function fromHostGroup(place: Ptr<u8>): void {
  // SAFETY: as above.
  const group = castPtr<i32>(place);
  if (group.value === 0) {
    group.value = PROCESS_ID;
  } else if (group.value === PROCESS_ID) {
    group.value = PROCESS_ID - 1;
  }
}

staticAssert(CONTROL_MOST_BYTES === 44, "a request fits its buffer");
