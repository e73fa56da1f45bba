/** Host tests of what several CPUs do at once, under ThreadSanitizer: every thread plays a CPU. */

import { testsFinish } from "../../../compiler/std/testing.ts";
import { phaseLockTests } from "./phase-lock.ts";
import { sharedQueueTests } from "./shared-queues.ts";
import { tlbTests } from "./tlb-generation.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  tlbTests();
  phaseLockTests();
  sharedQueueTests();
  return testsFinish();
}
