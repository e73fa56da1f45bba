/**
 * The end of the program: by exit, or by a signal's default action. Either ends the machine.
 *
 * The proxy's exit status is the program's, or 128 + n, as a shell shows it; a program that dies gets a sentence on stderr, because
 * there is no shell between it and the user that would say "Segmentation fault".
 */

import { SIGPIPE } from "../abi/linux-signal.ts";
import { channelExit, channelKilled, channelTrace } from "../drivers/channel/channel.ts";
import { callSitesReport } from "./call-sites.ts";
import { signalName } from "./core/trace-names.ts";
import { programIsTraced, programIsVerbose, programName } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { tasksReport } from "./task-report.ts";

/** exit_group: all threads end with the machine. */
export function sysExitGroup(call: SyscallFrame): i64 {
  endProgram(i32.wrap(call.a0) & 0xff);
}

export function endProgram(status: i32): never {
  callSitesReport();
  if (programIsTraced()) {
    channelTrace(`+++ exited with ${status} +++\n`);
  }
  channelExit(status);
}

/** `why` says what happened, or is "". */
export function killProgram(signal: u32, why: string): never {
  noteDeath(signal);
  const name = nameOf(signal);
  if (signal === SIGPIPE) {
    // The reader of standard output went away (`| head`): nobody wants to read about that.
    channelKilled(i32(signal), "");
  }
  if (why.length === 0) {
    channelKilled(i32(signal), `hermit: ${programName()} died of ${name}\n`);
  }
  channelKilled(i32(signal), `hermit: ${programName()} died of ${name}: ${why}\n`);
}

/** Somebody outside ended the program (Ctrl-C, kill): they know, so nothing is said about it. */
export function killFromOutside(signal: u32): never {
  noteDeath(signal);
  channelKilled(i32(signal), "");
}

function noteDeath(signal: u32): void {
  if (programIsVerbose()) {
    // A program that was ended because it hangs: what does each of its threads wait for?
    tasksReport();
  }
  if (programIsTraced()) {
    channelTrace(`+++ killed by ${nameOf(signal)} +++\n`);
  }
}

/** Real-time signals have numbers only. */
function nameOf(signal: u32): string {
  const name = signalName(u64(signal));
  return name.length > 0 ? name : "a real-time signal";
}
