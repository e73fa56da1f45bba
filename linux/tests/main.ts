/** Tests of linux/core and of the ELF checker on this host. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { testCallSite } from "./call-site.ts";
import { testCallWindows } from "./call-windows.ts";
import { testCapabilities } from "./capabilities.ts";
import { testChacha20 } from "./chacha20.ts";
import { testElfCheck } from "./elf-check.ts";
import { testFutexTable } from "./futex-table.ts";
import { testIpc } from "./ipc.ts";
import { testLoadPlan } from "./load-plan.ts";
import { testMessages } from "./messages.ts";
import { rangeLockTests } from "./range-locks.ts";
import { testScriptLine } from "./script-line.ts";
import { testStackImage } from "./stack-image.ts";
import { testTraceLine } from "./trace-line.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  testElfCheck();
  testLoadPlan();
  testStackImage();
  testScriptLine();
  testChacha20();
  testCallSite();
  testCallWindows();
  testTraceLine();
  testFutexTable();
  rangeLockTests();
  testCapabilities();
  testIpc();
  testMessages();
  return testsFinish();
}
