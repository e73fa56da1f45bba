/** System calls about a task's own signals: actions, mask, pending set, alternate stack, and the return from a handler. */

import { EFAULT, EINTR, EINVAL, ENOMEM, EPERM } from "../abi/errno.ts";
import {
  type KernelSigaction,
  MINSIGSTKSZ,
  NSIG,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SI_KERNEL,
  SIG_BLOCK,
  SIG_DFL,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGSEGV,
  SIGSET_BYTES,
  SIGSTOP,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  type StackT,
} from "../abi/linux-signal.ts";
import type { RtSigframe } from "../abi/linux-signal-frame.ts";
import { channelTakeSignals } from "../drivers/channel/channel.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { kernelBeforeApplication } from "../kernel/trap.ts";
import { irqSave } from "../nucleus/irq-mask.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { bitOf } from "./core/signal-queue.ts";
import { signalForce } from "./signal-deliver.ts";
import {
  alternateStackFlags,
  clearAlternateStack,
  isOnAlternateStack,
  signalFrameRead,
  signalFrameRestore,
} from "./signal-frame.ts";
import { signalsBlock } from "./signal-send.ts";
import {
  actions,
  isIgnored,
  processPending,
  signalForget,
  signalLock,
  signalPendingSet,
  type TaskSignals,
  UNBLOCKABLE,
} from "./signal-state.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, firstTask, type Task, tasksLock } from "./task.ts";

/** Flags that mean something; Linux drops the others, so that programs can find out. */
const ACTION_FLAGS =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_EXPOSE_TAGBITS |
  SA_RESTORER |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND;

export function sysRtSigaction(call: SyscallFrame): i64 {
  const signal = u32.wrap(call.a0);
  if (call.a3 !== SIGSET_BYTES || signal === 0 || signal > NSIG) {
    return i64(-EINVAL);
  }
  const wanted: KernelSigaction = zeroed();
  const before: KernelSigaction = zeroed();
  const bytes = u64(sizeOf<KernelSigaction>());
  // SAFETY: plain integers, here and below.
  if (call.a1 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a1), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  if (call.a1 !== 0n && (signal === SIGKILL || signal === SIGSTOP)) {
    return i64(-EINVAL);
  }
  wanted.mask = wanted.mask & ~UNBLOCKABLE;
  wanted.flags = wanted.flags & ACTION_FLAGS;
  let isForgotten: bool = false;
  {
    using _guard = lockAcquire(signalLock);
    copy(before, actions[signal]);
    if (call.a1 !== 0n) {
      copy(actions[signal], wanted);
      isForgotten = isIgnored(signal);
    }
  }
  // Also what was ignored from the beginning and is not any more (nohup).
  if (call.a1 !== 0n && (wanted.handler !== SIG_DFL || before.handler !== SIG_DFL)) {
    channelTakeSignals();
  }
  if (isForgotten) {
    forgetEverywhere(bitOf(signal));
  }
  return call.a2 === 0n ? 0n : userWrite(VirtAddr(call.a2), castPtr<u8>(before), bytes);
}

/** Signals that are ignored from now on are not pending any more, blocked or not (sigaction(2)). */
function forgetEverywhere(signals: u64): void {
  using _guard = lockAcquire(tasksLock);
  signalForget(processPending, signals);
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    signalForget(task.signals.pending, signals);
    task = task.next;
  }
}

export function sysRtSigprocmask(call: SyscallFrame): i64 {
  if (call.a3 !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  let before = currentTask().signals.blocked;
  if (call.a1 !== 0n) {
    let set: u64 = 0n;
    if (userRead(castPtr<u8>(addressOf(set)), VirtAddr(call.a1), SIGSET_BYTES) !== 0n) {
      return i64(-EFAULT);
    }
    switch (u32.wrap(call.a0)) {
      case SIG_BLOCK:
        signalsBlock(before | set);
        break;
      case SIG_UNBLOCK:
        signalsBlock(before & ~set);
        break;
      case SIG_SETMASK:
        signalsBlock(set);
        break;
      default:
        return i64(-EINVAL);
    }
  }
  if (currentTask().signals.blocked !== 0n) {
    channelTakeSignals();
  }
  if (call.a2 === 0n) {
    return 0n;
  }
  return userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(before)), SIGSET_BYTES);
}

export function sysRtSigpending(call: SyscallFrame): i64 {
  if (call.a1 > SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  let set = signalPendingSet() & currentTask().signals.blocked;
  return userWrite(VirtAddr(call.a0), castPtr<u8>(addressOf(set)), call.a1);
}

export function sysSigaltstack(call: SyscallFrame): i64 {
  const state = currentTask().signals;
  const wanted: StackT = zeroed();
  const bytes = u64(sizeOf<StackT>());
  // SAFETY: plain integers, here and below.
  if (call.a0 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a0), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  const rsp = u64(call.userRsp);
  const before: StackT = {
    ss_sp: state.stackStart,
    ss_flags: alternateStackFlags(state, rsp) | (state.stackFlags & SS_AUTODISARM),
    reserved: 0,
    ss_size: state.stackBytes,
  };
  if (call.a0 !== 0n) {
    const result = setAlternateStack(state, wanted, rsp);
    if (result !== 0n) {
      return result;
    }
  }
  return call.a1 === 0n ? 0n : userWrite(VirtAddr(call.a1), castPtr<u8>(before), bytes);
}

/** 0, -EPERM while the thread runs on it, -EINVAL, -ENOMEM. */
function setAlternateStack(state: TaskSignals, wanted: StackT, rsp: u64): i64 {
  const mode = wanted.ss_flags & ~SS_AUTODISARM;
  if (state.stackBytes !== 0n && isOnAlternateStack(state, rsp)) {
    return i64(-EPERM);
  }
  if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) {
    return i64(-EINVAL);
  }
  if (mode === SS_DISABLE) {
    clearAlternateStack(state);
    state.stackFlags = wanted.ss_flags;
    return 0n;
  }
  if (wanted.ss_size < MINSIGSTKSZ) {
    return i64(-ENOMEM);
  }
  state.stackStart = wanted.ss_sp;
  state.stackBytes = wanted.ss_size;
  state.stackFlags = wanted.ss_flags;
  return 0n;
}

/**
 * The end of a handler: everything as its frame says. Does not return here, since no register is as it was. A frame that cannot be is
 * answered by SIGSEGV, as on Linux.
 */
export function sysRtSigreturn(call: SyscallFrame): i64 {
  const contents: RtSigframe = zeroed();
  const frame: TrapFrame = zeroed();
  const state = currentTask().signals;
  const isRead = signalFrameRead(contents, u64(call.userRsp)) === 0n;
  if (isRead) {
    signalsBlock(contents.uc.uc_sigmask);
  }
  if (!isRead || signalFrameRestore(addressOf(frame), contents.uc.uc_mcontext) !== 0n) {
    signalForce(SIGSEGV, SI_KERNEL, 0n, "rt_sigreturn found no valid frame of a signal handler on the stack");
    return 0n;
  }
  void setAlternateStack(state, contents.uc.uc_stack, u64(frame.rsp));
  void irqSave();
  kernelBeforeApplication(addressOf(frame));
}

export function sysRestartSyscall(_call: SyscallFrame): i64 {
  const state = currentTask().signals;
  const restart = state.restart;
  state.restart = null;
  return restart === null ? i64(-EINTR) : restart(state.restartDeadlineNs, state.restartAddress);
}
