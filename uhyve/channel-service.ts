/**
 * The channel served by two threads: the vCPU's, and one that waits for the outside.
 *
 * A doorbell is answered in the vCPU thread, so a request that can be answered at once costs one exit and no hand-over. What would
 * block (a text for a full pipe), and what the guest waits for, goes to the I/O thread, which is only started then; it waits in poll(2), goes on with the
 * transmit queue where the vCPU thread stopped, and tells the guest by an MSI. The guest's timers go on meanwhile.
 *
 * Invariant: `machine.channelLock` is held around every use of `machine.channel` and of the server behind it, and never while waiting.
 * While `isHandedOver`, only the I/O thread pumps; it gives the queue back when it is empty, under the lock, so no doorbell is lost.
 */

import { CHANNEL_MAX_AWAITS, CHANNEL_VECTOR } from "../abi/channel.ts";
import type { KvmMsi } from "../abi/kvm.ts";
import { POLLIN, POLLOUT, type Pollfd } from "../abi/linux-files.ts";
import { SYS_eventfd2, SYS_exit_group, SYS_poll, SYS_read, SYS_write } from "../abi/linux-syscalls.ts";
import { LAPIC_PHYS } from "../abi/memory-map.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { channelPump, channelTakeInterrupt, PumpResult, queueViolationText } from "./channel-device.ts";
import { confineIoThread, endUnlessConfined } from "./confinement/confine.ts";
import { vmSignalMsi } from "./kvm.ts";
import { lockAcquire, lockRelease, threadStart } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { errorText } from "./message.ts";
import { gatePutBack, gateTake, signalGate } from "./signal-gate.ts";
import { signalsLeaveToFirstThread } from "./signals.ts";
import { terminalRestore } from "./terminal-guard.ts";

const EFD_CLOEXEC = 0o2000000;
/** The wake-up, the blocked output, and what the guest waits for. */
const FIRST_AWAITED = 2;

/** What the server can do besides taking frames (channel-device.ts: ChannelHost). */
export class ChannelService {
  /** Fills entries for what the guest waits for, CHANNEL_MAX_AWAITS at most; how many. */
  awaited!: (context: Ptr<u8>, entries: Ptr<Pollfd>) => u32;
  /** Answers what has come of it. */
  answer!: (context: Ptr<u8>) => void;
  /** Gives the guest a signal for its program: 0 if there is no room now. */
  signal!: (context: Ptr<u8>, signal: i32) => i32;
  /** The proxy's exit status once the guest has ended. */
  exitStatus!: (context: Ptr<u8>) => i32;

  hasThread!: bool;
  isHandedOver!: bool;
  /** How much of what the guest waits for the I/O thread watches, or has been told to. Only that thread takes any away. */
  watchedCount!: u32;
  /** eventfd that makes the I/O thread look again. */
  wakeFd!: i32;
}

export const channelService: ChannelService = zeroed();

/** Exit status of a guest that is not to run on, or -1. */
export const RUNS_ON = -1;

/** The doorbell, in a vCPU thread: RUNS_ON, or the status with which the machine ends. */
export function channelDoorbell(machine: Machine): i32 {
  lockAcquire(machine.channelLock);
  let status: i32 = RUNS_ON;
  if (!channelService.isHandedOver) {
    status = pump(machine);
    // Replies are in the queue before the guest goes on: no interrupt. Whoever rings looks for all of them, whichever of the guest's
    // processors they are for.
    machine.channel.hasDelivered = false;
  }
  if (status === RUNS_ON && needsThread(machine)) wakeThread(machine);
  lockRelease(machine.channelLock);
  return status;
}

/** Gives the guest the signals that have come for its program; what finds no room stays for the next call. */
export function channelSendSignals(machine: Machine): void {
  lockAcquire(machine.channelLock);
  let signal = gateTake(signalGate);
  while (signal !== 0) {
    if (channelService.signal(machine.channel.host.context, signal) === 0) {
      gatePutBack(signalGate, signal);
      break;
    }
    signal = gateTake(signalGate);
  }
  const tell = channelTakeInterrupt(machine.channel);
  lockRelease(machine.channelLock);
  if (tell) raiseInterrupt(machine);
}

/** Pumps once; hands over if it would block. */
function pump(machine: Machine): i32 {
  const result = channelPump(machine.channel);
  channelService.isHandedOver = result === PumpResult.WouldBlock;
  if (result === PumpResult.Violated) {
    const why = queueViolationText(machine.channel.violation);
    errorText(`the guest broke the rules of its queues and was ended: ${why}`);
    return 1;
  }
  return result === PumpResult.Ended ? channelService.exitStatus(machine.channel.host.context) : RUNS_ON;
}

function needsThread(machine: Machine): bool {
  return channelService.isHandedOver || awaitedCount(machine) > channelService.watchedCount;
}

function awaitedCount(machine: Machine): u32 {
  const entries: FixedArray<Pollfd, 6> = zeroed();
  return channelService.awaited(machine.channel.host.context, elements(entries));
}

/** Makes the I/O thread look at the state again, starting it the first time. */
function wakeThread(machine: Machine): void {
  channelService.watchedCount = awaitedCount(machine);
  if (!channelService.hasThread) {
    startThread(machine);
    return;
  }
  const one: u64 = 1n;
  void linuxCall(SYS_write, u64.wrap(channelService.wakeFd), u64(virtAddr(addressOf(one))), 8n);
}

function startThread(machine: Machine): void {
  const event = linuxCall(SYS_eventfd2, 0n, u64(EFD_CLOEXEC));
  channelService.wakeFd = i32(event);
  channelService.hasThread = true;
  const started = event < 0n ? event : threadStart(ioThreadMain, castPtr<u8>(addressOf(machine)));
  if (started < 0n) {
    errorText(`no thread for the guest's input and output could be started (error ${-started})`);
    endProcess(1);
  }
}

/** Body of the I/O thread. */
function ioThreadMain(argument: Ptr<u8>): void {
  // SAFETY: startThread passes the machine, which lives as long as the process.
  const machine = castPtr<Machine>(argument);
  signalsLeaveToFirstThread();
  endUnlessConfined(confineIoThread());
  const entries: FixedArray<Pollfd, 8> = zeroed();
  for (;;) {
    lockAcquire(machine.channelLock);
    serveOnce(machine);
    const count = channelService.awaited(machine.channel.host.context, elements(entries).add(FIRST_AWAITED));
    channelService.watchedCount = count;
    const output = channelService.isHandedOver ? machine.channel.blockedOutput : -1;
    const tell = channelTakeInterrupt(machine.channel);
    lockRelease(machine.channelLock);
    if (tell) raiseInterrupt(machine);
    waitForOutside(elements(entries), count, output);
  }
}

/** With the lock held: whatever can be done now without blocking. */
function serveOnce(machine: Machine): void {
  const context = machine.channel.host.context;
  channelService.answer(context);
  if (!channelService.isHandedOver && machine.channel.host.isRunning(context) !== 0) return;
  const status = pump(machine);
  if (status !== RUNS_ON) endProcess(status);
}

/** Until something has come that the guest waits for, the output (-1: none) is writable or a vCPU has something new. */
function waitForOutside(entries: Ptr<Pollfd>, awaitedEntries: u32, output: i32): void {
  entries[0] = { fd: channelService.wakeFd, events: POLLIN, revents: 0 };
  entries[1] = { fd: output, events: POLLOUT, revents: 0 };
  const count = u64(FIRST_AWAITED + awaitedEntries);
  void linuxCall(SYS_poll, u64(virtAddr(entries)), count, u64.MAX);
  if (entries[0].revents !== 0) {
    const rings: u64 = 0n;
    void linuxCall(SYS_read, u64.wrap(channelService.wakeFd), u64(virtAddr(addressOf(rings))), 8n);
  }
}

/** CHANNEL_VECTOR to the boot processor, as a device's message would (Intel SDM volume 3, 11.11). */
function raiseInterrupt(machine: Machine): void {
  const message: KvmMsi = {
    address_lo: u32(LAPIC_PHYS),
    address_hi: 0,
    data: CHANNEL_VECTOR,
    flags: 0,
    devid: 0,
    pad: zeroed(),
  };
  void vmSignalMsi(machine.vm, message);
}

/** What is to be done before the process ends. */
let lastAct: (() => void) | null = null;

export function endSetLastAct(act: () => void): void {
  lastAct = act;
}

/** Ends all threads at once; the terminal is as it was before. */
export function endProcess(status: i32): never {
  terminalRestore();
  if (lastAct !== null) lastAct();
  for (;;) void linuxCall(SYS_exit_group, u64.wrap(status));
}

/** Whether a write to the descriptor cannot block now: it is writable, or it has an error that the write will report. */
export function outputIsWritable(output: i32): bool {
  const entry: Pollfd = { fd: output, events: POLLOUT, revents: 0 };
  return linuxCall(SYS_poll, callPointer(entry), 1n, 0n) !== 0n;
}

staticAssert(FIRST_AWAITED + CHANNEL_MAX_AWAITS === 8, "the I/O thread's entries");
