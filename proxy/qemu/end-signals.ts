/**
 * The proxy's signals while QEMU runs: passed on to the guest's program over the channel's socket, or the end of both: QEMU is killed and
 * waited for, then the proxy exits with 128 + n (uhyve/signal-gate.ts decides which).
 *
 * Handlers rather than signalfd, because the proxy may be blocked in a write to a reader that does not read. All that they do is
 * system calls. A frame must not be sent in the middle of another one: then it waits until that one is out. QEMU
 * never has the terminal; it stops and goes on with the proxy.
 */

import { type FrameHeader, FrameKind } from "../../abi/channel.ts";
import { SIGCONT, SIGSTOP } from "../../abi/linux-signal.ts";
import { SYS_kill, SYS_sendto } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { gateHasPending, gatePutBack, gateTake, signalGate } from "../../uhyve/signal-gate.ts";
import { signalsServe } from "../../uhyve/signals.ts";
import { childEnd } from "./child.ts";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** The process to kill first; 0: none. */
let endedChild: i64 = 0n;
let socket: i32 = -1;
/** Another frame is on its way to the guest. */
const isSending: Atomic<u32> = zeroed();

/** Serves signals from now on. */
export function endSignalsHandle(): void {
  signalsServe(sendPending, endChild, stopChild);
}

/** Names the process that must not outlive the proxy (0: none) and the socket that leads to its guest. */
export function endSignalsGuard(child: i64, guestSocket: i32): void {
  endedChild = child;
  socket = guestSocket;
}

/** Brackets the sending of a frame. */
export function endSignalsBeginFrame(): void {
  isSending.store(1);
}

export function endSignalsEndFrame(): void {
  isSending.store(0);
  sendPending();
}

/** The gate may have been opened. */
export function endSignalsSendPending(): void {
  if (gateHasPending(signalGate)) sendPending();
}

/** Sends what the gate has. A frame is a few bytes: the socket takes all of it or, when it is full, nothing. */
function sendPending(): void {
  while (isSending.load() === 0) {
    const signal = gateTake(signalGate);
    if (signal === 0) return;
    const header: FrameHeader = { bytes: 0, kind: u16(FrameKind.Signal), stream: 0, tag: 0, argument: signal };
    const bytes = u64(sizeOf<FrameHeader>());
    const flags = u64(MSG_DONTWAIT | MSG_NOSIGNAL);
    if (linuxCall(SYS_sendto, u64.wrap(socket), callPointer(header), bytes, flags, 0n, 0n) !== i64(bytes)) {
      gatePutBack(signalGate, signal);
      return;
    }
  }
}

function endChild(): void {
  if (endedChild > 0n) void childEnd(endedChild);
}

/** The terminal's stop key reaches QEMU by itself, a SIGTSTP sent to the proxy does not. */
function stopChild(isStopping: bool): void {
  if (endedChild > 0n) void linuxCall(SYS_kill, u64.wrap(endedChild), u64(isStopping ? SIGSTOP : SIGCONT));
}
