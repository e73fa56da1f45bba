/**
 * ioctl(2) on the proxy's streams for the guest: the requests of abi/linux-terminal.ts and no others, each with the size that it has there.
 *
 * The guest's process group is the proxy's, which it knows as 0: it can tell whether it is in the foreground, and put itself there, and
 * name no other group.
 */

import { EINVAL, ENOTTY, EPERM } from "../../abi/errno.ts";
import { SYS_getpgid, SYS_ioctl } from "../../abi/linux-syscalls.ts";
import {
  CONTROL_MOST_BYTES,
  ControlArgument,
  controlChangesSettings,
  controlRequest,
  TIOCGPGRP,
  TIOCSPGRP,
} from "../../abi/linux-terminal.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { terminalAfterChange, terminalBeforeChange } from "../../uhyve/terminal-guard.ts";

/** One request: what came with it, and what the answer takes back. */
export class Control {
  request!: u32;
  bytes!: Bytes<44>;
  byteCount!: u32;
  /** Bytes of the answer. */
  answerBytes!: u32;
}

/** Payload of a Control frame; more than a request can have makes it one that does not exist. */
export function controlTake(control: Control, piece: Slice<u8>): void {
  const room = u64(CONTROL_MOST_BYTES - control.byteCount);
  if (piece.length > room) {
    control.request = 0;
    return;
  }
  copyBytes(elements(control.bytes).add(control.byteCount), piece.data, piece.length);
  control.byteCount += u32(piece.length);
}

/** Carries the request out on the descriptor: 0 or a negative errno; `bytes` then has `answerBytes` for the guest. */
export function controlCarryOut(control: Control, fd: i32): i32 {
  control.answerBytes = 0;
  const known = controlRequest(control.request);
  if (known === null) return -ENOTTY;
  const isWritten = known.argument === ControlArgument.Writes;
  if (control.byteCount !== (isWritten ? 0 : known.bytes)) return -EINVAL;
  if (control.request === TIOCSPGRP && !replaceGroup(control)) return -EPERM;
  const changes = controlChangesSettings(control.request);
  if (changes) terminalBeforeChange(fd);
  // SAFETY: `bytes` has room for an i32.
  const number = u64.wrap(castPtr<i32>(elements(control.bytes)).value);
  const argument = known.argument === ControlArgument.Value ? number : callPointer(elements(control.bytes));
  const result = linuxCall(SYS_ioctl, u64.wrap(fd), u64(control.request), argument);
  if (changes && result === 0n) terminalAfterChange(fd);
  if (result < 0n) return i32(result);
  if (control.request === TIOCGPGRP) hideGroup(control);
  control.answerBytes = isWritten ? known.bytes : 0;
  return 0;
}

/** The guest's 0 is the proxy's own group; false if it names another one. */
function replaceGroup(control: Control): bool {
  // SAFETY: `bytes` has room for an i32.
  const group = castPtr<i32>(elements(control.bytes));
  if (group.value !== 0) return false;
  group.value = ownGroup();
  return true;
}

function hideGroup(control: Control): void {
  // SAFETY: as above.
  const group = castPtr<i32>(elements(control.bytes));
  if (group.value === ownGroup()) group.value = 0;
}

function ownGroup(): i32 {
  return i32(linuxCall(SYS_getpgid, 0n));
}

staticAssert(CONTROL_MOST_BYTES === 44, "the largest request fits");
