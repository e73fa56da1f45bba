/** HERMIT_STRACE's line for a signal that arrives, in strace's form. */

import type { Siginfo } from "../abi/linux-signal.ts";
import { channelTrace } from "../drivers/channel/channel.ts";
import { type TextBuffer, textView } from "./core/text-buffer.ts";
import { traceSignal } from "./core/trace-signal.ts";
import { programIsTraced } from "./program.ts";

/** `--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---` if the user wants to see it. */
export function signalTrace(info: Siginfo): void {
  if (programIsTraced()) {
    const line: TextBuffer = zeroed();
    traceSignal(line, info);
    channelTrace(textView(line));
  }
}
