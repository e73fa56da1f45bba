/** The first instruction of a program: of the one that the machine was started for, and of one that replaces another. */

import { USER_CODE_SELECTOR, USER_DATA_SELECTOR } from "../abi/x86-vectors.ts";
import { enterApplication } from "../kernel/sched/thread.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";

/** RFLAGS of a new program: only IF and the bit that is always set. */
const RFLAGS_START = 0x202n;

/** All registers 0 but RIP and RSP; rdx 0 says that there is no function to run at exit (System V ABI AMD64, 3.4.1). */
export function programStart(entry: VirtAddr, stack: VirtAddr): never {
  const frame: TrapFrame = zeroed();
  frame.rip = entry;
  frame.rsp = stack;
  frame.cs = u64(USER_CODE_SELECTOR);
  frame.ss = u64(USER_DATA_SELECTOR);
  frame.rflags = RFLAGS_START;
  enterApplication(addressOf(frame));
}
