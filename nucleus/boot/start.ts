/**
 * The start on QEMU (PVH, `xen/include/public/arch-x86/hvm/start_info.h`) and GRUB (Multiboot 0.6.96), both in 32-bit protected
 * mode without paging: page tables, long mode, descriptor tables, then ring 3 at the same entry that uhyve uses.
 *
 * It does what uhyve does from outside, with the same result but one difference: the direct map covers the first GiB only,
 * which ring 3 completes (kernel/boot/), because instructions in ring 0 may be emulated one by one.
 *
 *     .boot.bss   pml4 | low pdpt, pd | direct pdpt, pd | device pdpt, pd, pt | kernel pdpt, pd, pt | pml4 of ap-start.ts
 *
 * The end of the line table is in ImageHeader.imageBytes (offset 16), because it is made after linking.
 * Linked at BOOT_CODE_PHYS, where virtual is physical; addresses of the image are made physical by subtracting IMAGE_OFFSET.
 */

import type { BootInfo } from "../../abi/boot-info.ts";
import { KERNEL_BASE, KERNEL_PHYS } from "../../abi/memory-map.ts";
import { bootInfo } from "../boot-info.ts";
import { bootGdt, bootIdt, bootTss } from "../descriptors.ts";
import { kernelEntry } from "../image.ts";
import { syscallStub } from "../stubs.ts";

/** Virtual minus physical address of the image. */
export const IMAGE_OFFSET = KERNEL_BASE - KERNEL_PHYS;

/**
 * EBX: start info or multiboot information. EAX: 0x2BADB002 from a multiboot loader, and from qboot, which starts PVH; so the
 * start info's magic decides.
 *
 * Leaves in BootInfo: magic and version 0 (not filled yet), loader 2 or 3, startInfo, pml4, hasFsgsbase; kernel/boot/ fills the rest.
 *
 * SAFETY: the machine is in the state that the two specifications promise: flat 32-bit segments, interrupts off, A20 on. The
 * boot code uses a stack of its own in .boot.bss; the tables are zero (.bss).
 * @naked
 * @used
 * @section .boot.text
 */
export function bootCode(): void {
  asm`
    .pushsection .boot.header, "a"
    .balign 4
    .long 0x1badb002, 0x00000003, -(0x1badb002 + 0x00000003)
    .popsection
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad bootEntry32
    .popsection
    .pushsection .boot.bss, "aw", @nobits
    .balign 4096
bootPml4: .skip 4096
bootLowPdpt: .skip 4096
bootLowPd: .skip 4096
bootDirectPdpt: .skip 4096
bootDirectPd: .skip 4096
bootDevicePdpt: .skip 4096
bootDevicePd: .skip 4096
bootDevicePt: .skip 4096
bootKernelPdpt: .skip 4096
bootKernelPd: .skip 4096
bootKernelPt: .skip 4096
    .globl bootApPml4, bootLowPdpt
bootApPml4: .skip 4096
    .skip 256
bootStack32:
    .popsection

    .code32
    .globl bootEntry32
bootEntry32:
    cli
    cld
    mov $bootStack32, %esp
    mov %ebx, %esi
    mov $2, %ebp
    cmp $0x2badb002, %eax
    jne 1f
    cmpl $0x336ec578, (%ebx)
    je 1f
    mov $3, %ebp
1:  mov $0xff, %al
    out %al, $0x21
    out %al, $0xa1

    movl $bootLowPdpt + 7, bootPml4
    movl $bootDirectPdpt + 7, bootPml4 + 8 * 252
    movl $bootDevicePdpt + 7, bootPml4 + 8 * 254
    movl $bootKernelPdpt + 7, bootPml4 + 8 * 255
    movl $bootLowPd + 7, bootLowPdpt
    movl $0x83, bootLowPd
    movl $0x200083, bootLowPd + 8
    movl $bootDirectPd + 7, bootDirectPdpt
    movl $bootDevicePd + 7, bootDevicePdpt
    movl $bootDevicePt + 7, bootDevicePd
    movl $0xfee0001f, bootDevicePt
    movl $0x80000000, bootDevicePt + 4
    movl $0xfec0001f, bootDevicePt + 8
    movl $0x80000000, bootDevicePt + 12
    movl $bootKernelPd + 7, bootKernelPdpt
    movl $bootKernelPt + 7, bootKernelPd

    mov $0x87, %eax
    mov $bootDirectPd, %edi
2:  mov %eax, (%edi)
    movl $0x80000000, 4(%edi)
    add $0x200000, %eax
    add $8, %edi
    cmp $bootDirectPd + 4096, %edi
    jne 2b

    mov $__rodata_first, %eax
    mov $__rodata_last, %ecx
    mov $0x80000000, %edx
    mov $5, %edi
    call bootMapRange
    mov $__text_first, %eax
    mov $__text_last, %ecx
    xor %edx, %edx
    call bootMapRange
    mov $__stack_first, %eax
    mov $__data_last, %ecx
    mov $0x80000000, %edx
    mov $7, %edi
    call bootMapRange
    mov $__lines_first, %eax
    mov ${imm(KERNEL_PHYS + 16n)}, %ecx
    add $${imm(KERNEL_PHYS)}, %ecx
    mov $5, %edi
    call bootMapRange

    mov $1, %eax
    cpuid
    mov $0x6b0, %edi
    test $0x4000000, %ecx
    jz 3f
    or $0x40000, %edi
3:  mov %ecx, %esp
    xor %eax, %eax
    cpuid
    cmp $7, %eax
    jb 4f
    mov $7, %eax
    xor %ecx, %ecx
    cpuid
    test $1, %bl
    jz 4f
    or $0x10000, %edi
4:  mov %edi, %cr4
    mov $bootPml4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    xor %edx, %edx
    mov $0x901, %eax
    wrmsr
    mov $0x80050033, %eax
    mov %eax, %cr0
    lgdt bootGdtPointer32
    ljmp $8, $bootEntry64

bootMapRange:
    cmp %ecx, %eax
    jae 6f
5:  mov %eax, %ebx
    shr $9, %ebx
    add $bootKernelPt - (0x200000 >> 9), %ebx
    push %eax
    or %edi, %eax
    mov %eax, (%ebx)
    mov %edx, 4(%ebx)
    pop %eax
    add $4096, %eax
    cmp %ecx, %eax
    jb 5b
6:  ret

    .balign 8
bootGdtPointer32:
    .word 79
    .long ${symbol(bootGdt)} - ${imm(IMAGE_OFFSET)}

    .code64
bootEntry64:
    mov $16, %eax
    mov %eax, %ss
    mov $0x2b, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %esp, %r8d
    mov $bootStack32, %esp
    movabs $bootHigh, %rax
    jmp *%rax

    .pushsection .text.boot, "ax"
bootHigh:
    lgdt bootGdtPointer(%rip)
    lidt bootIdtPointer(%rip)
    lea ${symbol(bootTss)}(%rip), %rax
    lea ${symbol(bootGdt)} + 64(%rip), %rbx
    movw $8295, (%rbx)
    mov %ax, 2(%rbx)
    mov %rax, %rdx
    shr $16, %rdx
    mov %dl, 4(%rbx)
    movb $0x89, 5(%rbx)
    movb $0, 6(%rbx)
    mov %dh, 7(%rbx)
    shr $16, %rdx
    mov %rdx, 8(%rbx)
    mov $0x40, %eax
    ltr %ax

    mov $0xc0000101, %ecx
    lea bootPercpu(%rip), %rax
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

    test $0x4000000, %r8d
    jz 8f
    mov $0xd, %eax
    xor %ecx, %ecx
    cpuid
    and $0xe7, %eax
    mov %eax, %edx
    and $0xe0, %edx
    cmp $0xe0, %edx
    je 7f
    and $0x07, %eax
7:  xor %edx, %edx
    xor %ecx, %ecx
    xsetbv

8:  mov %esi, %esi
    lea ${symbol(bootInfo)}(%rip), %rbx
    mov %ebp, ${imm(offsetOf<BootInfo>("loader"))}(%rbx)
    mov %rsi, ${imm(offsetOf<BootInfo>("startInfo"))}(%rbx)
    mov $bootPml4, %eax
    mov %rax, ${imm(offsetOf<BootInfo>("pml4"))}(%rbx)
    shr $16, %edi
    and $1, %edi
    mov %edi, ${imm(offsetOf<BootInfo>("hasFsgsbase"))}(%rbx)
    movq $0, bootPml4
    mov %cr3, %rax
    mov %rax, %cr3

    lea __boot_stack_top(%rip), %rsp
    mov %rsp, %rax
    pushq $0x2b
    push %rax
    pushq $0x202
    pushq $0x33
    lea ${symbol(kernelEntry)}(%rip), %rax
    push %rax
    xor %ebp, %ebp
    iretq
    .balign 8
bootGdtPointer:
    .word 79
    .quad ${symbol(bootGdt)}
    .globl bootIdtPointer
bootIdtPointer:
    .word 4095
    .quad ${symbol(bootIdt)}
    .popsection`;
}
