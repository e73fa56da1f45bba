/** Host tests of the proxy's pure parts: sizes, options, the boot module. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { bootModuleTests } from "./boot-module.ts";
import { gatherExportsTests } from "./gather-exports.ts";
import { needsTests } from "./needs.ts";
import { optionTests } from "./options.ts";
import { programLoadTests } from "./program-load.ts";
import { sizeTests } from "./sizes.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  sizeTests();
  optionTests();
  bootModuleTests();
  needsTests();
  gatherExportsTests();
  programLoadTests();
  return testsFinish();
}
