/**
 * The firmware of a guest on QEMU: from the processor's reset to the kernel's PVH entry, instead of QEMU's qboot.
 *
 * A microvm has nothing to set up. QEMU has put the kernel's segments into memory already; what is left is to enter protected mode and to
 * ask the fw_cfg device (abi/fw-cfg.ts) for the command line, the module and the memory map, which become PVH's start info. qboot does
 * that, too, but reads byte by byte and looks for hardware that is not there: 11,000 instructions, where ring 0 is emulated 4 ms.
 *
 *     ROM    the last 64 KiB below 4 GiB, FIRMWARE_CODE_BYTES of them used:   32-bit code | 16-bit code | reset vector
 *     RAM    0x500 DMA request, number | 0x600 start info, module | 0x700 memory map | 0x2000 what QEMU has of it, directory's entry
 *            | 0x7000 stack, downwards | 0x10000 command line       (below the kernel's memory, which never gives it to anyone)
 *
 * Whatever does not go as it should ends the machine as a dying kernel would: a sentence on the serial port, then UHYVE_PORT_ABORT.
 *
 * Spec: SDM volume 3, 9.1.4 (reset) and 9.9.1 (protected mode); Xen's public/arch-x86/hvm/start_info.h.
 */

import { PVH_MAGIC, type PvhMemory, type PvhModule, type PvhStartInfo } from "../../abi/boot-protocols.ts";
import {
  E820_ENTRY_BYTES,
  FW_CFG_COMMAND_LINE_DATA,
  FW_CFG_COMMAND_LINE_SIZE,
  FW_CFG_DIRECTORY,
  FW_CFG_DMA_ERROR,
  FW_CFG_DMA_READ,
  FW_CFG_DMA_SELECT,
  FW_CFG_INITRD_ADDRESS,
  FW_CFG_INITRD_DATA,
  FW_CFG_INITRD_SIZE,
  FW_CFG_KERNEL_ENTRY,
  FW_CFG_PORT_DMA_LOW,
  type FwCfgDma,
  type FwCfgFile,
} from "../../abi/fw-cfg.ts";
import { MFD_CLOEXEC } from "../../abi/linux-files.ts";
import { UHYVE_PORT_ABORT } from "../../abi/uhyve.ts";
import { memoryFileMake, memoryFilePut } from "../memory-file.ts";

/** QEMU takes multiples of 64 KiB, and puts the last one where real mode begins. */
const FIRMWARE_BYTES = 0x1_0000n;
const FIRMWARE_CODE_BYTES = 1024n;
/** Where the processor finds the code, and its offset in the segment of the reset. */
const CODE_ADDRESS = 0x1_0000_0000n - FIRMWARE_CODE_BYTES;
const CODE_OFFSET = FIRMWARE_BYTES - FIRMWARE_CODE_BYTES;

const REQUEST = 0x500;
const NUMBER = 0x510;
const START_INFO = 0x600;
const MODULE = 0x640;
const MEMORY_MAP = 0x700;
const MEMORY_TABLE = 0x2000;
const DIRECTORY_FILE = 0x2f00;
const STACK_TOP = 0x7000;
const COMMAND_LINE = 0x1_0000;
const COMMAND_LINE_MOST = 0x8000;
const MEMORY_ENTRIES_MOST = 128;
/** "etc/e820" in two halves. */
const NAME_FIRST = 0x2f63_7465;
const NAME_SECOND = 0x3032_3865;
const SERIAL_PORT = 0x3f8;

const NAME = offsetOf<FwCfgFile>("name");

/**
 * Items of fw_cfg are read by firmwareItem (EAX: key, EDI: where to, ECX: bytes), numbers by firmwareNumber (EAX: key, then the number).
 *
 * SAFETY: data for the host, which never executes it. Interrupts are off after a reset, and everything lies where the file's head says.
 * @naked
 * @used
 */
export function firmwareCode(): void {
  asm`
    .pushsection .rodata.firmware, "a"
    .balign 16
    .globl firmwareStart
firmwareStart:
    .code32
firmwareProtected:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $${imm(STACK_TOP)}, %esp

    mov $${imm(FW_CFG_COMMAND_LINE_SIZE)}, %eax
    call firmwareNumber
    cmp $${imm(COMMAND_LINE_MOST)}, %eax
    ja firmwareFail
    mov %eax, %ecx
    mov $${imm(FW_CFG_COMMAND_LINE_DATA)}, %eax
    mov $${imm(COMMAND_LINE)}, %edi
    call firmwareItem

    mov $${imm(START_INFO)}, %ebx
    mov $${imm(FW_CFG_INITRD_SIZE)}, %eax
    call firmwareNumber
    mov %eax, ${imm(MODULE + offsetOf<PvhModule>("bytes"))}
    mov %eax, %esi
    mov $${imm(FW_CFG_INITRD_ADDRESS)}, %eax
    call firmwareNumber
    mov %eax, ${imm(MODULE + offsetOf<PvhModule>("start"))}
    mov %eax, %edi
    mov %esi, %ecx
    mov $${imm(FW_CFG_INITRD_DATA)}, %eax
    call firmwareItem

    mov $${imm(FW_CFG_DIRECTORY)}, %eax
    call firmwareNumber
    bswap %eax
    mov %eax, %esi
1:  sub $1, %esi
    jb firmwareFail
    mov $${imm(sizeOf<FwCfgFile>())}, %ecx
    mov $${imm(DIRECTORY_FILE)}, %edi
    mov $${imm(FW_CFG_DMA_READ)}, %eax
    call firmwareRequest
    cmpl $${imm(NAME_FIRST)}, ${imm(DIRECTORY_FILE + NAME)}
    jne 1b
    cmpl $${imm(NAME_SECOND)}, ${imm(DIRECTORY_FILE + NAME + 4)}
    jne 1b
    mov ${imm(DIRECTORY_FILE + offsetOf<FwCfgFile>("size"))}, %ecx
    bswap %ecx
    cmp $${imm(MEMORY_ENTRIES_MOST * E820_ENTRY_BYTES)}, %ecx
    ja firmwareFail
    movzwl ${imm(DIRECTORY_FILE + offsetOf<FwCfgFile>("key"))}, %eax
    xchg %al, %ah
    mov $${imm(MEMORY_TABLE)}, %edi
    call firmwareItem

    mov $${imm(MEMORY_TABLE)}, %esi
    lea (%esi, %ecx), %edx
    mov $${imm(MEMORY_MAP)}, %edi
    xor %eax, %eax
2:  cmp %edx, %esi
    jae 3f
    mov $${imm(E820_ENTRY_BYTES / 4)}, %ecx
    rep movsl
    add $${imm(sizeOf<PvhMemory>() - E820_ENTRY_BYTES)}, %edi
    inc %eax
    jmp 2b
3:  mov %eax, ${imm(offsetOf<PvhStartInfo>("memoryMapEntries"))}(%ebx)
    movl $${imm(PVH_MAGIC)}, ${imm(offsetOf<PvhStartInfo>("magic"))}(%ebx)
    movl $1, ${imm(offsetOf<PvhStartInfo>("version"))}(%ebx)
    movl $1, ${imm(offsetOf<PvhStartInfo>("moduleCount"))}(%ebx)
    movl $${imm(MODULE)}, ${imm(offsetOf<PvhStartInfo>("modules"))}(%ebx)
    movl $${imm(COMMAND_LINE)}, ${imm(offsetOf<PvhStartInfo>("commandLine"))}(%ebx)
    movl $${imm(MEMORY_MAP)}, ${imm(offsetOf<PvhStartInfo>("memoryMap"))}(%ebx)
    mov $${imm(FW_CFG_KERNEL_ENTRY)}, %eax
    call firmwareNumber
    test %eax, %eax
    jz firmwareFail
    jmp *%eax

firmwareNumber:
    mov $4, %ecx
    mov $${imm(NUMBER)}, %edi
    call firmwareItem
    mov ${imm(NUMBER)}, %eax
    ret
firmwareItem:
    shl $16, %eax
    or $${imm(FW_CFG_DMA_SELECT | FW_CFG_DMA_READ)}, %eax
firmwareRequest:
    mov %ecx, %edx
    bswap %eax
    bswap %edx
    bswap %edi
    mov %eax, ${imm(REQUEST + offsetOf<FwCfgDma>("control"))}
    mov %edx, ${imm(REQUEST + offsetOf<FwCfgDma>("length"))}
    mov %edi, ${imm(REQUEST + offsetOf<FwCfgDma>("addressLow"))}
    mov $${imm(REQUEST)}, %eax
    bswap %eax
    mov $${imm(FW_CFG_PORT_DMA_LOW)}, %edx
    out %eax, %dx
5:  mov ${imm(REQUEST + offsetOf<FwCfgDma>("control"))}, %eax
    test $${imm(FW_CFG_DMA_ERROR << 24)}, %eax
    jnz firmwareFail
    test %eax, %eax
    jnz 5b
    ret

firmwareFail:
    mov $${imm(SERIAL_PORT)}, %edx
    mov $${imm(CODE_ADDRESS)} + firmwareText - firmwareStart, %esi
    mov $firmwareTextEnd - firmwareText, %ecx
    rep outsb
    mov $${imm(UHYVE_PORT_ABORT)}, %edx
    mov $1, %eax
    out %eax, %dx
4:  hlt
    jmp 4b
firmwareText:
    .ascii "firmware: QEMU hands over no kernel, or no memory map"
    .byte 10
firmwareTextEnd:
    .balign 8
firmwareGdt:
    .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
firmwareGdtPointer:
    .word 23
    .long ${imm(CODE_ADDRESS)} + firmwareGdt - firmwareStart

    .code16
firmwareReal:
    cli
    cld
    lgdtl %cs:(${imm(CODE_OFFSET)} + firmwareGdtPointer - firmwareStart)
    mov %cr0, %eax
    and $0x9fffffff, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $8, $${imm(CODE_ADDRESS)} + firmwareProtected - firmwareStart
    .org firmwareStart + ${imm(FIRMWARE_CODE_BYTES - 16n)}
    jmp firmwareReal
    .org firmwareStart + ${imm(FIRMWARE_CODE_BYTES)}
    .code64
    .popsection
    ret`;
}

/** @extern firmwareStart */
declare const firmwareStart: Bytes<1024>;

/** A memory file with the firmware, or a negative errno. */
export function firmwareFile(): i64 {
  const fd = memoryFileMake("hermit-firmware", FIRMWARE_BYTES, u64(MFD_CLOEXEC));
  if (fd < 0n) return fd;
  const put = memoryFilePut(fd, CODE_OFFSET, sliceOf(elements(firmwareStart), FIRMWARE_CODE_BYTES));
  return put < 0n ? put : fd;
}
