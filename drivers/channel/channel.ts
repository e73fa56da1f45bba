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
import { EBADF, EFAULT, EIO, ENOSPC, ERESTARTSYS } from "../../abi/errno.ts";
import { APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { currentThread, threadBlock } from "../../kernel/sched/scheduler.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
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
  engineSetWaiter,
  engineTakeSlot,
  engineTellTaken,
} from "./engine.ts";
import { machineOff } from "./machine-off.ts";
import { channelPort, PortKind } from "./port.ts";
import { INLINE_BYTES, type Slot } from "./slots.ts";

/** What one Read may bring: with its header exactly half of the receive buffers (port.ts). */
const READ_MOST_BYTES = 16 * 1024 - 16;
/** Polls of a frame without reply before the channel counts as hanging; a proxy whose stderr is blocked may take long. */
const POLL_LIMIT = 4_000_000_000n;

const readBuffer: FixedArray<u8, 16368> = zeroed();
/** What is read ahead of the program, and the Read under way: both outlive a read that a signal has ended. */
class Input {
  lock!: Mutex;
  slot!: Slot | null;
  /** Bytes of readBuffer that nobody has taken. */
  start!: u32;
  ready!: u32;
}
const input: Input = zeroed();
/** Threads that wait for a slot or for descriptors. */
const progress: WaitQueue = zeroed();
const takesSignals: Atomic<u32> = zeroed();
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

/**
 * Reads from the proxy's stdin (stream 0), blocking the thread. Bytes read, 0 at the end, or a negative errno; -ERESTARTSYS if the thread has
 * work to do before it goes on (a signal): what the request under way brings then is the next read's.
 */
export function channelRead(stream: u16, buffer: Slice<u8>): i64 {
  if (stream !== 0) return i64(-EBADF);
  if (channelPort.kind === PortKind.None || buffer.length === 0n) return 0n;
  const most: u32 = buffer.length < u64(READ_MOST_BYTES) ? u32(buffer.length) : READ_MOST_BYTES;
  // Before anything is taken from the input: it could not be put back.
  const touched = touchPages(buffer.subslice(0n, u64(most)), true);
  if (touched < 0n) return touched;
  using _guard = mutexAcquire(input.lock);
  if (input.ready === 0) {
    const result = inputFill(most);
    if (result <= 0n) return result;
    input.start = 0;
    input.ready = u32(result);
  }
  const count = input.ready < most ? input.ready : most;
  const copied = copyOut(buffer, elements(readBuffer).add(input.start), u64(count));
  if (copied < 0n) return copied;
  input.start += count;
  input.ready -= count;
  return i64(count);
}

/** The kernel, which has set a handler (engineSetSignalHandler), takes signals at the proxy from now on; they ended the machine before. */
export function channelTakeSignals(): void {
  if (channelPort.kind === PortKind.None || takesSignals.exchange(1) !== 0) return;
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
  const slot = acquireSlot(FrameKind.Write, stream, 0);
  let result: i64 = 0n;
  if (isSmall) result = copyIn(elements(slot.inlineBytes), bytes);
  if (result === 0n) result = send(slot, isSmall ? sliceOf(elements(slot.inlineBytes), bytes.length) : bytes);
  if (result === 0n) {
    while (!engineIsDone(slot)) threadBlock();
  }
  const answer = engineRelease(slot);
  wakeWaiting();
  return result < 0n ? result : answer;
}

/** Waits for the Read under way, sending one for `most` bytes if there is none: bytes, 0 at the end, or a negative errno. */
function inputFill(most: u32): i64 {
  let slot = input.slot;
  if (slot === null) {
    slot = acquireSlot(FrameKind.Read, 0, i32(most));
    slot.destination = elements(readBuffer);
    slot.destinationBytes = most;
    input.slot = slot;
    const sent = send(slot, bytesOf(""));
    if (sent < 0n) {
      input.slot = null;
      void engineRelease(slot);
      return sent;
    }
  }
  const self = currentThread();
  engineSetWaiter(slot, self);
  while (!engineIsDone(slot)) {
    if (self.work.load(Order.Relaxed) !== 0) {
      engineSetWaiter(slot, null);
      return i64(-ERESTARTSYS);
    }
    threadBlock();
  }
  input.slot = null;
  const result = engineRelease(slot);
  wakeWaiting();
  return result;
}

/** Sends the slot's frame, waiting for room: 0 or a negative errno. The current thread is woken when it is done. */
function send(slot: Slot, payload: Slice<u8>): i64 {
  slot.waiter = currentThread();
  let result = engineSend(slot, payload);
  if (result === i64(-ENOSPC)) {
    const waiter: Waiter = zeroed();
    waitBegin(progress, waiter);
    result = engineSend(slot, payload);
    while (result === i64(-ENOSPC)) {
      threadBlock();
      engineDrain();
      result = engineSend(slot, payload);
    }
    waitEnd(progress, waiter);
  }
  if (result === 0n) engineDrain();
  return result;
}

function acquireSlot(kind: FrameKind, stream: u16, argument: i32): Slot {
  let slot = engineTakeSlot(kind, stream, argument);
  if (slot !== null) return slot;
  const waiter: Waiter = zeroed();
  waitBegin(progress, waiter);
  slot = engineTakeSlot(kind, stream, argument);
  while (slot === null) {
    threadBlock();
    engineDrain();
    slot = engineTakeSlot(kind, stream, argument);
  }
  waitEnd(progress, waiter);
  return slot;
}

function wakeWaiting(): void {
  waitWakeAll(progress);
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
  wakeWaiting();
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
