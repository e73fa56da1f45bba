/**
 * personality(2): kept for each task and told. Of what it can ask for, uname's machine of a 32-bit one is answered (linux/identity.ts); there are no
 * 32-bit programs to which the rest matters, and addresses are given out as for any program.
 */

import { PER_LINUX32, PER_MASK } from "../abi/linux-process.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask } from "./task.ts";

/** Asks only. */
const UNCHANGED = 0xffff_ffff;

export function sysPersonality(call: SyscallFrame): i64 {
  const task = currentTask();
  const before = task.personality;
  const wanted = u32.wrap(call.a0);
  if (wanted !== UNCHANGED) {
    task.personality = wanted;
  }
  return i64(before);
}

export function personalityIs32Bit(): bool {
  return (currentTask().personality & PER_MASK) === PER_LINUX32;
}
