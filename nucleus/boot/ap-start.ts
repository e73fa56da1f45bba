/**
 * The first instructions of a processor beyond the first where no monitor sets its registers: from the 16-bit mode in which SIPI leaves it
 * (SDM volume 3, 9.4.4) to ring 3, with what its element of cpuStarts says.
 *
 *     AP_CODE_PHYS   16-bit code | 64-bit code | ApParameters        a copy: it must lie below 1 MiB, at a page boundary
 *
 * It goes from real mode to long mode in one step, through page tables of its own that map the copy where it is (bootApPml4: the low
 * 4 MiB and the image). The processor finds its element by its local APIC identifier, so all may start at once. The page is never the
 * allocator's, because it lies below the image.
 */

import type { BootInfo, CpuStart } from "../../abi/boot-info.ts";
import { DIRECT_MAP_BASE, LAPIC_ADDRESS } from "../../abi/memory-map.ts";
import { bootInfo } from "../boot-info.ts";
import { type CpuidResult, cpuid } from "../cpu.ts";
import { bootGdt, GDT_BYTES } from "../descriptors.ts";
import { cpuStarts } from "../image.ts";
import { syscallStub } from "../stubs.ts";
import { IMAGE_OFFSET } from "./start.ts";

const AP_CODE_PHYS = 0x8000n;
const PAGE_SHIFT = 12n;
/** Where the copy has its parameters. */
const PARAMETERS_OFFSET = 0x100;
/** As bootEntry32 sets it: PSE, PAE, MCE, PGE, OSFXSR, OSXMMEXCPT. */
const CR4_ALWAYS = 0x6b0;
const CR4_FSGSBASE = 0x1_0000;
const CR4_OSXSAVE = 0x4_0000;
const ECX_OSXSAVE = 0x800_0000;
const IMAGE_SLOT = 255;

@struct(32)
class ApParameters {
  /** LGDT reads limit and base from offset 6 on, so that the base is aligned. */
  reserved!: u32;
  padding!: u16;
  @at(6)
  gdtLimit!: u16;
  gdtBase!: u32;
  cr3!: u32;
  cr4!: u32;
  /** 0: there is no XSETBV. */
  xcr0!: u32;
  /** Of apHigh. */
  high!: u64;
}

/**
 * SAFETY: the copied code is entered by SIPI only, in real mode with CS:IP = its page; apHigh by the copied code. No stack is used before
 * RSP is the processor's own.
 * @naked
 * @used
 */
export function apCode(): void {
  asm`
    .pushsection .rodata.ap, "a"
    .balign 16
    .globl apCodeStart
apCodeStart:
    .code16
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    lgdtl ${imm(PARAMETERS_OFFSET + 6)}
    movl ${imm(PARAMETERS_OFFSET + offsetOf<ApParameters>("cr4"))}, %eax
    mov %eax, %cr4
    movl ${imm(PARAMETERS_OFFSET + offsetOf<ApParameters>("cr3"))}, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    xor %edx, %edx
    mov $0x901, %eax
    wrmsr
    mov $0x80050033, %eax
    mov %eax, %cr0
    ljmpl $8, $${imm(AP_CODE_PHYS)} + 1f - apCodeStart
    .code64
1:  mov $16, %eax
    mov %eax, %ss
    mov $0x2b, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov ${imm(AP_CODE_PHYS + u64(PARAMETERS_OFFSET) + u64(offsetOf<ApParameters>("xcr0")))}, %r13d
    mov ${imm(AP_CODE_PHYS + u64(PARAMETERS_OFFSET) + u64(offsetOf<ApParameters>("high")))}, %rax
    jmp *%rax
    .org apCodeStart + ${imm(PARAMETERS_OFFSET)}
    .popsection

    .globl apHigh, apCodeAddress, apPml4Address
apHigh:
    lea ${symbol(bootInfo)}(%rip), %rbx
    mov ${imm(offsetOf<BootInfo>("pml4"))}(%rbx), %rax
    mov %rax, %cr3
    movabs $${imm(LAPIC_ADDRESS + 0x20n)}, %rax
    mov (%rax), %eax
    shr $24, %eax
    imul $${imm(sizeOf<CpuStart>())}, %rax, %rax
    lea ${symbol(cpuStarts)}(%rip), %rbx
    add %rax, %rbx
    mov ${imm(offsetOf<CpuStart>("stackTop"))}(%rbx), %rsp
    pushq ${imm(offsetOf<CpuStart>("gdt"))}(%rbx)
    pushq $0
    movw $${imm(GDT_BYTES - 1)}, 6(%rsp)
    lgdt 6(%rsp)
    lidt bootIdtPointer(%rip)
    mov $0x40, %eax
    ltr %ax
    mov $0xc0000101, %ecx
    mov ${imm(offsetOf<CpuStart>("percpuBase"))}(%rbx), %rax
    mov %rax, %rdx
    shr $32, %rdx
    wrmsr
    mov $0xc0000082, %ecx
    lea ${symbol(syscallStub)}(%rip), %rax
    mov %rax, %rdx
    shr $32, %rdx
    wrmsr
    mov $0xc0000081, %ecx
    xor %eax, %eax
    mov $0x00230008, %edx
    wrmsr
    mov $0xc0000084, %ecx
    mov $0x47700, %eax
    xor %edx, %edx
    wrmsr
    test %r13d, %r13d
    jz 2f
    mov %r13d, %eax
    xor %edx, %edx
    xor %ecx, %ecx
    xsetbv
2:  mov ${imm(offsetOf<CpuStart>("stackTop"))}(%rbx), %rsp
    mov %rsp, %rax
    pushq $0x2b
    push %rax
    pushq $0x202
    pushq $0x33
    pushq ${imm(offsetOf<CpuStart>("entry"))}(%rbx)
    xor %ebp, %ebp
    iretq

apCodeAddress:
    lea apCodeStart(%rip), %rax
    ret
apPml4Address:
    mov $bootApPml4, %eax
    ret
    .globl apHighAddress, apLowPdptAddress
apHighAddress:
    lea apHigh(%rip), %rax
    ret
apLowPdptAddress:
    mov $bootLowPdpt, %eax
    ret`;
}

/** @extern apCodeAddress */
declare function apCodeAddress(): VirtAddr;
/** @extern apHighAddress */
declare function apHighAddress(): u64;
/** Physical: the page set aside for the tables of starting processors, and the one that maps low memory.
 * @extern apPml4Address */
declare function apPml4Address(): u64;
/** @extern apLowPdptAddress */
declare function apLowPdptAddress(): u64;

/** Puts code, parameters and page tables in place. Once, before the first apStart. */
export function apStartPrepare(): void {
  const page = pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + AP_CODE_PHYS));
  // SAFETY: the page is RAM that nobody owns; the code ends before the parameters (the assembler refuses an .org that goes back).
  copyBytes(page, pointerAt<u8>(apCodeAddress()), u64(PARAMETERS_OFFSET));
  const parameters = castPtr<ApParameters>(page.add(PARAMETERS_OFFSET));
  parameters.gdtLimit = u16(GDT_BYTES - 1);
  parameters.gdtBase = u32(u64(virtAddr(bootGdt)) - IMAGE_OFFSET);
  parameters.cr3 = u32(apPml4Address());
  parameters.cr4 = CR4_ALWAYS | (bootInfo.hasFsgsbase !== 0 ? CR4_FSGSBASE : 0);
  parameters.high = apHighAddress();
  const result: CpuidResult = zeroed();
  cpuid(1, 0, result);
  if ((result.ecx & ECX_OSXSAVE) !== 0) {
    parameters.cr4 |= CR4_OSXSAVE;
    parameters.xcr0 = readXcr0();
  }
  const live = pointerAt<u64>(VirtAddr(DIRECT_MAP_BASE + u64(bootInfo.pml4)));
  const own = pointerAt<u64>(VirtAddr(DIRECT_MAP_BASE + apPml4Address()));
  own[0] = apLowPdptAddress() | 7n;
  own[IMAGE_SLOT] = live[IMAGE_SLOT];
}

/** The vector of the SIPI: the number of the code's page. */
export function apStart(): u32 {
  return u32(AP_CODE_PHYS >> PAGE_SHIFT);
}

function readXcr0(): u32 {
  // SAFETY: the caller has seen OSXSAVE.
  return asm<u32>`xgetbv ${output("eax")} ${input("ecx", 0)} ${clobber("edx")}`;
}
