/**
 * membarrier(2): a memory barrier on every processor that runs a thread of the program.
 *
 * Answered by the protocol that makes all processors forget translations (kernel/mm/tlb.ts): each running one is interrupted and confirms, each
 * halted one passes the same barrier before it runs a thread. The interrupt's return serialises the instruction stream, too.
 */

import { EINVAL, EPERM } from "../abi/errno.ts";
import {
  MEMBARRIER_CMD_GLOBAL,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
  MEMBARRIER_CMD_QUERY,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
} from "../abi/linux-process.ts";
import { TLB_FEW_PAGES, tlbInvalidate } from "../kernel/mm/tlb.ts";
import { cpuOnlineMask } from "../kernel/sched/cpu.ts";
import { irqRestore, irqSave } from "../nucleus/irq-mask.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const OFFERED =
  MEMBARRIER_CMD_GLOBAL |
  MEMBARRIER_CMD_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_PRIVATE_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

/** The commands that the program has registered for. */
const registered: Atomic<u32> = zeroed();

/** Another program has not registered for anything. */
export function membarrierForget(): void {
  registered.store(0);
}

/** membarrier(command, flags, cpu) */
export function sysMembarrier(call: SyscallFrame): i64 {
  if (u32.wrap(call.a1) !== 0) {
    return i64(-EINVAL);
  }
  const command = u32.wrap(call.a0);
  switch (command) {
    case MEMBARRIER_CMD_QUERY:
      return i64(OFFERED);
    case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
      return 0n;
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
      // Each stands one bit above the command that it allows.
      void registered.fetchOr(command >> 1);
      return 0n;
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
      if ((registered.load() & command) === 0) {
        return i64(-EPERM);
      }
      barrierEverywhere();
      return 0n;
    case MEMBARRIER_CMD_GLOBAL:
    case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
      barrierEverywhere();
      return 0n;
    default:
      return i64(-EINVAL);
  }
}

function barrierEverywhere(): void {
  fence(Order.SeqCst);
  if (cpuOnlineMask() === 1n) {
    return;
  }
  const wasMasked = irqSave();
  let nothing: u64 = 0n;
  tlbInvalidate(addressOf(nothing), TLB_FEW_PAGES + 1);
  irqRestore(wasMasked);
}
