/** Host tests of the channel's proxy end and of QEMU's command line, run in --checked mode under sanitizers. */

import { testsFinish } from "../../../compiler/std/testing.ts";
import { argumentTests } from "../../qemu/tests/arguments.ts";
import { environmentTests } from "../../qemu/tests/environment.ts";
import { frameParserTests } from "./frame-parser.ts";
import { outputTests } from "./outputs.ts";
import { serverTests } from "./server.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  frameParserTests();
  serverTests();
  outputTests();
  argumentTests();
  environmentTests();
  return testsFinish();
}
