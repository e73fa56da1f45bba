/**
 * Pending signals of a thread or of the process: a bit each, and what is known about each in the order of arrival.
 *
 * A standard signal (1..31) that is pending already is not sent again; real-time ones (32..64) queue. A bit without a node is a signal
 * about which nothing is known, because there was no memory for a node: it is delivered as from kill(2) by nobody. Pure; the caller
 * locks, and owns the nodes' memory.
 */

import {
  SI_USER,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGRTMIN,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
  type Siginfo,
} from "../../abi/linux-signal.ts";

export class SignalNode {
  info!: Siginfo;
  next!: Ptr<SignalNode> | null;
  isQueued!: bool;
  /** Part of a timer, which keeps it; others are given back when they have been taken. */
  isEmbedded!: bool;
}

/** All zero is empty. */
export class SignalSet {
  pending!: u64;
  head!: Ptr<SignalNode> | null;
  tail!: Ptr<SignalNode> | null;
}

export function bitOf(signal: u32): u64 {
  return 1n << u64(signal - 1);
}

/** Signals that an instruction caused come first (signal(7)), because they belong to the place where the thread is. */
const SYNCHRONOUS = (1n << 10n) | (1n << 6n) | (1n << 3n) | (1n << 4n) | (1n << 7n) | (1n << 30n);
staticAssert(SIGSEGV === 11 && SIGBUS === 7 && SIGILL === 4, "bit n - 1 is signal n");
staticAssert(SIGTRAP === 5 && SIGFPE === 8 && SIGSYS === 31, "bit n - 1 is signal n");

/** Which of the signals in `set` is delivered next: the lowest number, so that standard signals come before real-time ones; 0: none. */
export function nextSignal(set: u64): u32 {
  const urgent = set & SYNCHRONOUS;
  const chosen = urgent !== 0n ? urgent : set;
  return chosen === 0n ? 0 : countTrailingZeros(chosen) + 1;
}

/** Whether sending the signal again would change nothing. */
export function signalIsCoalesced(set: SignalSet, signal: u32): bool {
  return signal < SIGRTMIN && (set.pending & bitOf(signal)) !== 0n;
}

/** Makes a signal pending; `node` holds its siginfo, null: nothing is known. */
export function signalAdd(set: SignalSet, signal: u32, node: Ptr<SignalNode> | null): void {
  set.pending |= bitOf(signal);
  if (node === null) {
    return;
  }
  assert(!node.isQueued, "a node is in one queue");
  node.isQueued = true;
  node.next = null;
  const tail = set.tail;
  if (tail === null) {
    set.head = node;
  } else {
    tail.next = node;
  }
  set.tail = node;
}

/**
 * Takes the oldest instance of a pending signal and stores what is known of it in `info`. The node, which is the caller's again, or null.
 * The signal stays pending if there are more of it.
 */
export function signalTakeFrom(set: SignalSet, signal: u32, info: Siginfo): Ptr<SignalNode> | null {
  const node = unlinkFirst(set, signal);
  if (node === null) {
    set.pending &= ~bitOf(signal);
    zero(info);
    info.si_signo = i32(signal);
    info.si_code = SI_USER;
    return null;
  }
  copy(info, node.info);
  if (!hasNode(set, signal)) {
    set.pending &= ~bitOf(signal);
  }
  return node;
}

/** Forgets one instance of a signal in `signals` after the other: the node, if it had one. Until `pending` has none of them. */
export function signalDrop(set: SignalSet, signals: u64): Ptr<SignalNode> | null {
  const signal = nextSignal(set.pending & signals);
  if (signal === 0) {
    return null;
  }
  const unused: Siginfo = zeroed();
  return signalTakeFrom(set, signal, unused);
}

/** Takes a node out, wherever it is; its signal stays pending only if others of it are. */
export function signalRemove(set: SignalSet, node: Ptr<SignalNode>): void {
  let previous: Ptr<SignalNode> | null = null;
  let at = set.head;
  while (at !== null && virtAddr(at) !== virtAddr(node)) {
    previous = at;
    at = at.next;
  }
  if (at === null) {
    return;
  }
  unlink(set, previous, node);
  const signal = u32(node.info.si_signo);
  if (!hasNode(set, signal)) {
    set.pending &= ~bitOf(signal);
  }
}

function unlinkFirst(set: SignalSet, signal: u32): Ptr<SignalNode> | null {
  let previous: Ptr<SignalNode> | null = null;
  let at = set.head;
  while (at !== null) {
    if (u32(at.info.si_signo) === signal) {
      unlink(set, previous, at);
      return at;
    }
    previous = at;
    at = at.next;
  }
  return null;
}

function unlink(set: SignalSet, previous: Ptr<SignalNode> | null, node: Ptr<SignalNode>): void {
  const next = node.next;
  if (previous === null) {
    set.head = next;
  } else {
    previous.next = next;
  }
  if (next === null) {
    set.tail = previous;
  }
  node.next = null;
  node.isQueued = false;
}

function hasNode(set: SignalSet, signal: u32): bool {
  let at = set.head;
  while (at !== null) {
    if (u32(at.info.si_signo) === signal) {
      return true;
    }
    at = at.next;
  }
  return false;
}
