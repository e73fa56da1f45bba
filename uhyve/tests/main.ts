/** Host tests of the monitor's pure parts, run in --checked mode under sanitizers. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { aheadTests } from "./ahead.ts";
import { channelDeviceTests } from "./channel-device.ts";
import { confinementFileTests } from "./confinement/files.ts";
import { confinementFilterTests } from "./confinement/filter.ts";
import { cpuidTests } from "./cpuid.ts";
import { discardTests } from "./discard.ts";
import { guestMemoryTests } from "./guest-memory.ts";
import { kernelImageTests } from "./kernel-image.ts";
import { largePagesTests } from "./large-pages.ts";
import { ninepMessageTests } from "./ninep/bad-messages.ts";
import { ninepFileTests } from "./ninep/files.ts";
import { ninepLimitTests } from "./ninep/host-limits.ts";
import { ninepHostileTests } from "./ninep/hostile.ts";
import { ninepLookTests } from "./ninep/look.ts";
import { ninepLookEndTests } from "./ninep/look-ends.ts";
import { ninepNameTests } from "./ninep/names.ts";
import { ninepQueueTests } from "./ninep/queue.ts";
import { pageTableTests } from "./page-tables.ts";
import { processorsTests } from "./processors.ts";
import { signalGateTests } from "./signal-gate.ts";
import { startVcpuTests } from "./start-vcpu.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  guestMemoryTests();
  pageTableTests();
  kernelImageTests();
  channelDeviceTests();
  cpuidTests();
  startVcpuTests();
  aheadTests();
  signalGateTests();
  discardTests();
  largePagesTests();
  processorsTests();
  ninepFileTests();
  ninepNameTests();
  ninepHostileTests();
  ninepMessageTests();
  ninepLimitTests();
  ninepLookTests();
  ninepLookEndTests();
  ninepQueueTests();
  confinementFilterTests();
  confinementFileTests();
  return testsFinish();
}
