/**
 * TLB shootdown with threads as CPUs: each has a cached translation, uses it between two looks at its requests, and sometimes changes the
 * page table and frees the frame. A use of a freed frame is found twice: by the frame's state, and as a data race on its contents.
 */

import { HOST_THREADS, hostYield, runThreads } from "../../../compiler/std/host-threads.ts";
import { expect, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../random.ts";
import {
  type Translations,
  translationsAnswerOwn,
  translationsAwait,
  translationsEnterIdle,
  translationsEnterWait,
  translationsJoin,
  translationsLeaveIdle,
  translationsRequest,
  translationsServe,
} from "../tlb-generation.ts";

const FRAMES = 8;
const STEPS = 200_000;
const NOTHING = 0;

class Frame {
  isFree!: Atomic<u32>;
  /** A word for each CPU, not atomic: the owner of the frame clears all of them. */
  words!: FixedArray<u64, 4>;
}

const translations: Translations = zeroed();
const frames: FixedArray<Frame, 8> = zeroed();
/** The page table: the number of the frame behind the one page, plus one. */
const entry: Atomic<u32> = zeroed();
const spaceLock: Atomic<u32> = zeroed();
const violations: Atomic<u32> = zeroed();
const remaps: Atomic<u32> = zeroed();
const interrupts: FixedArray<Atomic<u32>, 4> = zeroed();

/**
 * What this CPU has cached of the page table; NOTHING: not cached.
 * @threadlocal
 */
let cached: u32 = NOTHING;
/** @threadlocal */
let forgotten: u32 = 0;

/** As processors do: what is forgotten may be cached again before the next instruction. */
function forget(): void {
  forgotten++;
  if ((forgotten & 3) === 0) {
    hostYield();
  }
  cached = entry.load(Order.Acquire);
  if ((forgotten & 3) === 1) {
    hostYield();
  }
}

function send(cpu: u32): void {
  interrupts[cpu].store(1);
}

/** An access to the page: through the cached translation, or the one that the walk finds now. */
function use(cpu: u32): void {
  if (cached === NOTHING) {
    cached = entry.load(Order.Acquire);
  }
  const frame = frames[cached - 1];
  frame.words[cpu] = frame.words[cpu] + 1n;
  if (frame.isFree.load(Order.Relaxed) !== 0) {
    void violations.fetchAdd(1);
  }
}

/** Word by word: a call of memset would be invisible to ThreadSanitizer. */
function clear(frame: Frame): void {
  for (let index: u32 = 0; index < HOST_THREADS; index++) {
    frame.words[index] = 0n;
  }
}

/**
 * The CPU of this thread while it waits.
 * @threadlocal
 */
let waiting: u32 = 0;

function waitRound(): void {
  translationsServe(translations, waiting, forget);
  hostYield();
}

/** As an active CPU, or as one that has left those that are asked. */
function waitForSpace(cpu: u32, random: Random): void {
  waiting = cpu;
  const isPatient = randomBelow(random, 2) === 0 && translationsEnterWait(translations, cpu);
  while (spaceLock.exchange(1, Order.Acquire) !== 0) {
    waitRound();
  }
  if (isPatient) {
    translationsLeaveIdle(translations, cpu, forget);
  }
}

function remap(cpu: u32, random: Random): void {
  waitForSpace(cpu, random);
  const old = entry.load(Order.Relaxed);
  const next = (old % FRAMES) + 1;
  clear(frames[next - 1]);
  frames[next - 1].isFree.store(0, Order.Relaxed);
  entry.store(next, Order.Release);
  const number = translationsRequest(translations);
  if (randomBelow(random, 2) === 0) {
    forget();
    if (!translationsAnswerOwn(translations, cpu, number)) {
      translationsServe(translations, cpu, forget);
    }
  } else {
    translationsServe(translations, cpu, forget);
  }
  waiting = cpu;
  translationsAwait(translations, cpu, number, randomBelow(random, 2) === 0, send, waitRound);
  frames[old - 1].isFree.store(1, Order.Relaxed);
  clear(frames[old - 1]);
  void remaps.fetchAdd(1);
  spaceLock.store(0, Order.Release);
}

function cpuMain(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 7n };
  translationsJoin(translations, cpu, forget);
  for (let step: u32 = 0; step < STEPS; step++) {
    if (interrupts[cpu].exchange(0) !== 0) {
      translationsServe(translations, cpu, forget);
    }
    const choice = randomBelow(random, 64);
    if (choice === 0) {
      remap(cpu, random);
    } else if (choice < 4) {
      translationsEnterIdle(translations, cpu);
      hostYield();
      translationsLeaveIdle(translations, cpu, forget);
    } else {
      use(cpu);
    }
  }
  translationsEnterIdle(translations, cpu);
}

function nobodyUsesAFreedFrame(): void {
  for (let index: u32 = 1; index < FRAMES; index++) {
    frames[index].isFree.store(1);
  }
  entry.store(1);
  runThreads(cpuMain);
  expect(violations.load() === 0, "no CPU used a frame after it was freed");
  expect(remaps.load() > HOST_THREADS * 100, "the page was remapped often");
  expect(translations.current.load() === u64(remaps.load()), "every remapping is one request");
}

export function tlbTests(): void {
  test("tlb: a frame is not reused while any CPU may reach it", nobodyUsesAFreedFrame);
}
