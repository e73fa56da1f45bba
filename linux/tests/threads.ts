/** Host tests of what several threads do at once, under ThreadSanitizer. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { futexWaitTests } from "./futex-waits.ts";
import { piLockTests } from "./pi-locks.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  futexWaitTests();
  piLockTests();
  return testsFinish();
}
