/**
 * The proxy's end by SIGINT, SIGTERM or SIGHUP while QEMU runs: QEMU is killed and waited for, then the proxy exits with 128 + n.
 *
 * A handler rather than signalfd, because the proxy may be blocked in a write to a reader that does not read. Everything in it
 * is a system call. The terminal needs no care: QEMU never has it and the proxy does not change its modes.
 */

import { type KernelSigaction, SIG_IGN, SIGHUP, SIGINT, SIGSET_BYTES, SIGTERM } from "../../abi/linux-signal.ts";
import { SYS_rt_sigaction, SYS_rt_sigreturn } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { childEnd, exitNow } from "./child.ts";

const SA_RESTORER = 0x0400_0000n;

/** The process to kill first; 0: none. */
let endedChild: i64 = 0n;

/** Handles the three signals from now on. */
export function endSignalsHandle(): void {
  handle(SIGINT);
  handle(SIGTERM);
  handle(SIGHUP);
}

/** Names the process that must not outlive the proxy; 0: none. */
export function endSignalsGuard(child: i64): void {
  endedChild = child;
}

/** A signal that was ignored when the proxy started stays ignored (nohup, background jobs). */
function handle(signal: i32): void {
  const before: KernelSigaction = { handler: 0n, flags: 0n, restorer: 0n, mask: 0n };
  void linuxCall(SYS_rt_sigaction, u64(signal), 0n, callPointer(before), SIGSET_BYTES);
  if (before.handler === SIG_IGN) return;
  const action: KernelSigaction = {
    handler: u64(functionAddress(onEndSignal)),
    flags: SA_RESTORER,
    restorer: u64(functionAddress(restoreSignal)),
    mask: 0n,
  };
  void linuxCall(SYS_rt_sigaction, u64(signal), callPointer(action), 0n, SIGSET_BYTES);
}

function onEndSignal(signal: i32): void {
  if (endedChild > 0n) void childEnd(endedChild);
  exitNow(128 + signal);
}

/**
 * Where the kernel returns to from a handler (x86-64 demands one); this handler never returns.
 * @naked
 */
function restoreSignal(): void {
  asm`mov $${imm(SYS_rt_sigreturn)}, %eax
      syscall`;
}
