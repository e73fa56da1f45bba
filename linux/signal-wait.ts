/**
 * Waiting for signals: rt_sigtimedwait, rt_sigsuspend, pause; and masks that hold for one call (ppoll, pselect, epoll_pwait).
 *
 * Any other wait that signals end looks at signalIsWaiting (linux/signal-send.ts) in its loop and answers one of the ERESTART codes
 * (abi/errno.ts); linux/signal-deliver.ts makes EINTR of it, or starts the call again.
 */

import { EAGAIN, EFAULT, EINTR, EINVAL, ERESTARTNOHAND } from "../abi/errno.ts";
import { SIGSET_BYTES, type Siginfo } from "../abi/linux-signal.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs, sleepOnceUntil } from "./clock.ts";
import { signalIsWaiting, signalsAwait, signalsBlock } from "./signal-send.ts";
import { signalTake, UNBLOCKABLE } from "./signal-state.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask } from "./task.ts";

/** Takes a pending signal of a set, or waits for one. */
export function sysRtSigtimedwait(call: SyscallFrame): i64 {
  let set: u64 = 0n;
  if (call.a3 !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  // SAFETY: eight bytes of a local.
  if (userRead(castPtr<u8>(addressOf(set)), VirtAddr(call.a0), SIGSET_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  const ns: i64 = call.a2 === 0n ? FOREVER_NS : readTimespecNs(call.a2);
  if (ns < 0n) {
    return ns;
  }
  const info: Siginfo = zeroed();
  const result = waitFor(set & ~UNBLOCKABLE, deadlineAfter(monotonicNs(), u64.wrap(ns)), info);
  if (result < 0n || call.a1 === 0n) {
    return result;
  }
  // SAFETY: plain integers.
  const written = userWrite(VirtAddr(call.a1), castPtr<u8>(info), u64(sizeOf<Siginfo>()));
  return written !== 0n ? written : result;
}

/** The signal's number, -EAGAIN when the time is over, -EINTR if another one is to be delivered. */
function waitFor(set: u64, deadlineNs: u64, info: Siginfo): i64 {
  let signal = signalTake(set, info);
  if (signal !== 0) {
    return i64(signal);
  }
  let result: i64 = i64(-EAGAIN);
  signalsAwait(set);
  while (true) {
    signal = signalTake(set, info);
    if (signal !== 0) {
      result = i64(signal);
      break;
    }
    if (signalIsWaiting()) {
      result = i64(-EINTR);
      break;
    }
    if (monotonicNs() >= deadlineNs) {
      break;
    }
    sleepOnceUntil(deadlineNs);
  }
  signalsAwait(0n);
  return result;
}

export function sysPause(_call: SyscallFrame): i64 {
  while (!signalIsWaiting()) {
    sleepOnceUntil(FOREVER_NS);
  }
  return i64(-ERESTARTNOHAND);
}

export function sysRtSigsuspend(call: SyscallFrame): i64 {
  const result = call.a0 === 0n ? i64(-EFAULT) : signalMaskEnter(call.a0, call.a1);
  return result !== 0n ? result : sysPause(call);
}

/** Sets the mask at `address` (0: none) for the rest of a call: 0, -EINVAL, -EFAULT. signalMaskLeave follows if it is 0. */
export function signalMaskEnter(address: u64, bytes: u64): i64 {
  let set: u64 = 0n;
  if (address === 0n) {
    return 0n;
  }
  if (bytes !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  // SAFETY: eight bytes of a local.
  if (userRead(castPtr<u8>(addressOf(set)), VirtAddr(address), SIGSET_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  const state = currentTask().signals;
  state.savedMask = state.blocked;
  state.hasSavedMask = true;
  signalsBlock(set);
  return 0n;
}

/** Ends what signalMaskEnter began, at once unless the call was interrupted: then the handler runs with the call's mask first. */
export function signalMaskLeave(result: i64): i64 {
  const state = currentTask().signals;
  if (state.hasSavedMask && result !== i64(-ERESTARTNOHAND) && result !== i64(-EINTR)) {
    state.hasSavedMask = false;
    signalsBlock(state.savedMask);
  }
  return result;
}
