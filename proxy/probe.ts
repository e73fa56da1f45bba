/**
 * `proxy --probe`: what this host offers, for `hermit doctor`: one JSON object a line on stdout, integers and short texts only.
 *
 *     {"probe":"kvm","status":"ok","apiVersion":12,"errno":0}            status: ok | absent | denied | unusable
 *     {"probe":"ring0","status":"ok","iterations":1000,"elapsedNs":1204000}           status: ok | failed
 *     {"probe":"ring3","status":"ok","iterations":100000,"elapsedNs":51000}
 *     {"probe":"isle","isle":"uhyve","reason":"KVM works here"}          isle: uhyve | qemu | none
 */

import { EACCES, ENOENT, EPERM } from "../abi/errno.ts";
import { SYS_write } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { kvmApiVersion } from "../uhyve/kvm.ts";
import { MachineError } from "../uhyve/machine.ts";
import { RING0_ITERATIONS, RING3_ITERATIONS, ringProbeCreate, ringProbeRun } from "../uhyve/ring-probe.ts";
import { findProgram } from "./find-program.ts";
import { machine } from "./isle-uhyve.ts";
import type { RunOptions } from "./options.ts";
import type { PathText } from "./path-text.ts";

const STDOUT = 1n;

const qemuPath: PathText = zeroed();

/** Writes the report; the exit status. */
export function probeHost(options: RunOptions, environment: Ptr<u64>): i32 {
  const error = ringProbeCreate(machine);
  const works = error === MachineError.None;
  const version = machine.kvm < 0 ? 0n : kvmApiVersion(machine.kvm);
  const errno = works ? 0 : machine.errno;
  say(`{"probe":"kvm","status":"${kvmStatus(error)}","apiVersion":${version},"errno":${errno}}\n`);
  if (works) {
    probeRing(0, RING0_ITERATIONS);
    probeRing(3, RING3_ITERATIONS);
  }
  let why: i32 = 0;
  const hasQemu = findProgram(options.qemu, environment, qemuPath, addressOf(why));
  if (works && options.mayUseKvm) sayIsle("uhyve", "KVM works here");
  else if (!hasQemu) sayIsle("none", "KVM cannot be used here and QEMU is not installed");
  else if (!options.mayUseKvm) sayIsle("qemu", "KVM is not to be used (HERMIT_KVM=0)");
  else sayIsle("qemu", "KVM does not work here and QEMU was found");
  return 0;
}

function sayIsle(isle: string, reason: string): void {
  say(`{"probe":"isle","isle":"${isle}","reason":"${reason}"}\n`);
}

function probeRing(ring: u16, iterations: u32): void {
  const elapsed = ringProbeRun(machine, ring, iterations);
  const status = elapsed === 0n ? "failed" : "ok";
  say(`{"probe":"ring${ring}","status":"${status}","iterations":${iterations},"elapsedNs":${elapsed}}\n`);
}

function kvmStatus(error: MachineError): string {
  if (error === MachineError.None) return "ok";
  if (error !== MachineError.NoKvm) return "unusable";
  if (machine.errno === ENOENT) return "absent";
  return machine.errno === EACCES || machine.errno === EPERM ? "denied" : "unusable";
}

function say(text: string): void {
  void linuxCall(SYS_write, STDOUT, u64(virtAddr(text.data)), u64(text.length));
}
