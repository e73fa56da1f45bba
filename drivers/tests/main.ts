/** Host tests of the drivers' pure parts: one program, run in --checked mode under sanitizers. */

import { testsFinish } from "../../compiler/std/testing.ts";
import { commandLineTests } from "../bus/tests/command-line.ts";
import { replyStreamTests } from "../channel/tests/reply-stream.ts";
import { messageTests } from "../ninep/tests/message.ts";
import { virtqueueTests } from "../virtio/tests/virtqueue.ts";

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  virtqueueTests();
  commandLineTests();
  replyStreamTests();
  messageTests();
  return testsFinish();
}
