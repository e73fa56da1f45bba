/** Host tests of the kernel's pure algorithms: one program, run in --checked mode under sanitizers. */

import { testsFinish } from "../../../compiler/std/testing.ts";
import { crc32cTests } from "./crc32c.ts";
import { fileTimeTests } from "./file-time.ts";
import { framePoolTests } from "./frame-pool.ts";
import { queueTests } from "./queues.ts";
import { ramRangeTests } from "./ram-ranges.ts";
import { regionTreeTests } from "./region-tree.ts";
import { shownPartTests } from "./shown-part.ts";
import { slabTests } from "./slab.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  framePoolTests();
  regionTreeTests();
  queueTests();
  slabTests();
  ramRangeTests();
  shownPartTests();
  crc32cTests();
  fileTimeTests();
  return testsFinish();
}
