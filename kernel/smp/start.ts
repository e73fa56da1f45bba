/**
 * Starting the processors beyond the first, when a program makes its second thread: one that never does pays nothing for them.
 *
 * Each gets a per-CPU block, tables and an idle thread, all made by the processor that starts it, and its element of cpuStarts; then
 * the monitor (uhyve) or INIT and SIPI (nucleus/boot/ap-start.ts) begin cpuEntry on it, in ring 3. It joins by itself: nobody waits for
 * it, and its first act is to look for waiting threads. A processor that never comes is one that never takes a thread.
 */

import { Loader } from "../../abi/boot-info.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { UHYVE_PORT_START_CPU } from "../../abi/uhyve.ts";
import { apStart, apStartPrepare } from "../../nucleus/boot/ap-start.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { type CpuTables, cpuFramesFill, cpuTablesFill } from "../../nucleus/descriptors.ts";
import { cpuEntry, cpuStarts, MAX_CPUS } from "../../nucleus/image.ts";
import { cpuIndex, irqFlags, setKernelStack } from "../../nucleus/percpu.ts";
import { outl } from "../../nucleus/ports.ts";
import { irqRegister } from "../irq.ts";
import { logWarning } from "../log/log.ts";
import { framesAllocContiguous } from "../mm/frames.ts";
import { directMap } from "../mm/page-table.ts";
import { tlbOnline, tlbServe, tlbSetSender } from "../mm/tlb.ts";
import { cpuBit, onlineCpus } from "../sched/cpu.ts";
import { idleLoop, idleStackMake, idleThreadMake } from "../sched/idle.ts";
import { onReschedule } from "../sched/queueing.ts";
import { schedulerAdoptIdle } from "../sched/scheduler.ts";
import { monotonicNs } from "../time/clock.ts";
import { ICR_INIT, ICR_STARTUP, lapicEnable, lapicSend } from "../time/lapic.ts";
import { VECTOR_RESCHEDULE, VECTOR_TLB } from "../vectors.ts";
import { ipiSend } from "./ipi.ts";
import { stopInit } from "./stop.ts";

const SETTLE_NS = 10_000n;
/** How long a start is waited for where the program asks for that very processor. */
const MOST_WAIT_NS = 1_000_000_000n;

const isBegun: Atomic<u32> = zeroed();
/** Tables of each processor beyond the first. */
const tables: FixedArray<Ptr<CpuTables> | null, 64> = zeroed();

/** How many processors the machine has. */
export function cpuCount(): u32 {
  return bootInfo.cpuCount < MAX_CPUS ? bootInfo.cpuCount : MAX_CPUS;
}

/** Starts all processors, the first time that it is called; they join when they are ready. */
export function processorsStart(): void {
  const count = cpuCount();
  if (count === 1 || isBegun.load(Order.Relaxed) !== 0 || !isBegun.compareExchange(0, 1)) {
    return;
  }
  irqRegister(VECTOR_RESCHEDULE, onReschedule);
  irqRegister(VECTOR_TLB, onTlbRequest);
  tlbSetSender(sendTlbRequest);
  stopInit();
  lapicEnable();
  if (bootInfo.loader !== Loader.Uhyve) {
    apStartPrepare();
  }
  for (let index: u32 = 1; index < count; index++) {
    if (!prepare(index)) {
      logWarning(`no memory to start processor ${index}; ${index} of ${count} processors are used`);
      return;
    }
    start(index);
  }
}

function sendTlbRequest(cpu: u32): void {
  ipiSend(cpu, VECTOR_TLB);
}

function onTlbRequest(_vector: u32): void {
  tlbServe();
}

/** Starts the processors and waits until one of `mask` is online; false if none comes. */
export function processorsWaitFor(mask: u64): bool {
  processorsStart();
  const start = monotonicNs();
  while ((onlineCpus.load() & mask) === 0n) {
    if (monotonicNs() - start > MOST_WAIT_NS) {
      return false;
    }
  }
  return true;
}

/** Makes everything that processor `index` needs before its first instruction; false: no memory. */
function prepare(index: u32): bool {
  const blockBytes = (u64(percpuSize()) + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  const tableBytes = (u64(sizeOf<CpuTables>()) + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  const bytes = blockBytes + tableBytes;
  const idle = idleThreadMake(index);
  const place = framesAllocContiguous(bytes / PAGE_SIZE, 1n);
  if (place === 0n || !idleStackMake(idle)) {
    return false;
  }
  const block = directMap(place);
  fillBytes(block, 0, bytes);
  // SAFETY: memory of our own, from a page boundary; the block's first word is its own address, as the compiler's %gs accesses want it.
  castPtr<u64>(block).value = u64(virtAddr(block));
  castPtr<u32>(block.add(percpuOffset(cpuIndex))).value = index;
  castPtr<u8>(block.add(percpuOffset(irqFlags.mask))).value = 1;
  const own = castPtr<CpuTables>(block.add(blockBytes));
  cpuTablesFill(own);
  tables[index] = own;
  cpuStarts[index] = {
    entry: functionAddress(cpuEntry),
    stackTop: idle.kernelStackTop,
    percpuBase: virtAddr(block),
    gdt: virtAddr(own.gdt),
    tss: virtAddr(own.tss),
    pml4: bootInfo.pml4,
  };
  return true;
}

function start(index: u32): void {
  if (bootInfo.loader === Loader.Uhyve) {
    outl(UHYVE_PORT_START_CPU, index);
    return;
  }
  lapicSend(index, ICR_INIT, 0);
  settle();
  lapicSend(index, ICR_STARTUP, apStart());
  settle();
}

/** Real processors want a pause between the messages (SDM volume 3, 9.4.4.1). */
function settle(): void {
  const begin = monotonicNs();
  while (monotonicNs() - begin < SETTLE_NS) {}
}

/**
 * The first function of a processor beyond the first: on its idle thread's stack, interrupts masked.
 * @export cpuMain
 * @noreturn
 */
export function cpuMain(): never {
  const idle = idleThreadMake(cpuIndex);
  cpuFramesFill(tables[cpuIndex]!);
  setKernelStack(idle.kernelStackBottom, idle.kernelStackTop);
  schedulerAdoptIdle(idle);
  lapicEnable();
  tlbOnline(cpuIndex);
  void onlineCpus.fetchOr(cpuBit(cpuIndex));
  idleLoop();
}
