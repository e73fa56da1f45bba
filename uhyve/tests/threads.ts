/** Host tests of what several vCPUs do at once, under ThreadSanitizer: every thread plays one. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { ninepThreadTests } from "./ninep/threads.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  ninepThreadTests();
  return testsFinish();
}
