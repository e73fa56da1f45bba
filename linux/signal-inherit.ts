/**
 * Signals that whoever started the program has it ignore or block (nohup, a background job of a shell, a service manager): execve(2) keeps
 * both, so a program finds them as they are at the proxy.
 */

import { SIG_IGN } from "../abi/linux-signal.ts";
import { channelTakeSignals } from "../drivers/channel/channel.ts";
import { bitOf } from "./core/signal-queue.ts";
import { programModule } from "./program.ts";
import { actions, UNBLOCKABLE } from "./signal-state.ts";
import { firstTask } from "./task.ts";

/** The program's first thread has not begun. */
export function signalsInherit(): void {
  const module = programModule();
  for (let signal: u32 = 1; signal < actions.length; signal++) {
    if ((module.ignoredSignals & ~UNBLOCKABLE & bitOf(signal)) !== 0n) {
      actions[signal].handler = SIG_IGN;
    }
  }
  firstTask.signals.blocked = module.blockedSignals & ~UNBLOCKABLE;
  if (firstTask.signals.blocked !== 0n) {
    // They are to wait for the program, which may never ask for anything but to wait for them.
    channelTakeSignals();
  }
}
