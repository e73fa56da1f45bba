/** Host tests of the library that both sides of a boundary share: one program, run in --checked mode under sanitizers. */

import { testsFinish } from "../testing.ts";
import { wireTests } from "./wire.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  wireTests();
  return testsFinish();
}
