/**
 * The report about a guest that died: why, the vCPU's registers, and how it got there.
 *
 * The backtrace follows frame pointers through the guest's own page tables (page-walk.ts), so a guest that has destroyed its stack
 * or its tables gets a short report and the monitor comes to no harm. Names, files and lines come from the line table of the
 * image as the proxy carries it, not from guest memory.
 */

import { KVM_MP_STATE_HALTED, KvmRegs, KvmSregs } from "../abi/kvm.ts";
import { SYS_getpid, SYS_pause, SYS_tgkill } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { vcpuGetRegs, vcpuGetSregs, vcpuMpState } from "./kvm.ts";
import type { Machine } from "./machine.ts";
import { messageAdd, messageAddWord, messageSend } from "./message.ts";
import { walkReadU64 } from "./page-walk.ts";
import { KICK_SIGNAL, signalsPrepareKick } from "./signals.ts";
import { addSymbol } from "./symbols.ts";
import type { Vcpu } from "./vcpu.ts";

const MAX_FRAMES = 24;
/** Of the other vCPUs, where there are few; of many each shows its place only. */
const FRAMES_OF_OTHERS = 8;
const FEW_CPUS = 16;
const RING_MASK = 3;
/** Exit status of a proxy whose guest died. */
const STATUS_DEAD = 1;

/** Writes the report to stderr; the exit status. The first vCPU that dies reports, and what the others were doing then. */
export function reportDeath(machine: Machine, vcpu: Vcpu, why: string): i32 {
  if (machine.isEnding.exchange(1, Order.AcqRel) !== 0) waitForEnd();
  stopOthers(machine, vcpu);
  messageAdd("hermit: the guest was ended: ");
  messageAdd(why);
  messageAdd(".\n");
  const regs = new KvmRegs();
  const sregs = new KvmSregs();
  if (vcpuGetRegs(vcpu.fd, regs) >= 0n && vcpuGetSregs(vcpu.fd, sregs) >= 0n) {
    messageAdd(`  vCPU ${vcpu.index} in ring ${u32(sregs.cs.selector) & RING_MASK}\n`);
    addRegisters(regs, sregs);
    messageAdd("  backtrace:\n");
    addBacktrace(machine, regs, sregs.cr3, MAX_FRAMES);
  }
  for (let i: u32 = 0; i < machine.cpuCount; i += 1) {
    const other = machine.vcpus[i];
    if (i !== vcpu.index && other.isLive.load(Order.Acquire) !== 0) addOther(machine, other);
  }
  messageSend();
  return STATUS_DEAD;
}

/** The machine ends in another thread, and this one with it. */
export function waitForEnd(): never {
  for (;;) void linuxCall(SYS_pause);
}

/** Makes every other vCPU leave its guest: KVM gives the registers of a vCPU to nobody while it runs. */
function stopOthers(machine: Machine, vcpu: Vcpu): void {
  signalsPrepareKick();
  const process = u64.wrap(linuxCall(SYS_getpid));
  for (let i: u32 = 0; i < machine.cpuCount; i += 1) {
    const other = machine.vcpus[i];
    if (i === vcpu.index || other.isLive.load(Order.Acquire) === 0) continue;
    // One that is about to enter finds this; one that has entered is interrupted.
    writeVolatile(addressOf(other.run.immediate_exit), 1);
    void linuxCall(SYS_tgkill, process, u64.wrap(other.thread), u64(KICK_SIGNAL));
  }
}

function addOther(machine: Machine, vcpu: Vcpu): void {
  const regs = new KvmRegs();
  const sregs = new KvmSregs();
  if (vcpuGetRegs(vcpu.fd, regs) < 0n || vcpuGetSregs(vcpu.fd, sregs) < 0n) return;
  const state = vcpuMpState(vcpu.fd) === i64(KVM_MP_STATE_HALTED) ? ", halted" : "";
  messageAdd(`  vCPU ${vcpu.index} in ring ${u32(sregs.cs.selector) & RING_MASK}${state}:\n`);
  addBacktrace(machine, regs, sregs.cr3, machine.cpuCount <= FEW_CPUS ? FRAMES_OF_OTHERS : 1);
}

function addRegisters(r: KvmRegs, s: KvmSregs): void {
  addRow("  rip ", r.rip, "  rsp ", r.rsp, "  rbp ", r.rbp, "  flg ", r.rflags);
  addRow("  rax ", r.rax, "  rbx ", r.rbx, "  rcx ", r.rcx, "  rdx ", r.rdx);
  addRow("  rsi ", r.rsi, "  rdi ", r.rdi, "  r8  ", r.r8, "  r9  ", r.r9);
  addRow("  r10 ", r.r10, "  r11 ", r.r11, "  r12 ", r.r12, "  r13 ", r.r13);
  addRow("  r14 ", r.r14, "  r15 ", r.r15, "  fs  ", s.fs.base, "  gs  ", s.gs.base);
  addRow("  cr0 ", s.cr0, "  cr2 ", s.cr2, "  cr3 ", s.cr3, "  cr4 ", s.cr4);
}

function addRow(n1: string, v1: u64, n2: string, v2: u64, n3: string, v3: u64, n4: string, v4: u64): void {
  messageAdd(n1);
  messageAddWord(v1);
  messageAdd(n2);
  messageAddWord(v2);
  messageAdd(n3);
  messageAddWord(v3);
  messageAdd(n4);
  messageAddWord(v4);
  messageAdd("\n");
}

/** Frames as the x86-64 ABI lays them out: [rbp] is the caller's rbp, [rbp + 8] the return address. */
function addBacktrace(machine: Machine, regs: KvmRegs, root: u64, most: u32): void {
  addFrame(machine, regs.rip);
  let frame = regs.rbp;
  for (let count: u32 = 0; count + 1 < most; count += 1) {
    let next: u64 = 0n;
    let address: u64 = 0n;
    if (!walkReadU64(machine.memory, root, frame, addressOf(next))) return;
    if (!walkReadU64(machine.memory, root, frame + 8n, addressOf(address))) return;
    if (address === 0n) return;
    // A return address is behind its call, which may be the last instruction of a line or function.
    addFrame(machine, address - 1n);
    // Stacks grow down: a frame that is not above the last one is damaged.
    if (next <= frame) return;
    frame = next;
  }
}

function addFrame(machine: Machine, address: u64): void {
  messageAdd("    ");
  messageAddWord(address);
  messageAdd("  ");
  addSymbol(machine, address);
  messageAdd("\n");
}
