/**
 * The end by a signal: SIGINT, SIGTERM and SIGHUP end the machine at once with the status that a shell gives such an end (128 + n).
 *
 * The guest is nothing but memory and threads of this process, and the monitor changes neither terminal nor files, so leaving is all
 * there is to do; exit_group is safe in a handler. A signal that is ignored when the proxy starts (nohup, background jobs of a
 * shell without job control) stays ignored. SIGPIPE is ignored: a write to a pipe without a reader is the guest's affair. SIGQUIT
 * (Ctrl-\) ends the guest with a report of where it is: KVM_RUN returns with EINTR, and the vCPU thread looks at `isReportWanted`.
 */

import {
  KernelSigaction,
  SIG_DFL,
  SIG_IGN,
  SIGHUP,
  SIGINT,
  SIGPIPE,
  SIGQUIT,
  SIGSET_BYTES,
  SIGTERM,
} from "../abi/linux-signal.ts";
import { SYS_exit_group, SYS_rt_sigaction, SYS_rt_sigreturn } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

/** On x86-64 the kernel wants to know the code behind a handler. */
const SA_RESTORER = 0x0400_0000n;
const EXIT_BY_SIGNAL = 128;
/** Exit status after a report that SIGQUIT asked for. */
export const STATUS_QUIT: i32 = 131;

export function signalsSetUp(): void {
  setAction(SIGPIPE, SIG_IGN);
  endOn(SIGINT);
  endOn(SIGTERM);
  endOn(SIGHUP);
}

/** From now on SIGQUIT ends the guest with a report, unless it is ignored. */
export function signalsReportOnQuit(): void {
  if (actionOf(SIGQUIT) === SIG_DFL) setAction(SIGQUIT, u64(functionAddress(onQuit)));
}

/** Makes KVM_RUN return in the thread that it is sent to; the highest signal, which no program sends by accident. */
export const KICK_SIGNAL = 64;

/** To be called before the first KICK_SIGNAL is sent. */
export function signalsPrepareKick(): void {
  setAction(KICK_SIGNAL, u64(functionAddress(onKick)));
}

/** That it came is all. */
function onKick(_signal: i32): void {}

function endOn(signal: i32): void {
  if (actionOf(signal) === SIG_DFL) setAction(signal, u64(functionAddress(onSignal)));
}

function actionOf(signal: i32): u64 {
  const before = new KernelSigaction();
  void linuxCall(SYS_rt_sigaction, u64(signal), 0n, callPointer(before), SIGSET_BYTES);
  return before.handler;
}

function setAction(signal: i32, handler: u64): void {
  const action = new KernelSigaction();
  action.handler = handler;
  action.flags = SA_RESTORER;
  action.restorer = u64(functionAddress(signalReturn));
  void linuxCall(SYS_rt_sigaction, u64(signal), callPointer(action), 0n, SIGSET_BYTES);
}

function onSignal(signal: i32): void {
  for (;;) void linuxCall(SYS_exit_group, u64.wrap(EXIT_BY_SIGNAL + signal));
}

const quitFlag: Atomic<u32> = zeroed();

/** Whether SIGQUIT has asked for a report. */
export function isReportWanted(): bool {
  return quitFlag.load(Order.Relaxed) !== 0;
}

function onQuit(_signal: i32): void {
  quitFlag.store(1, Order.Relaxed);
}

/** @naked */
function signalReturn(): void {
  // SAFETY: the kernel calls this with the signal frame on top of the stack, as rt_sigreturn expects it.
  asm`mov $${imm(SYS_rt_sigreturn)}, %eax
    syscall`;
}
