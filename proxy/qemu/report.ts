/**
 * What the user reads on stderr when QEMU cannot do its part: one sentence that says what to do, and QEMU's own words where they
 * help.
 */

import { EACCES, EFBIG } from "../../abi/errno.ts";
import { messageAdd, messageSend } from "../../uhyve/message.ts";
import { hostWriteAll } from "../channel/host-io.ts";
import type { ChannelServer } from "../channel/server.ts";
import { complain } from "../complain.ts";
import { stringAt } from "../strings.ts";
import { type ArgumentList, QEMU_GUEST_ABORTED } from "./arguments.ts";
import { EXEC_FAILED } from "./child.ts";
import { DEFAULT_QEMU } from "./options.ts";

const SLOWER = "so QEMU emulates the processor (TCG), which is slower";

/** QEMU is not there. The proxy's exit status. */
export function reportAbsent(program: string, error: i32): i32 {
  if (error === -EACCES) return complain("", program, " may not be executed; HERMIT_QEMU names the QEMU to use");
  return complain(
    "",
    program,
    " was not found; install it (sudo apt-get install qemu-system-x86) or name it in HERMIT_QEMU",
  );
}

/** The command line, for those who want to know or to try it by hand. */
export function reportCommand(list: ArgumentList): void {
  messageAdd("hermit: starting");
  for (let i: u32 = 0; i < list.count; i += 1) {
    messageAdd(" ");
    messageAdd(stringAt(elements(list.pointers), i));
  }
  messageAdd("\n");
  messageSend();
}

/** The host refused something that does not depend on QEMU. */
export function reportHostError(what: string, error: i64): i32 {
  return complain("could not ", what, ` (error ${-error})`);
}

/** The same for a file in memory. */
export function reportFileError(what: string, error: i64): i32 {
  if (error !== i64(-EFBIG)) return reportHostError(what, error);
  const why = "the limit of the size of files (ulimit -Hf) is smaller than the files in memory that QEMU needs; ";
  return complain(why, "", "raise it or use the isle uhyve");
}

/** KVM does not open. */
export function reportKvmUnusable(error: i64): void {
  const why = error === i64(-EACCES) ? "you may not use /dev/kvm (group kvm), " : "this host has no usable /dev/kvm, ";
  void complain(why, SLOWER, "");
}

/** QEMU cannot use KVM here. */
export function reportKvmRefused(): void {
  void complain("QEMU cannot use KVM on this host, ", SLOWER, "; HERMIT_KVM=0 skips the try");
}

/** KVM works, but not for a guest of QEMU. */
export function reportRing0Emulated(): void {
  const why = "this host's KVM emulates guest ring 0 and keeps timer interrupts from guests of QEMU, ";
  void complain(why, SLOWER, "; HERMIT_KVM=0 skips the look, HERMIT_KVM=1 uses KVM all the same");
}

export function reportNoSandbox(): void {
  void complain("this QEMU was built without its sandbox (seccomp) and runs without it", "", "");
}

/** QEMU has ended before the program did; `hasSpoken`: the guest has sent something, if only its log. The proxy's exit status. */
export function reportDeath(
  program: string,
  server: ChannelServer,
  waitStatus: i32,
  hasSpoken: bool,
  errorText: Slice<u8>,
): i32 {
  const signal = waitStatus & 0x7f;
  const status = (waitStatus >> 8) & 0xff;
  if (signal !== 0) {
    void complain("", program, ` was ended by signal ${signal} before the program ended`);
  } else if (status === EXEC_FAILED) {
    void complain("", program, " could not be started; HERMIT_QEMU names the QEMU to use");
  } else if (status === QEMU_GUEST_ABORTED) {
    void complain("the guest's kernel gave up before the program ended", "", "");
  } else if (status !== 0 && server.effectCount === 0n) {
    void complain(
      "",
      program,
      ` refused to start the guest (status ${status}); QEMU 7.2 or newer with microvm is expected`,
    );
  } else if (status !== 0) {
    void complain("", program, ` failed while the program ran (status ${status})`);
  } else if (!hasSpoken && program !== DEFAULT_QEMU) {
    void complain(
      "",
      program,
      " ended without starting a machine, or with one that was reset at once; HERMIT_QEMU names the QEMU to use",
    );
  } else {
    void complain(
      "the guest's machine was reset before the program ended: ",
      "a fault that its kernel could not report",
      "",
    );
  }
  sayWords(errorText);
  return 1;
}

function sayWords(errorText: Slice<u8>): void {
  if (errorText.length === 0n) return;
  void hostWriteAll(2, bytesOf("Last words of QEMU and the guest:\n"));
  void hostWriteAll(2, errorText);
  if (at(errorText, errorText.length - 1n) !== 0x0a) void hostWriteAll(2, bytesOf("\n"));
}
