/**
 * Signals: what the program wants done with them, which are blocked, which are pending, and their default actions.
 *
 * Handlers are recorded but not run yet: a signal whose handler would run ends the program if that is its default action, and the log
 * says so. Masks, pending sets, SIG_IGN and default actions are as on Linux (signal(7)). Stopping has no meaning in a machine with
 * one program: the stop signals are ignored.
 */

import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM, ESRCH } from "../abi/errno.ts";
import {
  type KernelSigaction,
  MINSIGSTKSZ,
  NSIG,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGPIPE,
  SIGSET_BYTES,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  type StackT,
} from "../abi/linux-signal.ts";
import { channelTakeSignals } from "../drivers/channel/channel.ts";
import { engineSetSignalHandler, engineTakeSignal } from "../drivers/channel/engine.ts";
import { logWarning } from "../kernel/log/log.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs, sleepProgramUntil } from "./clock.ts";
import { signalName } from "./core/trace-names.ts";
import { PROCESS_ID } from "./identity.ts";
import { killProgram } from "./process-end.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Neither can be blocked, ignored or caught. */
const UNBLOCKABLE = (1n << 8n) | (1n << 18n);

/** Index: signal number; 0 is unused. */
const actions: FixedArray<KernelSigaction, 65> = zeroed();
const alternateStack: StackT = { ss_sp: 0n, ss_flags: SS_DISABLE, reserved: 0, ss_size: 0n };
let blocked: u64 = 0n;
let pending: u64 = 0n;
let saidHandler: u64 = 0n;

function bitOf(signal: u32): u64 {
  return 1n << u64(signal - 1);
}

/** Whether the program handles or ignores the signal itself. */
export function signalIsDefault(signal: u32): bool {
  return actions[signal].handler === SIG_DFL;
}

/** Signals at the proxy reach the program once it wants more than default actions; before that the proxy ends it by itself. */
export function signalsInit(): void {
  engineSetSignalHandler(onOutsideSignal);
}

/** Interrupt context. */
function onOutsideSignal(): void {
  for (let signal = engineTakeSignal(); signal !== 0; signal = engineTakeSignal()) {
    signalRaise(u32(signal));
  }
}

/** The program sent itself a signal, or the kernel does. Returns if it goes on. */
export function signalRaise(signal: u32): void {
  assert(signal >= 1 && signal <= NSIG, "signal number");
  if ((blocked & bitOf(signal)) !== 0n) {
    if (actions[signal].handler !== SIG_IGN) {
      pending |= bitOf(signal);
    }
    return;
  }
  deliver(signal, "");
}

/** A fault in the program: a blocked or ignored one ends it all the same, because the instruction cannot go on. */
export function signalFault(signal: u32, why: string): never {
  if (actions[signal].handler !== SIG_DFL && actions[signal].handler !== SIG_IGN) {
    logWarning(`the handler of ${signalName(u64(signal))} is not run: handlers are not supported yet`);
  }
  killProgram(signal, why);
}

/** A write found that nobody reads: ends the program unless it ignores, blocks or catches SIGPIPE. */
export function signalBrokenPipe(): void {
  signalRaise(SIGPIPE);
}

function deliver(signal: u32, why: string): void {
  const handler = actions[signal].handler;
  if (handler === SIG_IGN) {
    return;
  }
  if (handler !== SIG_DFL) {
    if ((saidHandler & bitOf(signal)) === 0n) {
      saidHandler |= bitOf(signal);
      logWarning(`the handler of ${signalName(u64(signal))} is not run: handlers are not supported yet`);
    }
    if (signal === SIGPIPE) {
      // The caller sees EPIPE, which is what a program with a handler waits for.
      return;
    }
  }
  if (!isHarmless(signal)) {
    killProgram(signal, why);
  }
}

/** Signals that do not end a program by default. */
function isHarmless(signal: u32): bool {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return true;
    default:
      return false;
  }
}

/** Delivers what is pending and no longer blocked. */
function deliverPending(): void {
  for (let signal: u32 = 1; signal <= NSIG; signal++) {
    if ((pending & ~blocked & bitOf(signal)) !== 0n) {
      pending = pending & ~bitOf(signal);
      deliver(signal, "");
    }
  }
}

export function sysRtSigaction(call: SyscallFrame): i64 {
  const signal = u32.wrap(call.a0);
  if (call.a3 !== SIGSET_BYTES || signal === 0 || signal > NSIG) {
    return i64(-EINVAL);
  }
  const wanted: KernelSigaction = zeroed();
  const bytes = u64(sizeOf<KernelSigaction>());
  // SAFETY: plain integers, here and below.
  if (call.a1 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a1), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  if (call.a1 !== 0n && (signal === SIGKILL || signal === SIGSTOP)) {
    return i64(-EINVAL);
  }
  if (call.a2 !== 0n && userWrite(VirtAddr(call.a2), castPtr<u8>(actions[signal]), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  if (call.a1 !== 0n) {
    wanted.mask = wanted.mask & ~UNBLOCKABLE;
    copy(actions[signal], wanted);
    if (wanted.handler !== SIG_DFL) {
      channelTakeSignals();
    }
    if (wanted.handler === SIG_IGN || (wanted.handler === SIG_DFL && isHarmless(signal))) {
      pending = pending & ~bitOf(signal);
    }
  }
  return 0n;
}

export function sysRtSigprocmask(call: SyscallFrame): i64 {
  if (call.a3 !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  let before = blocked;
  let after = blocked;
  if (call.a1 !== 0n) {
    let set: u64 = 0n;
    if (userRead(castPtr<u8>(addressOf(set)), VirtAddr(call.a1), SIGSET_BYTES) !== 0n) {
      return i64(-EFAULT);
    }
    switch (u32.wrap(call.a0)) {
      case SIG_BLOCK:
        after = blocked | set;
        break;
      case SIG_UNBLOCK:
        after = blocked & ~set;
        break;
      case SIG_SETMASK:
        after = set;
        break;
      default:
        return i64(-EINVAL);
    }
  }
  blocked = after & ~UNBLOCKABLE;
  if (blocked !== 0n) {
    channelTakeSignals();
  }
  deliverPending();
  if (call.a2 === 0n) {
    return 0n;
  }
  return userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(before)), SIGSET_BYTES);
}

export function sysRtSigpending(call: SyscallFrame): i64 {
  if (call.a1 > SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  let set = pending & blocked;
  return userWrite(VirtAddr(call.a0), castPtr<u8>(addressOf(set)), call.a1);
}

/** Takes a pending signal of a set, or waits for one, which cannot come from elsewhere yet. */
export function sysRtSigtimedwait(call: SyscallFrame): i64 {
  let set: u64 = 0n;
  if (call.a3 !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  if (userRead(castPtr<u8>(addressOf(set)), VirtAddr(call.a0), SIGSET_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  const ready = pending & set & ~UNBLOCKABLE;
  if (ready !== 0n) {
    const signal = countTrailingZeros(ready) + 1;
    pending = pending & ~bitOf(signal);
    return i64(signal);
  }
  const ns: i64 = call.a2 === 0n ? FOREVER_NS : readTimespecNs(call.a2);
  if (ns < 0n) {
    return ns;
  }
  sleepProgramUntil(deadlineAfter(monotonicNs(), u64.wrap(ns)));
  return i64(-EAGAIN);
}

/** pause and rt_sigsuspend: no signal comes from outside yet, so they wait for ever. */
export function sysPause(_call: SyscallFrame): i64 {
  for (;;) {
    sleepProgramUntil(FOREVER_NS);
  }
}

export function sysSigaltstack(call: SyscallFrame): i64 {
  const wanted: StackT = zeroed();
  const bytes = u64(sizeOf<StackT>());
  // SAFETY: plain integers, here and below.
  if (call.a0 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a0), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  const before: StackT = zeroed();
  copy(before, alternateStack);
  if (call.a0 !== 0n) {
    const flags = wanted.ss_flags & ~SS_AUTODISARM;
    if (flags !== 0 && flags !== SS_DISABLE && flags !== SS_ONSTACK) {
      return i64(-EINVAL);
    }
    if (flags !== SS_DISABLE && wanted.ss_size < MINSIGSTKSZ) {
      return i64(-ENOMEM);
    }
    copy(alternateStack, wanted);
    if (flags === SS_DISABLE) {
      alternateStack.ss_sp = 0n;
      alternateStack.ss_size = 0n;
    }
  }
  return call.a1 === 0n ? 0n : userWrite(VirtAddr(call.a1), castPtr<u8>(before), bytes);
}

/** kill(pid, signal) */
export function sysKill(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  // 0 and -1 mean the group and everybody: the program is all there is.
  const isSelf = process === PROCESS_ID || process === 0 || process === -1 || process === -PROCESS_ID;
  return send(isSelf, process === 1, u32.wrap(call.a1));
}

/** tkill(tid, signal) */
export function sysTkill(call: SyscallFrame): i64 {
  const thread = i32.wrap(call.a0);
  return thread <= 0 ? i64(-EINVAL) : send(thread === PROCESS_ID, false, u32.wrap(call.a1));
}

/** tgkill(tgid, tid, signal) */
export function sysTgkill(call: SyscallFrame): i64 {
  const group = i32.wrap(call.a0);
  const thread = i32.wrap(call.a1);
  if (group <= 0 || thread <= 0) {
    return i64(-EINVAL);
  }
  return send(group === PROCESS_ID && thread === PROCESS_ID, false, u32.wrap(call.a2));
}

function send(isSelf: bool, isInit: bool, signal: u32): i64 {
  if (signal > NSIG) {
    return i64(-EINVAL);
  }
  if (!isSelf) {
    return isInit ? i64(-EPERM) : i64(-ESRCH);
  }
  if (signal !== 0) {
    signalRaise(signal);
  }
  return 0n;
}
