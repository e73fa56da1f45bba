/**
 * The kernel log: lines with a level, in a ring of 64 KiB that a panic or a debugger can read, and live to a sink if one is set.
 *
 *     [s.mmm][cpu:task][INFO] text
 *
 * In the ring each line begins with its level as a digit, so that a sink that is set late gets what it would have got.
 */

import { cpuIndex } from "../../nucleus/percpu.ts";
import { type LogRing, logRingAppend, logRingInit, logRingRead } from "../core/log-ring.ts";
import { currentThreadOrNull } from "../sched/scheduler.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { monotonicNs } from "../time/clock.ts";

export enum LogLevel {
  Error = 0,
  Warning = 1,
  Info = 2,
  Debug = 3,
}

/** Gets each line of the log, with its newline. */
export type LogSink = (line: string) => void;

const RING_BYTES = 65536n;
const LINE_BYTES = 256;
const NS_PER_MS = 1_000_000n;
const DIGIT_ZERO = 0x30;
const NEWLINE = 0x0a;

/** @align 64 */
const ringBytes: Bytes<65536> = zeroed();
const ring: LogRing = zeroed();
const logLock: SpinLock = zeroed();
let sink: LogSink | null = null;
let sinkLevel: LogLevel = LogLevel.Info;
/** What the sink has got. */
let sinkPosition: u64 = 0n;
/** 1 while somebody passes lines to the sink. */
const isDraining: Atomic<u32> = zeroed();

export function logError(text: string): void {
  logLine(LogLevel.Error, "ERROR", text);
}
export function logWarning(text: string): void {
  logLine(LogLevel.Warning, "WARNING", text);
}
export function logInfo(text: string): void {
  logLine(LogLevel.Info, "INFO", text);
}
export function logDebug(text: string): void {
  logLine(LogLevel.Debug, "DEBUG", text);
}

/** Sends lines of at most `level` to `to` from now on, those that the ring still holds first; null: only the ring keeps them. */
export function logSetSink(to: LogSink | null, level: LogLevel): void {
  sink = to;
  sinkLevel = level;
  logDrain();
}

function logLine(level: LogLevel, name: string, text: string): void {
  const ms = monotonicNs() / NS_PER_MS;
  const thread = currentThreadOrNull();
  const task: u32 = thread === null ? 0 : thread.id;
  const prefix = `${u32(level)}[${ms / 1000n}.${padded(ms % 1000n, 3)}][${cpuIndex}:${task}][${name}] `;
  append(prefix, text);
  logDrain();
}

/** Joins prefix and text to one line; newlines inside the text become spaces, what is too long is cut. */
function append(prefix: string, text: string): void {
  const line: Bytes<256> = zeroed();
  let length: u32 = 0;
  for (let index: u32 = 0; index < prefix.length; index++) {
    line[length] = prefix.byteAt(index);
    length++;
  }
  for (let index: u32 = 0; index < text.length && length < LINE_BYTES - 1; index++) {
    const byte = text.byteAt(index);
    line[length] = byte === NEWLINE ? 0x20 : byte;
    length++;
  }
  line[length] = NEWLINE;
  length++;
  using _guard = lockAcquire(logLock);
  if (ring.bytes.length === 0n) {
    logRingInit(ring, sliceOf(elements(ringBytes), RING_BYTES));
  }
  logRingAppend(ring, stringOf(elements(line), length));
}

/**
 * Passes new lines to the sink. One processor does at a time, for all: whoever comes meanwhile, or logs from within the sink, leaves its
 * line to that one, which looks once more after it has let go.
 */
function logDrain(): void {
  const to = sink;
  if (to === null || ring.bytes.length === 0n) {
    return;
  }
  while (sinkPosition < ring.head && isDraining.exchange(1) === 0) {
    passLines(to);
    isDraining.store(0);
  }
}

function passLines(to: LogSink): void {
  const line: Bytes<256> = zeroed();
  let length: u64 = 0n;
  while (sinkPosition < ring.head) {
    sinkPosition = logRingRead(ring, sinkPosition, sliceOf(elements(line), u64(LINE_BYTES)), addressOf(length));
    const level = u32(line[0]) - DIGIT_ZERO;
    if (length > 1n && level <= u32(sinkLevel)) {
      to(stringOf(elements(line).add(1), length - 1n));
    }
  }
}
