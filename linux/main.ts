/**
 * The boot script: from the first instruction after the nucleus to the first instruction of the program, one line per step.
 *
 * The order is the order of needs: a log before anything can fail, memory before what allocates, clocks before what waits, the channel
 * before anybody prints. Up to the channel a failure is a panic on the serial port; after it, a sentence on stderr.
 */

import { channelLog, channelPanic, channelSay, channelStarted } from "../drivers/channel/channel.ts";
import { channelInit } from "../drivers/channel/init.ts";
import { memoryReturn, memoryReturnWorks } from "../drivers/memory-return.ts";
import { clockInit, interruptInit, memoryInit, schedulerInit, trapInit } from "../kernel/init.ts";
import { LogLevel, logInfo, logSetSink } from "../kernel/log/log.ts";
import { framesSetReturnHook } from "../kernel/mm/frames.ts";
import { panicSetSink } from "../kernel/panic/panic.ts";
import { capabilitiesInit } from "./capabilities.ts";
import { cpuTimeStart } from "./cpu-time.ts";
import { descriptorsInit } from "./descriptors.ts";
import { dispatchInit } from "./dispatch.ts";
import { entryInit } from "./entry.ts";
import { faultsInit } from "./faults.ts";
import { streamsInit } from "./fs/stream.ts";
import { loaderEntry, loaderError, loaderRun } from "./loader.ts";
import { limitsInit } from "./process.ts";
import { endProgram } from "./process-end.ts";
import { programInit, programIsTimed, programIsVerbose, programName, programPath } from "./program.ts";
import { randomInit } from "./random.ts";
import { rseqInit } from "./rseq.ts";
import { scheduleInit } from "./schedule.ts";
import { signalDeliverInit } from "./signal-deliver.ts";
import { signalsInherit } from "./signal-inherit.ts";
import { signalSendInit } from "./signal-send.ts";
import { programStart } from "./start.ts";
import { tasksInit } from "./task.ts";
import { taskNameInit } from "./task-name.ts";
import { timerCallsInit } from "./timer-calls.ts";

/**
 * @export kernelMain
 * @noreturn
 */
export function kernelMain(): never {
  trapInit();
  memoryInit();
  clockInit();
  interruptInit();
  schedulerInit();
  if (memoryReturnWorks()) {
    framesSetReturnHook(memoryReturn, true);
  }
  const channel = channelInit();
  panicSetSink(channelPanic);
  const problem = programInit();
  if (programIsVerbose() || channel < 0n) {
    logSetSink(channelLog, LogLevel.Info);
  }
  if (problem.length > 0) {
    refuse(problem);
  }
  tasksInit();
  rseqInit();
  randomInit();
  descriptorsInit();
  streamsInit();
  limitsInit();
  scheduleInit();
  capabilitiesInit();
  taskNameInit(programName());
  faultsInit();
  dispatchInit();
  entryInit();
  signalDeliverInit();
  signalSendInit();
  timerCallsInit();
  signalsInherit();
  const stack = loaderRun();
  if (stack === 0n) {
    refuse(loaderError());
  }
  if (programIsVerbose()) {
    logInfo(`starting ${programPath()} at ${hex(u64(loaderEntry()))}`);
  }
  if (programIsTimed()) {
    channelStarted();
  }
  cpuTimeStart();
  programStart(loaderEntry(), stack);
}

/** A program that cannot be started: one sentence on stderr and status 1. */
function refuse(why: string): never {
  channelSay(2, `hermit: ${programName()}: ${why}\n`);
  endProgram(1);
}
