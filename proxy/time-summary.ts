/**
 * `--time`: where the time of a run went, on stderr when it ends.
 *
 *     hermit: 44.53 ms: 38.10 ms until the program's first instruction, 6.43 ms in the program
 *     hermit: 17 exits to the monitor, at most 3.1 MiB of the host's memory
 */

import { RUSAGE_CHILDREN, RUSAGE_SELF, Rusage } from "../abi/linux-process.ts";
import { SYS_getrusage } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { messageAdd, messageSend } from "../uhyve/message.ts";
import { runStatusAgeNs, runStatusExits } from "./run-status.ts";

const MAX_VCPUS = 64;
const NS_PER_HUNDREDTH = 10_000n;
const KIB_PER_TENTH_MIB = 102n;

let isWanted = false;
let startedAtNs: u64 = 0n;

export function timeSummaryWant(): void {
  isWanted = true;
}

export function timeSummaryIsWanted(): bool {
  return isWanted;
}

/** The program's first instruction comes next. */
export function timeSummaryStarted(): void {
  startedAtNs = runStatusAgeNs();
}

/** The run is over. */
export function timeSummarySay(): void {
  if (!isWanted) return;
  isWanted = false;
  const total = runStatusAgeNs();
  sayTimes(total);
  let exits: u64 = 0n;
  for (let i: u32 = 0; i < MAX_VCPUS; i += 1) exits += at(runStatusExits(), u64(i));
  messageAdd("hermit: ");
  // Another monitor does not tell.
  if (exits > 0n) messageAdd(`${exits} exits to the monitor, `);
  const tenths = mostKib() / KIB_PER_TENTH_MIB;
  messageAdd(`at most ${tenths / 10n}.${tenths % 10n} MiB of the host's memory\n`);
  messageSend();
}

function sayTimes(total: u64): void {
  messageAdd("hermit: ");
  addMs(total);
  if (startedAtNs === 0n) {
    messageAdd("; the program was never started\n");
    return;
  }
  messageAdd(": ");
  addMs(startedAtNs);
  messageAdd(" until the program's first instruction, ");
  addMs(total - startedAtNs);
  messageAdd(" in the program\n");
}

function addMs(ns: u64): void {
  const hundredths = ns / NS_PER_HUNDREDTH;
  const rest = hundredths % 100n;
  messageAdd(rest < 10n ? `${hundredths / 100n}.0${rest} ms` : `${hundredths / 100n}.${rest} ms`);
}

/** The larger of this process and of QEMU, if there was one: the guest's memory is in one of them. */
function mostKib(): u64 {
  const self = new Rusage();
  const children = new Rusage();
  void linuxCall(SYS_getrusage, u64(RUSAGE_SELF), callPointer(self));
  void linuxCall(SYS_getrusage, u64.wrap(RUSAGE_CHILDREN), callPointer(children));
  return u64(self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss : children.ru_maxrss);
}
