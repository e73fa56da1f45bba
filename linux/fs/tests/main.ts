/** Host tests of linux/fs/core: one program, run in --checked mode under sanitizers. */

import { testsFinish } from "../../../compiler/std/testing.ts";
import { fdSpaceTests } from "./fd-space.ts";
import { pageTreeTests } from "./page-tree.ts";
import { pathTests } from "./path.ts";
import { pipeRingTests } from "./pipe-ring.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  fdSpaceTests();
  pipeRingTests();
  pageTreeTests();
  pathTests();
  return testsFinish();
}
