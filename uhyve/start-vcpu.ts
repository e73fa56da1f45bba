/**
 * The vCPUs beyond the first: the guest fills the CpuStart of one (abi/boot-info.ts) and names its index at UHYVE_PORT_START_CPU.
 *
 * Each gets a thread, and only then is anything of it made: file descriptor, mapping and CPUID of a vCPU cost a tenth of a start
 * each, and a program that ends early has paid for none. The new thread makes them, so processors come up side by side.
 *
 * Trust: index and CpuStart are the guest's. The index is checked, the CpuStart is copied once; its values only ever become registers,
 * which can harm nobody but the guest. Sizes and selectors come from the image's file, which no guest can have changed.
 */

import type { CpuStart } from "../abi/boot-info.ts";
import { KVM_MP_STATE_RUNNABLE } from "../abi/kvm.ts";
import { endProcess, RUNS_ON } from "./channel-service.ts";
import { confineVcpuThread, endUnlessConfined } from "./confinement/confine.ts";
import { guestAt } from "./guest-memory.ts";
import { imageContains, imageFileHeader, imagePhysical } from "./kernel-image.ts";
import { vcpuSetMpState } from "./kvm.ts";
import { type Lock, lockAcquire, lockRelease, threadStart } from "./lock.ts";
import { MACHINE_MAX_VCPUS, type Machine, machineMakeVcpu } from "./machine.ts";
import { errorText } from "./message.ts";
import { reportDeath } from "./report.ts";
import { signalsLeaveToFirstThread } from "./signals.ts";
import { type Vcpu, vcpuSetState, vcpuShareTsc } from "./vcpu.ts";
import { vcpuLoop } from "./vcpu-loop.ts";

/** Why a processor cannot be started. */
export enum StartError {
  None = 0,
  NoSuchProcessor = 1,
  AlreadyStarted = 2,
  /** The image names no place for its CpuStart, or one that is not in the image. */
  NoCpuStart = 3,
}

class VcpuThread {
  machine!: Ptr<Machine>;
  vcpu!: Ptr<Vcpu>;
  start!: CpuStart;
}

const threads: FixedArray<VcpuThread, 64> = zeroed();
/** Held while the list of CPUID leaves, which is one for all, is given to a vCPU. */
const cpuidLock: Lock = zeroed();

/** The guest, running on `vcpu`, asks for processor `index`: RUNS_ON, or the status with which the machine ends. */
export function startVcpu(machine: Machine, vcpu: Vcpu, index: u32): i32 {
  const error = startCheck(machine, index);
  switch (error) {
    case StartError.NoSuchProcessor:
      return reportDeath(machine, vcpu, `it started processor ${index} of a machine with ${machine.cpuCount}`);
    case StartError.AlreadyStarted:
      return reportDeath(machine, vcpu, `it started processor ${index}, which runs already`);
    case StartError.NoCpuStart:
      return reportDeath(machine, vcpu, `it started processor ${index}, for which its image names no beginning`);
    default:
      break;
  }
  const started = threadStart(threadMain, castPtr<u8>(addressOf(threads[index])));
  if (started >= 0n) return RUNS_ON;
  errorText(`no thread for processor ${index} could be started (error ${-started}); use fewer (--cpus or HERMIT_CPUS)`);
  return 1;
}

/** Checks what the guest asks for and takes its CpuStart: nobody can take it a second time. */
export function startCheck(machine: Machine, index: u32): StartError {
  if (index === 0 || index >= machine.cpuCount || index >= MACHINE_MAX_VCPUS) return StartError.NoSuchProcessor;
  const place = findCpuStart(machine, index);
  if (place === null) return StartError.NoCpuStart;
  if (machine.vcpus[index].isStarted.exchange(1, Order.AcqRel) !== 0) return StartError.AlreadyStarted;
  const thread = threads[index];
  thread.machine = addressOf(machine);
  thread.vcpu = addressOf(machine.vcpus[index]);
  copy(thread.start, place);
  return StartError.None;
}

/** What startCheck has taken for processor `index`. */
export function startTaken(index: u32): CpuStart {
  return threads[index].start;
}

function findCpuStart(machine: Machine, index: u32): Ptr<CpuStart> | null {
  const header = imageFileHeader(machine.kernelFile);
  if (header === null || index >= header.maxCpus) return null;
  const bytes = u64(sizeOf<CpuStart>());
  const address = header.cpuStarts + u64(index) * bytes;
  if ((u64(address) & 7n) !== 0n || !imageContains(header, address, bytes)) return null;
  const place = guestAt(machine.memory, imagePhysical(address), bytes);
  // SAFETY: guest RAM, aligned to words.
  return place === null ? null : castPtr<CpuStart>(place);
}

/** Body of the thread: the machine ends with its first vCPU that does. */
function threadMain(argument: Ptr<u8>): void {
  // SAFETY: startVcpu passes an element of `threads`, which is static.
  const thread = castPtr<VcpuThread>(argument);
  signalsLeaveToFirstThread();
  endUnlessConfined(confineVcpuThread());
  const made = makeVcpu(thread.machine, thread.vcpu, thread.start);
  if (made < 0n) {
    const index = thread.vcpu.index;
    errorText(`KVM could not make processor ${index} (error ${-made}); use fewer (--cpus or HERMIT_CPUS)`);
    endProcess(1);
  }
  endProcess(vcpuLoop(thread.machine, thread.vcpu));
}

/** 0 or a negative errno. */
function makeVcpu(machine: Machine, vcpu: Vcpu, start: CpuStart): i64 {
  const image = imageFileHeader(machine.kernelFile);
  assert(image !== null, "findCpuStart has found it");
  lockAcquire(cpuidLock);
  const made = machineMakeVcpu(machine, vcpu);
  lockRelease(cpuidLock);
  if (made < 0n) return made;
  // Without the attribute KVM has made the new counter agree with the others itself.
  void vcpuShareTsc(vcpu);
  const state = vcpuSetState(vcpu, image, start, machine.features);
  if (state < 0n) return state;
  return vcpuSetMpState(vcpu.fd, KVM_MP_STATE_RUNNABLE);
}
