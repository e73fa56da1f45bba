/**
 * The end of the program: by exit, or by a signal's default action. Either ends the machine.
 *
 * The proxy's exit status is the program's, or 128 + n, as a shell shows it; a program that dies gets a sentence on stderr, because
 * there is no shell between it and the user that would say "Segmentation fault".
 */

import { SIGINT, SIGPIPE, type Siginfo } from "../abi/linux-signal.ts";
import { channelExit, channelKilled, channelTrace } from "../drivers/channel/channel.ts";
import { stopForGood } from "../kernel/smp/stop.ts";
import { irqSave } from "../nucleus/irq-mask.ts";
import { callSitesReport } from "./call-sites.ts";
import { signalName } from "./core/trace-names.ts";
import { coreDump } from "./core-dump.ts";
import { programIsTraced, programIsVerbose, programName } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { tasksReport } from "./task-report.ts";

/** SIGRTMIN as glibc has it: two below it are its own. */
const FIRST_REALTIME = 34;
/** Somebody is ending the program. */
const isEnding: Atomic<u32> = zeroed();

/** Brings what is only in memory to where it belongs; set by file systems that have such data. */
type EndHook = () => void;
let beforeEnd: EndHook | null = null;

export function processEndSetHook(hook: EndHook): void {
  beforeEnd = hook;
}

/** exit_group: all threads end with the machine. */
export function sysExitGroup(call: SyscallFrame): i64 {
  endProgram(i32.wrap(call.a0) & 0xff);
}

export function endProgram(status: i32): never {
  beginEnd();
  if (programIsVerbose()) {
    callSitesReport();
  }
  if (programIsTraced()) {
    channelTrace(`+++ exited with ${status} +++\n`);
  }
  channelExit(status);
}

/** `why` says what happened, or is "". `info`: what a core file says about the signal. */
export function killProgram(signal: u32, why: string, info: Siginfo | null = null): never {
  beginEnd();
  const known = signalName(u64(signal));
  const isReserved = signal < FIRST_REALTIME;
  const name = known.length > 0 ? known : isReserved ? `signal ${signal}` : `SIGRTMIN+${signal - FIRST_REALTIME}`;
  noteDeath(name);
  coreDump(signal, info);
  if (signal === SIGPIPE || signal === SIGINT) {
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
  beginEnd();
  noteDeath(signalName(u64(signal)));
  channelKilled(i32(signal), "");
}

/** Only one end happens: another processor that comes to one waits for the machine to go. From here on nothing interrupts this one. */
function beginEnd(): void {
  if (beforeEnd !== null) {
    beforeEnd();
  }
  void irqSave();
  if (isEnding.exchange(1) !== 0) {
    stopForGood();
  }
}

function noteDeath(name: string): void {
  if (programIsVerbose()) {
    // A program that was ended because it hangs: what does each of its threads wait for?
    tasksReport();
  }
  if (programIsTraced()) {
    channelTrace(`+++ killed by ${name} +++\n`);
  }
}
