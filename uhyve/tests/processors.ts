/** Whether a processor is free: what /proc/loadavg says of now. */

import { expect, test } from "../../compiler/std/testing.ts";
import { hostHasProcessor, runningOf } from "../processors.ts";

export function processorsTests(): void {
  test("processors: how many threads run at this moment", running);
}

function running(): void {
  expect(runningOf(bytesOf("0.20 0.18 0.12 1/80 11206\n")) === 1, "one");
  expect(runningOf(bytesOf("12.20 3.18 0.12 123/4567 11206\n")) === 123, "many");
  expect(runningOf(bytesOf("")) === u32.MAX, "nothing");
  expect(runningOf(bytesOf("0.20 0.18 0.12 1")) === u32.MAX, "cut off");
  expect(runningOf(bytesOf("0.20 0.18 0.12 /80")) === u32.MAX, "no number");
  expect(runningOf(bytesOf("1 99999999999999999999/80")) >= 10, "no number of threads: many, at least");
  expect(!hostHasProcessor(0, 1), "none of none");
}
