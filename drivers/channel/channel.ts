/**
 * The guest's end of the channel (abi/channel.ts): what the kernel calls to print, end and report; input.ts reads.
 *
 * A request blocks the calling thread only, not the guest: several threads have requests under way, told apart by tags. Where the
 * monitor answers inside the doorbell (uhyve), the reply is taken in right after it and nobody ever blocks on a request. An output that
 * is full answers at once, too: who writes to it waits in the guest, where a signal or the end of the program can end the wait. Without a
 * proxy (GRUB, `qemu -kernel`) output goes to the serial port, input is at its end, and the end of the program ends the machine.
 *
 * Requests of threads wait by blocking; frames without reply (log, trace, panic) wait by polling, because they come from anywhere:
 * interrupt handlers, masked sections, a dying kernel.
 */

import { CHANNEL_MAX_PAYLOAD, FrameKind } from "../../abi/channel.ts";
import { EAGAIN, EIO, ENOSPC } from "../../abi/errno.ts";
import { APP_LIMIT } from "../../abi/memory-map.ts";
import { lapicEnable } from "../../kernel/time/lapic.ts";
import { haltUntilInterrupt } from "../../nucleus/calls.ts";
import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { serialWrite } from "../serial/uart16550.ts";
import {
  engineDrain,
  engineIsBroken,
  engineIsDone,
  engineRelease,
  engineSend,
  engineSetDying,
  engineSetHandlers,
  engineTakeSlot,
  engineTellTaken,
} from "./engine.ts";
import { machineOff } from "./machine-off.ts";
import { channelPort, PortKind } from "./port.ts";
import { readinessBlock, readinessInit, readinessOf, readinessTakeNotices } from "./readiness.ts";
import { copyIn, requestAcquire, requestFinish, requestProgress, touchPages } from "./request.ts";
import { INLINE_BYTES } from "./slots.ts";

/** Polls of a frame without reply before the channel counts as hanging; a proxy whose stderr is blocked may take long. */
const POLL_LIMIT = 4_000_000_000n;

/** What channelWrite takes of application memory at once. */
export const CHANNEL_SMALL_BYTES = INLINE_BYTES;

const takesSignals: Atomic<u32> = zeroed();
let isDying: bool = false;

/** Connects waiters to the engine. channelInit (drivers/channel/init.ts) calls it. */
export function channelStart(): void {
  readinessInit();
  engineSetHandlers(onProgress);
}

function onProgress(): void {
  requestProgress();
  readinessTakeNotices();
}

/**
 * Writes to a stream of the proxy (0: the terminal behind stdin) as much as there is room for now: bytes written, or a negative errno if none
 * were, which is -EAGAIN if there is no room; room is waited for by the stream's readiness. Of application memory at most CHANNEL_SMALL_BYTES
 * are taken at once; kernel memory goes to the device as it lies.
 */
export function channelWrite(stream: u16, bytes: Slice<u8>): i64 {
  if (channelPort.kind === PortKind.None) return writeSerial(bytes);
  const isSmall = bytes.length <= u64(INLINE_BYTES);
  if (isSmall || virtAddr(bytes.data) < APP_LIMIT) {
    return writeSmall(stream, isSmall ? bytes : bytes.subslice(0n, u64(INLINE_BYTES)));
  }
  const most = u64(CHANNEL_MAX_PAYLOAD);
  const piece = bytes.length < most ? bytes : bytes.subslice(0n, most);
  return requestFinish(requestAcquire(FrameKind.Write, stream, 0), piece);
}

/** Writes a text of the kernel to a stream, waiting for room as long as it takes. */
export function channelSay(stream: u16, text: string): void {
  const bytes = bytesOf(text);
  let done: u64 = 0n;
  while (done < bytes.length) {
    const result = channelWrite(stream, bytes.subslice(done, bytes.length));
    if (result > 0n) done += u64(result);
    else if (result !== i64(-EAGAIN)) return;
    else readinessBlock(readinessOf(stream, true));
  }
}

/** The kernel, which has set a handler (engineSetSignalHandler), takes signals at the proxy from now on; they ended the machine before. */
export function channelTakeSignals(): void {
  if (channelPort.kind === PortKind.None || takesSignals.exchange(1) !== 0) return;
  // A program that only computes never waits, so nothing else would let the interrupt in that brings a signal.
  lapicEnable();
  engineTellTaken(0);
}

/** The program starts now: for who measures (FrameKind.Started). */
export function channelStarted(): void {
  if (channelPort.kind === PortKind.None) return;
  const wasMasked = irqSave();
  void sendPolled(FrameKind.Started, 0, bytesOf(""));
  irqRestore(wasMasked);
}

/** Ends the program: the proxy exits with `status` & 0xff. */
export function channelExit(status: i32): never {
  if (channelPort.kind === PortKind.None) machineOff();
  sendLast(FrameKind.Exit, status & 0xff, bytesOf(""));
}

/** Ends the program as killed by a signal: the proxy exits with 128 + signal after writing `text`, if any, to stderr. */
export function channelKilled(signal: i32, text: string): never {
  if (channelPort.kind === PortKind.None) {
    serialWrite(bytesOf(text));
    machineOff();
  }
  sendLast(FrameKind.Killed, signal, bytesOf(text));
}

/** Reports a panic: the proxy prints `text` and exits with status 1. Safe in any state of the kernel that can still run code. */
export function channelPanic(text: string): never {
  if (channelPort.kind === PortKind.None || engineIsBroken() || isDying) {
    serialWrite(bytesOf(text));
    machineOff();
  }
  sendLast(FrameKind.Panic, 0, bytesOf(text));
}

/**
 * Bytes of the core file from its page `page` on; none: that many pages are all. Whole pages, in the kernel's half; false if the channel is
 * broken. All other processors have been stopped for good.
 */
export function channelCore(page: u32, bytes: Slice<u8>): bool {
  if (channelPort.kind === PortKind.None || isDying) return false;
  engineSetDying();
  const wasMasked = irqSave();
  const result = sendPolled(FrameKind.Core, i32(page), bytes);
  irqRestore(wasMasked);
  return result === 0n;
}

/** Whole lines of the kernel log, shown by a verbose proxy. */
export function channelLog(text: string): void {
  sendText(FrameKind.Log, bytesOf(text));
}

/** Lines that the user asked for, shown on stderr. */
export function channelTrace(text: string): void {
  sendText(FrameKind.Trace, bytesOf(text));
}

function writeSerial(bytes: Slice<u8>): i64 {
  const touched = touchPages(bytes, false);
  if (touched < 0n) return touched;
  serialWrite(bytes);
  return i64(bytes.length);
}

function writeSmall(stream: u16, bytes: Slice<u8>): i64 {
  const slot = requestAcquire(FrameKind.Write, stream, 0);
  const copied = copyIn(elements(slot.inlineBytes), bytes);
  if (copied < 0n) {
    void engineRelease(slot);
    requestProgress();
    return copied;
  }
  return requestFinish(slot, sliceOf(elements(slot.inlineBytes), bytes.length));
}

function sendText(kind: FrameKind, text: Slice<u8>): void {
  if (channelPort.kind === PortKind.None) {
    serialWrite(text);
    return;
  }
  let done: u64 = 0n;
  while (done < text.length) {
    const left = text.length - done;
    const count: u64 = left < u64(CHANNEL_MAX_PAYLOAD) ? left : u64(CHANNEL_MAX_PAYLOAD);
    const wasMasked = irqSave();
    const result = sendPolled(kind, 0, text.subslice(done, done + count));
    irqRestore(wasMasked);
    if (result < 0n) return;
    done += count;
  }
}

/** One frame without reply, from any context: 0 once the device is done with it, or -EIO. */
function sendPolled(kind: FrameKind, argument: i32, payload: Slice<u8>): i64 {
  let slot = engineTakeSlot(kind, 0, argument);
  let polls: u64 = 0n;
  while (slot === null) {
    if (!poll(addressOf(polls))) return i64(-EIO);
    slot = engineTakeSlot(kind, 0, argument);
  }
  let result = engineSend(slot, payload);
  while (result === i64(-ENOSPC) && poll(addressOf(polls))) result = engineSend(slot, payload);
  engineDrain();
  while (result === 0n && !engineIsDone(slot)) {
    if (!poll(addressOf(polls))) return i64(-EIO);
  }
  void engineRelease(slot);
  requestProgress();
  return result;
}

function poll(polls: Ptr<u64>): bool {
  spinPause();
  engineDrain();
  polls.value += 1n;
  return polls.value < POLL_LIMIT && !engineIsBroken();
}

/** Sends the guest's last frame and waits for the end. */
function sendLast(kind: FrameKind, argument: i32, payload: Slice<u8>): never {
  isDying = true;
  engineSetDying();
  void irqSave();
  const most = u64(CHANNEL_MAX_PAYLOAD);
  void sendPolled(kind, argument, payload.length < most ? payload : payload.subslice(0n, most));
  // A monitor ends the guest inside the doorbell, so this is not reached there; behind a console the proxy ends it soon.
  if (channelPort.kind === PortKind.Preset) machineOff();
  while (true) haltUntilInterrupt();
}
