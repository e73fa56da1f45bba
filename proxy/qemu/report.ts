/**
 * What the user reads on stderr when QEMU cannot do its part: one sentence that says what to do, and QEMU's own words where they
 * help.
 */

import { EACCES } from "../../abi/errno.ts";
import { hostWriteAll } from "../channel/host-io.ts";
import type { ChannelServer } from "../channel/server.ts";

const EXEC_FAILED = 127;

/** QEMU is not there. The proxy's exit status. */
export function reportAbsent(program: string, error: i32): i32 {
  if (error === -EACCES) {
    say(`proxy: ${program} may not be executed; HERMIT_QEMU names the QEMU to use.\n`);
  } else {
    say(
      `proxy: ${program} was not found; install it (Debian: apt-get install qemu-system-x86) or name another with HERMIT_QEMU.\n`,
    );
  }
  return 1;
}

/** The host refused something that does not depend on QEMU. */
export function reportHostError(what: string, error: i64): i32 {
  say(`proxy: could not ${what} (error ${-error}).\n`);
  return 1;
}

/** KVM does not open. */
export function reportKvmUnusable(error: i64): void {
  if (error === i64(-EACCES)) {
    say(
      "proxy: /dev/kvm may not be used by this user (group kvm), so QEMU emulates the processor (TCG), which is slower.\n",
    );
  } else {
    say("proxy: this host has no usable /dev/kvm, so QEMU emulates the processor (TCG), which is slower.\n");
  }
}

/** QEMU cannot use KVM here. */
export function reportKvmRefused(): void {
  say(
    "proxy: QEMU cannot use this host's KVM, so it emulates the processor (TCG), which is slower; HERMIT_KVM=0 skips the try.\n",
  );
}

/** QEMU has ended before the program did. The proxy's exit status. */
export function reportDeath(program: string, server: ChannelServer, waitStatus: i32, errorText: Slice<u8>): i32 {
  const signal = waitStatus & 0x7f;
  const status = (waitStatus >> 8) & 0xff;
  if (signal !== 0) {
    say(`proxy: ${program} was ended by signal ${signal} before the program ended.\n`);
  } else if (status === EXEC_FAILED) {
    say(`proxy: ${program} could not be started.\n`);
  } else if (status !== 0 && server.frameCount === 0n) {
    say(`proxy: ${program} refused to start the guest (exit status ${status}); QEMU 7.2 or newer is expected.\n`);
  } else if (status !== 0) {
    say(`proxy: ${program} failed while the program ran (exit status ${status}).\n`);
  } else {
    say(
      "proxy: the guest's machine was reset before the program ended: its kernel met a fault that it could not report.\n",
    );
  }
  sayWords(errorText);
  return 1;
}

function sayWords(errorText: Slice<u8>): void {
  if (errorText.length === 0n) return;
  say("QEMU said:\n");
  void hostWriteAll(2, errorText);
  if (at(errorText, errorText.length - 1n) !== 0x0a) say("\n");
}

function say(text: string): void {
  void hostWriteAll(2, bytesOf(text));
}
