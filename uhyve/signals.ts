/**
 * Signals of the process: those that the program is told of, the one that asks for a report, the one that stops a vCPU.
 *
 * SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are the program's as soon as it wants them (signal-gate.ts); before that they end the
 * process at once with 128 + signal, unless whoever started the proxy ignores or blocks them: no thread of ours holds anything that must be undone, KVM's machines end with their file
 * descriptors, and exit_group is safe in a handler. SIGWINCH and SIGCONT are passed on to a program that takes signals. SIGTSTP (Ctrl-Z)
 * stops the process, whose terminal has its settings of before meanwhile (terminal-guard.ts). What is ignored or blocked when the proxy starts
 * (nohup, background jobs of a shell without job control) is told to the guest, whose program inherits it. SIGPIPE is ignored: a write to
 * a pipe without a reader is the guest's affair; so is SIGXFSZ: a file beyond RLIMIT_FSIZE. SIGQUIT (Ctrl-\) ends the guest with a report of where it is:
 * KVM_RUN returns with EINTR, and the vCPU thread looks at `isReportWanted`.
 *
 * Signals are the first thread's, which runs the first vCPU; the others block them.
 */

import {
  KernelSigaction,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGPIPE,
  SIGQUIT,
  SIGSET_BYTES,
  SIGSYS,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
  SIGUSR2,
  SIGWINCH,
  SIGXFSZ,
} from "../abi/linux-signal.ts";
import {
  SYS_clock_gettime,
  SYS_exit_group,
  SYS_getpid,
  SYS_kill,
  SYS_rt_sigaction,
  SYS_rt_sigprocmask,
  SYS_rt_sigreturn,
} from "../abi/linux-syscalls.ts";
import { CLOCK_MONOTONIC, NS_PER_SECOND, Timespec } from "../abi/linux-time.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { GateAnswer, gateArrive, gateShield, signalGate } from "./signal-gate.ts";
import { terminalContinue, terminalRestore } from "./terminal-guard.ts";

/** On x86-64 the kernel wants to know the code behind a handler. */
const SA_RESTORER = 0x0400_0000n;
const EXIT_BY_SIGNAL = 128;
const LAST_SIGNAL = 64;
/** Exit status after a report that SIGQUIT asked for. */
export const STATUS_QUIT: i32 = 131;
/** Makes KVM_RUN return in the thread that it is sent to; the highest signal, which nobody sends by accident. */
export const KICK_SIGNAL = 64;

/** What an isle does in the handler; only what a handler may. */
let onForward: (() => void) | null = null;
let beforeEnd: (() => void) | null = null;
let tidyUp: (() => void) | null = null;
let aroundStop: ((isStopping: bool) => void) | null = null;

/** What this process was started with: bit n - 1 for signal n. */
class Inherited {
  ignored!: u64;
  blocked!: u64;
}

export const signalsInherited: Inherited = zeroed();

export function signalsSetUp(): void {
  inherit();
  setAction(SIGPIPE, SIG_IGN);
  setAction(SIGXFSZ, SIG_IGN);
  handle(SIGINT);
  handle(SIGTERM);
  handle(SIGHUP);
  handle(SIGUSR1);
  handle(SIGUSR2);
  handle(SIGWINCH);
  if (actionOf(SIGTSTP) === SIG_DFL) setAction(SIGTSTP, u64(functionAddress(onStop)));
  setAction(SIGCONT, u64(functionAddress(onContinue)));
  unblock();
}

/**
 * `forward` is called when the gate has something for the guest, `end` before a signal ends the process, `stop` before it is stopped and
 * after that.
 */
export function signalsServe(forward: () => void, end: () => void, stop: (isStopping: bool) => void): void {
  beforeEnd = end;
  aroundStop = stop;
  onForward = forward;
}

/** `act` runs before a signal ends the process, whatever the isle; only what a handler may. */
export function signalsTidyUp(act: () => void): void {
  tidyUp = act;
}

/** From now on SIGQUIT ends the guest with a report, unless it is ignored. */
export function signalsReportOnQuit(): void {
  if (actionOf(SIGQUIT) === SIG_DFL) setAction(SIGQUIT, u64(functionAddress(onQuit)));
}

/** To be called before the first KICK_SIGNAL is sent. */
export function signalsPrepareKick(): void {
  setAction(KICK_SIGNAL, u64(functionAddress(onKick)));
}

/**
 * Leaves signals to the first thread, in every other one: what they set is looked at there, and KVM_RUN must return in it. Linux prefers the
 * first thread, but not while it is in a handler.
 */
export function signalsLeaveToFirstThread(): void {
  const set = ~((1n << u64(KICK_SIGNAL - 1)) | (1n << u64(SIGSYS - 1)));
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_SETMASK), callPointer(addressOf(set)), 0n, SIGSET_BYTES);
}

/** That it came is all. */
function onKick(_signal: i32): void {}

/** Keeps what the process was started with: the gate heeds it until the program has a say. */
function inherit(): void {
  for (let signal: i32 = 1; signal <= LAST_SIGNAL; signal += 1) {
    if (actionOf(signal) === SIG_IGN) signalsInherited.ignored |= bitOf(signal);
  }
  const blocked = callPointer(addressOf(signalsInherited.blocked));
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_BLOCK), 0n, blocked, SIGSET_BYTES);
  gateShield(signalGate, signalsInherited.ignored, signalsInherited.blocked);
}

/** Signals that may be the program's come in, and those that threads of ours send. */
function unblock(): void {
  const program =
    bitOf(SIGINT) | bitOf(SIGTERM) | bitOf(SIGHUP) | bitOf(SIGUSR1) | bitOf(SIGUSR2) | bitOf(SIGWINCH) | bitOf(SIGCONT);
  const set = program | bitOf(SIGSYS) | bitOf(KICK_SIGNAL);
  if ((signalsInherited.blocked & set) === 0n) return;
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_UNBLOCK), callPointer(addressOf(set)), 0n, SIGSET_BYTES);
}

function handle(signal: i32): void {
  setAction(signal, u64(functionAddress(onSignal)));
}

function bitOf(signal: i32): u64 {
  return 1n << u64(signal - 1);
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
  // One handler at a time: they share what they send through.
  action.mask = u64.MAX;
  void linuxCall(SYS_rt_sigaction, u64(signal), callPointer(action), 0n, SIGSET_BYTES);
}

function onSignal(signal: i32): void {
  const answer = gateArrive(signalGate, signal, nowNs());
  if (answer === GateAnswer.Drop) return;
  if (answer === GateAnswer.Forward) {
    if (onForward !== null) onForward();
    return;
  }
  if (beforeEnd !== null) beforeEnd();
  if (tidyUp !== null) tidyUp();
  terminalRestore();
  for (;;) void linuxCall(SYS_exit_group, u64.wrap(EXIT_BY_SIGNAL + signal));
}

/** Stops by the default action, which a process group that nobody could continue is spared. */
function onStop(_signal: i32): void {
  terminalRestore();
  if (aroundStop !== null) aroundStop(true);
  setAction(SIGTSTP, SIG_DFL);
  void linuxCall(SYS_kill, u64.wrap(linuxCall(SYS_getpid)), u64(SIGTSTP));
  const set = 1n << u64(SIGTSTP - 1);
  // The process stops in the first of these calls.
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_UNBLOCK), callPointer(addressOf(set)), 0n, SIGSET_BYTES);
  void linuxCall(SYS_rt_sigprocmask, u64(SIG_BLOCK), callPointer(addressOf(set)), 0n, SIGSET_BYTES);
  setAction(SIGTSTP, u64(functionAddress(onStop)));
  goOn();
}

/** Also after SIGSTOP, which cannot be handled. */
function onContinue(signal: i32): void {
  goOn();
  onSignal(signal);
  onSignal(SIGWINCH);
}

function goOn(): void {
  if (aroundStop !== null) aroundStop(false);
  terminalContinue();
}

function nowNs(): u64 {
  const now = new Timespec();
  void linuxCall(SYS_clock_gettime, u64(CLOCK_MONOTONIC), callPointer(now));
  return u64(now.tv_sec) * NS_PER_SECOND + u64(now.tv_nsec);
}

const quitFlag: Atomic<u32> = zeroed();

/** Whether SIGQUIT has asked for a report. */
export function isReportWanted(): bool {
  return quitFlag.load(Order.Relaxed) !== 0;
}

function onQuit(_signal: i32): void {
  quitFlag.store(1, Order.Relaxed);
  if (onForward !== null) onForward();
}

/** @naked */
function signalReturn(): void {
  // SAFETY: the kernel calls this with the signal frame on top of the stack, as rt_sigreturn expects it.
  asm`mov $${imm(SYS_rt_sigreturn)}, %eax
    syscall`;
}
