/**
 * Which signals of the proxy become the program's affair, and which end the machine.
 *
 * The gate is shut until the guest's kernel says that its program wants more than default actions (FrameKind.SignalsTaken): until then a
 * signal ends the machine at once, with the status that the program would have had; but not one that the program was started to ignore or
 * to block. Behind an open gate a signal becomes a `Signal`
 * frame, and the kernel acknowledges each. A kernel that does not (it hangs, or its output is stuck) must still be endable: a
 * signal that is meant to end, and that comes PATIENCE_NS after one that nobody has acknowledged, ends the machine.
 *
 * Why the patience: a terminal's Ctrl-C often arrives twice at once, from the terminal and from a parent that passes it on.
 *
 * Everything is atomic: signal handlers call this, in a thread that may be anywhere.
 */

import { SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH } from "../abi/linux-signal.ts";

export const PATIENCE_NS = 1_000_000_000n;

export enum GateAnswer {
  /** Ends the machine with 128 + signal. */
  End = 0,
  /** Is the program's: gateTake gives it to whoever can send it. */
  Forward = 1,
  /** Means nothing to a program that has not asked for it. */
  Drop = 2,
}

/** Bit n - 1 of a set is signal n. */
export class SignalGate {
  isOpen!: Atomic<u32>;
  /** To be sent. */
  pending!: Atomic<u64>;
  /** Arrived and not acknowledged, and since when (0: none). */
  awaited!: Atomic<u64>;
  awaitedSinceNs!: Atomic<u64>;
  /** What whoever started the program has it ignore and block; while the gate is shut, these end nothing. */
  ignored!: u64;
  blocked!: u64;
  /** Blocked and arrived while the gate was shut. */
  held!: Atomic<u64>;
}

/** The gate of this process. */
export const signalGate: SignalGate = zeroed();

/** Before the first signal arrives: sets of those that are ignored and blocked. */
export function gateShield(gate: SignalGate, ignored: u64, blocked: u64): void {
  gate.ignored = ignored;
  gate.blocked = blocked;
}

/** The guest's kernel takes signals from now on. */
export function gateOpen(gate: SignalGate): void {
  gate.isOpen.store(1);
  void gate.pending.fetchOr(gate.held.exchange(0n));
}

/** A signal has arrived at `nowNs`, which is not 0. */
export function gateArrive(gate: SignalGate, signal: i32, nowNs: u64): GateAnswer {
  if (gate.isOpen.load() === 0) return arriveAtShut(gate, signal);
  const since = gate.awaitedSinceNs.load();
  if (since === 0n) gate.awaitedSinceNs.store(nowNs);
  else if (isMeantToEnd(signal) && nowNs - since > PATIENCE_NS) return GateAnswer.End;
  void gate.awaited.fetchOr(bitOf(signal));
  void gate.pending.fetchOr(bitOf(signal));
  return GateAnswer.Forward;
}

function arriveAtShut(gate: SignalGate, signal: i32): GateAnswer {
  if ((gate.blocked & bitOf(signal)) === 0n) {
    return isIgnoredByDefault(signal) || (gate.ignored & bitOf(signal)) !== 0n ? GateAnswer.Drop : GateAnswer.End;
  }
  void gate.held.fetchOr(bitOf(signal));
  // It has been opened meanwhile.
  if (gate.isOpen.load() === 0) return GateAnswer.Drop;
  void gate.pending.fetchOr(gate.held.exchange(0n));
  return GateAnswer.Forward;
}

/** Whether gateTake would give one. */
export function gateHasPending(gate: SignalGate): bool {
  return gate.pending.load() !== 0n;
}

/** The lowest signal that is to be sent, which is the caller's now; 0: none. */
export function gateTake(gate: SignalGate): i32 {
  const pending = gate.pending.load();
  if (pending === 0n) return 0;
  const signal = i32(countTrailingZeros(pending)) + 1;
  void gate.pending.fetchAnd(~bitOf(signal));
  return signal;
}

/** The signal could not be sent now. */
export function gatePutBack(gate: SignalGate, signal: i32): void {
  void gate.pending.fetchOr(bitOf(signal));
}

/** The guest's kernel has the signal (1 to 64; others are not heeded). */
export function gateAcknowledge(gate: SignalGate, signal: i32): void {
  if (signal < 1 || signal > 64) return;
  const before = gate.awaited.fetchAnd(~bitOf(signal));
  if ((before & ~bitOf(signal)) === 0n) gate.awaitedSinceNs.store(0n);
}

function isMeantToEnd(signal: i32): bool {
  return signal === SIGINT || signal === SIGTERM || signal === SIGHUP;
}

function isIgnoredByDefault(signal: i32): bool {
  return signal === SIGWINCH || signal === SIGCONT;
}

function bitOf(signal: i32): u64 {
  return 1n << u64(signal - 1);
}
