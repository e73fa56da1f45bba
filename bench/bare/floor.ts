/**
 * The floor under every monitor's start: the least that KVM lets a process do to have run a guest. One VM, 64 MiB, one vCPU, one
 * instruction in real mode that exits, end.
 *
 * `proxy` does all of this and more, so the difference is what this project adds.
 */

import { KVM_EXIT_IO, type KvmRegs, type KvmRun, type KvmSregs, type KvmUserspaceMemoryRegion } from "../../abi/kvm.ts";
import { MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from "../../abi/linux-mman.ts";
import { SYS_mmap } from "../../abi/linux-syscalls.ts";
import { linuxCall } from "../../compiler/std/linux-syscall.ts";
import {
  kvmCreateVm,
  kvmOpen,
  kvmRunBytes,
  vcpuEnter,
  vcpuGetSregs,
  vcpuSetRegs,
  vcpuSetSregs,
  vmCreateVcpu,
  vmSetMemory,
} from "../../uhyve/kvm.ts";

const MEMORY_BYTES = 0x400_0000n;
const CODE_OFFSET = 0x1000n;

const region: KvmUserspaceMemoryRegion = zeroed();
const sregs: KvmSregs = zeroed();
const regs: KvmRegs = zeroed();

export function main(_argc: i32, _argv: Ptr<Ptr<u8>>): i32 {
  const kvm = i32(kvmOpen());
  const vm = i32(kvmCreateVm(kvm));
  const memory = linuxCall(
    SYS_mmap,
    0n,
    MEMORY_BYTES,
    u64(PROT_READ | PROT_WRITE),
    u64(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE),
    u64.wrap(-1n),
  );
  if (kvm < 0 || vm < 0 || memory < 0n) return 1;
  // SAFETY: fresh memory of MEMORY_BYTES; `out %al, $0x10` is two bytes.
  const code = pointerAt<u8>(u64(memory) + CODE_OFFSET);
  code[0] = 0xe6;
  code[1] = 0x10;
  region.memory_size = MEMORY_BYTES;
  region.userspace_addr = u64(memory);
  if (vmSetMemory(vm, region) < 0n) return 1;
  const vcpu = i32(vmCreateVcpu(vm, 0));
  const run = linuxCall(SYS_mmap, 0n, u64(kvmRunBytes(kvm)), u64(PROT_READ | PROT_WRITE), u64(MAP_SHARED), u64(vcpu));
  if (vcpu < 0 || run < 0n || vcpuGetSregs(vcpu, sregs) < 0n) return 1;
  sregs.cs.base = 0n;
  sregs.cs.selector = 0;
  regs.rip = CODE_OFFSET;
  regs.rflags = 2n;
  if (vcpuSetSregs(vcpu, sregs) < 0n || vcpuSetRegs(vcpu, regs) < 0n || vcpuEnter(vcpu) < 0n) return 1;
  // SAFETY: KVM maps its struct kvm_run there.
  return pointerAt<KvmRun>(u64(run)).exit_reason === KVM_EXIT_IO ? 0 : 1;
}
