/**
 * The report about a guest that died: why, the vCPU's registers, and how it got there.
 *
 * The backtrace follows frame pointers through the guest's own page tables (page-walk.ts), so a guest that has destroyed its stack
 * or its tables gets a short report and the monitor comes to no harm. Names, files and lines come from the line table of the
 * image as the proxy carries it, not from guest memory.
 */

import { KvmRegs, KvmSregs } from "../abi/kvm.ts";
import { vcpuGetRegs, vcpuGetSregs } from "./kvm.ts";
import type { Machine } from "./machine.ts";
import { messageAdd, messageAddWord, messageSend } from "./message.ts";
import { walkReadU64 } from "./page-walk.ts";
import { addSymbol } from "./symbols.ts";
import type { Vcpu } from "./vcpu.ts";

const MAX_FRAMES = 24;
/** Exit status of a proxy whose guest died. */
const STATUS_DEAD = 1;

/** Writes the report to stderr; the exit status. */
export function reportDeath(machine: Machine, vcpu: Vcpu, why: string): i32 {
  messageAdd("hermit: the guest was ended: ");
  messageAdd(why);
  messageAdd(".\n");
  const regs = new KvmRegs();
  const sregs = new KvmSregs();
  if (vcpuGetRegs(vcpu.fd, regs) >= 0n && vcpuGetSregs(vcpu.fd, sregs) >= 0n) {
    addRegisters(vcpu, regs, sregs);
    addBacktrace(machine, regs, sregs.cr3);
  }
  messageSend();
  return STATUS_DEAD;
}

function addRegisters(vcpu: Vcpu, r: KvmRegs, s: KvmSregs): void {
  const ring = u32(s.cs.selector) & 3;
  messageAdd(`  vCPU ${vcpu.index} in ring ${ring}\n`);
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
function addBacktrace(machine: Machine, regs: KvmRegs, root: u64): void {
  messageAdd("  backtrace:\n");
  addFrame(machine, regs.rip);
  let frame = regs.rbp;
  for (let count: u32 = 0; count < MAX_FRAMES; count += 1) {
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
