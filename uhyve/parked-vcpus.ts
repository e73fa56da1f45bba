/**
 * The vCPUs beyond the first: each has its thread from the beginning, which waits until the guest starts it.
 *
 * A vCPU is started by filling its state and waking its thread; the start itself (an entry and a stack of its own for each
 * processor) comes with the kernel's support for several processors. Until then the threads sleep and end with the process.
 */

import { FUTEX_PRIVATE_FLAG, FUTEX_WAIT } from "../abi/linux-process.ts";
import { SYS_futex } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { threadStart } from "./lock.ts";
import { MACHINE_MAX_VCPUS, type Machine } from "./machine.ts";
import { errorText } from "./message.ts";
import type { Vcpu } from "./vcpu.ts";
import { vcpuThreadMain } from "./vcpu-loop.ts";

class ParkedVcpu {
  machine!: Ptr<Machine>;
  vcpu!: Ptr<Vcpu>;
  /** 1 once the vCPU's registers are set and it shall run. */
  isStarted!: Atomic<u32>;
}

const parked: FixedArray<ParkedVcpu, 64> = zeroed();

/** Starts the threads of all vCPUs but the first. */
export function vcpusPark(machine: Machine): void {
  assert(machine.cpuCount <= MACHINE_MAX_VCPUS, "machineInit limits the vCPUs");
  for (let i: u32 = 1; i < machine.cpuCount; i += 1) {
    const entry = parked[i];
    entry.machine = addressOf(machine);
    entry.vcpu = addressOf(machine.vcpus[i]);
    const started = threadStart(parkedMain, castPtr<u8>(addressOf(entry)));
    if (started < 0n) errorText(`the thread of vCPU ${i} could not be started (error ${-started})`);
  }
}

function parkedMain(argument: Ptr<u8>): void {
  // SAFETY: vcpusPark passes an element of `parked`, which is static.
  const entry = castPtr<ParkedVcpu>(argument);
  while (entry.isStarted.load(Order.Acquire) === 0) {
    void linuxCall(SYS_futex, callPointer(addressOf(entry.isStarted)), u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG), 0n, 0n);
  }
  vcpuThreadMain(entry.machine, entry.vcpu);
}
