/** Work in a thread ahead: done once, by one of two. */

import { SYS_gettid } from "../../abi/linux-syscalls.ts";
import { linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type Ahead, aheadEnd, aheadFinish, aheadStart } from "../ahead.ts";

const ROUNDS = 200;

const ahead: Ahead = zeroed();
let timesDone: u32 = 0;
let doneBy: i64 = 0n;

export function aheadTests(): void {
  test("work ahead: without a thread it is done when it is needed", byCaller);
  test("work ahead: with a thread it is done once, and the thread ends", byEither);
}

function work(): void {
  timesDone += 1;
  doneBy = linuxCall(SYS_gettid);
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
