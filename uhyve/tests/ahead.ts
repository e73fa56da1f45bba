/** Work in a thread ahead: done once, by one of two. */

import { SYS_gettid } from "../../abi/linux-syscalls.ts";
import { linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type Ahead, aheadAppend, aheadEnd, aheadFinish, aheadStart } from "../ahead.ts";

const ROUNDS = 200;

const ahead: Ahead = zeroed();
const second: Ahead = zeroed();
let timesDone: u32 = 0;
let timesBehind: u32 = 0;
let doneBy: i64 = 0n;

export function aheadTests(): void {
  test("work ahead: without a thread it is done when it is needed", byCaller);
  test("work ahead: with a thread it is done once, and the thread ends", byEither);
  test("work ahead: two pieces, each is done once", twoPieces);
}

function work(): void {
  timesDone += 1;
  doneBy = linuxCall(SYS_gettid);
}

function workBehind(): void {
  timesBehind += 1;
}

function begin(): void {
  zero(ahead);
  timesDone = 0;
  doneBy = 0n;
}

function byCaller(): void {
  begin();
  aheadStart(ahead, work, false);
  expectEqual(i64(timesDone), 0n);
  aheadFinish(ahead);
  aheadFinish(ahead);
  aheadEnd(ahead);
  expectEqual(i64(timesDone), 1n);
  expect(doneBy === linuxCall(SYS_gettid), "by this thread");
}

function byEither(): void {
  for (let i: u32 = 0; i < ROUNDS; i += 1) {
    begin();
    aheadStart(ahead, work, true);
    aheadFinish(ahead);
    expectEqual(i64(timesDone), 1n);
    aheadEnd(ahead);
    expectEqual(i64(timesDone), 1n);
    expect(ahead.thread.load() === 0, "the kernel says that the thread is gone");
  }
}

function twoPieces(): void {
  for (let i: u32 = 0; i < ROUNDS; i += 1) {
    begin();
    zero(second);
    timesBehind = 0;
    aheadAppend(ahead, second, workBehind);
    aheadStart(ahead, work, i % 2 === 0);
    aheadFinish(ahead);
    aheadFinish(second);
    aheadEnd(ahead);
    expectEqual(i64(timesDone), 1n);
    expectEqual(i64(timesBehind), 1n);
    expect(ahead.thread.load() === 0, "the kernel says that the thread is gone");
  }
}
