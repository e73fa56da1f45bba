/**
 * The guest's end of the channel (abi/channel.ts): what the kernel calls to print, read, end and report.
 *
 * A request blocks the calling thread only, not the guest: several threads have requests under way, told apart by tags. Where the
 * monitor answers inside the doorbell (uhyve), the reply is taken in right after it and nobody ever blocks on a write. Without a
 * proxy (GRUB, `qemu -kernel`) output goes to the serial port, input is at its end, and the end of the program ends the machine.
 *
 * Requests of threads wait by blocking; frames without reply (log, trace, panic) wait by polling, because they come from anywhere:
 * interrupt handlers, masked sections, a dying kernel.
 */

import { CHANNEL_MAX_PAYLOAD, FrameKind } from "../../abi/channel.ts";
import { EBADF, EFAULT, EIO, ENOSPC } from "../../abi/errno.ts";
import { APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { currentThread, threadBlock, threadWake, threadYield } from "../../kernel/sched/scheduler.ts";
import type { Thread } from "../../kernel/sched/thread-type.ts";
import { haltUntilInterrupt } from "../../nucleus/calls.ts";
import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { serialWrite } from "../serial/uart16550.ts";
import { engineDrain, engineIsBroken, engineSend, engineSetHandlers } from "./engine.ts";
import { machineOff } from "./machine-off.ts";
import { channelPort, PortKind } from "./port.ts";
import { INLINE_BYTES, type Slot, slotAcquire, slotIsDone, slotRelease } from "./slots.ts";

/** What one Read may bring: with its header exactly half of the receive buffers (port.ts). */
const READ_MOST_BYTES = 16 * 1024 - 16;
const MAX_WAITING = 16;
/** Polls of a frame without reply before the channel counts as hanging; a proxy whose stderr is blocked may take long. */
const POLL_LIMIT = 4_000_000_000n;

const readBuffer: FixedArray<u8, 16368> = zeroed();
/** The thread whose Read is under way, if any: there is one read buffer. */
let reader: Thread | null = null;
/** Threads that wait for a slot, for descriptors or for the read buffer. */
const waiting: FixedArray<Thread | null, 16> = zeroed();
let waitingCount: u32 = 0;
let isDying: bool = false;

/** Connects waiters to the engine. channelInit (drivers/channel/init.ts) calls it. */
export function channelStart(): void {
  engineSetHandlers(wakeWaiting);
}

/** Writes to the proxy's stdout (1) or stderr (2), blocking the thread. Bytes written, or a negative errno if none were. */
export function channelWrite(stream: u16, bytes: Slice<u8>): i64 {
  if (stream !== 1 && stream !== 2) return i64(-EBADF);
  if (channelPort.kind === PortKind.None) return writeSerial(bytes);
  let done: u64 = 0n;
  do {
    const left = bytes.length - done;
    const count: u64 = left < u64(CHANNEL_MAX_PAYLOAD) ? left : u64(CHANNEL_MAX_PAYLOAD);
    const result = writeChunk(stream, bytes.subslice(done, done + count));
    if (result < 0n) return done > 0n ? i64(done) : result;
    done += u64(result);
    if (u64(result) < count) break;
  } while (done < bytes.length);
  return i64(done);
}

/** Reads from the proxy's stdin (stream 0), blocking the thread. Bytes read, 0 at the end, or a negative errno. */
export function channelRead(stream: u16, buffer: Slice<u8>): i64 {
  if (stream !== 0) return i64(-EBADF);
  if (channelPort.kind === PortKind.None || buffer.length === 0n) return 0n;
  const most: u32 = buffer.length < u64(READ_MOST_BYTES) ? u32(buffer.length) : READ_MOST_BYTES;
  // Before anything is taken from the input: it could not be put back.
  const touched = touchPages(buffer.subslice(0n, u64(most)), true);
  if (touched < 0n) return touched;
  const wasMasked = irqSave();
  while (reader !== null) waitForProgress();
  reader = currentThread();
  const result = readLocked(most);
  irqRestore(wasMasked);
  const copied = result > 0n ? copyOut(buffer, elements(readBuffer), u64(result)) : 0n;
  reader = null;
  wakeWaiting();
  return copied < 0n ? copied : result;
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

function writeChunk(stream: u16, bytes: Slice<u8>): i64 {
  const isSmall = bytes.length <= u64(INLINE_BYTES);
  // Demand-zero pages must exist before their physical addresses are asked for, and faults need interrupts.
  const touched = isSmall ? 0n : touchPages(bytes, false);
  if (touched < 0n) return touched;
  const wasMasked = irqSave();
  const slot = acquireSlot(FrameKind.Write, stream, 0);
  let result: i64 = 0n;
  if (isSmall) result = copyIn(elements(slot.inlineBytes), bytes);
  if (result === 0n) result = transact(slot, isSmall ? sliceOf(elements(slot.inlineBytes), bytes.length) : bytes);
  slotRelease(slot);
  wakeWaiting();
  irqRestore(wasMasked);
  return result;
}

function readLocked(most: u32): i64 {
  const slot = acquireSlot(FrameKind.Read, 0, i32(most));
  slot.destination = elements(readBuffer);
  slot.destinationBytes = most;
  const result = transact(slot, bytesOf(""));
  slotRelease(slot);
  return result;
}

/** Sends the slot's frame and blocks until it is answered; interrupts are masked. The reply's argument or a negative errno. */
function transact(slot: Slot, payload: Slice<u8>): i64 {
  slot.waiter = currentThread();
  let result = engineSend(slot, payload);
  while (result === i64(-ENOSPC)) {
    waitForProgress();
    result = engineSend(slot, payload);
  }
  if (result < 0n) return result;
  engineDrain();
  while (!slotIsDone(slot)) threadBlock();
  return slot.result;
}

function acquireSlot(kind: FrameKind, stream: u16, argument: i32): Slot {
  while (true) {
    const slot = slotAcquire(kind, stream, argument);
    if (slot !== null) return slot;
    waitForProgress();
  }
}

/** Blocks until something has become free, maybe longer than needed is asked for again: callers loop. Interrupts are masked. */
function waitForProgress(): void {
  engineDrain();
  if (waitingCount === MAX_WAITING) {
    threadYield();
    return;
  }
  waiting[waitingCount] = currentThread();
  waitingCount += 1;
  threadBlock();
}

function wakeWaiting(): void {
  for (let i: u32 = 0; i < waitingCount; i += 1) {
    const thread = waiting[i];
    if (thread !== null) threadWake(thread);
  }
  waitingCount = 0;
}

/** Copies a small buffer of the application or of the kernel: 0 or -EFAULT. */
function copyIn(destination: Ptr<u8>, bytes: Slice<u8>): i64 {
  if (virtAddr(bytes.data) < APP_LIMIT) return userRead(destination, virtAddr(bytes.data), bytes.length);
  copyBytes(destination, bytes.data, bytes.length);
  return 0n;
}

/** Copies into a buffer of the application or of the kernel: 0 or -EFAULT. */
function copyOut(buffer: Slice<u8>, source: Ptr<u8>, bytes: u64): i64 {
  if (virtAddr(buffer.data) < APP_LIMIT) return userWrite(virtAddr(buffer.data), source, bytes);
  copyBytes(buffer.data, source, bytes);
  return 0n;
}

/** Makes every page of an application's buffer present, and sees that it may be written if it must: 0 or -EFAULT. Kernel memory is. */
function touchPages(bytes: Slice<u8>, isWritten: bool): i64 {
  let address = virtAddr(bytes.data);
  if (bytes.length === 0n || address >= APP_LIMIT) return 0n;
  const end = address + bytes.length;
  if (end < address) return i64(-EFAULT);
  let byte: u8 = 0;
  while (address < end) {
    if (userRead(addressOf(byte), address, 1n) < 0n) return i64(-EFAULT);
    if (isWritten && userWrite(address, addressOf(byte), 1n) < 0n) return i64(-EFAULT);
    address = VirtAddr((u64(address) & ~(PAGE_SIZE - 1n)) + PAGE_SIZE);
  }
  return 0n;
}

/** Sends text in frames without reply and waits, polling, until the device has taken each. */
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
  let slot = slotAcquire(kind, 0, argument);
  let polls: u64 = 0n;
  while (slot === null) {
    if (!poll(addressOf(polls))) return i64(-EIO);
    slot = slotAcquire(kind, 0, argument);
  }
  let result = engineSend(slot, payload);
  while (result === i64(-ENOSPC) && poll(addressOf(polls))) result = engineSend(slot, payload);
  engineDrain();
  while (result === 0n && !slotIsDone(slot)) {
    if (!poll(addressOf(polls))) return i64(-EIO);
  }
  slotRelease(slot);
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
  void irqSave();
  const most = u64(CHANNEL_MAX_PAYLOAD);
  void sendPolled(kind, argument, payload.length < most ? payload : payload.subslice(0n, most));
  // A monitor ends the guest inside the doorbell, so this is not reached there; behind a console the proxy ends it soon.
  if (channelPort.kind === PortKind.Preset) machineOff();
  while (true) haltUntilInterrupt();
}
